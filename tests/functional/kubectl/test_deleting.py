"""kubectl delete in its many forms, and wait."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fixtures.guestbooks import entry, guestbook
from tests.fixtures.kubectls import Kubectl

NAME = "guestbook.guestbook.example.org"
RESOURCE = "guestbooks.guestbook.example.org"
HOLD = "example.com/hold"
TIMED_OUT = "error: timed out waiting for the condition on guestbooks/b\n"


@pytest.fixture
def books(k: Kubectl) -> Kubectl:
    for name in ("a", "b", "c", "d"):
        made = guestbook(name, moderators=["ann"])
        made["metadata"]["labels"] = {"app": "x" if name in "ab" else "z"}
        k.create(made)
    return k


def held(name: str) -> dict[str, Any]:
    made = guestbook(name, moderators=["ann"])
    made["metadata"]["finalizers"] = [HOLD]
    return made


def names(k: Kubectl) -> list[str]:
    return [line.rpartition("/")[2] for line in k("get", "gb", "-o", "name").split()]


def test_by_name(books: Kubectl) -> None:
    where = f"deleted from {books.namespace} namespace"
    assert books("delete", "gb", "a") == f'{NAME} "a" {where}\n'
    assert books.fails("delete", "gb", "a") == f'Error from server (NotFound): {RESOURCE} "a" not found\n'
    assert books("delete", "gb", "a", "--ignore-not-found") == ""
    done = books.run("delete", "gb", "b", "c", "missing")
    assert (done.code, done.out) == (1, f'{NAME} "b" {where}\n{NAME} "c" {where}\n')
    assert done.err == f'Error from server (NotFound): {RESOURCE} "missing" not found\n'
    assert books("delete", "guestbook/d", "-o", "name") == f"{NAME}/d\n"


def test_by_file(books: Kubectl) -> None:
    both = books.file("both.json", guestbook("a"), entry("first"))
    done = books.run("delete", "-f", both)
    assert (done.code, done.out) == (1, f'{NAME} "a" deleted from {books.namespace} namespace\n')
    assert done.err == (
        'Error from server (NotFound): error when deleting "both.json": entries.guestbook.example.org "first" not '
        "found\n"
    )


def test_by_selector_and_all(books: Kubectl) -> None:
    where = f"deleted from {books.namespace} namespace"
    assert books("delete", "gb", "-l", "app=x", "--dry-run=server").count("(server dry run)") == 2
    assert books("delete", "gb", "-l", "app=x") == f'{NAME} "a" {where}\n{NAME} "b" {where}\n'
    assert books("delete", "gb", "--field-selector", "metadata.name=c") == f'{NAME} "c" {where}\n'
    assert books("delete", "gb", "-l", "app=none") == "No resources found\n"
    books("create", "-f", "-", stdin=entry())
    both = books("delete", "gb,entries", "--all")
    assert both == f'{NAME} "d" {where}\nentry.guestbook.example.org "first" {where}\n'
    assert books("delete", "gb", "--all") == "No resources found\n"


def test_dry_runs_delete_nothing(books: Kubectl) -> None:
    assert books("delete", "gb", "a", "--dry-run=server") == (
        f'{NAME} "a" deleted from {books.namespace} namespace (server dry run)\n'
    )
    assert books("delete", "gb", "a", "--dry-run=client", "-o", "name") == f"{NAME}/a\n"
    assert names(books) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("cascade, finalizer", [("foreground", "foregroundDeletion"), ("orphan", "orphan")])
def test_dependents_can_be_waited_for_or_left(books: Kubectl, cascade: str, finalizer: str) -> None:
    """There is no garbage collector here that would go on from there; a controller's finalizer holds the object."""
    books("delete", "gb", "a", f"--cascade={cascade}", "--wait=false")
    found = books.object("gb", "a")["metadata"]
    assert (found["finalizers"], found["deletionGracePeriodSeconds"]) == ([finalizer], 0)
    assert found["deletionTimestamp"]
    assert found["generation"] == 2
    books("patch", "gb", "a", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
    assert names(books) == ["b", "c", "d"]
    assert books("delete", "gb", "b", "--cascade=background").startswith(f'{NAME} "b" deleted')
    assert names(books) == ["c", "d"]


def test_finalizers_hold_an_object(k: Kubectl) -> None:
    k.create(held("held"))
    deleted = f'{NAME} "held" deleted from {k.namespace} namespace\n'
    assert k("delete", "gb", "held", "--wait=false") == deleted
    with k.background("delete", "gb", "held") as lines:
        assert lines.next() == [[deleted.strip()]]
        metadata = k.object("gb", "held")["metadata"]
        assert (metadata["finalizers"], bool(metadata["deletionTimestamp"])) == ([HOLD], True)
        adding = k.fails("patch", "gb", "held", "--type=merge", "-p", '{"metadata":{"finalizers":["a.example/b"]}}')
        assert "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted" in adding
        k("patch", "gb", "held", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
        assert lines.end() == 0
    assert names(k) == []
    waited = k.run("delete", "gb", "held", "--timeout=1s")
    assert waited.code == 1


def test_waiting_for_a_deletion(books: Kubectl) -> None:
    assert books("wait", "--for=delete", "gb/missing", "--timeout=1s") == ""
    with books.background("wait", "--for=delete", "gb/a", "--timeout=30s") as lines:
        books("delete", "gb", "a")
        assert lines.end() == 0
    late = books.fails("wait", "--for=delete", "gb/b", "--timeout=1s")
    assert late.endswith(TIMED_OUT)


def test_waiting_for_a_value(books: Kubectl) -> None:
    with books.background("wait", "gb/a", "--for=jsonpath={.status.phase}=Open", "--timeout=30s") as lines:
        status = json.dumps({"status": {"phase": "Open"}})
        books("patch", "gb", "a", "--subresource=status", "--type=merge", "-p", status)
        assert lines.next() == [[f"{NAME}/a condition met"]]
        assert lines.end() == 0
    assert books("wait", "gb", "-l", "app=z", "--for=jsonpath={.spec.theme}=light", "--timeout=5s") == (
        f"{NAME}/c condition met\n{NAME}/d condition met\n"
    )
    late = books.fails("wait", "gb/b", "--for=jsonpath={.status.phase}=Open", "--timeout=1s")
    assert late.endswith(TIMED_OUT)
    late = books.fails("wait", "gb/b", "--for=condition=Ready", "--timeout=1s")
    assert late.endswith(TIMED_OUT)
    missing = books.fails("wait", "gb/missing", "--for=jsonpath={.spec.theme}=light", "--timeout=1s")
    assert missing == f'Error from server (NotFound): {RESOURCE} "missing" not found\n'
    with books.background("wait", "gb/new", "--for=create", "--timeout=30s") as lines:
        books.create(guestbook("new"))
        assert lines.end() == 0
