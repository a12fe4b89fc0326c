"""What a policy says of requests, and what it must not say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kroute.audit import policy
from kroute.machinery import context, query, requestinfo

ALICE = context.User("alice", groups=("devs", "system:authenticated"))


def rules(*rules: dict[str, Any], **more: Any) -> policy.Policy:
    return policy.Policy({"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": list(rules), **more})


def decide(found: policy.Policy, url: str, method: str = "GET", user: context.User = ALICE) -> policy.Decision:
    path, _, values = url.partition("?")
    return found.decide(user, requestinfo.parse(method, path, query.parse(values)))


def level(found: policy.Policy, url: str, method: str = "GET", user: context.User = ALICE) -> policy.Level:
    return decide(found, url, method, user).level


SECRET = "/api/v1/namespaces/play/secrets/key"
LOG = "/api/v1/namespaces/play/pods/one/log"


@pytest.mark.parametrize(
    "rule, url, matches",
    [
        ({}, SECRET, True),
        ({"users": ["alice"]}, SECRET, True),
        ({"users": ["bob"]}, SECRET, False),
        ({"userGroups": ["ops", "devs"]}, SECRET, True),
        ({"userGroups": ["ops"]}, SECRET, False),
        ({"verbs": ["get", "list"]}, SECRET, True),
        ({"verbs": ["list"]}, SECRET, False),
        ({"verbs": ["get"]}, "/healthz", True),
        ({"namespaces": ["play"]}, SECRET, True),
        ({"namespaces": ["work"]}, SECRET, False),
        ({"namespaces": [""]}, "/api/v1/nodes/one", True),
        ({"namespaces": [""]}, SECRET, False),
        ({"namespaces": ["play"]}, "/healthz", False),
        ({"resources": [{"group": ""}]}, SECRET, True),
        ({"resources": [{"group": "apps"}]}, SECRET, False),
        ({"resources": [{"group": "*", "resources": ["secrets"]}]}, SECRET, True),
        ({"resources": [{"resources": ["secrets"]}]}, SECRET, True),
        ({"resources": [{"resources": ["secrets"], "resourceNames": ["key"]}]}, SECRET, True),
        ({"resources": [{"resources": ["secrets"], "resourceNames": ["lock"]}]}, SECRET, False),
        ({"resources": [{"resources": ["pods"]}]}, LOG, False),
        ({"resources": [{"resources": ["pods/log"]}]}, LOG, True),
        ({"resources": [{"resources": ["pods/*"]}]}, LOG, True),
        ({"resources": [{"resources": ["*/log"]}]}, LOG, True),
        ({"resources": [{"resources": ["*/status"]}]}, LOG, False),
        ({"resources": [{"resources": ["*"]}]}, LOG, True),
        ({"resources": [{"resources": ["pods/*"]}]}, "/api/v1/namespaces/play/pods", True),
        ({"nonResourceURLs": ["/healthz*"]}, "/healthz/ping", True),
        ({"nonResourceURLs": ["/healthz"]}, "/healthz/ping", False),
        ({"nonResourceURLs": ["*"]}, "/metrics", True),
        ({"nonResourceURLs": ["*"]}, SECRET, False),
    ],
)
def test_a_rule_matches_what_it_names(rule: dict[str, Any], url: str, matches: bool) -> None:
    assert level(rules({"level": "Request", **rule}), url) is (policy.Level.REQUEST if matches else policy.Level.NONE)


def test_the_first_rule_that_matches_decides() -> None:
    found = rules({"level": "None", "users": ["alice"]}, {"level": "RequestResponse"})
    assert level(found, SECRET) is policy.Level.NONE
    assert level(found, SECRET, user=context.ANONYMOUS) is policy.Level.REQUEST_RESPONSE


def test_stages_are_omitted_by_policy_and_by_rule() -> None:
    found = rules({"level": "Metadata", "omitStages": ["Panic"]}, omitStages=["RequestReceived"])
    assert decide(found, SECRET).omit_stages == {policy.Stage.PANIC, policy.Stage.REQUEST_RECEIVED}


@pytest.mark.parametrize("own, bare", [(None, True), (False, False), (True, True)])
def test_a_rule_goes_before_the_policy_in_managed_fields(own: bool | None, bare: bool) -> None:
    rule = {"level": "Request"} if own is None else {"level": "Request", "omitManagedFields": own}
    assert decide(rules(rule, omitManagedFields=True), SECRET).omit_managed_fields is bare


@pytest.mark.parametrize(
    "document, text",
    [
        ([], "must be an object"),
        ({"kind": "Policy"}, "apiVersion: Unsupported value"),
        ({"rules": {}}, "rules: Invalid value"),
        ({"rules": ["x"]}, "rules[0]: Invalid value"),
        ({"rules": [{}]}, "rules[0].level: Required value"),
        ({"rules": [{"level": "All"}]}, 'rules[0].level: Unsupported value: "All"'),
        ({"rules": [{"level": "None", "user": ["x"]}]}, "rules[0].user: Forbidden: unknown field"),
        ({"rules": [{"level": "None", "users": "x"}]}, "rules[0].users: Invalid value"),
        ({"rules": [{"level": "None", "nonResourceURLs": ["x"]}]}, "must begin with a '/' character"),
        ({"rules": [{"level": "None", "nonResourceURLs": ["/*/x"]}]}, "must be the final character of the rule"),
        (
            {"rules": [{"level": "None", "nonResourceURLs": ["/"], "namespaces": ["x"]}]},
            "rules cannot apply to both regular resources and non-resource URLs",
        ),
        ({"rules": [{"level": "None", "resources": [{"group": "A/v1"}]}]}, "resources.group: Invalid value"),
        (
            {"rules": [{"level": "None", "resources": [{"resourceNames": ["x"]}]}]},
            "using resourceNames requires at least one resource",
        ),
        ({"omitStages": ["End"]}, "allowed stages are RequestReceived,ResponseStarted,ResponseComplete,Panic"),
    ],
)
def test_what_is_wrong_with_a_policy_is_said(document: Any, text: str) -> None:
    if isinstance(document, dict) and "kind" not in document:
        document = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", **document}
    with pytest.raises(policy.PolicyError) as caught:
        policy.Policy(document)
    assert text in str(caught.value)


@pytest.mark.parametrize("text", ["{", "apiVersion: audit.k8s.io/v1\nkind: Policy\n"])
def test_a_file_without_rules_is_no_policy(text: str, tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    with pytest.raises(policy.PolicyError, match=r"policy\.yaml"):
        policy.Policy.read(path)
