"""Authorizers by the names of their modes, the policies of a file, and what a webhook says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kroute.auth import abac, authorization, modes, webhookaccess
from kroute.webhook import client
from tests.unit.auth import worlds

ALICE, ROOT = worlds.user("alice", "devs", "system:authenticated"), worlds.user("root", "system:masters")
ANYBODY = worlds.user("system:anonymous", "system:unauthenticated")
PODS = "/api/v1/namespaces/ns/pods"
KUBECONFIG = """
current-context: c
contexts: [{name: c, context: {cluster: s}}]
clusters: [{name: s, cluster: {server: "http://127.0.0.1:9/"}}]
"""


@pytest.mark.parametrize(
    "options, problem",
    [
        (modes.Options(modes=["Roles"]), 'authorization-mode "Roles" is not a valid mode'),
        (modes.Options(modes=["RBAC", "RBAC"]), "more than once"),
        (modes.Options(modes=["ABAC"]), "go together"),
        (modes.Options(modes=["Webhook"]), "go together"),
        (modes.Options(policy_file=Path("x")), "go together"),
        (modes.Options(modes=["RBAC"], public_paths=["/a*b"]), "only trailing"),
    ],
)
def test_options_that_can_not_be_are_refused(options: modes.Options, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        modes.build(options)


async def test_without_modes_whoever_is_known_may_do_everything() -> None:
    whole = modes.build(modes.Options()).whole
    assert await worlds.allows(whole, ALICE, "DELETE", PODS)
    assert not await worlds.allows(whole, ANYBODY, "GET", PODS)


async def test_masters_may_do_everything_and_public_paths_are_everybodys_in_every_mode() -> None:
    whole = modes.build(modes.Options(modes=["AlwaysDeny"], public_paths=["/livez", "/health*"])).whole
    assert await worlds.allows(whole, ROOT, "DELETE", PODS)
    assert not await worlds.allows(whole, ALICE, "GET", PODS)
    assert (await whole.authorize(ALICE, worlds.request("GET", PODS))).reason == "Everything is forbidden."
    assert await worlds.allows(whole, ANYBODY, "GET", "/livez")
    assert await worlds.allows(whole, ANYBODY, "GET", "/healthz/ping")
    assert not await worlds.allows(whole, ANYBODY, "POST", "/livez")
    assert not await worlds.allows(whole, ANYBODY, "GET", "/livez/ping")
    assert not await worlds.allows(whole, ANYBODY, "GET", "/metrics")


async def test_modes_are_asked_in_order() -> None:
    assert await worlds.allows(
        modes.build(modes.Options(modes=["AlwaysDeny", "AlwaysAllow"])).whole, ALICE, "GET", PODS
    )
    found = modes.build(modes.Options(modes=["Node", "RBAC"]))
    assert found.roles in found.attached
    assert len(found.attached) == 2


async def test_a_webhooks_connections_end_with_the_server(tmp_path: Path) -> None:
    file = tmp_path / "webhook.yaml"
    file.write_text(KUBECONFIG)
    found = modes.build(modes.Options(modes=["RBAC", "Webhook"], webhook_config_file=file))
    assert len(found.opened) == 1
    file.write_text("clusters: []")
    with pytest.raises(ValueError, match="can't be used"):
        modes.build(modes.Options(modes=["Webhook"], webhook_config_file=file))


POLICIES = """
# comments and empty lines mean nothing

