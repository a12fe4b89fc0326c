"""Sockets, TLS, client certificates, and certificates that change while the server runs."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import ssl
from pathlib import Path

import aiohttp
import pytest

from kroute.auth import authorization, clientcertificates, unions
from kroute.server import certificates, generic, listening
from tests.unit.server import harness

PATH = harness.WIDGETS.format(namespace="default")


@pytest.fixture
def directory(tmp_path: Path) -> certificates.Directory:
    made = certificates.Directory(tmp_path / "data")
    certificates.ensure(made)
    return made


def files(directory: certificates.Directory) -> listening.TLS:
    return listening.TLS(
        certificate=directory.serving_certificate,
        key=directory.serving_key,
        client_authorities=[directory.authority],
    )


def trusting(directory: certificates.Directory) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=directory.authority)


GUARD = generic.Guard(
    authenticator=unions.UnionAuthenticator([clientcertificates.ClientCertificates()]),
    authorizer=authorization.AllowAuthenticated(),
)


async def ask(port: int, path: str, context: ssl.SSLContext) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session,
        session.get(f"https://127.0.0.1:{port}{path}") as response,
    ):
        return response.status, await response.text()


async def test_a_client_certificate_tells_the_user(directory: certificates.Directory) -> None:
    sockets = listening.bind("127.0.0.1", 0)
    server = harness.complete(harness.route(harness.WIDGETS, harness.echo))
    async with generic.run(server, guard=GUARD, sockets=sockets, tls=files(directory)):
        port = sockets[0].getsockname()[1]
        context = trusting(directory)
        assert await ask(port, "/livez", context) == (200, "ok")
        assert (await ask(port, PATH, context))[0] == 403
        context.load_cert_chain(directory.admin_certificate, directory.admin_key)
        status, text = await ask(port, PATH, context)
    assert status == 200
    assert '"kubernetes-admin"' in text
    assert '["system:masters", "system:authenticated"]' in text


async def test_a_certificate_of_somebody_else_is_refused(directory: certificates.Directory, tmp_path: Path) -> None:
    other = certificates.Directory(tmp_path / "other")
    certificates.ensure(other)
    sockets = listening.bind("127.0.0.1", 0)
    async with generic.run(harness.complete(), guard=GUARD, sockets=sockets, tls=files(directory)):
        context = trusting(directory)
        context.load_cert_chain(other.admin_certificate, other.admin_key)
        with pytest.raises((aiohttp.ClientError, ssl.SSLError, ConnectionError)):
            await ask(sockets[0].getsockname()[1], "/livez", context)


async def test_a_serving_certificate_is_no_client_certificate(directory: certificates.Directory) -> None:
    sockets = listening.bind("127.0.0.1", 0)
    async with generic.run(harness.complete(), guard=GUARD, sockets=sockets, tls=files(directory)):
        context = trusting(directory)
        context.load_cert_chain(directory.serving_certificate, directory.serving_key)
        with pytest.raises((aiohttp.ClientError, ssl.SSLError, ConnectionError)):
            await ask(sockets[0].getsockname()[1], "/livez", context)


async def test_old_tls_is_not_spoken(directory: certificates.Directory) -> None:
    sockets = listening.bind("127.0.0.1", 0)
    async with generic.run(harness.complete(), guard=GUARD, sockets=sockets, tls=files(directory)):
        context = trusting(directory)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(aiohttp.ClientConnectorError):
            await ask(sockets[0].getsockname()[1], "/livez", context)


async def test_new_connections_get_the_certificate_that_is_in_the_files_now(
    directory: certificates.Directory,
) -> None:
    tls = files(directory)
    context = tls.context()
    reloader = listening.Reloader(tls, context)
    assert not reloader.look()
    directory.serving_certificate.write_text("half writ")
    assert not reloader.look()
    directory.serving_certificate.unlink()
    certificates.ensure(directory, hosts=["10.9.8.7"])
    assert reloader.look()
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting(directory))
        shown = writer.get_extra_info("peercert")["subjectAltName"]
        writer.close()
    assert ("IP Address", "10.9.8.7") in shown


async def test_clients_of_authorities_that_are_new_in_the_files_are_let_in(
    directory: certificates.Directory, tmp_path: Path
) -> None:
    other = certificates.Directory(tmp_path / "other")
    certificates.ensure(other)
    bundle = tmp_path / "clients.crt"
    bundle.write_bytes(directory.authority.read_bytes())
    os.utime(bundle, ns=(1, 1))
    tls = dataclasses.replace(files(directory), proxy_authorities=[bundle])
    context = tls.context()
    reloader = listening.Reloader(tls, context)
    assert not reloader.trust()
    bundle.write_bytes(directory.authority.read_bytes() + other.authority.read_bytes())
    os.utime(bundle, ns=(2, 2))
    assert reloader.trust()
    assert not reloader.trust()
    assert len(context.get_ca_certs()) == 2
    bundle.write_text("half writ")
    assert not reloader.trust()


def test_an_address_in_use_is_said_in_one_line() -> None:
    sockets = listening.bind("127.0.0.1", 0)
    port = sockets[0].getsockname()[1]
    sockets[0].listen()
    with pytest.raises(listening.CannotListen) as refused:
        listening.bind("127.0.0.1", port)
    listening.close(sockets)
    assert str(refused.value) == f"can't listen at 127.0.0.1:{port}: the address is in use"


def test_an_address_that_is_not_ours_is_said_in_one_line() -> None:
    with pytest.raises(listening.CannotListen, match=r"can't listen at 192\.0\.2\.1:0: "):
        listening.bind("192.0.2.1", 0)
    with pytest.raises(listening.CannotListen, match=r"can't listen at no\.such\.host\.invalid: "):
        listening.bind("no.such.host.invalid", 0)


def test_processes_can_share_a_port() -> None:
    first = listening.bind("127.0.0.1", 0, shared=True)
    port = first[0].getsockname()[1]
    second = listening.bind("127.0.0.1", port, shared=True)
    listening.close([*first, *second])


@pytest.mark.parametrize(
    "host, url_host",
    [("", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("10.0.0.1", "10.0.0.1"), ("localhost", "localhost")],
)
def test_a_server_at_all_addresses_is_reached_at_the_local_one(host: str, url_host: str) -> None:
    assert listening.reachable(host) == url_host
    assert listening.show("::1", 80) == "[::1]:80"
