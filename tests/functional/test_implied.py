"""What every server has for clients' sake: a group-version v1, and namespaces of any name."""

from __future__ import annotations

from tests.fixtures.guestbooks import Book


def test_there_is_a_group_version_without_resources(book: Book) -> None:
    assert book.get("/api").body["versions"] == ["v1"]
    assert book.get("/api/v1").body == {"kind": "APIResourceList", "groupVersion": "v1", "resources": []}
    assert {"/api", "/api/v1"} <= set(book.get("/").body["paths"])


def test_every_namespace_exists(book: Book) -> None:
    found = book.get("/api/v1/namespaces/anything")
    assert (found.status, found.body["kind"], found.body["metadata"]) == (200, "Namespace", {"name": "anything"})
    assert found.body["status"] == {"phase": "Active"}


def test_nothing_else_does(book: Book) -> None:
    for path in (
        "/api/v1/namespaces",
        "/api/v1/namespaces/",
        "/api/v1/namespaces/a/pods",
        "/api/v1/namespaces/a/status",
    ):
        assert book.get(path).status == 404
    for method in ("PUT", "DELETE", "PATCH", "POST"):
        assert book.send(method, "/api/v1/namespaces/a", {}).status == 405
