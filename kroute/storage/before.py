"""What is done to every object before it is written, whatever its kind: namespace, system fields, the strategy's hooks.

Each step and its place is kube-apiserver's: clients see the order in which errors are found.
Mirrors BeforeCreate, BeforeUpdate and BeforeDelete of `k8s.io/apiserver/pkg/registry/rest`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from kroute.machinery import context, errors, fielderrors, metavalidation, names, objects, times
from kroute.storage import core, options, stored

SYSTEM_FIELDS = ("creationTimestamp", "uid", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink")
OTHER_NAMESPACE = "the namespace of the provided object does not match the namespace sent on the request"


def fill_system_fields(at: core.Core, metadata: objects.Object) -> None:
    """Take away what only the server sets, and give a new uid and the creation time."""
    for key in SYSTEM_FIELDS:
        metadata.pop(key, None)
    metadata["uid"] = new_uid()
    metadata["creationTimestamp"] = as_text(at.clock.now())


def new_uid() -> str:
    """A random UUID (version 4).  Uids must be unique, not secret, so none of them asks the system for entropy."""
    digits = f"{random.getrandbits(128):032x}"
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def as_text(seconds: float) -> str:
    """A moment (seconds since the epoch) as metadata has it."""
    return times.show(datetime.fromtimestamp(seconds, UTC))


def as_seconds(text: str) -> float:
    """A moment of the metadata in seconds since the epoch."""
    return times.parse(text).timestamp()


async def create(at: core.Core, ctx: context.RequestContext, obj: objects.Object) -> None:
    """Prepare and check a new object, in place.  Raises BadRequest, Invalid and what hooks raise."""
    metadata = obj["metadata"]
    _ensure_namespace(at, ctx, metadata)
    await at.strategy.prepare_for_create(ctx, obj)
    found = [*_whole_metadata_errors(at, obj["metadata"]), *at.strategy.validate(ctx, obj)]
    if found:
        raise errors.Invalid.of(at.kind.group_kind, metadata.get("name", ""), found)
    for text in at.strategy.warnings_on_create(ctx, obj):
        ctx.warn(text)
    at.strategy.canonicalize(obj)


async def update(at: core.Core, ctx: context.RequestContext, obj: objects.Object, there: stored.Stored) -> None:
    """Prepare and check the object that replaces `there`, in place.

    Raises BadRequest, Invalid and what hooks raise."""
    old = there.obj
    _ensure_namespace(at, ctx, obj["metadata"])
    _restore(obj["metadata"], old["metadata"], "generation")
    await at.strategy.prepare_for_update(ctx, obj, old)
    metadata, old_metadata = obj["metadata"], old["metadata"]
    if not metadata.get("uid") and old_metadata.get("uid"):
        metadata["uid"] = old_metadata["uid"]
    for key in ("creationTimestamp", "deletionTimestamp"):
        if old_metadata.get(key):
            metadata[key] = old_metadata[key]
    if metadata.get("deletionGracePeriodSeconds") is None:
        _restore(metadata, old_metadata, "deletionGracePeriodSeconds")
    found = _metadata_errors(at, metadata, old_metadata)
    found += at.strategy.validate_update(ctx, obj, old)
    if found:
        raise errors.Invalid.of(at.kind.group_kind, metadata.get("name", ""), found)
    for text in at.strategy.warnings_on_update(ctx, obj, old):
        ctx.warn(text)
    at.strategy.canonicalize(obj)


class Grace(NamedTuple):
    """How a deletion is to go.

    `graceful`: the object is told first, by the fields of `metadata`, and goes later or, with 0 `seconds`, right after.
    `pending`: it was told already, and this request changes nothing."""

    graceful: bool
    pending: bool
    seconds: int | None
    metadata: Mapping[str, Any]


NOW = Grace(False, False, None, {})


async def delete(
    at: core.Core, ctx: context.RequestContext, obj: objects.Object, wanted: options.DeleteOptions
) -> Grace:
    """Check that an object may be deleted, and decide how.  Raises Conflict when the preconditions don't hold."""
    _check_preconditions(at, obj, wanted.preconditions)
    await at.strategy.prepare_for_delete(ctx, obj)
    if not at.strategy.graceful:
        return NOW
    if wanted.grace_period_seconds is not None and wanted.grace_period_seconds < 0:
        wanted = replace(wanted, grace_period_seconds=1)
    metadata = obj["metadata"]
    if metadata.get("deletionTimestamp"):
        return _shortened(at, metadata, wanted.grace_period_seconds)
    seconds = at.strategy.grace_period(ctx, obj, wanted)
    if seconds is None:
        return NOW
    told = {
        "deletionTimestamp": as_text(at.clock.now() + seconds),
        "deletionGracePeriodSeconds": seconds,
    }
    if metadata.get("generation", 0) > 0:
        told["generation"] = metadata["generation"] + 1
    return Grace(True, False, seconds, told)


