"""Steps that the writing actions share: reading the object, names and namespaces, field managers, admission.

Mirrors `k8s.io/apiserver/pkg/endpoints/handlers/rest.go` and what create, update and patch have in common there.
"""

from __future__ import annotations

from typing import Any

from kroute.actions import bodies, decoding, model, negotiation, scope
from kroute.admission import attributes
from kroute.machinery import codecs, context, errors, objects, times
from kroute.patch.managedfields import entries
from kroute.storage import capabilities, options

MANAGER_BYTES = 128
SYSTEM_FIELDS = ("creationTimestamp", "uid", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink")
OTHER_NAMESPACE = "the namespace of the provided object does not match the namespace sent on the request"
NO_NAME = "name must be provided"
DUPLICATE_OWNERS = (
    "contains duplicate entries{when}; API server dedups owner references in 1.20+, and may reject such requests as "
    "early as 1.24; please fix your requests; duplicate UID(s) observed: {uids}"
)

BROKEN_MANAGERS = (
    ".metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating "
    "admission controller; please fix your requests"
)

CREATE, UPDATE, DELETE = attributes.Operation.CREATE, attributes.Operation.UPDATE, attributes.Operation.DELETE


async def body(at: scope.RequestScope, call: model.Call) -> bytes:
    """The request's body.  Raises RequestEntityTooLarge."""
    return await bodies.read(call.request, at.max_body)


def read(at: scope.RequestScope, call: model.Call, data: bytes, chosen: options.WriteOptions) -> decoding.Read:
    """The object in a body, checked for its type; complaints become warnings or the error, as the client wishes.

    Raises UnsupportedMediaType, BadRequest."""
    codec = negotiation.body_codec(at.codecs, call.request.headers.get("Content-Type"))
    lenient = chosen.field_validation == "Ignore"
    found = at.reader.read(codec, data, strictly=not lenient)
    if found.strict and not lenient:
        if chosen.field_validation == "Strict":
            raise codecs.cannot_handle(found.kind, at.kind.kind, decoding.strict_error(found.strict))
        decoding.complain(call.ctx, found.strict)
    at.reader.check_version(found.kind)
    return found


def wipe_system_fields(obj: objects.Object) -> None:
    """Take from a new object what only the server sets."""
    metadata = obj["metadata"]
    for key in SYSTEM_FIELDS:
        metadata.pop(key, None)


def ensure_namespace(at: scope.RequestScope, ctx: context.RequestContext, obj: objects.Object) -> None:
    """Give the object the request's namespace.  Raises BadRequest when it has another."""
    metadata = obj["metadata"]
    given = metadata.get("namespace") or ""
    wanted = ctx.namespace if at.action.namespaced else ""
    if given == wanted:
        return
    if not wanted:
        del metadata["namespace"]
    elif not given:
        metadata["namespace"] = wanted
    else:
        raise errors.BadRequest(OTHER_NAMESPACE)


def check_name(obj: objects.Object, name: str) -> None:
    """Raise BadRequest unless the object has the name of the URL."""
    given = obj["metadata"].get("name") or ""
    if not given:
        raise errors.BadRequest(f"the name of the object ({name} based on URL) was undeterminable: {NO_NAME}")
    if given != name:
        raise errors.BadRequest(f"the name of the object ({given}) does not match the name on the URL ({name})")


def field_manager_name(chosen: options.WriteOptions, ctx: context.RequestContext) -> str:
    """Who writes: as the client says, else what its User-Agent begins with."""
    if chosen.field_manager:
        return chosen.field_manager
    agent = ctx.user_agent.partition("/")[0]
    if len(agent) <= MANAGER_BYTES and agent.isascii() and agent.isprintable():
        return agent
    found, size = "", 0
    for char in agent:
        if char.isprintable():
            size += len(char.encode("utf-8", "surrogatepass"))
            if size > MANAGER_BYTES:
                break
            found += char
    return found


def managed(
    at: scope.RequestScope,
    ctx: context.RequestContext,
    live: objects.Object | None,
    obj: objects.Object,
    chosen: options.WriteOptions,
) -> objects.Object:
    """The object with its managedFields brought up to date; both are in the request's version.

    `live` is the object as it is, None for a new one."""
    if at.field_manager is None:
        return obj
    return at.field_manager.update(
        live,
        obj,
        manager=field_manager_name(chosen, ctx),
        api_version=at.kind.api_version,
        subresource=at.subresource,
        now=times.now(),
    )


def single_owners(ctx: context.RequestContext, obj: objects.Object, *, admitted: bool = False) -> None:
    """Drop owner references that are there twice, with a warning.  `admitted`: after mutating admission."""
    references = obj["metadata"].get("ownerReferences")
    if not references or len(references) < 2:
        return
    kept: list[Any] = []
    repeated: list[str] = []
    for reference in references:
        if reference in kept:
            repeated.append(str(reference.get("uid", "")))
        else:
            kept.append(reference)
    if repeated:
        when = " after mutating admission happens" if admitted else ""
        ctx.warn(".metadata.ownerReferences " + DUPLICATE_OWNERS.format(when=when, uids=", ".join(repeated)))
        obj["metadata"]["ownerReferences"] = kept


async def admit(
    at: scope.RequestScope,
    ctx: context.RequestContext,
    name: str,
    obj: objects.Object,
    old: objects.Object | None,
    chosen: options.WriteOptions,
) -> None:
    """Run mutating admission on an object in the storage's version, in place."""
    operation = CREATE if old is None else UPDATE
    if at.admission.mutates(operation):
        managers = obj["metadata"].get("managedFields")
        await at.admission.admit(asked(at, ctx, operation, name, obj, old, chosen))
        keep_managers(ctx, obj, managers)
        single_owners(ctx, obj, admitted=True)


def keep_managers(ctx: context.RequestContext, obj: objects.Object, managers: Any) -> None:
    """Undo what plugins have made of managedFields where that can't be read, with a warning."""
    found = obj["metadata"].get("managedFields")
    if found is managers or not found:
        return
    try:
        entries.decode_given(found)
    except entries.EntryError as error:
        ctx.warn(f"{BROKEN_MANAGERS}: {error}")
        obj["metadata"]["managedFields"] = managers
        if managers is None:
            del obj["metadata"]["managedFields"]


def asked(
    at: scope.RequestScope,
    ctx: context.RequestContext,
    operation: attributes.Operation,
    name: str,
    obj: objects.Object | None,
    old: objects.Object | None,
    chosen: Any,
) -> attributes.Attributes:
    """What admission is asked about."""
    return attributes.Attributes(
        operation=operation,
        kind=at.kind,
        resource=at.resource,
        subresource=at.subresource,
        namespace=ctx.namespace,
        name=name,
        obj=obj,
        old=old,
        options=chosen,
        dry_run=getattr(chosen, "dry_run", False),
        ctx=ctx,
        form=at.form,
    )


def validation(
    at: scope.RequestScope,
    ctx: context.RequestContext,
    name: str,
    chosen: options.WriteOptions,
    *,
    update: bool = False,
) -> capabilities.Validate:
    """Validating admission of a write, for the storage to run.  `update`: a request that may turn out to create."""
    authorize = at.authorize if update else None
    operations = (CREATE, UPDATE) if update else (CREATE,)
    if authorize is None and not any(map(at.admission.handles, operations)):
        return nothing

    async def validate(obj: objects.Object, old: objects.Object | None) -> None:
        if old is None and authorize is not None:
            await authorize(ctx, at, "create", name)
        operation = CREATE if old is None else UPDATE
        if at.admission.handles(operation):
            known = name or obj["metadata"].get("name") or ""  # generated meanwhile
            await at.admission.validate(asked(at, ctx, operation, known, obj, old, chosen))

    return validate


async def nothing(obj: objects.Object, old: objects.Object | None) -> None:
    """Validation where nobody validates."""


def deletion(
    at: scope.RequestScope, ctx: context.RequestContext, name: str, chosen: options.DeleteOptions
) -> capabilities.Validate:
    """Admission of a deletion, for the storage to run on the object that is to go."""
    if not at.admission.handles(DELETE):
        return nothing

    async def validate(obj: objects.Object, old: objects.Object | None) -> None:
        found = asked(at, ctx, DELETE, name, None, obj if old is None else old, chosen)
        await at.admission.admit(found)
        await at.admission.validate(found)

    return validate
