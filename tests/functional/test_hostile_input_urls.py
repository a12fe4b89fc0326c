"""Paths and queries that make no sense: the right Status for each, and nothing done."""

from __future__ import annotations

import base64
import json

import pytest

from tests.fixtures import guestbooks
from tests.fixtures.guestbooks import GROUP, Book, guestbook

BAD, INVALID = (400, "BadRequest"), (422, "Invalid")


def status_of(found: guestbooks.Answer) -> tuple[int, str]:
    assert found.body["kind"] == "Status"
    return found.status, found.body["reason"]


def token(**content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "name, status, message",
    [
        ("%2e%2e", 400, "Name parameter invalid: \"..\": may not be '..'"),
        ("%2e", 400, "Name parameter invalid: \".\": may not be '.'"),
        ("a%25b", 400, "Name parameter invalid: \"a%b\": may not contain '%'"),
        ("a%00b", 404, 'guestbooks.guestbook.example.org "a\\x00b" not found'),
        ("%ff", 404, 'guestbooks.guestbook.example.org "\ufffd" not found'),
        ("%F0%9F%8D%BA", 404, 'guestbooks.guestbook.example.org "\U0001f37a" not found'),
        ("x" * 60_000, 404, f'guestbooks.guestbook.example.org "{"x" * 60_000}" not found'),
        ("..%2f..%2fversion", 404, "the server could not find the requested resource"),
        ("a%2fb", 404, "the server could not find the requested resource"),
        ("a/b/c", 404, "the server could not find the requested resource"),
        ("inn/nosuch", 404, "the server could not find the requested resource"),
        ("inn/status/more", 404, "the server could not find the requested resource"),
        ("inn;x=1", 404, 'guestbooks.guestbook.example.org "inn;x=1" not found'),
        ("inn%20", 404, 'guestbooks.guestbook.example.org "inn " not found'),
        ("INN", 404, 'guestbooks.guestbook.example.org "INN" not found'),
    ],
)
def test_names_are_looked_for_as_they_are_and_found_nowhere_else(
    book: Book, name: str, status: int, message: str
) -> None:
    book.post(guestbook())
    found = book.get(f"{book.items}/{name}")
    assert (found.status, found.message) == (status, message)
    for method in ("PUT", "DELETE"):
        assert book.send(method, f"{book.items}/{name}", {} if method == "DELETE" else guestbook()).status in (400, 404)
    assert len(book.get(book.items).body["items"]) == 1


@pytest.mark.parametrize("escape", ["%", "%zz", "%2", "%%32%65"])
def test_broken_escapes_are_no_http(book: Book, escape: str) -> None:
    assert book.get(f"{book.items}/{escape}").status == 400
    assert book.get(f"/{escape}").status == 400


@pytest.mark.parametrize(
    "path",
    [
        "//apis", "/apis/../version", "/version/../apis", f"{GROUP}/namespaces//guestbooks", "/.", "/%2e%2e/etc/passwd",
        f"{GROUP}/namespaces/a%2fb/guestbooks", "/apis/nosuch.example.org/v1/things", f"{GROUP[:-1]}9/guestbooks",
        "/a\\b",
    ],
)  # fmt: skip
def test_paths_are_not_mended(book: Book, path: str) -> None:
    assert book.get(path).status == 404