def _shortened(at: core.Core, metadata: objects.Object, wanted: int | None) -> Grace:
    """A deletion under way may only be made shorter."""
    left = metadata.get("deletionGracePeriodSeconds") or 0
    left = 1 if left < 0 else left
    if not left:  # told, but not gone: a deletion that broke off
        return NOW
    if wanted is None or wanted >= left:
        return Grace(False, True, left, {})
    now = at.clock.now()
    end = as_seconds(metadata["deletionTimestamp"]) - left + wanted
    if end < now:
        # the whole period is over; somebody still has to finish it, so a graceful request leaves one second
        end, wanted = now, 1 if wanted else 0
    told = {"deletionTimestamp": as_text(end), "deletionGracePeriodSeconds": wanted}
    return Grace(True, False, wanted, told)


def _ensure_namespace(at: core.Core, ctx: context.RequestContext, metadata: objects.Object) -> None:
    wanted = ctx.namespace if at.namespaced else ""
    given = metadata.get("namespace") or ""
    if given == wanted:
        return
    if not wanted:
        del metadata["namespace"]
    elif not given:
        metadata["namespace"] = wanted
    else:
        raise errors.BadRequest(OTHER_NAMESPACE)


def _restore(metadata: objects.Object, old: objects.Object, key: str) -> None:
    if key in old:
        metadata[key] = old[key]
    else:
        metadata.pop(key, None)


def _metadata_errors(at: core.Core, metadata: objects.Object, old: objects.Object) -> list[fielderrors.FieldError]:
    """The errors of an update's metadata, as often as kube-apiserver finds them.

    It checks in common code and again in each kind's own, so its Status lists the causes several times."""
    whole = list(metavalidation.validate(metadata, namespaced=at.namespaced, name_rule=names.path_segment_name))
    changes = list(metavalidation.validate_update(metadata, old))
    found = whole + changes + changes
    if at.strategy.whole_metadata_on_update:
        found += _whole_metadata_errors(at, metadata)
    return found


def _whole_metadata_errors(at: core.Core, metadata: objects.Object) -> Iterator[fielderrors.FieldError]:
    rules = at.strategy
    return metavalidation.validate(
        metadata, namespaced=at.namespaced, name_rule=rules.name_rule, kube_finalizers=rules.kube_finalizers
    )


def _check_preconditions(at: core.Core, obj: objects.Object, wanted: options.Preconditions) -> None:
    metadata = obj["metadata"]
    uid, version = metadata.get("uid", ""), metadata.get("resourceVersion", "")
    if wanted.uid is not None and wanted.uid != uid:
        why = (
            f"the UID in the precondition ({wanted.uid}) does not match the UID in record ({uid}). "
            "The object might have been deleted and then recreated"
        )
    elif wanted.resource_version is not None and wanted.resource_version != version:
        why = (
            f"the ResourceVersion in the precondition ({wanted.resource_version}) does not match "
            f"the ResourceVersion in record ({version}). The object might have been modified"
        )
    else:
        return
    kind = at.resource._replace(resource=at.kind.kind)
    raise errors.Conflict.of(kind, metadata.get("name", ""), why)
