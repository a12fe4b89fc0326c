"""Calls to webhooks, and what is said of those that fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from kroute.webhook import client, config, resolving
from tests.fixtures import webhooks

REVIEW = {"kind": "Review", "apiVersion": "v1", "request": {}}


class At:
    """A resolver that knows one address."""

    def __init__(self, port: int) -> None:
        self.port, self.asked = port, [("", "", 0)]

    def resolve(self, namespace: str, name: str, port: int) -> resolving.Address:
        self.asked.append((namespace, name, port))
        return resolving.Address("127.0.0.1", self.port)


@pytest.fixture
async def hook(tmp_path: Path) -> AsyncIterator[webhooks.Hook]:
    async with webhooks.running(tmp_path) as found:
        yield found


@pytest.fixture
async def clients() -> AsyncIterator[client.Clients]:
    async with client.Clients() as found:
        yield found


async def why(clients: client.Clients, where: config.ClientConfig, **more: Any) -> str:
    with pytest.raises(client.CallError) as found:
        await clients.call(where, REVIEW, **more)
    return str(found.value)


async def test_nobody_there_is_told_as_go_tells_it(clients: client.Clients, unused_tcp_port: int) -> None:
    where = config.ClientConfig(url=f"https://127.0.0.1:{unused_tcp_port}")

    text = await why(clients, where, timeout=2)

    address = f"127.0.0.1:{unused_tcp_port}"
    assert text == f'Post "https://{address}/?timeout=2s": dial tcp {address}: connect: connection refused'


async def test_a_certificate_of_somebody_elses_is_not_trusted(
    clients: client.Clients, hook: webhooks.Hook, tmp_path: Path
) -> None:
    async with webhooks.running(tmp_path / "other") as other:
        where = config.ClientConfig(url=hook.url, ca_bundle=other.bundle)

        text = await why(clients, where)

    assert text.endswith(": tls: failed to verify certificate: x509: certificate signed by unknown authority")
    assert hook.seen == []


async def test_a_certificate_for_another_name_is_not_trusted(hook: webhooks.Hook) -> None:
    service = config.Service(namespace="hooks", name="other")
    async with client.Clients(At(hook.port)) as clients:
        text = await why(clients, config.ClientConfig(service=service, ca_bundle=hook.bundle))

    assert "tls: failed to verify certificate: x509: certificate is not valid for any names" in text
    assert hook.seen == []


async def test_a_bundle_without_certificates_is_refused(clients: client.Clients, hook: webhooks.Hook) -> None:
    text = await why(clients, config.ClientConfig(url=hook.url, ca_bundle=b"nonsense"))

    assert text == "unable to load root certificates: unable to parse bytes as PEM block"


async def test_an_answer_that_takes_too_long_is_given_up(clients: client.Clients, hook: webhooks.Hook) -> None:
    async def never(body: Any) -> Any:
        await asyncio.Event().wait()

    hook.answer = never
    with pytest.raises(client.CallError) as found:
        await clients.call(hook.config, REVIEW, timeout=0.05)

    assert str(found.value) == f'Post "{hook.url}?timeout=50ms": context deadline exceeded'
    assert found.value.timed_out


async def test_an_answer_that_is_too_long_is_given_up(clients: client.Clients, hook: webhooks.Hook) -> None:
    hook.answer = lambda body: {"kind": "Review", "text": "x" * 2000}

    assert await why(clients, hook.config, largest=1000) == "the response is longer than 1000 bytes"


@pytest.mark.parametrize(
    "status, text, told",
    [
        (404, "what?", "the server could not find the requested resource"),
        (500, "oh no", 'an error on the server ("oh no") has prevented the request from succeeding'),
        (503, "", "the server is currently unable to handle the request"),
        (418, "", "the server responded with the status code 418 but did not return more information"),
        (403, " not you ", "not you"),
        (500, '{"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "asleep"}', "asleep"),
        (200, "", "0-length response with status code: 200 and content type: application/json"),
        (200, "{", "couldn't get version/kind; json parse error: unexpected end of JSON input"),
    ],
)
async def test_what_is_no_answer_is_told_as_kubernetes_client_tells_it(
    clients: client.Clients, hook: webhooks.Hook, status: int, text: str, told: str
) -> None:
    hook.answer = lambda body: web.Response(status=status, text=text)

    assert await why(clients, hook.config) == told


async def test_a_service_that_nobody_knows_is_not_found(clients: client.Clients) -> None:
    text = await why(clients, config.ClientConfig(service=webhooks.SERVICE))

    assert text == 'Post "https://converter.hooks.svc:8443/convert?timeout=30s": service "converter" not found'


async def test_a_service_is_called_by_its_name_at_the_address_it_has(hook: webhooks.Hook) -> None:
    resolver = At(hook.port)
    async with client.Clients(resolver) as clients:
        found = await clients.call(config.ClientConfig(service=webhooks.SERVICE, ca_bundle=hook.bundle), REVIEW)

    ((request, body),) = hook.seen
    assert found == body == REVIEW
    assert resolver.asked[1:] == [("hooks", "converter", 8443)]
    assert request.headers["Host"] == "converter.hooks.svc:8443"
    assert request.path_qs == "/convert?timeout=30s"
    assert request.headers["Content-Type"] == "application/json"


async def test_connections_are_used_again(clients: client.Clients, hook: webhooks.Hook) -> None:
    for _ in range(3):
        await clients.call(hook.config, REVIEW)

    assert len({request.transport.get_extra_info("peername") for request, _ in hook.seen if request.transport}) <= 1


def test_a_config_is_read_as_objects_have_it() -> None:
    given = {"caBundle": "IAo=", "service": {"namespace": "a", "name": "b", "port": None}}

    assert config.ClientConfig.of(given) == config.ClientConfig(service=config.Service(namespace="a", name="b"))
    assert config.ClientConfig.of({"url": "https://a/b"}).target("1s") == "https://a/b?timeout=1s"
