"""A server of plain handlers at a loopback port, and a client for it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from kroute.actions import model
from kroute.auth import authentication, authorization, tokens, unions
from kroute.machinery import context, gvk
from kroute.server import generic, listening

OWN = ("this-server",)
USERS = {
    "admintoken": context.User("admin", groups=("system:masters",)),
    "alicetoken": context.User("alice", uid="2"),
}
ADMIN = {"Authorization": "Bearer admintoken"}
ALICE = {"Authorization": "Bearer alicetoken"}


@dataclass
class Answer:
    status: int
    headers: Any
    body: bytes
    json: Any = None

    @property
    def text(self) -> str:
        return self.body.decode()


class Client:
    """Sends requests to one server, as an administrator unless told otherwise."""

    def __init__(self, session: aiohttp.ClientSession, running: generic.Running, port: int) -> None:
        self.session, self.running, self.port = session, running, port

    async def __call__(
        self, method: str, path: str, headers: dict[str, str] | None = None, data: bytes | None = None
    ) -> Answer:
        url = f"http://127.0.0.1:{self.port}{path}"
        given = ADMIN if headers is None else headers
        async with self.session.request(method, URL(url, encoded=True), headers=given, data=data) as response:
            body = await response.read()
            is_json = response.content_type == "application/json" and body
            return Answer(response.status, response.headers, body, await response.json() if is_json else None)

    async def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        return await self("GET", path, headers)


def guard(**changes: Any) -> generic.Guard:
    authenticator: authentication.Authenticator = unions.UnionAuthenticator(
        [tokens.BearerTokens(tokens.Tokens([tokens.ForOwnAudiences(tokens.StaticTokens(USERS), OWN)], OWN))]
    )
    given = {"authenticator": authenticator, "authorizer": authorization.AllowAuthenticated(), "shutdown_timeout": 5.0}
    return generic.Guard(**{**given, **changes})


@contextlib.asynccontextmanager
async def serving(server: generic.GenericAPIServer, **changes: Any) -> AsyncIterator[Client]:
    """Run a server for a while; `changes` are of its guard."""
    sockets = listening.bind("127.0.0.1", 0)
    port = sockets[0].getsockname()[1]
    async with (
        generic.run(server, guard=guard(**changes), sockets=sockets) as running,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
    ):
        yield Client(session, running, port)


def route(path: str, handler: model.Handler, method: str = "GET", verb: model.Verb = model.Verb.GET) -> model.Route:
    """A route of a resource called widgets."""
    action = model.Action(verb, path, namespaced="{namespace}" in path, subpath=path.endswith("{path}"))
    kind = gvk.GroupVersionKind("toys.example.org", "v1", "Widget")
    return model.Route(
        method=method, path=path, handler=handler, action=action, operation_id="x", kind=kind, resource="widgets"
    )


WIDGETS = "/apis/toys.example.org/v1/namespaces/{namespace}/widgets"


async def echo(call: model.Call) -> web.StreamResponse:
    """Answers with what the handler was given."""
    ctx = call.ctx
    given = {
        "user": ctx.user.name,
        "groups": list(ctx.user.groups),
        "verb": ctx.info.verb,
        "namespace": ctx.namespace,
        "audit_id": ctx.audit_id,
        "user_agent": ctx.user_agent,
        "params": dict(call.params),
    }
    return web.json_response(given)


def complete(*routes: model.Route, name: str = "test", delegate: Any = None) -> generic.GenericAPIServer:
    """A server with these routes, all installed."""
    made = generic.GenericAPIServer(name, delegate=delegate)
    made.director.table.add("widgets", routes)
    made.director.own("/apis/toys.example.org")
    made.complete = True
    return made