@pytest.mark.parametrize(
    "query, expected, message",
    [
        ("limit=abc", BAD, 'strconv.ParseInt: parsing "abc": invalid syntax'),
        ("limit=99999999999999999999", BAD, 'strconv.ParseInt: parsing "99999999999999999999": value out of range'),
        ("limit=", BAD, 'strconv.ParseInt: parsing "": invalid syntax'),
        ("limit=%00", BAD, 'strconv.ParseInt: parsing "\\x00": invalid syntax'),
        ("limit=1e3", BAD, 'strconv.ParseInt: parsing "1e3": invalid syntax'),
        ("limit=%D9%A1", BAD, "strconv.ParseInt: parsing"),
        ("continue=x", BAD, "invalid continue token: continue key is not valid: illegal base64 data"),
        ("continue=%ff%00", BAD, "invalid continue token: continue key is not valid: illegal base64 data"),
        (f"continue={'A' * 5000}", BAD, "invalid continue token: continue key is not valid: invalid character"),
        (f"continue={token()}", BAD, "invalid continue token: continue key is not valid"),
        (f"continue={token(v='meta.k8s.io/v1', rv='x', start='a')}", BAD, "invalid continue token"),
        (f"continue={token(v='meta.k8s.io/v1', rv=1, start=7)}", BAD, "invalid continue token"),
        (f"continue={token(v='meta.k8s.io/v1', rv=1, start='../../secrets')}", BAD, "invalid continue token"),
        (f"continue={token(v='meta.k8s.io/v1', rv=1, start='a')}", (410, "Expired"), "The provided continue parameter"),
        ("resourceVersion=-1", BAD, 'strconv.ParseUint: parsing "-1": invalid syntax'),
        ("resourceVersion=1_000", BAD, 'strconv.ParseUint: parsing "1_000": invalid syntax'),
        ("resourceVersion=99999999999999999999999", BAD, "value out of range"),
        ("resourceVersion=1&resourceVersionMatch=Exact", (410, "Expired"), "resourceVersion for the provided list is"),
        ("resourceVersion=1&resourceVersionMatch=Nearly", INVALID, 'Unsupported value: "Nearly"'),
        ("resourceVersionMatch=Exact", INVALID, "is forbidden unless resourceVersion is provided"),
        ("labelSelector=((", BAD, "found '(', expected: !, identifier, or 'end of string'"),
        (f"labelSelector={'a,' * 9000}", BAD, "found '', expected: identifier after ','"),
        (f"labelSelector={'!' * 9000}", BAD, "found '!'"),
        ("labelSelector=a%20in%20(", BAD, "found '', expected: ',', ')' or identifier"),
        ("labelSelector=%ff", BAD, "name part must consist of alphanumeric characters"),
        (f"labelSelector={'a' * 64}", BAD, "must be no more than 63 "),
        ("fieldSelector=spec.title%3Dx", BAD, "field label not supported: spec.title"),
        ("fieldSelector=%00%3Dx", BAD, "field label not supported: \0"),
        ("fieldSelector=metadata.name%3D%5C", BAD, "invalid field selector: invalid escape sequence: \\"),
        ("fieldSelector=metadata.name", BAD, "invalid selector: 'metadata.name'; can't understand 'metadata.name'"),
        ("timeout=x", BAD, 'invalid timeout specified in the request URL - time: invalid duration "x"'),
        ("timeoutSeconds=x", BAD, 'strconv.ParseInt: parsing "x": invalid syntax'),
        ("watch=1&timeoutSeconds=1&resourceVersion=x", BAD, 'strconv.ParseUint: parsing "x": invalid syntax'),
        ("watch=1&timeoutSeconds=1&sendInitialEvents=true", INVALID, "resourceVersionMatch: Forbidden"),
        ("sendInitialEvents=true", INVALID, "sendInitialEvents is forbidden for list"),
        ("watch=1&labelSelector=((", BAD, "found '('"),
    ],
)
def test_options_of_lists_that_make_no_sense_are_refused(
    book: Book, query: str, expected: tuple[int, str], message: str
) -> None:
    found = book.get(f"{book.items}?{query}")
    assert status_of(found) == expected
    assert message in found.message
    before = book.post(guestbook()).body
    if "watch" not in query and "timeout" not in query and "sendInitial" not in query and "resourceV" not in query:
        assert book.send("DELETE", f"{book.items}?{query}").status >= 400
    assert book.get(f"{book.items}/inn").body == before


