"""What odd clients send in the place of credentials, and what they hear."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.functional.authentication import harness


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[harness.Server]:
    async with harness.running(tmp_path) as found:
        yield found


async def status(server: harness.Server, *headers: str) -> int:
    """The status code of a request for pods with these header lines."""
    context = ssl.create_default_context(cafile=server.running.directory.authority)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.running.port, ssl=context)
    lines = ("GET /api/v1/pods HTTP/1.1", "Host: localhost", "Connection: close", *headers, "", "")
    writer.write("\r\n".join(lines).encode("utf-8", "surrogateescape"))
    first = await reader.readline()
    writer.close()
    return int(first.split()[1])


async def test_a_refusal_tells_nothing_of_the_reason(server: harness.Server) -> None:
    async with server.client("wrong") as client:
        answer = await client.get("/api/v1/pods")
        assert answer.status == 401
        assert answer.body == {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": "Unauthorized",
            "reason": "Unauthorized",
            "code": 401,
        }
        assert "WWW-Authenticate" not in answer.headers


@pytest.mark.parametrize(
    "headers, expected",
    [
        (["Authorization: Bearer alicetoken"], 200),
        (["authorization:bearer alicetoken"], 200),
        (["Authorization: Bearer alicetoken", "Authorization: Bearer wrong"], 200),
        (["Authorization: Bearer wrong", "Authorization: Bearer alicetoken"], 401),
        (["Authorization: Bearer alicetoken\0"], 400),
        (["Authorization : Bearer alicetoken"], 400),
        (["Authorization: Bearer", " alicetoken"], 400),
        (["Authorization: Bearer alicetoken\udcff"], 401),
        (["Authorization: Bearer " + "x" * 60_000], 401),
        (["Authorization: Bearer " + "x" * 70_000], 431),
        (["Authorization: Bearer " + ".".join("a" * 20_000 for _ in range(3))], 401),
        (["X-Remote-User: admin", "X-Remote-Group: system:masters"], 403),
        (["X-Remote-User: admin", "Authorization: Bearer alicetoken"], 200),
        (["Impersonate-User: admin", "Impersonate-Group: system:masters"], 403),
        (["Authorization: Basic YWRtaW46YWRtaW50b2tlbg=="], 403),
        (["Authorization: Bearer alicetoken", "Impersonate-Group: devs"], 400),
    ],
    ids=range(16),
)
async def test_odd_headers_are_answered_as_they_should_be(
    server: harness.Server, headers: list[str], expected: int
) -> None:
    assert await status(server, *headers) == expected
