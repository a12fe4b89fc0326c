"""Authorizers named by a file, and the conditions on which a webhook is asked."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from kroute.auth import accessconditions, authorization, authorizationconfig, modes, webhookaccess
from kroute.webhook import client
from tests.unit.auth import worlds

pytest.importorskip("cel_expr_python")

ALICE, ROBOT = worlds.user("alice", "devs"), worlds.user("system:serviceaccount:ns:robot")
PODS = "/api/v1/namespaces/ns/pods"
WEBHOOK: Any = {
    "timeout": "3s",
    "subjectAccessReviewVersion": "v1",
    "matchConditionSubjectAccessReviewVersion": "v1",
    "failurePolicy": "Deny",
    "matchConditions": [{"expression": "has(request.resourceAttributes)"}],
}
KUBECONFIG = """
current-context: c
contexts: [{name: c, context: {cluster: s}}]
clusters: [{name: s, cluster: {server: "http://127.0.0.1:9/"}}]
"""


def document(tmp_path: Path, *authorizers: Any) -> Any:
    return {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "AuthorizationConfiguration",
        "authorizers": list(authorizers),
    }


def webhook(tmp_path: Path, name: str = "hook", **changes: Any) -> Any:
    file = tmp_path / "webhook.yaml"
    file.write_text(KUBECONFIG)
    given = {**copy.deepcopy(WEBHOOK), "connectionInfo": {"type": "KubeConfigFile", "kubeConfigFile": str(file)}}
    given.update(changes)
    return {
        "type": "Webhook",
        "name": name,
        "webhook": {key: value for key, value in given.items() if value is not None},
    }


def read(tmp_path: Path, *authorizers: Any) -> list[authorizationconfig.Authorizer]:
    file = tmp_path / "authorization.yaml"
    file.write_text(yaml.safe_dump(document(tmp_path, *authorizers)))
    return authorizationconfig.read(file, modes.MODES)


def test_authorizers_are_read_in_order(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        webhook(tmp_path, "first", cacheAuthorizedRequests=False, unauthorizedTTL="1m"),
        {"type": "RBAC", "name": "rbac"},
        webhook(tmp_path, "second.example.com", failurePolicy="NoOpinion", subjectAccessReviewVersion="v1beta1"),
    )
    assert [entry.mode for entry in found] == ["Webhook", "RBAC", "Webhook"]
    assert found[0].webhook == authorizationconfig.Webhook(
        kubeconfig=tmp_path / "webhook.yaml",
        timeout=3.0,
        authorized_ttl=0.0,
        unauthorized_ttl=60.0,
        fail_closed=True,
        conditions=["has(request.resourceAttributes)"],
    )
    assert found[2].webhook is not None
    assert (found[2].webhook.version, found[2].webhook.fail_closed) == ("v1beta1", False)
    file = tmp_path / "authorization.yaml"
    built = modes.build(modes.Options(config_file=file))
    assert len(built.opened) == 2
    assert list(built.attached) == [built.roles]
    with pytest.raises(ValueError, match="goes without"):
        modes.build(modes.Options(config_file=file, modes=["RBAC"]))


RBAC = {"type": "RBAC", "name": "rbac"}


@pytest.mark.parametrize(
    "authorizers, problem",
    [
        ([], "authorizers: Required value: at least one authorization mode must be defined"),
        ([{"name": "x"}], "authorizers[0].type: Required value"),
        ([{"type": "Roles", "name": "x"}], 'authorizers[0].type: Unsupported value: "Roles"'),
        ([RBAC, {"type": "RBAC", "name": "again"}], 'authorizers[1].type: Duplicate value: "RBAC"'),
        ([{"type": "RBAC"}], "authorizers[0].name: Required value"),
        ([RBAC, {"type": "Node", "name": "rbac"}], 'authorizers[1].name: Duplicate value: "rbac"'),
        ([{"type": "RBAC", "name": "A_B"}], 'authorizers[0].name: Invalid value: "A_B": authorizer name is invalid'),
        ([{"type": "Webhook", "name": "x"}], "authorizers[0].webhook: Required value: required when type=Webhook"),
        ([{**RBAC, "webhook": {}}], "may only be specified when type=Webhook"),
    ],
)
def test_authorizers_that_can_not_be_are_told(tmp_path: Path, authorizers: list[Any], problem: str) -> None:
    with pytest.raises(authorizationconfig.ConfigurationError) as found:
        read(tmp_path, *authorizers)
    assert problem in str(found.value)


@pytest.mark.parametrize(
    "changes, problem",
    [
        ({"timeout": None}, "authorizers[0].timeout: Required value"),
        ({"timeout": "31s"}, 'authorizers[0].timeout: Invalid value: "31s": must be > 0s and <= 30s'),
        ({"timeout": "-1s"}, "must be > 0s and <= 30s"),
        ({"timeout": "soon"}, "authorizers[0].timeout: Invalid value"),
        ({"authorizedTTL": "-1s"}, "authorizers[0].authorizedTTL: Invalid value"),
        ({"subjectAccessReviewVersion": None}, "authorizers[0].subjectAccessReviewVersion: Required value"),
        ({"subjectAccessReviewVersion": "v2"}, 'subjectAccessReviewVersion: Unsupported value: "v2"'),
        ({"matchConditionSubjectAccessReviewVersion": None}, "required if match conditions are specified"),
        ({"matchConditionSubjectAccessReviewVersion": "v2"}, "Unsupported value"),
        ({"failurePolicy": None}, "authorizers[0].failurePolicy: Required value"),
        ({"failurePolicy": "Fail"}, 'failurePolicy: Unsupported value: "Fail"'),
        ({"connectionInfo": None}, "authorizers[0].connectionInfo.type: Required value"),
        ({"connectionInfo": {"type": "KubeConfigFile"}}, "connectionInfo.kubeConfigFile: Required value"),
        ({"connectionInfo": {"type": "KubeConfigFile", "kubeConfigFile": "x"}}, "must be an absolute path"),
        ({"connectionInfo": {"type": "KubeConfigFile", "kubeConfigFile": "/x/y/z"}}, "must be a regular file"),
        ({"matchConditions": [{"expression": " "}]}, "matchConditions[0].expression: Required value"),
        ({"matchConditions": [{"expression": "true"}] * 2}, "matchConditions[1].expression: Duplicate value"),
        ({"matchConditions": [{"expression": "1"}]}, "must evaluate to bool but got int"),
        ({"matchConditions": [{"expression": "request.nothing"}]}, "compilation failed"),
        ({"matchConditions": [{"expression": f"{n} > 0"} for n in range(65)]}, "must have at most 64 items"),
    ],
)
def test_webhooks_that_can_not_be_are_told(tmp_path: Path, changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(authorizationconfig.ConfigurationError) as found:
        read(tmp_path, webhook(tmp_path, **changes))
    assert problem in str(found.value)


@pytest.mark.parametrize(
    "text", ["[", "[]", "kind: Other", "kind: AuthorizationConfiguration\napiVersion: v9\n", "\xff: \x00"]
)
def test_files_that_are_something_else_are_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "file"
    file.write_text(text)
    with pytest.raises(authorizationconfig.ConfigurationError):
        authorizationconfig.read(file, modes.MODES)


@pytest.mark.parametrize("authorizers", ["x", [1], [{"type": []}], [{"type": "Webhook", "name": "x", "webhook": 1}]])
def test_fields_of_the_wrong_type_are_refused(tmp_path: Path, authorizers: Any) -> None:
    file = tmp_path / "file"
    file.write_text(yaml.safe_dump({**document(tmp_path), "authorizers": authorizers}))
    with pytest.raises(authorizationconfig.ConfigurationError):
        authorizationconfig.read(file, modes.MODES)


def matches(expression: str, who: Any, method: str, url: str) -> accessconditions.Match:
    spec = webhookaccess.spec_of(who, worlds.request(method, url))
    return accessconditions.Conditions([expression]).match(spec)


@pytest.mark.parametrize(
    "expression, matching",
    [
        ("has(request.resourceAttributes) && request.resourceAttributes.namespace == 'ns'", True),
        ("request.resourceAttributes.subresource == ''", True),
        ("has(request.nonResourceAttributes)", False),
        ("request.user == 'alice' && 'devs' in request.groups", True),
        ("request.uid == '' && request.extra.size() == 0", True),
        ("request.resourceAttributes.verb in ['create', 'delete']", False),
        ("request.resourceAttributes.fieldSelector.requirements.exists(r, r.key == 'a' && r.values == ['b'])", True),
        ("has(request.resourceAttributes.labelSelector)", False),
    ],
)
def test_conditions_look_at_the_review(expression: str, matching: bool) -> None:
    assert matches(expression, ALICE, "GET", f"{PODS}?fieldSelector=a%3Db") == accessconditions.Match(matching)


def test_a_false_condition_counts_more_than_one_that_fails() -> None:
    failing = "request.nonResourceAttributes.path == '/x'"
    found = matches(failing, ALICE, "GET", PODS)
    assert not found.matches
    assert found.error.startswith(f"cel evaluation error: expression '{failing}' resulted in error: ")
    spec = webhookaccess.spec_of(ALICE, worlds.request("GET", PODS))
    assert accessconditions.Conditions([failing, "false"]).match(spec) == accessconditions.Match(False)
    assert accessconditions.Conditions([failing, "true", failing]).match(spec).error.startswith("[cel")


class Server:
    def __init__(self) -> None:
        self.asked = 0

    async def post(self, review: Any) -> Any:
        self.asked += 1
        raise client.CallError("gone")


async def test_a_webhook_is_asked_on_its_conditions_and_its_failures_mean_what_was_chosen() -> None:
    server = Server()
    conditions = accessconditions.Conditions(["!request.user.startsWith('system:')"])
    made = authorization.Decision
    for closed, verdict in ((True, authorization.Verdict.DENY), (False, authorization.Verdict.NO_OPINION)):
        asked = webhookaccess.Webhook(server, conditions=conditions, fail_closed=closed)
        assert await asked.authorize(ROBOT, worlds.request("GET", PODS)) == authorization.NO_OPINION
        assert await asked.authorize(ALICE, worlds.request("GET", PODS)) == made(verdict, "", "gone")
    assert server.asked == 2
    failing = accessconditions.Conditions(["request.nonResourceAttributes.path == '/x'"])
    closed_one = webhookaccess.Webhook(server, conditions=failing, fail_closed=True)
    assert (await closed_one.authorize(ALICE, worlds.request("GET", PODS))).verdict is authorization.Verdict.DENY
    assert server.asked == 2
