"""Encrypted stores behind a running server: rotation of keys, and what can't be read."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp

from kroute import app
from kroute.storage.backend import base
from kroute.storage.backend.encrypted import backend as encrypted
from kroute.storage.backend.encrypted import configuration
from kroute.storage.backend.sqlite import backend as sqlite

SECRETS = "/api/v1/namespaces/default/secrets"


def server(path: Path, *keys: str) -> app.APIServer:
    """A server over a file, with secrets under keys; the first one writes."""

    def key(name: str) -> dict[str, str]:
        return {"name": name, "secret": base64.b64encode((name * 32)[:32].encode()).decode()}

    def store() -> base.Backend:
        providers = [{"aesgcm": {"keys": [key(name) for name in keys]}}, {"identity": {}}]
        document = {
            "kind": "EncryptionConfiguration",
            "apiVersion": "apiserver.config.k8s.io/v1",
            "resources": [{"resources": ["secrets"], "providers": providers}],
        }
        inner = sqlite.SqliteBackend(path)
        return encrypted.EncryptedBackend(inner, configuration.Configuration(document)) if keys else inner

    return app.APIServer(core=["namespaces", "secrets", "configmaps"], storage=store)


class Client:
    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self._url = session, url

    async def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        async with self._session.request(method, self._url + path, json=body) as answer:
            return answer.status, await answer.json(content_type=None)


async def asked(found: app.APIServer, *requests: Sequence[Any]) -> list[tuple[int, Any]]:
    """The answers of a server to some requests, while it runs."""
    async with found.serve() as running, aiohttp.ClientSession() as session:
        client = Client(session, running.url)
        return [await client(*request) for request in requests]


def secret(name: str) -> dict[str, Any]:
    return {"metadata": {"name": name}, "stringData": {"password": "hunter2"}}


def stored(path: Path) -> bytes:
    """All that the file has."""
    return b"".join(each.read_bytes() for each in path.parent.iterdir())


async def test_a_key_is_rotated_without_losing_anything(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    ((created, first),) = await asked(server(path, "a"), ("POST", SECRETS, secret("one")))
    assert created == 201
    assert b"k8s:enc:aesgcm:v1:a:" in stored(path)
    assert b"aHVudGVyMg==" not in stored(path)
    answers = await asked(server(path, "b", "a"), ("GET", f"{SECRETS}/one"), ("PUT", f"{SECRETS}/one", first))
    assert [code for code, _ in answers] == [200, 200]
    assert answers[0][1] == first
    assert answers[1][1]["metadata"]["resourceVersion"] != first["metadata"]["resourceVersion"]
    ((code, found),) = await asked(server(path, "b"), ("GET", f"{SECRETS}/one"))
    assert code == 200
    assert found["data"] == {"password": "aHVudGVyMg=="}


async def test_what_cannot_be_read_is_an_error_and_everything_else_is_served(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    await asked(server(path, "gone"), ("POST", SECRETS, secret("lost")))
    answers = await asked(
        server(path, "b"),
        ("POST", SECRETS, secret("kept")),
        ("GET", f"{SECRETS}/kept"),
        ("GET", f"{SECRETS}/lost"),
        ("GET", SECRETS),
        ("GET", f"{SECRETS}?labelSelector=a%3Db"),
        ("DELETE", f"{SECRETS}/lost"),
        ("PUT", f"{SECRETS}/lost", secret("lost")),
        ("GET", "/api/v1/namespaces/default"),
    )
    assert [code for code, _ in answers] == [201, 200, 500, 500, 200, 500, 500, 200]
    why = 'unable to transform key "/registry/secrets/default/lost": no matching prefix found'
    assert answers[2][1]["message"] == f"Internal error occurred: {why}"


async def test_an_encrypted_store_without_keys_gives_no_garbage(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    await asked(server(path, "a"), ("POST", SECRETS, secret("one")))
    answers = await asked(server(path), ("GET", f"{SECRETS}/one"), ("GET", SECRETS))
    assert [code for code, _ in answers] == [500, 500]
    assert "it is encrypted, and there is no key" in answers[0][1]["message"]


async def test_a_watch_tells_that_it_cannot_go_on(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    await asked(server(path, "gone"), ("POST", SECRETS, secret("lost")))
    ((code, event),) = await asked(server(path, "b"), ("GET", f"{SECRETS}?watch=1&resourceVersion=0&timeoutSeconds=5"))
    assert code == 200
    assert event["type"] == "ERROR"
    assert event["object"]["code"] == 500
