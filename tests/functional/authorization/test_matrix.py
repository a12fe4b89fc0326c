"""Every verb for every kind of user with every kind of grant: what roles allow goes through, all else is forbidden."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.functional.authorization import conftest as own
from tests.functional.authorization.conftest import Guarded

VERBS = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"]
HOW = {
    "get": ("GET", "/a", None),
    "list": ("GET", "", None),
    "watch": ("GET", "?watch=1&timeoutSeconds=1&resourceVersion=0&limit=1", None),
    "create": ("POST", "?dryRun=All", {"metadata": {"name": "new"}}),
    "update": ("PUT", "/a?dryRun=All", {"metadata": {"name": "a"}}),
    "patch": ("PATCH", "/a?dryRun=All", {"metadata": {"labels": {"x": "y"}}}),
    "delete": ("DELETE", "/a?dryRun=All", None),
    "deletecollection": ("DELETE", "?dryRun=All", None),
}


class Holder(NamedTuple):
    """Somebody, by token and further headers, and what they are bound by."""

    key: str
    headers: dict[str, str]
    grants: frozenset[str]


def holders(guarded: Guarded) -> Iterator[Holder]:
    """Each holds the verbs that it is named with, on configmaps of the namespace."""
    name = guarded.namespace
    robot = guarded.token("robot")
    subjects: dict[str, Any] = {
        "user": own.user("alice"),
        "group": own.group("ops"),
        "account": {"kind": "ServiceAccount", "name": "robot", "namespace": name},
        "everybody": own.group("system:unauthenticated"),
    }
    verbs = {"user": ["get", "update"], "group": ["list", "create"], "account": ["*"], "everybody": ["watch"]}
    for which, subject in subjects.items():
        cluster = which in ("group", "everybody")
        role = guarded.unique(which) if cluster else which
        guarded.role(role, own.rule(verbs[which], ["configmaps"]), cluster=cluster)
        kind = "ClusterRole" if cluster else "Role"
        assert guarded.bind(which, role, subject, kind=kind).status == 201
    imitated = {"Impersonate-User": "bob", "Impersonate-Group": "ops"}
    yield Holder("", {}, frozenset(["watch"]))
    yield Holder("alicekey", {}, frozenset(["get", "update"]))
    yield Holder("bobkey", {}, frozenset(["list", "create"]))
    yield Holder("rootkey", imitated, frozenset(["list", "create"]))
    yield Holder("rootkey", {"Impersonate-User": "nobody"}, frozenset())
    yield Holder(robot, {}, frozenset(VERBS))


def test_verbs_by_grants_by_users(guarded: Guarded) -> None:
    other = f"/api/v1/namespaces/{guarded.namespace}-other"
    guarded.made("/api/v1/namespaces", {"metadata": {"name": f"{guarded.namespace}-other"}})
    for where in (guarded.core, other):
        guarded.made(f"{where}/configmaps", {"metadata": {"name": "a"}})
    guarded.made(f"{guarded.core}/secrets", {"metadata": {"name": "a"}})
    for holder in holders(guarded):
        for verb in VERBS:
            for collection, granted in (
                (f"{guarded.core}/configmaps", verb in holder.grants),
                (f"{guarded.core}/secrets", False),
                (f"{other}/configmaps", False),
            ):
                method, rest, body = HOW[verb]
                kind = own.MERGE if verb == "patch" else "application/json"
                answer = guarded.send(
                    holder.key, method, collection + rest, body, content_type=kind, headers=holder.headers
                )
                assert (answer.status != 403) is granted, (holder, verb, collection, answer)
                if granted:
                    assert answer.status in (200, 201), (holder, verb, answer)


def test_a_key_that_nobody_has_is_no_anonymous_user(guarded: Guarded) -> None:
    guarded.role("open", own.rule(["*"], ["configmaps"]))
    guarded.bind("open", "open", own.group("system:unauthenticated"), own.group("system:authenticated"))
    assert guarded.send("", "GET", f"{guarded.core}/configmaps").status == 200
    assert guarded.send("wrongkey", "GET", f"{guarded.core}/configmaps").status == 401


@pytest.mark.parametrize(
    "path, status",
    [
        ("/healthz", 200),
        ("/livez", 200),
        ("/readyz", 200),
        ("/version", 200),
        ("/livez/ping", 403),
        ("/metrics", 403),
        ("/api", 403),
        ("/apis", 403),
        ("/", 403),
        ("/openapi/v2", 403),
        ("/nowhere", 403),
        ("/api/v1", 403),
        ("/api/v1/namespaces", 403),
        ("//api/v1/namespaces", 403),
        ("/api//v1/namespaces", 403),
        ("/API/v1/namespaces", 403),
        ("/api/v1/namespaces/../../../healthz", 403),
        ("/healthz/../api/v1/namespaces", 403),
        ("/healthz%2f..%2fapi%2fv1%2fnamespaces", 403),
        ("/api/v1/%6eamespaces", 403),
        ("/api/v1/namespaces?path=/healthz", 403),
    ],
)
def test_who_has_no_key_sees_health_and_version_alone(guarded: Guarded, path: str, status: int) -> None:
    assert guarded.send("", "GET", path).status == status


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Remote-User": "root", "X-Remote-Group": "system:masters"},
        {"X-HTTP-Method-Override": "GET"},
        {"X-Original-URL": "/healthz", "X-Rewrite-URL": "/healthz", "X-Forwarded-Prefix": "/healthz"},
        {"Impersonate-User": "root", "Impersonate-Group": "system:masters"},
        {"Impersonate-Group": "system:masters"},
        {"Authorization": "Basic cm9vdDpyb290a2V5"},
        {"Authorization": "Bearer"},
    ],
)
def test_no_header_opens_what_is_closed(guarded: Guarded, headers: dict[str, str]) -> None:
    for key in ("", "alicekey"):
        answer = guarded.send(key, "GET", "/api/v1/namespaces", headers=headers)
        assert answer.status in (400, 401, 403), (key, headers, answer)


def test_names_that_look_alike_are_others(guarded: Guarded) -> None:
    guarded.role("r", own.rule(["list"], ["configmaps"]))
    for number, name in enumerate(["аlice", "Alice", "alice ", "ALICE", "alice\u200b"]):
        assert guarded.bind(f"b{number}", "r", own.user(name)).status == 201
    assert guarded.send("alicekey", "GET", f"{guarded.core}/configmaps").status == 403
