"""Creating an object, also under a generated name.

Mirrors Create of `k8s.io/apiserver/pkg/registry/generic/registry`.
"""

from __future__ import annotations

from contextlib import nullcontext

from kroute.machinery import context, errors, objects
from kroute.storage import before, capabilities, core, failures, options, stored, versions
from kroute.storage.backend import errors as backend_errors

ATTEMPTS = 8
"""How many generated names are tried; enough for a million objects of one prefix."""

VERSION_SET = "resourceVersion should not be set on objects to be created"


async def create(
    at: core.Core,
    ctx: context.RequestContext,
    obj: objects.Object,
    *,
    validate: capabilities.Validate,
    wanted: options.WriteOptions,
) -> stored.Result:
    """Store a new object, which is changed and kept; what is stored.

    Raises AlreadyExists, Invalid, BadRequest and what hooks and `validate` raise."""
    metadata = objects.metadata(obj)
    if metadata.get("name") or not metadata.get("generateName"):
        return await _create(at, ctx, obj, validate, wanted)
    for _ in range(ATTEMPTS - 1):
        try:
            return await _create(at, ctx, objects.copy(obj), validate, wanted)
        except errors.AlreadyExists:
            continue
    return await _create(at, ctx, obj, validate, wanted)


async def _create(
    at: core.Core,
    ctx: context.RequestContext,
    obj: objects.Object,
    validate: capabilities.Validate,
    wanted: options.WriteOptions,
) -> stored.Result:
    metadata = obj["metadata"]
    before.fill_system_fields(at, metadata)
    if metadata.get("generateName") and not metadata.get("name"):
        metadata["name"] = at.strategy.generate_name(metadata["generateName"])
    async with at.strategy.around_write(ctx, obj, None, dry_run=wanted.dry_run) or nullcontext():
        await before.create(at, ctx, obj)
        await validate(obj, None)
        name = obj["metadata"]["name"]
        key = at.key(ctx, name)
        if wanted.dry_run:
            found = await at.fetch(key, operation="create")
            if found is not None:
                raise exists(at, obj, found)
            return obj
        return await _write(at, obj, key)


async def _write(at: core.Core, obj: objects.Object, key: str) -> stored.Stored:
    if _has_version(obj):
        # upstream the store itself finds that out, and its errors carry no reason
        raise errors.Plain(VERSION_SET) if at.bare_errors else errors.BadRequest(VERSION_SET)
    draft = at.draft(key, obj)
    try:
        with failures.reported(at.resource, "create"):
            record = await at.log.create(key, draft, ttl=at.strategy.ttl(obj))
    except backend_errors.KeyExists as error:
        raise exists(at, obj, await at.fetch(key, operation="create")) from error
    return at.written(record, obj)


def _has_version(obj: objects.Object) -> bool:
    try:
        return versions.of(obj, bare=False) != 0
    except errors.BadRequest:
        return False


def exists(at: core.Core, obj: objects.Object, found: stored.Stored | None) -> errors.AlreadyExists:
    """What to say when the name of `obj` is taken by `found`."""
    metadata = obj["metadata"]
    if metadata.get("generateName"):
        error = errors.AlreadyExists.generated(at.resource, metadata["name"])
    else:
        error = errors.AlreadyExists.of(at.resource, metadata["name"])
    if found is not None and found.obj["metadata"].get("deletionTimestamp"):
        error.message = f"object is being deleted: {error.message}"
    return error
