"""The client of the process itself: its requests pass the outermost server's handler chain, and no socket.

Post-start hooks and controllers write through it, as the superuser `system:apiserver`; what they read all the time
comes from the watch caches.  A server has one client for its whole chain of delegation (`GenericAPIServer.loopback`),
which works from the moment on in which post-start hooks run.
Mirrors LoopbackClientConfig of `k8s.io/apiserver/pkg/server`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Self
from urllib import parse

from aiohttp import web

from kroute.machinery import codecs, context, errors, gvk, objects
from kroute.server import exchange, inprocess

JSON, APPLY = "application/json", "application/apply-patch+yaml"
MERGE, STRATEGIC = "application/merge-patch+json", "application/strategic-merge-patch+json"
MANAGER = "kube-apiserver"
"""What the fields are managed by that are written, unless another name is chosen."""

ATTEMPTS = 10
"""How often `change` tries when somebody else is faster."""

KNOWN: tuple[type[errors.APIError], ...] = (
    errors.BadRequest,
    errors.Forbidden,
    errors.NotFound,
    errors.MethodNotSupported,
    errors.NotAcceptable,
    errors.AlreadyExists,
    errors.Conflict,
    errors.Expired,
    errors.RequestEntityTooLarge,
    errors.UnsupportedMediaType,
    errors.Invalid,
    errors.TooManyRequests,
    errors.InternalError,
    errors.ServiceUnavailable,
    errors.Timeout,
)


class Answer(NamedTuple):
    """What was answered; `body` is JSON, decoded, or the text of anything else."""

    status: int
    body: objects.JSON


class Client:
    """Requests of this process to itself.

    Resources are named by `gvk.GroupVersionResource`; a `namespace` of "" is the cluster, or all namespaces.
    All methods raise the `errors.APIError` that the answer's Status tells: NotFound, Conflict and so on.
    """

    def __init__(self) -> None:
        self._connection = Connection()
        self._manager = MANAGER

    def connect(self, handler: exchange.Handler, finished: Callable[[exchange.Exchange, int, int], None]) -> None:
        """Say who answers, and who is told of what was answered."""
        self._connection.handler, self._connection.finished = handler, finished

    def named(self, manager: str) -> Self:
        """The same client under another name, which managed fields and audit records show."""
        found = copy.copy(self)
        found._manager = manager
        return found

    async def request(
        self,
        method: str,
        path: str,
        body: objects.JSON = None,
        *,
        query: Mapping[str, str] | None = None,
        content_type: str = JSON,
        accept: str = JSON,
    ) -> Answer:
        """Send any request; `path` is not encoded, `body` is encoded as JSON unless it is bytes."""
        headers = {"Accept": accept, "User-Agent": f"{self._manager}/kroute", "Host": "localhost"}
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else codecs.encode(body)
            headers["Content-Type"], headers["Content-Length"] = content_type, str(len(data))
        target = parse.quote(path)
        if query:
            target = f"{target}?{parse.urlencode(query)}"
        answer = await self._connection.send(inprocess.request(method, target, headers, data))
        found: objects.JSON = answer.body.decode("utf-8", "replace")
        if "json" in answer.headers.get("Content-Type", ""):
            found = codecs.decode(answer.body)
        if answer.status >= 400:
            raise error_of(answer.status, found)
        return Answer(answer.status, found)

    async def get(
        self, resource: gvk.GroupVersionResource, name: str, *, namespace: str = "", subresource: str = ""
    ) -> objects.Object:
        return await self._object("GET", path(resource, namespace, name, subresource))

    async def list(
        self,
        resource: gvk.GroupVersionResource,
        *,
        namespace: str = "",
        query: Mapping[str, str] | None = None,
        metadata_only: bool = False,
    ) -> objects.Object:
        """The list object; with `metadata_only` its items have nothing else (`items` may be None then)."""
        accept = f"{JSON};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,{JSON}" if metadata_only else JSON
        found: objects.Object = (await self.request("GET", path(resource, namespace), query=query, accept=accept)).body
        return found

    async def create(
        self, resource: gvk.GroupVersionResource, obj: objects.Object, *, namespace: str = "", subresource: str = ""
    ) -> objects.Object:
        """Create the object; with a subresource, create that of the object's name."""
        name = obj["metadata"]["name"] if subresource else ""
        return await self._object("POST", path(resource, namespace, name, subresource), obj)

    async def update(
        self, resource: gvk.GroupVersionResource, obj: objects.Object, *, namespace: str = "", subresource: str = ""
    ) -> objects.Object:
        """Replace the object; Conflict unless its resourceVersion, if it has one, is the present one."""
        return await self._object("PUT", path(resource, namespace, obj["metadata"]["name"], subresource), obj)

    async def patch(
        self,
        resource: gvk.GroupVersionResource,
        name: str,
        patch: objects.JSON,
        *,
        namespace: str = "",
        subresource: str = "",
        content_type: str = MERGE,
    ) -> objects.Object:
        where = path(resource, namespace, name, subresource)
        return await self._object("PATCH", where, patch, content_type=content_type)

    async def apply(
        self,
        resource: gvk.GroupVersionResource,
        obj: objects.Object,
        *,
        namespace: str = "",
        subresource: str = "",
        force: bool = True,
    ) -> objects.Object:
        """Server-side apply, under the client's name as field manager."""
        where = path(resource, namespace, obj["metadata"]["name"], subresource)
        query = {"fieldManager": self._manager, "force": "true" if force else "false"}
        return await self._object("PATCH", where, obj, query=query, content_type=APPLY)

    async def delete(
        self,
        resource: gvk.GroupVersionResource,
        name: str,
        *,
        namespace: str = "",
        uid: str = "",
        resource_version: str = "",
        propagation: str = "",
    ) -> objects.Object:
        """Delete the object: the very one with that uid, at that resourceVersion, where they are given."""
        return await self._object(
            "DELETE", path(resource, namespace, name), options(uid, resource_version, propagation)
        )

    async def delete_collection(
        self, resource: gvk.GroupVersionResource, *, namespace: str = "", propagation: str = ""
    ) -> None:
        await self.request("DELETE", path(resource, namespace), options("", "", propagation))

    async def change(
        self,
        resource: gvk.GroupVersionResource,
        name: str,
        make: Callable[[objects.Object], bool],
        *,
        namespace: str = "",
        subresource: str = "",
    ) -> objects.Object:
        """Read the object, have `make` change it in place, write it; all again when somebody else was faster.

        `make` says whether there is anything to write."""
        for attempt in range(ATTEMPTS):
            found = await self.get(resource, name, namespace=namespace)
            if not make(found):
                return found
            try:
                return await self.update(resource, found, namespace=namespace, subresource=subresource)
            except errors.Conflict:
                if attempt == ATTEMPTS - 1:
                    raise
        raise AssertionError("the last attempt returns or raises")

    async def _object(
        self,
        method: str,
        where: str,
        body: objects.JSON = None,
        *,
        query: Mapping[str, str] | None = None,
        content_type: str = JSON,
    ) -> objects.Object:
        found: objects.Object = (await self.request(method, where, body, query=query, content_type=content_type)).body
        return found


