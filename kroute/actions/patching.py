"""PATCH: JSON patch, merge patch, strategic merge patch, server-side apply.

The patch is applied in the version of the request, to whatever object the storage has at that moment, perhaps several
times.  What is wrong with the patch itself is found only then: a missing object is told first.
Mirrors `k8s.io/apiserver/pkg/endpoints/handlers/patch.go`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from aiohttp import web

from kroute.actions import decoding, model, negotiation, options, responses, scope, writing
from kroute.machinery import (
    codecs,
    context,
    errors,
    fielderrors,
    goformat,
    gvk,
    objects,
    strictjson,
    times,
    yamldecode,
)
from kroute.patch import json_patch, merge_patch, showing, strategic
from kroute.storage import capabilities
from kroute.storage import options as storage_options

ATTEMPTS = 5
"""How often a patch without a resourceVersion is tried, where the storage doesn't try again itself."""


async def patch(at: scope.RequestScope, call: model.Call) -> web.StreamResponse:
    """Answer a PATCH."""
    ctx, name = call.ctx, call.params["name"]
    patch_type = call.request.headers.get("Content-Type", "").partition(";")[0]
    if patch_type not in at.patch_types:
        raise unsupported(at)
    wanted = responses.output(call, at)
    data = await writing.body(at, call)
    if ctx.trail is not None:
        ctx.trail.patched(data)
    apply = patch_type == scope.APPLY_PATCH
    chosen = options.patch_options(call.values, apply=apply)
    work = MECHANISMS[patch_type](at, name, data, chosen)
    validate = writing.validation(at, ctx, name, chosen, update=True)
    result = await _update(at, call, name, work, validate, chosen, allow_create=apply)
    return await responses.obj(call, at, wanted, 201 if result.created else 200, result.obj)


def unsupported(at: scope.RequestScope) -> errors.UnsupportedMediaType:
    """415 in the words of go-restful for built-in kinds, in those of the handlers for custom resources."""
    if at.custom:
        return negotiation.unsupported(at.patch_types)
    return errors.UnsupportedMediaType("415: Unsupported Media Type", details={})


async def _update(
    at: scope.RequestScope,
    call: model.Call,
    name: str,
    work: _Patch,
    validate: capabilities.Validate,
    chosen: storage_options.WriteOptions,
    *,
    allow_create: bool,
) -> capabilities.UpdateResult:
    """Have the storage update, again when somebody else was faster and the patch doesn't mind."""
    tries = 0
    while True:
        tries += 1
        try:
            result: capabilities.UpdateResult = await at.storage.update(
                call.ctx, name, work, validate=validate, options=chosen, allow_create=allow_create
            )
        except errors.Conflict:
            if tries == ATTEMPTS or not work.made or work.has_version:
                raise
        else:
            return result


class Patched(NamedTuple):
    """An object after the patch, not shared with anybody, with the complaints of strict reading.

    `shown` makes what an error about the result shows."""

    value: objects.JSON
    strict: Sequence[str]
    shown: Callable[[], str]


class _Patch:
    """A patch in waiting."""

    converts = False
    """Whether the result becomes a typed object without ever being text."""

    def __init__(self, at: scope.RequestScope, name: str, data: bytes, chosen: storage_options.WriteOptions) -> None:
        self._at, self._name, self._data, self._chosen = at, name, data, chosen
        self._lenient = chosen.field_validation == "Ignore"
        self.preconditions = storage_options.Preconditions()
        self.made = False
        """Whether the last try got as far as making an object."""
        self.has_version = False
        """Whether the patch itself says of which version the object must be."""

    async def updated(self, ctx: context.RequestContext, old: objects.Object | None) -> objects.Object:
        """The patched object, in the storage's version."""
        at, self.made = self._at, False
        obj, kind = self._apply(ctx, old)
        writing.ensure_namespace(at, ctx, obj)
        writing.check_name(obj, self._name)
        at.reader.check_type(kind, self._name)
        obj = at.wire.inward(obj, at.representation.storage_kind)
        await writing.admit(at, ctx, self._name, obj, old, self._chosen)
        writing.single_owners(ctx, obj, admitted=True)
        self.made = True
        return obj

    def _apply(
        self, ctx: context.RequestContext, old: objects.Object | None
    ) -> tuple[objects.Object, gvk.GroupVersionKind]:
        """The object after the patch, and what it says it is."""
        at = self._at
        if old is None:
            raise errors.NotFound.of(at.group_resource, self._name)
        live = at.wire.obj(old)
        patched = self._patch(live)
        try:
            read = at.reader.reread(patched.value, converted=self.converts)
        except decoding.Unreadable as error:
            raise unusable(patched.shown(), str(error)) from error
        strict = [*patched.strict, *read.strict]
        if strict and self._chosen.field_validation == "Strict":
            raise unusable(patched.shown(), decoding.strict_error(strict))
        if strict and not self._lenient:
            decoding.complain(ctx, strict)
        return writing.managed(at, ctx, live, read.obj, self._chosen), read.kind

    def _patch(self, live: objects.Object) -> Patched:
        raise NotImplementedError

    def _decoded(self, prefix: str) -> objects.JSON:
        """The body as JSON.  Raises BadRequest."""
        try:
            return codecs.decode(self._data)
        except codecs.DecodeError as error:
            raise errors.BadRequest(f"{prefix}{error}") from error

    def _duplicates(self, document: objects.JSON, prefix: str = "") -> list[str]:
        if self._lenient:
            return []
        return [f'{prefix}duplicate field "{path}"' for path in strictjson.duplicates(self._data, document)]


