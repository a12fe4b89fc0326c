"""Certificates of clients and of front proxies, over TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from kroute import app
from kroute.auth import methods, proxies
from tests.functional.authentication import authorities, harness

NAMED = {"X_Remote_User": "carol", "X_Remote_Group": "devs", "X_Remote_Extra_Team": "red", "X_Remote_Uid": "7"}
CAROL = {
    "username": "carol",
    "uid": "7",
    "groups": ["devs", "system:authenticated"],
    "extra": {"team": ["red"]},
}


@pytest.fixture
def clients(tmp_path: Path) -> authorities.Authority:
    return authorities.Authority(tmp_path / "clients", "clients")


@pytest.fixture
def fronts(tmp_path: Path) -> authorities.Authority:
    return authorities.Authority(tmp_path / "fronts", "fronts")


@pytest.fixture
async def server(
    tmp_path: Path, clients: authorities.Authority, fronts: authorities.Authority
) -> AsyncIterator[harness.Server]:
    tokens = tmp_path / "tokens.csv"
    tokens.write_text(harness.TOKENS)
    chosen = methods.Options(
        token_auth_file=tokens,
        client_ca_file=clients.file,
        proxies=proxies.Options(
            client_ca_file=fronts.file,
            allowed_names=("front",),
            username_headers=("X-Remote-User",),
            uid_headers=("X-Remote-Uid",),
            group_headers=("X-Remote-Group",),
            extra_prefixes=("X-Remote-Extra-",),
        ),
    )
    async with harness.running(tmp_path, chosen) as found:
        yield found


async def test_a_proxy_asks_for_its_users(server: harness.Server, fronts: authorities.Authority) -> None:
    assert await server.whoami(certificate=fronts.client("front"), headers=NAMED) == CAROL


async def test_a_proxy_that_names_nobody_is_nobody_itself(
    server: harness.Server, fronts: authorities.Authority
) -> None:
    masters = fronts.client("front", "system:masters")
    assert await server.whoami(certificate=masters) == 401
    assert await server.whoami(certificate=masters, headers={"X_Remote_Group": "system:masters"}) == 401


async def test_a_proxy_of_another_name_is_refused(server: harness.Server, fronts: authorities.Authority) -> None:
    assert await server.whoami(certificate=fronts.client("back"), headers=NAMED) == 401


async def test_a_proxy_may_show_a_token_like_anybody(server: harness.Server, fronts: authorities.Authority) -> None:
    found = await server.whoami("alicetoken", certificate=fronts.client("front"))
    assert found["username"] == "alice"


async def test_a_clients_headers_change_nothing(server: harness.Server, clients: authorities.Authority) -> None:
    found = await server.whoami(certificate=clients.client("front", "devs"), headers=NAMED)
    assert (found["username"], found["groups"]) == ("front", ["devs", "system:authenticated"])
    assert (await server.whoami("alicetoken", headers=NAMED))["username"] == "alice"
    assert await server.whoami(headers=NAMED) == 403


async def test_an_authority_that_only_bears_the_proxies_name_is_not_theirs(
    server: harness.Server, tmp_path: Path
) -> None:
    import aiohttp

    false = authorities.Authority(tmp_path / "false", "fronts")
    with pytest.raises((aiohttp.ClientError, OSError)):
        await server.whoami(certificate=false.client("front"), headers=NAMED)


async def test_a_clients_certificate_is_none_of_a_proxy_when_both_have_authorities_of_one_name(tmp_path: Path) -> None:
    clients = authorities.Authority(tmp_path / "clients", "same")
    fronts = authorities.Authority(tmp_path / "fronts", "same")
    chosen = methods.Options(
        client_ca_file=clients.file,
        proxies=proxies.Options(client_ca_file=fronts.file, username_headers=("X-Remote-User",)),
    )
    async with harness.running(tmp_path, chosen) as server:
        found = await server.whoami(certificate=clients.client("alice"), headers=NAMED)
        assert found["username"] == "alice"
        found = await server.whoami(certificate=fronts.client("front"), headers=NAMED)
        assert found["username"] == "carol"
        assert await server.whoami(certificate=fronts.client("alice")) == 401


async def test_one_authority_may_be_for_clients_and_proxies(tmp_path: Path, clients: authorities.Authority) -> None:
    chosen = methods.Options(
        client_ca_file=clients.file,
        proxies=proxies.Options(
            client_ca_file=clients.file, allowed_names=("front",), username_headers=("X-Remote-User",)
        ),
    )
    async with harness.running(tmp_path, chosen) as server:
        assert (await server.whoami(certificate=clients.client("front"), headers=NAMED))["username"] == "carol"
        assert (await server.whoami(certificate=clients.client("alice"), headers=NAMED))["username"] == "alice"


def ask(server: harness.Server, context: ssl.SSLContext, session: ssl.SSLSession | None) -> tuple[bool, bytes, Any]:
    """Whether an earlier TLS session was taken up, what was answered, and the session."""
    with (
        socket.create_connection(("127.0.0.1", server.running.port)) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1", session=session) as tls,
    ):
        tls.sendall(b"GET /api/v1/namespaces HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return bool(tls.session_reused), tls.recv(15), tls.session


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_client_that_takes_up_an_earlier_session_is_who_it_was(
    server: harness.Server, clients: authorities.Authority, fronts: authorities.Authority, version: ssl.TLSVersion
) -> None:
    for authority, answered in ((clients, b"HTTP/1.1 200 OK"), (fronts, b"HTTP/1.1 401 Un")):
        context = ssl.create_default_context(cafile=server.running.directory.authority)
        context.maximum_version = version
        context.load_cert_chain(*authority.client("alice"))
        first = await asyncio.to_thread(ask, server, context, None)
        assert first[:2] == (False, answered)
        assert (await asyncio.to_thread(ask, server, context, first[2]))[:2] == (True, answered)


@pytest.mark.parametrize("content", ["nonsense", ""])
async def test_a_file_without_authorities_is_told_of_before_the_start(tmp_path: Path, content: str) -> None:
    file = tmp_path / "ca.crt"
    file.write_text(content)
    chosen = methods.Options(proxies=proxies.Options(client_ca_file=file))
    with pytest.raises(app.CannotServe):
        async with harness.running(tmp_path, chosen):
            pass