class Connection:
    """Where the requests of all clients of a server go."""

    def __init__(self) -> None:
        self.handler: exchange.Handler | None = None
        self.finished: Callable[[exchange.Exchange, int, int], None] | None = None

    async def send(self, request: inprocess.Request) -> inprocess.Answer:
        """Raises ServiceUnavailable when there is no server, or its answer is cut."""
        if self.handler is None:
            raise errors.ServiceUnavailable("the server is not running yet")
        current = exchange.Exchange(request)
        response: web.StreamResponse
        try:
            response = await self.handler(current)
        except web.HTTPException as refusal:
            response = refusal
        except ConnectionError as error:
            raise errors.ServiceUnavailable(str(error)) from error
        found = inprocess.answer(request, response)
        if self.finished is not None:
            self.finished(current, found.status, len(found.body))
        return found


def assume(user: context.User) -> exchange.Filter:
    """The filter in the place of authentication, for requests that come from the process itself."""

    def authenticate(current: exchange.Exchange) -> None:
        current.user = user

    return exchange.Filter(check=authenticate)


def path(resource: gvk.GroupVersionResource, namespace: str = "", name: str = "", subresource: str = "") -> str:
    """The path of a collection, an object or a subresource of one."""
    prefix = f"/apis/{resource.group}" if resource.group else "/api"
    parts = [prefix, resource.version, *(("namespaces", namespace) if namespace else ()), resource.resource]
    return "/".join([*parts, *([name] if name else ()), *([subresource] if subresource else ())])


def options(uid: str, resource_version: str, propagation: str) -> dict[str, Any] | None:
    """DeleteOptions, where any is given."""
    found: dict[str, Any] = {}
    preconditions = {key: value for key, value in (("uid", uid), ("resourceVersion", resource_version)) if value}
    if preconditions:
        found["preconditions"] = preconditions
    if propagation:
        found["propagationPolicy"] = propagation
    return {"kind": "DeleteOptions", "apiVersion": "v1", **found} if found else None


def error_of(code: int, body: objects.JSON) -> errors.APIError:
    """The error that an answer tells."""
    status = body if isinstance(body, dict) and body.get("kind") == "Status" else {}
    message, reason = status.get("message") or str(body).strip(), status.get("reason") or ""
    if code == errors.Unauthorized.code:
        return errors.Unauthorized(message)
    for known in KNOWN:
        if reason == known.reason or (not reason and code == known.code):
            return known(message, details=status.get("details"), code=code, reason=reason)
    return errors.APIError(message, details=status.get("details"), code=code, reason=reason)
