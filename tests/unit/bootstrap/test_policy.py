"""The policy that every cluster begins with, and how what is there is brought in line with it."""

from __future__ import annotations

import copy
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as some

from kroute.auth import escalation, policyrules
from kroute.bootstrap import essentials, policy, reconciling
from kroute.coreapi.validation import rbac

POLICY = policy.Policy.of(essentials.read("roles.json"))
CHECKS = {
    "clusterroles": rbac.validate_cluster_role,
    "clusterrolebindings": rbac.validate_cluster_role_binding,
    "roles": rbac.validate_role,
    "rolebindings": rbac.validate_role_binding,
}


def role(name: str) -> Any:
    return next(each for each in POLICY.cluster_roles if each["metadata"]["name"] == name)


def test_everything_in_it_is_valid() -> None:
    for plural, obj in policy.objects_of(POLICY):
        assert list(CHECKS[plural](obj)) == [], obj["metadata"]["name"]
        assert obj["metadata"]["labels"]["kubernetes.io/bootstrapping"] == "rbac-defaults"
        assert obj["metadata"]["annotations"] == {"rbac.authorization.kubernetes.io/autoupdate": "true"}


def test_names_are_there_once_and_bindings_are_to_roles_of_it() -> None:
    roles = [each["metadata"]["name"] for each in POLICY.cluster_roles]
    assert len(roles) == len(set(roles))
    assert {each["roleRef"]["name"] for each in POLICY.cluster_role_bindings} <= set(roles)
    own = {(each["metadata"]["namespace"], each["metadata"]["name"]) for each in POLICY.roles}
    bound = {(each["metadata"]["namespace"], each["roleRef"]["name"]) for each in POLICY.role_bindings}
    assert bound == own


def test_rules_are_written_short_and_read_whole() -> None:
    assert policy.rule("READ core,apps pods,pods/log") == {
        "verbs": ["get", "list", "watch"],
        "apiGroups": ["", "apps"],
        "resources": ["pods", "pods/log"],
    }
    assert policy.rule("get @ /a,/b/*") == {"verbs": ["get"], "nonResourceURLs": ["/a", "/b/*"]}
    assert policy.rule("use x.io things one,two")["resourceNames"] == ["one", "two"]
    assert policy.rule("EVENTS")["apiGroups"] == ["", "events.k8s.io"]
    assert role("cluster-admin")["rules"] == [
        {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
        {"verbs": ["*"], "nonResourceURLs": ["*"]},
    ]


def test_each_controller_has_a_role_of_its_own_for_its_account() -> None:
    binding = next(
        each
        for each in POLICY.cluster_role_bindings
        if each["metadata"]["name"] == "system:controller:namespace-controller"
    )
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": "namespace-controller", "namespace": "kube-system"}
    ]


def test_roles_for_people_are_made_of_others() -> None:
    label = "rbac.authorization.k8s.io/aggregate-to-admin"
    assert role("admin")["aggregationRule"] == {"clusterRoleSelectors": [{"matchLabels": {label: "true"}}]}
    assert role("admin")["rules"] is None
    assert role("edit")["metadata"]["labels"][label] == "true"


def test_nobody_without_credentials_may_do_more_than_look_at_health_and_metadata() -> None:
    anonymous = {"kind": "Group", "apiGroup": policy.GROUP, "name": "system:unauthenticated"}
    names = [each["roleRef"]["name"] for each in POLICY.cluster_role_bindings if anonymous in (each["subjects"] or ())]
    for name in names:
        for rule in role(name)["rules"]:
            assert set(rule) == {"verbs", "nonResourceURLs"}
            assert rule["verbs"] == ["get"]


def test_what_is_as_it_should_be_is_left_alone() -> None:
    for plural, obj in policy.objects_of(POLICY):
        mend = reconciling.mend_binding if plural.endswith("bindings") else reconciling.mend_role
        found = copy.deepcopy(obj)
        assert not mend(found, obj)
        assert found == obj


def test_what_was_taken_away_comes_back_and_what_was_added_stays() -> None:
    wanted = role("system:node-problem-detector")
    found = copy.deepcopy(wanted)
    own = {"verbs": ["list"], "apiGroups": ["x.io"], "resources": ["things"]}
    found["rules"] = [found["rules"][0], own]
    found["metadata"]["labels"] = {"mine": "yes"}
    found["metadata"]["annotations"]["mine"] = "yes"
    assert reconciling.mend_role(found, wanted)
    assert found["rules"][1] == own
    assert escalation.uncovered(found["rules"], wanted["rules"]) == []
    assert found["metadata"]["labels"] == {"mine": "yes", **wanted["metadata"]["labels"]}
    assert found["metadata"]["annotations"]["mine"] == "yes"
    assert not reconciling.mend_role(found, wanted)


def test_who_says_so_keeps_an_object_as_it_is() -> None:
    wanted = role("system:discovery")
    found = {**copy.deepcopy(wanted), "rules": []}
    found["metadata"]["annotations"][policy.AUTO_UPDATE] = "false"
    assert not reconciling.mend_role(found, wanted)
    assert found["rules"] == []
    assert not reconciling.mend_binding({"metadata": found["metadata"], "subjects": []}, POLICY.role_bindings[0])


def test_rules_that_were_gathered_are_nobodys_business_here() -> None:
    wanted = role("admin")
    found = copy.deepcopy(wanted)
    found["rules"] = [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}]
    assert not reconciling.mend_role(found, wanted)
    found["aggregationRule"]["clusterRoleSelectors"] = [{"matchLabels": {"mine": "yes"}}]
    assert reconciling.mend_role(found, wanted)
    assert len(found["aggregationRule"]["clusterRoleSelectors"]) == 2


def test_bindings_get_subjects_back_and_are_known_when_they_bind_another_role() -> None:
    wanted = next(each for each in POLICY.cluster_role_bindings if len(each["subjects"] or ()) > 1)
    found = copy.deepcopy(wanted)
    more = {"kind": "User", "apiGroup": policy.GROUP, "name": "mine"}
    found["subjects"] = [more, found["subjects"][1]]
    assert reconciling.mend_binding(found, wanted)
    assert found["subjects"] == [more, wanted["subjects"][1], wanted["subjects"][0]]
    assert not reconciling.binds_other(found, wanted)
    assert reconciling.binds_other({**found, "roleRef": {**found["roleRef"], "name": "other"}}, wanted)


words = some.sampled_from(["a", "b", "a,b", "*"])
lines = some.builds(lambda verbs, groups, what: f"{verbs} {groups} {what}", words, words, words)
rules = some.lists(lines.map(policy.rule), max_size=3)


@hypothesis.given(rules, rules)
def test_whatever_was_there_a_mended_role_has_it_all(held: list[Any], wanted: list[Any]) -> None:
    goal = {"metadata": policy.metadata("r"), "rules": wanted}
    found: Any = {"metadata": policy.metadata("r"), "rules": copy.deepcopy(held)}
    reconciling.mend_role(found, goal)
    assert found["rules"][: len(held)] == held
    assert escalation.uncovered(found["rules"], wanted) == []
    assert not reconciling.mend_role(found, goal)
    assert all(isinstance(policyrules.Rule(rule), policyrules.Rule) for rule in found["rules"])


@pytest.mark.parametrize("line", ["get", "get core", ""])
def test_a_line_that_says_too_little_is_an_error(line: str) -> None:
    with pytest.raises(ValueError, match="unpack"):
        policy.rule(line)