@pytest.mark.parametrize(
    "query",
    [
        "unknown=1", "%", "%zz=1", "a;b", "=", "&&&&", "limit=1;watch=1", "limit=-1", "limit=1&limit=x", "pretty=%00",
        "labelSelector=%00", "allowWatchBookmarks=z", "timeout=-1s", "timeout=1ns", "fieldSelector=metadata.name%3D%00",
        f"labelSelector=a%20in%20({'b,' * 9000})", f"fieldSelector={'metadata.name!%3Dx,' * 2000}", "x=" + "y" * 30_000,
    ],
)  # fmt: skip
def test_what_nobody_asked_for_is_not_looked_at(book: Book, query: str) -> None:
    assert book.get(f"{book.items}?{query}").body["kind"] == "GuestbookList"


def test_a_version_that_is_yet_to_come_is_waited_for_and_then_told(book: Book) -> None:
    found = book.get(f"{book.items}?resourceVersion=9999999999999999999")
    assert status_of(found) == (504, "Timeout")
    assert found.message.startswith("Timeout: Too large resource version: 9999999999999999999, current: ")
    assert found.headers["Retry-After"] == "1"


@pytest.mark.parametrize(
    "query, expected",
    [
        ("dryRun=Maybe", INVALID),
        ("dryRun=", INVALID),
        (f"fieldManager={'x' * 129}", INVALID),
        ("fieldManager=%00", INVALID),
        ("fieldManager=a%0ab", INVALID),
        ("fieldValidation=Hard", INVALID),
    ],
)
def test_options_of_writes_that_make_no_sense_are_refused(book: Book, query: str, expected: tuple[int, str]) -> None:
    assert status_of(book.post(guestbook(), query=f"?{query}")) == expected
    before = book.post(guestbook()).body
    assert status_of(book.send("PUT", f"{book.items}/inn?{query}", before)) == expected
    patched = book.send("PATCH", f"{book.items}/inn?{query}", {}, content_type="application/merge-patch+json")
    assert status_of(patched) == expected
    assert book.get(f"{book.items}/inn").body == before


@pytest.mark.parametrize(
    "query, expected",
    [
        ("dryRun=Maybe", INVALID),
        ("gracePeriodSeconds=x", BAD),
        ("gracePeriodSeconds=99999999999999999999", BAD),
        ("propagationPolicy=Sideways", INVALID),
        ("orphanDependents=true&propagationPolicy=Foreground", INVALID),
    ],
)
def test_options_of_deletions_that_make_no_sense_are_refused(book: Book, query: str, expected: tuple[int, str]) -> None:
    before = book.post(guestbook()).body
    assert status_of(book.send("DELETE", f"{book.items}/inn?{query}")) == expected
    assert status_of(book.send("DELETE", f"{book.items}?{query}")) == expected
    assert book.get(f"{book.items}/inn").body == before


def test_methods_that_a_path_has_not_are_405(book: Book) -> None:
    book.post(guestbook())
    for method, path in [
        ("TRACE", book.items), ("PUT", book.items), ("PATCH", book.items), ("OPTIONS", book.items),
        ("POST", f"{book.items}/inn"), ("DELETE", f"{book.items}/inn/status"), ("POST", f"{book.items}/inn/scale"),
        ("POST", f"{GROUP}/guestbooks"), ("DELETE", f"{GROUP}/guestbooks"),
    ]:  # fmt: skip
        assert status_of(book.send(method, path, {})) == (405, "MethodNotAllowed")
    assert book.send("POST", "/version", {}).status in (404, 405)


def test_a_method_is_not_overridden(book: Book) -> None:
    book.post(guestbook())
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        found = book.send("GET", f"{book.items}/inn", headers=[(name, "DELETE")])
        assert (found.status, found.body["kind"]) == (200, "Guestbook")
        assert book.send("GET", f"{book.items}/inn?_method=DELETE").status == 200
