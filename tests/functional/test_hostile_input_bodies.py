"""Bodies that are no objects, hardly objects, or too much of one: each is answered with the Status that says why."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from tests.fixtures import guestbooks
from tests.fixtures.guestbooks import Book, guestbook

YAML = "application/yaml"
MERGE, JSON_PATCH, APPLY = (
    "application/merge-patch+json",
    "application/json-patch+json",
    "application/apply-patch+yaml",
)
LIMIT = 3 * 1024 * 1024
UNREADABLE = "the object provided is unrecognized (must be of type Guestbook): "


def refused(found: guestbooks.Answer, status: int, reason: str) -> str:
    """Assert that an answer is a Status with this reason; its message."""
    assert (found.status, found.headers["Content-Type"]) == (status, "application/json")
    assert {key: found.body[key] for key in ("kind", "apiVersion", "status", "reason", "code")} == {
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": status,
    }  # fmt: skip
    return found.message


@pytest.mark.parametrize(
    "body, message",
    [
        (b"", "couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)"),
        (b"null", "Object 'Kind' is missing in 'null' (6e756c6c)"),
        (b"1e999", "couldn't get version/kind; json parse error: json: cannot unmarshal number into Go value"),
        (b'"text"', "couldn't get version/kind; json parse error: json: cannot unmarshal string into Go value"),
        (b"{} {}", "couldn't get version/kind; json parse error: invalid character '{' after top-level value"),
        (b"[" * 100_000, "couldn't get version/kind; json parse error: invalid character '[' exceeded max depth"),
        (b"[" * 50_000 + b"]" * 50_000, "couldn't get version/kind; json parse error: invalid character '['"),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "couldn't get version/kind; json parse error: invalid char"),
        (b'{"a":"\x00"}', "couldn't get version/kind; json parse error: invalid character '\\x00' in string literal"),
        (b'{"a":NaN}', "couldn't get version/kind; json parse error: invalid character 'N'"),
        (b'{"a":"\xff\xfe"}', "Object 'Kind' is missing"),
        (b"\xef\xbb\xbf{}", "couldn't get version/kind; json parse error: invalid character '\\xef'"),
        ("{}".encode("utf-16"), "couldn't get version/kind; json parse error: invalid character '\\xff'"),
    ],
)
def test_what_is_no_object_is_told_so(book: Book, body: bytes, message: str) -> None:
    assert refused(book.post(body), 400, "BadRequest").startswith(UNREADABLE + message)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"metadata": "inn"}, "json: cannot unmarshal string into Go value of type v1.ObjectMeta"),
        ({"metadata": ["inn"]}, "json: cannot unmarshal array into Go value of type v1.ObjectMeta"),
        (
            {"metadata": {"name": 5}},
            "json: cannot unmarshal number into Go struct field ObjectMeta.name of type",
        ),
        (
            {"metadata": {"labels": ["a"]}},
            "json: cannot unmarshal array into Go struct field ObjectMeta.labels of type",
        ),
        ({"metadata": {"labels": {"a": 1}}}, "json: cannot unmarshal number into Go struct field ObjectMeta.labels"),
        ({"metadata": {"creationTimestamp": "x"}}, 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse'),
        ({"metadata": {"ownerReferences": [1]}}, "json: cannot unmarshal number into Go struct field ObjectMeta.owner"),
    ],
)
def test_metadata_of_wrong_types_is_a_bad_request(book: Book, change: dict[str, Any], message: str) -> None:
    found = refused(book.post(guestbook() | change), 400, "BadRequest")
    assert found.startswith(f'Guestbook in version "v1" cannot be handled as a Guestbook: {message}')


@pytest.mark.parametrize(
    "change, message",
    [
        ({"metadata": None}, "metadata.name: Required value: name or generateName is required"),
        ({"metadata": {}}, "metadata.name: Required value: name or generateName is required"),
        ({"metadata": {"name": "a\0b"}}, 'metadata.name: Invalid value: "a\\x00b": a lowercase RFC 1123 subdomain'),
        ({"metadata": {"name": "../../x"}}, 'metadata.name: Invalid value: "../../x"'),
        ({"metadata": {"name": "x" * 254}}, "metadata.name: Invalid value"),
        ({"spec": None}, "spec: Required value"),
        ({"spec": 1}, 'spec: Invalid value: "integer": spec in body must be of type object: "integer"'),
        ({"spec": []}, 'spec: Invalid value: "array": spec in body must be of type object: "array"'),
        ({"spec": {}}, "spec.title: Required value"),
        ({"spec": {"title": 5}}, 'spec.title: Invalid value: "integer": spec.title in body must be of type string'),
        ({"spec": {"title": "x", "moderators": "ann"}}, 'spec.moderators: Invalid value: "string"'),
        ({"spec": {"title": "x", "moderators": [None]}}, 'spec.moderators[0]: Invalid value: "null"'),
        ({"spec": {"title": "x", "moderators": ["a", "a"]}}, 'spec.moderators[1]: Duplicate value: "a"'),
        ({"spec": {"title": "x", "replicas": 2**63}}, "spec.replicas: Invalid value"),
        ({"spec": {"title": "x", "replicas": 10**30}}, "spec.replicas: Invalid value"),
        ({"spec": {"title": "x", "replicas": 1.5}}, 'spec.replicas: Invalid value: "number"'),
    ],
)
def test_what_does_not_fit_the_schema_is_invalid_whatever_hooks_make_of_it(
    book: Book, change: dict[str, Any], message: str
) -> None:
    assert message in refused(book.post(guestbook() | change), 422, "Invalid")


@pytest.mark.parametrize("spec", [None, 1, "text", [], [[]], {}, {"message": 5}, {"message": None, "guestbook": {}}])
def test_hooks_that_expect_more_of_an_object_do_no_harm(book: Book, spec: Any) -> None:
    body = guestbooks.entry() | {"spec": spec}
    assert "spec" in refused(book.send("POST", book.entries, body), 422, "Invalid")
    assert book.send("POST", book.entries, guestbooks.entry()).status == 201
    where = f"{book.entries}/first"
    assert refused(book.send("PUT", where, body), 422, "Invalid")
    patch = [{"op": "add", "path": "/spec", "value": spec}]
    assert refused(book.send("PATCH", where, patch, content_type=JSON_PATCH), 422, "Invalid")


@pytest.mark.parametrize("number", ["9" * 400, "9" * 5000, "1e400", "-1e999999999"])
def test_numbers_that_no_computer_has_are_refused(book: Book, number: str) -> None:
    body = json.dumps(guestbook(replicas=-1)).replace("-1", number).encode()
    assert f"json: cannot unmarshal number {number}" in refused(book.post(body), 400, "BadRequest")


def test_text_that_is_no_utf_8_is_mended_as_go_mends_it(book: Book) -> None:
    for name, title in (("a", b"\xff"), ("b", b"\\ud800"), ("c", b"\xed\xa0\x80")):
        body = json.dumps(guestbook(name)).encode().replace(b"The inn", b"<" + title + b">")
        assert set(book.post(body).body["spec"]["title"]) == set("<\ufffd>")
    body = json.dumps(guestbook("d")).encode().replace(b"The inn", b"a\\u0000b")
    assert book.post(body).body["spec"]["title"] == "a\0b"
    assert len(book.get(book.items).body["items"]) == 4


BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (98 + i, 98 + i, b",".join([b"*%c" % (97 + i)] * 9)) for i in range(12)
)


@pytest.mark.parametrize(
    "body, message",
    [
        (BOMB, "yaml: document contains excessive aliasing"),
        (b"&a [*a]", "yaml: anchor 'a' value contains itself"),
        (b"a: &a {b: *a}", "yaml: anchor 'a' value contains itself"),
        (b'!!python/object/apply:os.system ["id"]', "couldn't get version/kind; json parse error: json: cannot unmar"),
        (b"[" * 20_000, "yaml: line 1: exceeded max depth"),
        (b"".join(b" " * depth + b"a:\n" for depth in range(1000)), "yaml: line 201: exceeded max depth"),
        (b"- " * 20_000, "yaml: line 1: exceeded max depth"),
        (b"<<: 3", "yaml: map merge requires map or sequence of maps as the value"),
        (b'a: !!binary "###"', "yaml: !!binary value contains invalid base64 data"),
        (b"a: \xff", "yaml: invalid leading UTF-8 octet"),
        (b"a: \x00", "yaml: control characters are not allowed"),
        (b"[1]: x", "yaml: invalid map key"),
        (b"a: b: c", "yaml: "),
        (b"\t- x", "yaml: "),
        (b"a: 1\n---\nb: 2", "Object 'Kind' is missing in '{\"a\":1}'"),
    ],
)
def test_yaml_is_no_way_around(book: Book, body: bytes, message: str) -> None:
    assert refused(book.post(body, content_type=YAML), 400, "BadRequest").startswith(UNREADABLE + message)


@pytest.mark.parametrize(
    "content_type", ["a/b;;;=", "application/json, text/plain", "text/html", "\\", "application/xml"]
)
def test_media_types_that_nobody_reads_are_415(book: Book, content_type: str) -> None:
    assert "the body of the request was in an unknown format" in refused(
        book.post(b"{}", content_type=content_type), 415, "UnsupportedMediaType"
    )


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "bogus"])
def test_bodies_are_taken_as_they_are_whatever_their_encoding_is_said_to_be(book: Book, encoding: str) -> None:
    headers = [("Content-Encoding", encoding)]
    bomb = gzip.compress(b"[" * 50_000_000)
    assert refused(book.send("POST", book.items, bomb, headers=headers), 400, "BadRequest").startswith(UNREADABLE)
    assert refused(book.send("POST", book.items, b"{}", headers=headers), 400, "BadRequest").startswith(UNREADABLE)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_bodies_beyond_the_limit_are_413_however_they_are_sent(book: Book, method: str) -> None:
    where = book.items if method == "POST" else f"{book.items}/inn"
    head = f"{method} {where} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json-patch+json\r\n".encode()
    if method != "PATCH":
        head = head.replace(b"-patch+json", b"")
    whole = b"Content-Length: %d\r\nConnection: close\r\n\r\n" % (LIMIT + 1)
    chunked = b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    chunks = [b"10000\r\n" + b" " * 0x10000 + b"\r\n"] * (LIMIT // 0x10000 + 1) + [b"0\r\n\r\n"]
    for found in (book.wire(head, whole, b" " * (LIMIT + 1)), book.wire(head, chunked, *chunks)):
        assert found.startswith(b"HTTP/1.1 413 Request Entity Too Large\r\n")
        status = json.loads(found.partition(b"\r\n\r\n")[2])
        assert (status["reason"], status["message"]) == (
            "RequestEntityTooLarge",
            f"Request entity too large: limit is {LIMIT}",
        )


def test_a_body_at_the_limit_is_read(book: Book) -> None:
    body = json.dumps(guestbook(moderators=["ann"])).encode()
    assert book.post(body + b" " * (LIMIT - len(body))).status == 201


DOUBLING = json.dumps(
    [
        {"op": "add", "path": "/spec/a", "value": "x" * 1000},
        *[{"op": "copy", "from": "/spec", "path": f"/spec/{each}"} for each in range(64)],
    ]
).encode()


@pytest.mark.parametrize(
    "content_type, body, status",
    [
        (MERGE, b"null", 400),
        (MERGE, b"[1]", 400),
        (MERGE, b"{", 400),
        (MERGE, b"{" * 100_000, 400),
        (MERGE, b'{"metadata":[]}', 422),
        (MERGE, b'{"metadata":7}', 422),
        (MERGE, b'{"spec":null}', 422),
        (MERGE, b'{"spec":[]}', 422),
        (MERGE, b'{"kind":null}', 422),
        (MERGE, b'{"apiVersion":"v9"}', 422),
        (JSON_PATCH, b"{}", 400),
        (JSON_PATCH, b"[1]", 400),
        (JSON_PATCH, b'[{"op":"dance","path":"/spec"}]', 422),
        (JSON_PATCH, b'[{"op":"add","path":"","value":[]}]', 422),
        (JSON_PATCH, b'[{"op":"replace","path":"","value":null}]', 422),
        (JSON_PATCH, b'[{"op":"remove","path":"/metadata"}]', 400),
        (JSON_PATCH, b'[{"op":"add","path":"/spec/moderators/99","value":"x"}]', 422),
        (JSON_PATCH, b"[" + b'{"op":"add","path":"/spec/title","value":"x"},' * 10_001 + b"]", 400),
        (JSON_PATCH, b"[" + b'{"op":"copy","from":"/spec","path":"/spec/x"},' * 5000 + b"1]", 400),
        (JSON_PATCH, DOUBLING, 422),
        (APPLY, b"null", 400),
        (APPLY, b"[]", 400),
        (APPLY, b"a: &a [*a]", 400),
        (APPLY, BOMB, 400),
        (APPLY, b'{"kind":"Guestbook"}', 400),
        (APPLY, b'{"kind":"Pod","apiVersion":"v1","metadata":{"name":"inn"}}', 400),
    ],
)
def test_patches_that_make_no_sense_change_nothing(book: Book, content_type: str, body: bytes, status: int) -> None:
    before = book.post(guestbook(moderators=["ann"])).body
    query = "?fieldManager=tester&force=true" if content_type == APPLY else ""
    found = book.send("PATCH", f"{book.items}/inn{query}", body, content_type=content_type)
    assert (found.status, found.body["kind"]) == (status, "Status")
    assert book.get(f"{book.items}/inn").body == before


@pytest.mark.parametrize(
    "body, status",
    [
        (b"[]", 400),
        (b"nonsense", 400),
        (b'{"gracePeriodSeconds":"x"}', 400),
        (b'{"gracePeriodSeconds":1e30}', 400),
        (b'{"preconditions":[]}', 400),
        (b'{"preconditions":{"uid":7}}', 400),
        (b'{"propagationPolicy":"Sideways"}', 422),
        (b'{"dryRun":["Some"]}', 422),
        (b'{"kind":"Pod","apiVersion":"v1"}', 400),
        (b"[" * 100_000, 400),
    ],
)
def test_options_of_a_deletion_that_make_no_sense_delete_nothing(book: Book, body: bytes, status: int) -> None:
    book.post(guestbook())
    assert book.send("DELETE", f"{book.items}/inn", body).status == status
    assert book.send("DELETE", book.items, body).status == status
    assert book.get(f"{book.items}/inn").status == 200


@pytest.mark.parametrize(
    "spec, message",
    [
        ([1], ".spec: expected map, got &{[1]}"),
        ({"title": ["x"]}, ".spec.title: expected string, got "),
        ({"moderators": {"a": 1}}, ".spec.moderators: expected list, got "),
        ({"moderators": ["a", "a"]}, '.spec.moderators: duplicate entries for key [="a"]'),
        ({"replicas": "many"}, ".spec.replicas: expected numeric (int or float), got string"),
        ({"weight": 1}, ".spec.weight: field not declared in schema"),
    ],
)
def test_what_is_applied_has_to_fit_the_schema(book: Book, spec: Any, message: str) -> None:
    found = book.send("PATCH", f"{book.items}/inn?fieldManager=me", guestbook() | {"spec": spec}, content_type=APPLY)
    shown = "failed to create typed patch object (/inn; guestbook.example.org/v1, Kind=Guestbook): "
    assert refused(found, 400, "BadRequest").startswith(shown + message)
    scale = {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "inn"}, "spec": {"replicas": "many"}}
    book.post(guestbook())
    found = book.send("PATCH", f"{book.items}/inn/scale?fieldManager=me", scale, content_type=APPLY)
    assert refused(found, 400, "BadRequest").startswith("failed to create typed patch object (")
