"""Events: leniently as long as they come by the old group, strictly by `events.k8s.io`.

Mirrors `pkg/apis/core/validation/events.go`; events are validated as the core group has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kroute.coreapi import checks, internals
from kroute.machinery import fielderrors, metavalidation, names

Object = Mapping[str, Any]

OTHER_NAMESPACE = "does not match event.namespace"
SHORT, LONG = 128, 1024
FIXED = (
    ("involvedObject", "involvedObject"),
    ("reason", "reason"),
    ("message", "message"),
    ("source", "source"),
    ("firstTimestamp", "firstTimestamp"),
    ("lastTimestamp", "lastTimestamp"),
    ("count", "count"),
    ("type", "type"),
    ("eventTime", "eventTime"),
    ("action", "action"),
    ("related", "related"),
    ("reportingComponent", "reportingController"),
    ("reportingInstance", "reportingInstance"),
)
"""Fields that the new group doesn't let change, and what it calls them."""

UNSET = (
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
    ("source", "deprecatedSource"),
)


def validate(obj: Object, *, strict: bool) -> checks.Found:
    """A new event; `strict`: it came by the new group."""
    yield from validate_lenient(obj, strict=strict)
    if not strict:
        return
    yield from validate_series(obj)
    if not obj.get("eventTime"):
        yield fielderrors.required("eventTime")
    if obj.get("type") not in ("Normal", "Warning"):
        yield fielderrors.invalid("type", "", f"has invalid value: {obj.get('type') or ''}")
    for field, name in UNSET:
        if obj.get(field):
            yield fielderrors.invalid(name, "", "needs to be unset")


def validate_update(obj: Object, old: Object, *, strict: bool) -> checks.Found:
    yield from validate_lenient(obj, strict=strict)
    if not strict:
        return
    if obj.get("series") != old.get("series"):
        yield from validate_series(obj)
    for field, name in FIXED:
        if not checks.same(obj.get(field), old.get(field)):
            shown = internals.encode_field(obj, "core.v1.Event", field)
            yield fielderrors.invalid(name, shown, metavalidation.IMMUTABLE)


def validate_lenient(obj: Object, *, strict: bool) -> checks.Found:
    namespace = (obj.get("metadata") or {}).get("namespace") or ""
    about = (obj.get("involvedObject") or {}).get("namespace") or ""
    path = "involvedObject.namespace"
    if not obj.get("eventTime"):
        allowed = ("", "default") if not about else (about,)
        if namespace not in allowed:
            yield fielderrors.invalid(path, about, OTHER_NAMESPACE)
    else:
        if not about and namespace not in ("default", "kube-system"):
            yield fielderrors.invalid(path, about, OTHER_NAMESPACE)
        yield from validate_reporter(obj, "reportingController" if strict else "reportingComponent")
    yield from checks.text(namespace, names.dns1123_subdomain, "namespace")


def validate_reporter(obj: Object, field: str) -> checks.Found:
    """Who reports what; with a time of its own an event must say so."""
    yield from checks.required(obj.get("reportingComponent"), field)
    yield from checks.text(obj.get("reportingComponent") or "", names.qualified_name, field)
    for name in ("reportingInstance", "action", "reason"):
        text = obj.get(name) or ""
        if not text:
            yield fielderrors.required(name)
        if names.size(text) > SHORT:
            yield fielderrors.invalid(name, "", f"can have at most {SHORT} characters")
    if names.size(obj.get("message") or "") > LONG:
        yield fielderrors.invalid("message", "", f"can have at most {LONG} characters")


def validate_series(obj: Object) -> checks.Found:
    series = obj.get("series")
    if series is None:
        return
    if (series.get("count") or 0) < 2:
        yield fielderrors.invalid("series.count", "", "should be at least 2")
    if not series.get("lastObservedTime"):
        yield fielderrors.required("series.lastObservedTime")