{"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": {"user": "alice", "namespace": "ns", "resource": "pods", "apiGroup": "", "readonly": true}}
{"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": {"group": "devs", "namespace": "*", "resource": "*", "apiGroup": "apps"}}
{"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": {"user": "*", "nonResourcePath": "/version*", "readonly": true}}
{"user": "old", "namespace": "old"}
{"user": "*", "resource": "services"}
"""


async def test_policies_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "policies"
    file.write_text(POLICIES)
    found = modes.build(modes.Options(modes=["ABAC"], policy_file=file)).whole
    assert await worlds.allows(found, ALICE, "GET", PODS)
    assert not await worlds.allows(found, ALICE, "POST", PODS)
    assert not await worlds.allows(found, ALICE, "GET", "/api/v1/namespaces/other/pods")
    assert await worlds.allows(found, ALICE, "DELETE", "/apis/apps/v1/namespaces/x/deployments/y")
    assert await worlds.allows(found, ANYBODY, "GET", "/version/")
    assert not await worlds.allows(found, ANYBODY, "POST", "/version/")
    assert await worlds.allows(found, worlds.user("old"), "DELETE", "/apis/x/v1/namespaces/old/things/y")
    assert not await worlds.allows(found, worlds.user("old"), "GET", "/api/v1/namespaces/new/things")
    assert await worlds.allows(found, ALICE, "GET", "/api/v1/services")
    assert not await worlds.allows(found, ANYBODY, "GET", "/api/v1/services")
    refused = await found.authorize(ALICE, worlds.request("GET", "/api/v1/nodes"))
    assert refused.reason == "No policy matched."
    rules = await authorization.rules_of(found, ALICE, "ns")
    assert {"verbs": ["get", "list", "watch"], "apiGroups": [""], "resources": ["pods"]} in rules.rules


@pytest.mark.parametrize(
    "line",
    ["[]", "{", '{"kind": "Policy"}', '{"apiVersion": "v1", "kind": "Policy"}', '{"user": 1}', '{"readonly": "x"}'],
)
def test_a_file_with_a_line_that_is_no_policy_is_refused(tmp_path: Path, line: str) -> None:
    file = tmp_path / "policies"
    file.write_text(f"# one\n{line}\n")
    with pytest.raises(ValueError, match=f"error reading policy file {file}, line 2"):
        abac.read_file(file)


class Server:
    """Says what it is told to say, and keeps what it was asked."""

    def __init__(self, *statuses: Any) -> None:
        self.statuses, self.asked = list(statuses), list[Any]()

    async def post(self, review: Any) -> Any:
        self.asked.append(review)
        status = self.statuses.pop(0)
        if isinstance(status, Exception):
            raise status
        return {**review, "status": status}


async def decided(status: Any) -> authorization.Decision:
    return await webhookaccess.Webhook(Server(status)).authorize(ALICE, worlds.request("GET", PODS))


async def test_what_a_webhook_says_is_done() -> None:
    verdict, made = authorization.Verdict, authorization.Decision
    assert await decided({"allowed": True, "reason": "so"}) == made(verdict.ALLOW, "so")
    assert await decided({"allowed": False, "reason": "no"}) == made(verdict.NO_OPINION, "no")
    assert await decided({"allowed": False, "denied": True}) == made(verdict.DENY)
    assert (await decided({"allowed": True, "denied": True})).error == webhookaccess.BOTH
    odd: list[Any] = [{}, None, [], {"allowed": "yes"}, {"allowed": 1, "reason": 7}]
    for nonsense in odd:
        assert await decided(nonsense) == made(verdict.NO_OPINION)
    assert await decided(client.CallError("gone")) == made(verdict.NO_OPINION, "", "gone")


async def test_a_webhook_is_told_who_asks_for_what() -> None:
    server = Server({}, {}, {})
    webhook = webhookaccess.Webhook(server)
    await webhook.authorize(
        ALICE, worlds.request("GET", f"{PODS}?fieldSelector=a%3Db,c!%3Dd&labelSelector=x,y+in+(z),w>1")
    )
    await webhook.authorize(ANYBODY, worlds.request("GET", "/metrics"))
    await webhookaccess.Webhook(server, version="v1beta1").authorize(ALICE, worlds.request("PUT", f"{PODS}/web/status"))
    listed, metrics, older = server.asked
    assert listed["apiVersion"] == "authorization.k8s.io/v1"
    assert listed["spec"] == {
        "user": "alice",
        "groups": ["devs", "system:authenticated"],
        "resourceAttributes": {
            "namespace": "ns",
            "verb": "list",
            "version": "v1",
            "resource": "pods",
            "fieldSelector": {
                "requirements": [
                    {"key": "a", "operator": "In", "values": ["b"]},
                    {"key": "c", "operator": "NotIn", "values": ["d"]},
                ]
            },
            "labelSelector": {
                "requirements": [{"key": "x", "operator": "Exists"}, {"key": "y", "operator": "In", "values": ["z"]}]
            },
        },
    }
    assert metrics["spec"]["nonResourceAttributes"] == {"path": "/metrics", "verb": "get"}
    assert older["apiVersion"] == "authorization.k8s.io/v1beta1"
    assert older["spec"]["group"] == ["devs", "system:authenticated"]


async def test_answers_hold_for_a_while_and_failures_do_not() -> None:
    now = [0.0]
    server = Server(client.CallError("gone"), {"allowed": True}, {"allowed": False}, {"allowed": False})
    webhook = webhookaccess.Webhook(server, authorized_ttl=10, unauthorized_ttl=5, clock=lambda: now[0])
    found = []
    for moment in (0, 0, 9, 10, 14, 15):
        now[0] = moment
        found.append(await worlds.allows(webhook, ALICE, "GET", PODS))
    assert found == [False, True, True, False, False, False]
    assert len(server.asked) == 4


async def test_what_is_too_long_is_not_remembered() -> None:
    server = Server({"allowed": True}, {"allowed": True})
    webhook = webhookaccess.Webhook(server)
    for _ in range(2):
        assert await worlds.allows(webhook, ALICE, "GET", f"/{'x' * 10_000}")
    assert len(server.asked) == 2


async def test_rules_of_several_authorizers_are_told_together() -> None:
    whole = modes.build(modes.Options(modes=["AlwaysAllow"])).whole
    assert (await authorization.rules_of(whole, ALICE, "ns")).rules == list(authorization.EVERYTHING.rules)
    rules = await webhookaccess.Webhook(Server()).rules_for(ALICE, "ns")
    assert rules.incomplete
    assert await authorization.rules_of(authorization.Masters(), ALICE, "ns") == authorization.NO_RULES
