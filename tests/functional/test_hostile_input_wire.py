"""Requests that are hardly HTTP, or two requests in one: nothing is smuggled, nobody waits, memory stays bounded."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
from pathlib import Path

import pytest

from tests.fixtures.guestbooks import PATIENCE, Book, guestbook

BODY = json.dumps(guestbook()).encode()
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
STATUS = Path("/proc/self/status")
LINE = re.compile(rb"HTTP/[0-9.]+ ([0-9]{3})[^\r]*\r\n")


def head(method: bytes, path: str, *lines: bytes) -> bytes:
    start = method + b" " + path.encode() + b" HTTP/1.1\r\nHost: localhost\r\n"
    return start + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def codes(found: bytes) -> list[int]:
    """The status codes of all answers in what came."""
    return [int(code) for code in LINE.findall(found)]


CHUNKED = b"Transfer-Encoding: chunked"


@pytest.mark.parametrize(
    "lines, body",
    [
        ([b"Content-Length: 5", CHUNKED], b"0\r\n\r\nGET /version HTTP/1.1\r\nHost: a\r\n\r\n"),
        ([CHUNKED, b"Content-Length: 5"], b"0\r\n\r\nGET /version HTTP/1.1\r\nHost: a\r\n\r\n"),
        ([CHUNKED, b"Transfer-Encoding: identity"], b"0\r\n\r\n"),
        ([b"Transfer-Encoding: xchunked"], b"0\r\n\r\n"),
        ([b"Transfer-Encoding: chunked, identity"], b"0\r\n\r\n"),
        ([b"Transfer-Encoding : chunked"], b"0\r\n\r\n"),
        ([b"Transfer-Encoding:\x0bchunked"], b"0\r\n\r\n"),
        ([b"Content-Length: 2", b"Content-Length: 3"], b"{}"),
        ([b"Content-Length: 2", b"Content-Length: 2"], b"{}"),
        ([b"Content-Length: 2, 2"], b"{}"),
        ([b"Content-Length: -2"], b"{}"),
        ([b"Content-Length: +2"], b"{}"),
        ([b"Content-Length: 0x2"], b"{}"),
        ([b"Content-Length: 2 2"], b"{}"),
        ([b"Content-Length: 99999999999999999999"], b"{}"),
        ([b"Content-Length: \xd9\xa2"], b"{}"),
        ([CHUNKED], b"zz\r\n{}\r\n0\r\n\r\n"),
        ([CHUNKED], b"-2\r\n{}\r\n0\r\n\r\n"),
        ([CHUNKED], b"0x2\r\n{}\r\n0\r\n\r\n"),
        ([CHUNKED], b"ffffffffffffffffff\r\n{}"),
        ([CHUNKED], b"2\n{}\n0\n\n"),
        ([CHUNKED], b"2\r\n{}GET /version HTTP/1.1\r\nHost: a\r\n\r\n"),
        ([b"X: a\x00b"], b""),
        ([b"X: a", b" folded"], b""),
        ([b"X y: z"], b""),
        ([b": empty"], b""),
        ([b"no colon"], b""),
        ([b"Host: other"], b""),
    ],
)
def test_requests_that_can_be_read_in_two_ways_are_refused_once(book: Book, lines: list[bytes], body: bytes) -> None:
    found = book.wire(head(b"POST", book.items, b"Content-Type: application/json", *lines) + body)
    assert codes(found) == [400]
    assert book.get(book.items).body["items"] == []


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /version\r\n\r\n",
        b"GET /version HTTP/0.9\r\n\r\n",
        b"GET /version HTTP/3.0\r\nHost: a\r\n\r\n",
        b"GET /version HTTP/1.1\r\n\r\n",
        b"GET /version HTTP/1.1\rHost: a\r\r",
        b"GET /version HTTP/1.1\nHost: a\n\n",
        b"G@T /version HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET version HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\r\n\r\n\r\n\x00\x00",
    ],
)
def test_what_is_no_http_ends_the_connection(book: Book, request_: bytes) -> None:
    assert codes(book.wire(request_)) == [400]


@pytest.mark.parametrize(
    "request_, expected",
    [
        (b"GET /version HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 2_000_000 + b"\r\n\r\n", {431}),
        (b"GET /" + b"a" * 2_000_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", {431}),
        (b"GET /version HTTP/1.1\r\nHost: a\r\n" + b"".join(map(b"X%d: y\r\n".__mod__, range(50_000))), {400, 431}),
    ],
    ids=["header", "path", "headers"],
)  # fmt: skip
def test_heads_without_end_are_refused(book: Book, request_: bytes, expected: set[int]) -> None:
    assert set(codes(book.wire(request_))) <= expected


def test_a_body_that_is_not_wanted_is_no_request(book: Book) -> None:
    smuggled = head(b"DELETE", f"{book.items}/inn", b"Connection: close")
    book.post(guestbook())
    for method in (b"GET", b"DELETE"):
        where = f"{book.items}/nosuch"
        found = book.wire(head(method, where, b"Content-Length: %d" % len(smuggled), b"Connection: close") + smuggled)
        assert codes(found) in ([404], [400])
    assert book.get(f"{book.items}/inn").status == 200


def test_requests_sent_at_once_are_answered_in_order(book: Book) -> None:
    one = head(b"POST", book.items, b"Content-Type: application/json", LENGTH.strip()) + BODY
    other = head(b"GET", f"{book.items}/inn")
    last = head(b"DELETE", f"{book.items}/inn", b"Connection: close")
    assert codes(book.wire(one + other * 30 + one + last)) == [201, *[200] * 30, 409, 200]


@pytest.mark.parametrize(
    "accept", [b"\xff\xfe", b"a/b;q=0.1," * 3000, b";;;,,,", b"*/*;q=x", b"application/json;as=Table;v=\xff"]
)
def test_accept_headers_may_be_anything(book: Book, accept: bytes) -> None:
    assert codes(book.wire(head(b"GET", book.items, b"Accept: " + accept, b"Connection: close"))) in ([200], [406])


@pytest.mark.parametrize("agent", [b"\xff\xfe/1", b"\xf0\x9f\x8d\xba/1", b"", b"/", b"x" * 60_000, b"a\tb/1"])
def test_a_user_agent_may_be_anything_and_still_names_a_manager(book: Book, agent: bytes) -> None:
    lines = (b"User-Agent: " + agent, b"Content-Type: application/json", LENGTH.strip(), b"Connection: close")
    assert codes(book.wire(head(b"POST", book.items, *lines) + BODY)) == [201]
    (entry,) = book.get(f"{book.items}/inn").body["metadata"]["managedFields"]
    assert len(entry["manager"].encode()) <= 128
    assert entry["manager"].isprintable()


@pytest.mark.parametrize("given", [b"\xff\xe9", b"x" * 8000, b"a\tb"])
def test_audit_ids_that_fit_nowhere_are_not_taken(book: Book, given: bytes) -> None:
    found = book.wire(head(b"GET", "/version", b"Audit-ID: " + given, b"Connection: close"))
    assert codes(found) == [200]
    assert re.search(rb"\r\nAudit-Id: [0-9a-f-]{36}\r\n", found)
    found = book.wire(head(b"GET", "/version", b"Audit-ID: mine", b"Connection: close"))
    assert b"\r\nAudit-Id: mine\r\n" in found


@pytest.mark.parametrize(
    "field", ["\u00e9t\u00e9", "\U0001f37a", "a\nb\r\nX-Evil: 1", "\x00", '"quoted\\', "\ud800", "x" * 20_000]
)
def test_what_clients_write_can_not_get_into_headers(book: Book, field: str) -> None:
    found = book.post(guestbook(**{field: 1}))
    assert found.status == 201
    assert "X-Evil" not in found.headers
    assert all(len(value) < 10_000 for value in found.headers.values())


def test_expectations_are_met_or_refused(book: Book) -> None:
    lines = (b"Content-Type: application/json", LENGTH.strip(), b"Connection: close")
    assert codes(book.wire(head(b"POST", book.items, b"Expect: 100-continue", *lines) + BODY)) == [100, 201]
    assert codes(book.wire(head(b"POST", book.items, b"Expect: 200-ok", *lines) + BODY)) == [417]


def test_a_protocol_that_nobody_speaks_here_is_not_changed_to(book: Book) -> None:
    for protocol in (b"h2c", b"websocket", b"TLS/1.3"):
        found = book.wire(head(b"GET", "/version", b"Connection: Upgrade, close", b"Upgrade: " + protocol))
        assert codes(found) == [200]


def test_clients_that_leave_in_the_middle_leave_no_trace(book: Book) -> None:
    for sent in (
        b"POST",
        head(b"POST", book.items, b"Content-Type: application/json", b"Content-Length: 100") + b'{"a"',
        head(b"POST", book.items, b"Content-Type: application/json", CHUNKED) + b"5\r\nab",
        head(b"GET", f"{book.items}?watch=1"),
        head(b"GET", book.items) * 20,
    ):
        for _ in range(5):
            with socket.create_connection(("127.0.0.1", book.running.port), timeout=PATIENCE) as connection:
                connection.sendall(sent)
    assert book.get("/livez").status == 200


def test_many_slow_clients_hold_up_nobody(book: Book) -> None:
    """Half-open requests of all sorts stay open; others are answered meanwhile, and the slow ones when they go on."""
    starts = [
        b"",
        b"POST " + book.items.encode(),
        head(b"POST", book.items, b"Content-Type: application/json", LENGTH.strip(), b"Connection: close") + BODY[:10],
    ]
    with contextlib.ExitStack() as stack:
        slow = []
        for number in range(90):
            connection = socket.create_connection(("127.0.0.1", book.running.port), timeout=PATIENCE)
            stack.enter_context(contextlib.closing(connection))
            connection.sendall(starts[number % 3])
            slow.append(connection)
        assert book.get("/readyz").status == 200
        assert book.post(guestbook("other")).status == 201
        slow[2].sendall(BODY[10:])
        assert codes(slow[2].recv(65536)) == [201]


def test_a_body_that_trickles_is_read_to_its_end(book: Book) -> None:
    with socket.create_connection(("127.0.0.1", book.running.port), timeout=PATIENCE) as connection:
        connection.sendall(head(b"POST", book.items, b"Content-Type: application/json", CHUNKED, b"Connection: close"))
        for position in range(len(BODY)):
            connection.sendall(b"1;x=y\r\n" + BODY[position : position + 1] + b"\r\n")
        connection.sendall(b"0\r\nTrailer: x\r\n\r\n")
        assert codes(connection.recv(65536)) == [201]


@pytest.mark.skipif(not STATUS.exists(), reason="only Linux tells the memory of a process there")
def test_large_bodies_of_many_clients_take_no_more_memory_than_the_limit(book: Book) -> None:
    """Each sends far more than is read; the server answers without having taken it all in."""
    found: list[list[int]] = []

    def send() -> None:
        lines = (b"Content-Type: application/json", CHUNKED, b"Connection: close")
        chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
        found.append(codes(book.wire(head(b"POST", book.items, *lines), *[chunk] * 32, b"0\r\n\r\n")))

    before = resident()
    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(each in ([413], []) for each in found)
    assert resident() - before < 100 * 1024


def resident() -> int:
    """Resident memory in KiB; the server runs in this process."""
    return next(int(line.split()[1]) for line in STATUS.read_text().splitlines() if line.startswith("VmRSS:"))
