"""What one audited request leaves for its audit events, filled in by whoever works on it.

A request that isn't audited has no trail, and nobody does anything for it.  `kroute.audit` makes events of trails.
Mirrors `AuditContext` of `k8s.io/apiserver/pkg/audit`.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from kroute.machinery import codecs, objects

log = logging.getLogger("kroute.audit")

STATUS_FIELDS = ("status", "message", "reason", "details", "code")


class Trail:
    """The trail of one request.

    `keeps_request` and `keeps_response` say whether the objects themselves are wanted; `request` and `response` are
    JSON.  `status` is the answer's Status, where it was one; `panic` what a bug was about.
    `reference` is what the request's object says of itself.  `started`, if set, is to be awaited with the status code
    when the headers of a long-running answer go out."""

    __slots__ = (
        "annotations", "keeps_request", "keeps_response", "omits_managed_fields", "panic", "reference", "request",
        "response", "started", "status",
    )  # fmt: skip

    def __init__(
        self, *, keeps_request: bool = False, keeps_response: bool = False, omits_managed_fields: bool = False
    ) -> None:
        self.keeps_request, self.keeps_response = keeps_request, keeps_response
        self.omits_managed_fields = omits_managed_fields
        self.annotations: dict[str, str] = {}
        self.reference: dict[str, str] = {}
        self.request: bytes | None = None
        self.response: bytes | None = None
        self.status: dict[str, Any] | None = None
        self.panic = ""
        self.started: Callable[[int], Awaitable[None]] | None = None

    def annotate(self, key: str, value: str) -> None:
        """Add an annotation; the first one with a key stays."""
        known = self.annotations.setdefault(key, value)
        if known != value:
            log.warning("audit annotation %s is %r already and stays so, rather than %r", key, known, value)

    def requested(self, obj: objects.Object) -> None:
        """Take the object that a request brings, as it is now."""
        metadata = obj.get("metadata")
        if isinstance(metadata, dict) and not self.reference:
            for field in ("namespace", "name", "uid", "resourceVersion"):
                value = metadata.get(field)
                if value and isinstance(value, str):
                    self.reference[field] = value
        if self.keeps_request:
            self.request = codecs.encode(without_managed_fields(obj) if self.omits_managed_fields else obj)

    def patched(self, patch: bytes) -> None:
        """Take the patch that a request brings."""
        if self.keeps_request:
            try:
                orjson.loads(patch)
            except orjson.JSONDecodeError:
                patch = orjson.dumps(patch.decode("utf-8", "replace"))
            self.request = patch

    def answered(self, obj: objects.Object) -> None:
        """Take the object of the answer."""
        if obj.get("kind") == "Status" and obj.get("apiVersion") == "v1":
            self.status = {field: obj[field] for field in STATUS_FIELDS if field in obj}
        if self.keeps_response:
            self.response = codecs.encode(without_managed_fields(obj) if self.omits_managed_fields else obj)

    def answered_json(self, body: bytes) -> None:
        """Take the object of the answer, which is JSON already and no Status."""
        if self.keeps_response:
            if self.omits_managed_fields and b'"managedFields"' in body:
                body = codecs.encode(without_managed_fields(orjson.loads(body)))
            self.response = body.rstrip(b"\n")


def without_managed_fields(obj: objects.Object) -> objects.Object:
    """The object, list or Table without managedFields; the given one stays as it is."""
    found = {**obj, **_bare(obj)}
    for field, inside in (("items", ""), ("rows", "object")):
        entries = obj.get(field)
        if isinstance(entries, list):
            found[field] = [_without(entry, inside) for entry in entries]
    return found


def _without(entry: Any, inside: str) -> Any:
    if not isinstance(entry, dict):
        return entry
    if not inside:
        return {**entry, **_bare(entry)}
    return {**entry, inside: _without(entry[inside], "")} if inside in entry else entry


def _bare(obj: objects.Object) -> objects.Object:
    metadata = obj.get("metadata")
    if not isinstance(metadata, dict) or "managedFields" not in metadata:
        return {}
    return {"metadata": {key: value for key, value in metadata.items() if key != "managedFields"}}
