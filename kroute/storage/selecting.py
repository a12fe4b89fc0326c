"""Which objects of a log a list or watch is about: a namespace, perhaps one name, and what the selectors ask for."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from kroute.machinery import context, errors, goformat, names
from kroute.storage import core, options
from kroute.storage.backend.cacher import model

NAME, NAMESPACE = "metadata.name", "metadata.namespace"


class Selection(NamedTuple):
    """Keys begin with `prefix` or, where only one name can match, are `key`; `selectors` None asks for nothing more."""

    prefix: str
    key: str | None
    selectors: options.ListOptions | None

    @property
    def everything(self) -> bool:
        """Whether all keys with the prefix are selected."""
        return self.key is None and self.selectors is None

    def matches(self, entry: model.Entry) -> bool:
        if self.key is not None:
            if entry.key != self.key:
                return False
        elif not entry.key.startswith(self.prefix):
            return False
        wanted = self.selectors
        return wanted is None or (
            wanted.label_selector.matches(entry.labels) and wanted.field_selector.matches(entry.fields)
        )


def selection(at: core.Core, ctx: context.RequestContext, wanted: options.ListOptions) -> Selection:
    """What the options select in the request's namespace.  Raises BadRequest for a field that can't be selected by."""
    if not wanted.field_selector.everything:
        check_fields(wanted, at.fields, typed=at.typed)
    namespace = ctx.namespace
    if at.namespaced and not namespace:
        asked = wanted.field_selector.requires_exact(NAMESPACE)
        if asked and not names.dns1123_label(asked):
            namespace = asked
    prefix = f"{namespace}/" if at.namespaced and namespace else ""
    key = None
    name = wanted.field_selector.requires_exact(NAME)
    if name and not wanted.continue_ and (prefix or not at.namespaced) and not names.path_segment(name):
        key = prefix + name
    nothing_asked = wanted.label_selector.everything and wanted.field_selector.everything
    return Selection(prefix, key, None if nothing_asked else wanted)


def check_fields(wanted: options.ListOptions, supported: Collection[str], *, typed: bool) -> None:
    """Refuse a field selector that names other fields than the metadata's two and the `supported` ones."""
    for field in wanted.field_selector.fields:
        if field in (NAME, NAMESPACE) or field in supported:
            continue
        if typed and not supported:
            known = f'only "{NAME}", "{NAMESPACE}"'
            raise errors.BadRequest(f"{goformat.quote(field)} is not a known field selector: {known}")
        raise errors.BadRequest(f"field label not supported: {field}")
