"""A server without TLS serves this machine's own programs, not web pages from elsewhere."""

from __future__ import annotations

import pytest

from kroute.auth import authentication
from kroute.server.filters import local
from tests.unit.server import harness


@pytest.mark.parametrize("netloc", ["127.0.0.1", "127.0.0.1:8080", "localhost", "localhost:1", "[::1]:80", "127.0.0.2"])
def test_the_own_machine_is_known(netloc: str) -> None:
    assert local.loopback(netloc)


@pytest.mark.parametrize(
    "netloc", ["", "example.org", "127.0.0.1.example.org", "127.0.0.1x", "10.0.0.1:80", "[::2]:80", "[", "null"]
)
def test_other_hosts_are_not_the_own_machine(netloc: str) -> None:
    assert not local.loopback(netloc)


@pytest.mark.parametrize(
    "headers, status",
    [
        ({}, 200),
        ({"Origin": "http://127.0.0.1:8080"}, 200),
        ({"Host": "localhost"}, 200),
        ({"Host": "evil.example.org"}, 403),
        ({"Origin": "https://evil.example.org"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
async def test_requests_that_a_foreign_page_may_have_sent_are_refused(headers: dict[str, str], status: int) -> None:
    server = harness.complete(harness.route(harness.WIDGETS, harness.echo))
    async with harness.serving(server, local_only=True, authenticator=authentication.Superuser()) as client:
        answer = await client.get(harness.WIDGETS.format(namespace="default"), headers)
    assert answer.status == status
    if status == 200:
        assert answer.json["user"] == "system:unsecured"
