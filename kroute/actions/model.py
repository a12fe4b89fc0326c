"""Actions and routes: what the installer makes of storage objects, before any web framework sees it."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from aiohttp import web

from kroute.machinery import context, gvk, query


class Verb(enum.StrEnum):
    """What an action does.  These are the installer's verbs, not those of authorisation."""

    LIST = "LIST"
    POST = "POST"
    DELETECOLLECTION = "DELETECOLLECTION"
    WATCHLIST = "WATCHLIST"
    GET = "GET"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"
    WATCH = "WATCH"
    CONNECT = "CONNECT"


@dataclass(frozen=True, slots=True)
class Action:
    """One verb at one path.  `path` is relative to the group-version: `namespaces/{namespace}/widgets/{name}`."""

    verb: Verb
    path: str
    namespaced: bool
    all_namespaces: bool = False
    subpath: bool = False


@dataclass(slots=True)
class Call:
    """One request as a handler gets it.  `params` are the path's parts: namespace, name, path."""

    request: web.BaseRequest
    ctx: context.RequestContext
    params: Mapping[str, str]
    _values: query.Values | None = field(default=None, init=False)

    @property
    def values(self) -> query.Values:
        """The values of the query, read once."""
        found = self._values
        if found is None:
            found = self._values = query.parse(self.request.raw_path.partition("?")[2])
        return found


def subpath(call: Call) -> str:
    """What follows the object in the path, with its slashes; "" for nothing."""
    rest = call.params.get("path")
    if rest is not None:
        return f"/{rest}"
    path, _ = query.split(call.request.raw_path)
    return "/" if path.endswith("/") else ""


Handler: TypeAlias = Callable[[Call], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A handler at a method and a whole path, with what discovery and documents say of it.

    `path` is a template: `/apis/GROUP/VERSION/namespaces/{namespace}/widgets/{name}`; a last `{path}` takes any rest.
    `kind` is that of the objects it works with, `resource` and `subresource` name the storage.
    `docs` is what documents say beside (keys are there where they apply): `consumes`, `produces` and `patches` are
    media types; `request`, `response` kinds other than `kind`, `list_kind` a list's; `parent_kind` the kind whose name
    a subresource's `{name}` is; `options` maps own query options to their JSON schemas; `text` True for answers that
    aren't objects; `returns_deleted` True where a delete answers the object; `errors` True where documents tell that
    errors are Statuses (Kubernetes' own documents leave that out); `custom` the kind of a custom resource, whose
    documents are made in a way of their own.
    """

    method: str
    path: str
    handler: Handler
    action: Action
    operation_id: str
    kind: gvk.GroupVersionKind
    resource: str
    subresource: str = ""
    docs: Mapping[str, Any] = field(default_factory=dict)
