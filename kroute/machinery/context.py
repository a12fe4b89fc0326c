"""What is known of one request, handed explicitly to everything that works for it.

The server's filters make it, storage objects and strategies read it.  Contextvars are for logs only.
Mirrors `k8s.io/apiserver/pkg/endpoints/request` and `pkg/authentication/user`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kroute.machinery import auditing


@dataclass(frozen=True, slots=True)
class User:
    """Who asks: `groups` and the values of `extra` are tuples of strings."""

    name: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


ANONYMOUS = User("system:anonymous", groups=("system:unauthenticated",))
LOOPBACK = User("system:apiserver", groups=("system:masters", "system:authenticated"))


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """What a request's method and path say, before any route is looked up.

    `verb` is the Kubernetes verb (get, list, watch, create, update, patch, delete, deletecollection) of a resource
    request, else the lower-case HTTP method.  `api_prefix` is `api` or `apis` for resource requests.
    The selectors are those of lists, watches and deletions of collections, as they were sent.
    """

    path: str
    verb: str
    is_resource: bool = False
    api_prefix: str = ""
    group: str = ""
    version: str = ""
    namespace: str = ""
    resource: str = ""
    subresource: str = ""
    name: str = ""
    parts: tuple[str, ...] = ()
    field_selector: str = ""
    label_selector: str = ""


NO_INFO = RequestInfo(path="", verb="")


@dataclass(frozen=True, slots=True)
class RequestContext:
    """One request: who asks for what, and where warnings for the answer's headers are collected.

    `namespace` is the namespace of the path ("" for cluster scope and for all namespaces).
    `warnings` is filled while the request is worked on; each becomes a `Warning: 299` header, once.
    `trail` is there when the request is audited.
    """

    user: User = ANONYMOUS
    info: RequestInfo = NO_INFO
    namespace: str = ""
    audit_id: str = ""
    user_agent: str = ""
    warnings: list[str] = field(default_factory=list)
    trail: auditing.Trail | None = None

    def warn(self, text: str) -> None:
        """Add a warning, unless the same was given before."""
        if text not in self.warnings:
            self.warnings.append(text)

    def add_annotation(self, key: str, value: str) -> None:
        """Add an annotation to the request's audit events, where it is audited; the first one with a key stays."""
        if self.trail is not None:
            self.trail.annotate(key, value)