def unusable(shown: str, why: str) -> errors.Invalid:
    """For a patch whose result is no object of the kind."""
    error = errors.Invalid.of(gvk.GroupKind("", ""), "", [fielderrors.invalid("patch", shown, why)])
    if error.details is not None:
        error.details.pop("kind", None)
    return error


def has_version(patch: Any) -> bool:
    """Whether a merge patch sets metadata.resourceVersion."""
    metadata = patch.get("metadata") if isinstance(patch, dict) else None
    return isinstance(metadata, dict) and bool(metadata.get("resourceVersion"))


class _JSONPatch(_Patch):
    def _patch(self, live: objects.Object) -> Patched:
        document = self._decoded("" if self._lenient else "error decoding patch: ")
        parsed = json_patch.parse(document, ignore_unknown=self._lenient)
        self.has_version = any(
            operation.get("path") in ("/metadata", "/metadata/resourceVersion") for operation in parsed.operations
        )
        value = json_patch.apply(live, parsed.operations)
        strict = [*parsed.complaints, *self._duplicates(document, "json patch ")]
        typed = self._at.representation.typed
        return Patched(objects.copy(value), strict, lambda: showing.edited(value, parsed.operations, typed=typed))


class _MergePatch(_Patch):
    def _patch(self, live: objects.Object) -> Patched:
        try:
            document = codecs.decode(self._data)
        except codecs.DecodeError as error:
            text = "Invalid JSON Patch" if self._lenient else f"error decoding patch: {error}"
            raise errors.BadRequest(text) from error
        merge_patch.check(document, ignore_unknown=self._lenient)
        self.has_version = has_version(document)
        value = merge_patch.apply(live, document)
        typed = self._at.representation.typed
        repeated = self._duplicates(document)
        return Patched(objects.copy(value), repeated, lambda: showing.merged(value, document, typed=typed))


class _StrategicMergePatch(_Patch):
    converts = True

    def _patch(self, live: objects.Object) -> Patched:
        document = self._decoded("")
        strategic.check(document)
        self.has_version = has_version(document)
        repeated = self._duplicates(document)
        value = strategic.apply(live, document, self._at.representation.schema)
        return Patched(objects.copy(value), repeated, lambda: strategic.describe(document))


class _Apply(_Patch):
    """Server-side apply: the field manager decides what becomes of the object."""

    def _apply(
        self, ctx: context.RequestContext, old: objects.Object | None
    ) -> tuple[objects.Object, gvk.GroupVersionKind]:
        at = self._at
        if at.field_manager is None:
            raise errors.BadRequest(f"{at.group_resource} can't be applied: its fields have no managers")
        wanted = self._read()
        self.has_version = has_version(wanted)
        applied = at.field_manager.apply(
            None if old is None else at.wire.obj(old),
            wanted,
            manager=self._chosen.field_manager,
            force=self._chosen.force,
            api_version=at.kind.api_version,
            subresource=at.subresource,
            now=times.now(),
        )
        self._check_strictly(ctx)
        try:
            read = at.reader.reread(objects.copy(applied))
        except decoding.Unreadable as error:
            raise errors.BadRequest(str(error)) from error
        self._check_new(old, read.obj)
        return read.obj, read.kind

    def _read(self) -> objects.Object:
        try:
            document = yamldecode.decode(self._data)
        except yamldecode.YAMLError as error:
            raise errors.BadRequest(f"error decoding YAML: error converting YAML to JSON: {error}") from error
        if document is None:
            return {}
        if not isinstance(document, dict):
            text = goformat.cannot_unmarshal(document, "map[string]interface {}")
            raise errors.BadRequest(f"error decoding YAML: error unmarshaling JSON: while decoding JSON: {text}")
        return document

    def _check_strictly(self, ctx: context.RequestContext) -> None:
        """Complain of keys that are in the body twice; conflicts have been told before."""
        if self._lenient:
            return
        repeated = yamldecode.duplicates(self._data)
        if not repeated:
            return
        text = f"error converting YAML to JSON: {yamldecode.strict_error(repeated)}"
        if self._chosen.field_validation == "Strict":
            raise errors.BadRequest(f"error strict decoding YAML: {text}")
        decoding.complain(ctx, [text])

    def _check_new(self, old: objects.Object | None, obj: objects.Object) -> None:
        """An object that is to be created can't have been there under a uid."""
        uid = obj["metadata"].get("uid")
        if old is None and uid:
            raise errors.Conflict.of(
                self._at.group_resource,
                self._name,
                f"uid mismatch: the provided object specified uid {uid}, and no existing object was found",
            )


MECHANISMS: dict[str, type[_Patch]] = {
    scope.JSON_PATCH: _JSONPatch,
    scope.MERGE_PATCH: _MergePatch,
    scope.STRATEGIC_MERGE_PATCH: _StrategicMergePatch,
    scope.APPLY_PATCH: _Apply,
}
