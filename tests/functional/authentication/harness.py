"""Servers whose ways of authentication a test chooses, and clients that show what they like."""

from __future__ import annotations

import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import aiohttp

from kroute import app, settings
from kroute.audit import building
from kroute.auth import methods, modes
from tests.fixtures import serving

CORE = ("namespaces", "serviceaccounts", "secrets", "pods", "nodes", "configmaps", "selfsubjectreviews", "tokenreviews")
ROLES = ("roles", "rolebindings", "clusterroles", "clusterrolebindings")
REVIEWS = "/apis/authentication.k8s.io/v1"
TOKENS = 'admintoken,admin,1,system:masters\nalicetoken,alice,2\nbobtoken,bob,3,"devs,ops"\n'


class Server:
    """A server that runs."""

    def __init__(self, running: app.Running) -> None:
        self.running = running

    @contextlib.asynccontextmanager
    async def client(
        self, token: str = "", *, certificate: tuple[Path, Path] | None = None
    ) -> AsyncIterator[serving.Client]:
        """A client with a bearer token, or a certificate and its key."""
        context = ssl.create_default_context(cafile=self.running.directory.authority)
        if certificate is not None:
            context.load_cert_chain(*certificate)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        connector = aiohttp.TCPConnector(ssl=context)
        async with aiohttp.ClientSession(headers=headers, connector=connector) as session:
            yield serving.Client(session, self.running.url)

    async def whoami(self, token: str = "", **rest: Any) -> Any:
        """The user that one is taken for; the status code of a refusal."""
        headers = rest.pop("headers", {})
        async with self.client(token, **rest) as client:
            return await myself(client, **headers)


async def myself(client: serving.Client, **headers: Any) -> Any:
    review = {"kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1"}
    answer = await client.send("POST", f"{REVIEWS}/selfsubjectreviews", review, **headers)
    return answer.body["status"]["userInfo"] if answer.status == 201 else answer.status


@contextlib.asynccontextmanager
async def running(
    directory: Path,
    access: methods.Options | None = None,
    *,
    names: Sequence[str] = CORE,
    authorization: Sequence[str] = (),
    audit: building.Options | None = None,
) -> AsyncIterator[Server]:
    """A server with a memory store at a free port; it knows the tokens of `TOKENS` unless `access` says otherwise."""
    if access is None:
        file = directory / "tokens.csv"
        file.write_text(TOKENS)
        access = methods.Options(token_auth_file=file)
    chosen = settings.Settings(
        data_dir=directory / "data",
        storage="memory://",
        serving=settings.Serving(port=0),
        access=access,
        authorization=modes.Options(modes=authorization),
        audit=audit or building.Options(),
    )
    server = app.APIServer(core=names)
    with contextlib.ExitStack() as stack:
        prepared = app.prepare(server, chosen, stack)
        async with app.serving(server, prepared, prepared.bind()) as found:
            yield Server(found)


def decoded(body: Any) -> Any:
    """A body that is JSON, whatever its type is called."""
    return json.loads(body) if isinstance(body, str) else body
