"""Requests in another user's name, as roles allow them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from kroute.audit import building
from tests.fixtures import serving
from tests.functional.authentication import harness

RBAC = "/apis/rbac.authorization.k8s.io/v1"
GROUP = "rbac.authorization.k8s.io"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[harness.Server]:
    names = (*harness.CORE, *harness.ROLES)
    async with harness.running(tmp_path, names=names, authorization=("RBAC",)) as found:
        yield found


@pytest.fixture
async def admin(server: harness.Server) -> AsyncIterator[serving.Client]:
    async with server.client("admintoken") as found:
        whoever = [{"kind": "Group", "apiGroup": GROUP, "name": "system:authenticated"}]
        await grant(found, "everybody", whoever, rule(["selfsubjectreviews"], ["create"], "authentication.k8s.io"))
        yield found


def rule(resources: list[str], verbs: list[str], group: str = "", *names: str) -> dict[str, Any]:
    found = {"apiGroups": [group], "resources": resources, "verbs": verbs}
    return {**found, "resourceNames": list(names)} if names else found


async def grant(admin: serving.Client, name: str, subjects: list[dict[str, str]], *rules: dict[str, Any]) -> None:
    role = {"metadata": {"name": name}, "rules": list(rules)}
    assert (await admin.send("POST", f"{RBAC}/clusterroles", role)).status == 201
    reference = {"apiGroup": GROUP, "kind": "ClusterRole", "name": name}
    binding = {"metadata": {"name": name}, "roleRef": reference, "subjects": subjects}
    assert (await admin.send("POST", f"{RBAC}/clusterrolebindings", binding)).status == 201


ALICE = [{"kind": "User", "apiGroup": GROUP, "name": "alice"}]


async def test_an_administrator_may_be_anybody(server: harness.Server, admin: serving.Client) -> None:
    found = await harness.myself(admin, Impersonate_User="carol", Impersonate_Group="devs", Impersonate_Uid="7")
    assert found == {"username": "carol", "uid": "7", "groups": ["devs", "system:authenticated"]}
    found = await harness.myself(admin, Impersonate_User="system:serviceaccount:x:robot")
    assert found["groups"] == ["system:serviceaccounts", "system:serviceaccounts:x", "system:authenticated"]
    assert await harness.myself(admin, Impersonate_User="system:anonymous") == 403
    assert await harness.myself(admin, Impersonate_Group="devs") == 400


async def test_rights_are_those_of_the_other_user_alone(server: harness.Server, admin: serving.Client) -> None:
    answer = await admin.send("DELETE", "/api/v1/namespaces/default", Impersonate_User="alice")
    assert answer.status == 403
    assert answer.body["message"].startswith('namespaces "default" is forbidden: User "alice" cannot delete')


async def test_others_need_leave_for_each_piece(server: harness.Server, admin: serving.Client) -> None:
    async with server.client("alicetoken") as alice:
        answer = await alice.get("/api/v1/pods", Impersonate_User="bob")
        assert answer.status == 403
        assert 'User "alice" cannot impersonate-on:user-info:list resource "pods"' in answer.body["message"]
        assert await harness.myself(alice, Impersonate_User="alice") == 403
        await grant(admin, "be-bob", ALICE, rule(["users"], ["impersonate"], "", "bob"))
        assert (await harness.myself(alice, Impersonate_User="bob"))["username"] == "bob"
        assert await harness.myself(alice, Impersonate_User="admin") == 403
        assert await harness.myself(alice, Impersonate_User="bob", Impersonate_Group="system:masters") == 403
        assert await harness.myself(alice, Impersonate_User="bob", Impersonate_Uid="1") == 403
        assert await harness.myself(alice, Impersonate_User="bob", Impersonate_Extra_Scopes="all") == 403
        answer = await alice.get("/api/v1/pods", Impersonate_User="bob", Impersonate_Group="devs")
        assert answer.body["message"].startswith('groups "devs" is forbidden: User "alice" cannot impersonate')


async def test_constrained_leave_is_for_some_requests_alone(server: harness.Server, admin: serving.Client) -> None:
    await grant(
        admin,
        "look-as-bob",
        ALICE,
        rule(["users"], ["impersonate:user-info"], "authentication.k8s.io", "bob"),
        rule(["pods"], ["impersonate-on:user-info:list"]),
    )
    await grant(admin, "pods", [{"kind": "User", "apiGroup": GROUP, "name": "bob"}], rule(["pods"], ["list", "get"]))
    async with server.client("alicetoken") as alice:
        assert (await alice.get("/api/v1/pods", Impersonate_User="bob")).status == 200
        answer = await alice.get("/api/v1/namespaces/default/pods/web", Impersonate_User="bob")
        assert 'cannot impersonate-on:user-info:get resource "pods"' in answer.body["message"]
        assert (await alice.get("/api/v1/pods")).status == 403


async def test_an_unknown_user_may_not_be_anybody(server: harness.Server, admin: serving.Client) -> None:
    assert await server.whoami(headers={"Impersonate_User": "admin"}) == 403
    assert await server.whoami("wrong", headers={"Impersonate_User": "admin"}) == 401


async def test_audit_events_tell_both_users(tmp_path: Path) -> None:
    policy, log = tmp_path / "policy.yaml", tmp_path / "audit.log"
    policy.write_text("{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: Metadata}]}")
    options = building.Options(policy_file=policy, log_path=str(log))
    async with harness.running(tmp_path, audit=options) as server, server.client("admintoken") as admin:
        await harness.myself(admin, Impersonate_User="carol", Impersonate_Group="devs")
        await harness.myself(admin)
    events = [json.loads(line) for line in log.read_text().splitlines()]
    reviews = [event for event in events if event["requestURI"].endswith("/selfsubjectreviews")]
    told, plain = (event for event in reviews if event["stage"] == "ResponseComplete")
    assert told["user"]["username"] == "admin"
    assert told["impersonatedUser"]["username"] == "carol"
    assert told["impersonatedUser"]["groups"] == ["devs", "system:authenticated"]
    assert told["authenticationMetadata"] == {"impersonationConstraint": "impersonate:user-info"}
    assert "impersonatedUser" not in plain
    assert "authenticationMetadata" not in plain
    assert "admintoken" not in log.read_text()
