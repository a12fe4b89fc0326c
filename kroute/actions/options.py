"""Options of each verb, read from a request's query and checked in kube-apiserver's words.

Unknown query values are ignored.  Deletions may have their options in the body instead: see `deleteoptions`.
Mirrors the conversions and validation of `k8s.io/apimachinery/pkg/apis/meta`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from kroute.machinery import errors, fielderrors, fields, goformat, gvk, labels, metavalidation, query
from kroute.storage import options

META_GROUP = "meta.k8s.io"
INTEGER = re.compile(r"[+-]?[0-9]+")
LIMITS = range(-(2**63), 2**63)

DRY_RUN_VALUES = ("All",)
FIELD_VALIDATION_VALUES = ("", "Ignore", "Strict", "Warn")
NOT_OLDER_THAN = "NotOlderThan"
INCLUDE_OBJECT_VALUES = ("", "Metadata", "Object", "None")

EXPORT_GONE = "the export parameter, deprecated since v1.14, is no longer supported"


def invalid(kind: str, found: Iterable[fielderrors.FieldError]) -> None:
    """Raise Invalid for options of this kind if anything is wrong with them."""
    found = list(found)
    if found:
        raise errors.Invalid.of(gvk.GroupKind(META_GROUP, kind), "", found)


def integer(values: query.Values, key: str) -> int | None:
    """A whole number, None when it is not given.  Raises BadRequest."""
    given = values.get(key)
    if not given:
        return None
    text = given[0]
    if not INTEGER.fullmatch(text):
        raise errors.BadRequest(f"strconv.ParseInt: parsing {goformat.quote(text)}: invalid syntax")
    if len(text.lstrip("+-0")) > 19 or int(text) not in LIMITS:
        raise errors.BadRequest(f"strconv.ParseInt: parsing {goformat.quote(text)}: value out of range")
    return int(text)


def flag(values: query.Values, key: str) -> bool | None:
    """A flag, None when it is not given."""
    given = values.get(key)
    return query.is_true(given[0]) if given else None


def get_options(values: query.Values) -> options.GetOptions:
    """Options of a get.  Raises BadRequest."""
    if flag(values, "export"):
        raise errors.BadRequest(EXPORT_GONE)
    return options.GetOptions(resource_version=query.first(values, "resourceVersion"))


class Selectable:
    """The fields that the objects of one resource can be selected by.

    `generic`: the kind has no selectable fields of its own, which is said with other words.
    `stored` are the names of fields that the storage calls by another."""

    __slots__ = ("generic", "known", "stored")

    def __init__(
        self, own: Sequence[str], *, namespaced: bool, generic: bool, stored: Mapping[str, str] | None = None
    ) -> None:
        self.generic = generic
        self.stored = stored or {}
        self.known = {"metadata.name", *(("metadata.namespace",) if namespaced or generic else ()), *own}

    def check(self, field: str, value: str) -> tuple[str, str]:
        """For `fields.Selector.transform`."""
        if field in self.known:
            return self.stored.get(field, field), value
        if self.generic:
            raise errors.BadRequest(
                f'{goformat.quote(field)} is not a known field selector: only "metadata.name", "metadata.namespace"'
            )
        raise errors.BadRequest(f"field label not supported: {field}")


def list_options(
    values: query.Values, selectable: Selectable, *, name: str = "", watch: bool = False
) -> options.ListOptions:
    """Options of a list, watch or deletecollection.

    `watch`: the path itself says it is a watch.  `name`: the only object that is asked for.
    Raises BadRequest, Invalid."""
    wanted = _given_list_options(values)
    invalid("ListOptions", _list_problems(wanted))
    selector = wanted.field_selector
    if not selector.everything:
        selector = selector.transform(selectable.check)
    if name:
        if selector.everything:
            selector = fields.equal("metadata.name", name)
        elif selector.requires_exact("metadata.name") != name:
            raise errors.BadRequest("fieldSelector metadata.name doesn't match requested name")
    if selector is wanted.field_selector and wanted.watch >= watch:
        return wanted
    return replaced(wanted, field_selector=selector, watch=wanted.watch or watch)


def replaced(wanted: options.ListOptions, *, field_selector: fields.Selector, watch: bool) -> options.ListOptions:
    return options.ListOptions(
        label_selector=wanted.label_selector,
        field_selector=field_selector,
        resource_version=wanted.resource_version,
        resource_version_match=wanted.resource_version_match,
        limit=wanted.limit,
        continue_=wanted.continue_,
        watch=watch,
        allow_watch_bookmarks=wanted.allow_watch_bookmarks,
        send_initial_events=wanted.send_initial_events,
        timeout=wanted.timeout,
    )


EVERYTHING = options.ListOptions()


def _given_list_options(values: query.Values) -> options.ListOptions:
    """What the query says, with the defaults that depend on it."""
    if not values:
        return EVERYTHING
    watch, bookmarks = bool(flag(values, "watch")), bool(flag(values, "allowWatchBookmarks"))
    version, match = query.first(values, "resourceVersion"), query.first(values, "resourceVersionMatch")
    seconds, limit = integer(values, "timeoutSeconds"), integer(values, "limit")
    initial = flag(values, "sendInitialEvents")
    if watch and initial is None and not match and version in ("", "0"):
        initial, match = True, NOT_OLDER_THAN
    try:
        label_selector = labels.parse(query.first(values, "labelSelector"))
        field_selector = fields.parse(query.first(values, "fieldSelector"))
    except (labels.SelectorError, fields.SelectorError) as error:
        raise errors.BadRequest(str(error)) from error
    return options.ListOptions(
        label_selector=label_selector,
        field_selector=field_selector,
        resource_version=version,
        resource_version_match=match,
        limit=limit or 0,
        continue_=query.first(values, "continue"),
        watch=watch,
        allow_watch_bookmarks=bookmarks,
        send_initial_events=initial,
        timeout=None if seconds is None else float(seconds),
    )


def _list_problems(wanted: options.ListOptions) -> Iterator[fielderrors.FieldError]:
    match, field = wanted.resource_version_match, "resourceVersionMatch"
    if wanted.watch:
        yield from _watch_problems(wanted)
        return
    if match:
        if not wanted.resource_version:
            yield fielderrors.forbidden(field, "resourceVersionMatch is forbidden unless resourceVersion is provided")
        if wanted.continue_:
            yield fielderrors.forbidden(field, "resourceVersionMatch is forbidden when continue is provided")
        if match not in ("Exact", NOT_OLDER_THAN):
            yield fielderrors.not_supported(field, match, ("Exact", NOT_OLDER_THAN, ""))
        if match == "Exact" and wanted.resource_version == "0":
            yield fielderrors.forbidden(field, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
    if wanted.send_initial_events is not None:
        yield fielderrors.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list")


def _watch_problems(wanted: options.ListOptions) -> Iterator[fielderrors.FieldError]:
    match, field = wanted.resource_version_match, "resourceVersionMatch"
    if wanted.send_initial_events is not None and match != NOT_OLDER_THAN:
        yield fielderrors.forbidden(
            field, f"sendInitialEvents requires setting resourceVersionMatch to {NOT_OLDER_THAN}"
        )
    if match:
        if wanted.send_initial_events is None:
            yield fielderrors.forbidden(
                field, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
            )
        if match != NOT_OLDER_THAN:
            yield fielderrors.not_supported(field, match, (NOT_OLDER_THAN,))
        if wanted.continue_:
            yield fielderrors.forbidden(field, "resourceVersionMatch is forbidden when continue is provided")


PLAIN_WRITE = options.WriteOptions()


def write_options(values: query.Values, kind: str) -> options.WriteOptions:
    """Options of a create or update; `kind` is CreateOptions or UpdateOptions.  Raises Invalid."""
    if not values:
        return PLAIN_WRITE
    dry_run, manager = values.get("dryRun", ()), query.first(values, "fieldManager")
    validation = query.first(values, "fieldValidation")
    invalid(kind, _write_problems(dry_run, manager, validation))
    return options.WriteOptions(dry_run=bool(dry_run), field_manager=manager, field_validation=validation)


def patch_options(values: query.Values, *, apply: bool) -> options.WriteOptions:
    """Options of a patch; `apply`: of a server-side apply.  Raises Invalid."""
    if not values and not apply:
        return PLAIN_WRITE
    dry_run, manager = values.get("dryRun", ()), query.first(values, "fieldManager")
    validation, force = query.first(values, "fieldValidation"), flag(values, "force")
    found: list[fielderrors.FieldError] = []
    if apply and not manager:
        found.append(fielderrors.required("fieldManager", "is required for apply patch"))
    if not apply and force is not None:
        found.append(fielderrors.forbidden("force", "may not be specified for non-apply patch"))
    invalid("PatchOptions", [*found, *_write_problems(dry_run, manager, validation)])
    return options.WriteOptions(
        dry_run=bool(dry_run), field_manager=manager, field_validation=validation, force=bool(force)
    )


def _write_problems(dry_run: Sequence[str], manager: str, validation: str) -> Iterator[fielderrors.FieldError]:
    yield from metavalidation.validate_field_manager(manager, "fieldManager")
    yield from dry_run_problems(dry_run)
    if validation not in FIELD_VALIDATION_VALUES:
        yield fielderrors.not_supported("fieldValidation", validation, FIELD_VALIDATION_VALUES)


def dry_run_problems(dry_run: Sequence[str]) -> Iterator[fielderrors.FieldError]:
    if any(value not in DRY_RUN_VALUES for value in dry_run):
        yield fielderrors.not_supported("dryRun", list(dry_run), DRY_RUN_VALUES)


PLAIN_TABLE = options.TableOptions()


def table_options(values: query.Values) -> options.TableOptions:
    """Options of a Table.  Raises BadRequest."""
    include = query.first(values, "includeObject")
    if include not in INCLUDE_OBJECT_VALUES:
        problem = fielderrors.invalid("includeObject", include, "must be 'Metadata', 'Object', 'None', or empty")
        raise errors.BadRequest(f"Unable to convert to Table as requested: {problem}")
    return PLAIN_TABLE if include in ("", "Metadata") else options.TableOptions(include_object=include)
