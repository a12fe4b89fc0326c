"""Which schema and level a request belongs to, with stored objects and without."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.flowcontrol import configuring, controller, matching
from kroute.machinery import context, query, requestinfo

ALICE = context.User("alice", groups=("devs", "system:authenticated"))
ACCOUNT = context.User("system:serviceaccount:kube-system:job", groups=("system:authenticated",))
ADMIN = context.User("root", groups=("system:masters",))


def info(url: str, method: str = "GET") -> context.RequestInfo:
    path, _, values = url.partition("?")
    return requestinfo.parse(method, path, query.parse(values))


def subject(kind: str, **fields: str) -> dict[str, Any]:
    return {"kind": kind, {"User": "user", "Group": "group", "ServiceAccount": "serviceAccount"}[kind]: fields}


PODS = {"verbs": ["list"], "apiGroups": [""], "resources": ["pods"], "namespaces": ["*"], "clusterScope": True}


@pytest.mark.parametrize(
    "rule, user, url, matches",
    [
        ({"subjects": [subject("User", name="alice")]}, ALICE, "/api/v1/pods", True),
        ({"subjects": [subject("User", name="*")]}, ALICE, "/api/v1/pods", True),
        ({"subjects": [subject("User", name="bob")]}, ALICE, "/api/v1/pods", False),
        ({"subjects": [subject("Group", name="devs")]}, ALICE, "/api/v1/pods", True),
        ({"subjects": [subject("Group", name="*")]}, ALICE, "/api/v1/pods", True),
        ({"subjects": [subject("Group", name="ops")]}, ALICE, "/api/v1/pods", False),
        ({"subjects": [subject("ServiceAccount", namespace="kube-system", name="*")]}, ACCOUNT, "/api/v1/pods", True),
        ({"subjects": [subject("ServiceAccount", namespace="kube-system", name="job")]}, ACCOUNT, "/api/v1/pods", True),
        ({"subjects": [subject("ServiceAccount", namespace="kube", name="*")]}, ACCOUNT, "/api/v1/pods", False),
        ({"subjects": []}, ALICE, "/api/v1/pods", False),
        ({}, ALICE, "/api/v1/namespaces/a/pods", True),
        ({}, ALICE, "/api/v1/namespaces/a/pods/b", False),
        ({}, ALICE, "/apis/apps/v1/pods", False),
        ({"resourceRules": [{**PODS, "clusterScope": False}]}, ALICE, "/api/v1/pods", False),
        ({"resourceRules": [{**PODS, "namespaces": ["b"]}]}, ALICE, "/api/v1/namespaces/a/pods", False),
        ({"nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": ["/healthz"]}]}, ALICE, "/healthz", True),
        ({"nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["/healthz/*"]}]}, ALICE, "/healthz/ping", True),
        ({"nonResourceRules": [{"verbs": ["post"], "nonResourceURLs": ["*"]}]}, ALICE, "/healthz", False),
    ],
)
def test_rules_match_what_they_name(rule: dict[str, Any], user: context.User, url: str, matches: bool) -> None:
    rule = {"subjects": [subject("Group", name="*")], "resourceRules": [PODS], **rule}
    assert matching.Rule(rule).match(user, info(url)) is matches


def schema(name: str, level: str, precedence: int = 100, **spec: Any) -> dict[str, Any]:
    rules = [{"subjects": [subject("Group", name="*")], "resourceRules": [PODS]}]
    return {
        "metadata": {"name": name, "uid": f"uid-{name}"},
        "spec": {
            "priorityLevelConfiguration": {"name": level},
            "matchingPrecedence": precedence,
            "rules": rules,
            **spec,
        },
    }


def level(name: str, **limited: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "uid": f"uid-{name}"}, "spec": {"type": "Limited", "limited": limited}}


def names(found: list[configuring.Schema]) -> list[str]:
    return [one.name for one in found]


def test_schemas_are_tried_by_precedence_and_name_and_only_with_their_level() -> None:
    levels = configuring.levels([level("work")])
    objects = [schema("b", "work"), schema("a", "work"), schema("first", "work", 2), schema("lost", "gone", 1)]
    assert names(configuring.schemas(objects, levels)) == ["exempt", "first", "a", "b", "catch-all"]


def test_mandatory_objects_are_there_without_being_stored() -> None:
    levels = configuring.levels(())
    assert set(levels) == {"exempt", "catch-all"}
    assert levels["exempt"].exempt
    assert names(configuring.schemas((), levels)) == ["exempt", "catch-all"]


def test_a_level_says_how_requests_may_wait() -> None:
    how = {"type": "Queue", "queuing": {"queues": 3, "handSize": 2, "queueLengthLimit": 1}}
    found = configuring.levels([level("work", nominalConcurrencyShares=7, lendablePercent=5, limitResponse=how)])
    assert found["work"].queuing == (configuring.queueing.Queuing(3, 2, 1))
    assert (found["work"].shares, found["work"].lendable, found["work"].borrowing) == (7, 5, None)
    assert configuring.levels([level("work", limitResponse={"type": "Reject"})])["work"].queuing is None


@pytest.mark.parametrize(
    "method, flows",
    [("ByUser", [True, False]), ("ByNamespace", [False, True]), ("", [True, True])],
)
def test_flows_are_told_apart_as_the_schema_says(method: str, flows: list[bool]) -> None:
    found = configuring.schema_of(schema("a", "work", distinguisherMethod={"type": method} if method else None))
    mine = found.flow(ALICE, info("/api/v1/namespaces/a/pods"))
    assert (mine == found.flow(ALICE, info("/api/v1/namespaces/b/pods"))) is flows[0]
    assert (mine == found.flow(ADMIN, info("/api/v1/namespaces/a/pods"))) is flows[1]


def test_without_stored_objects_everybody_shares_fairly_and_administrators_are_exempt() -> None:
    found = controller.Controller(100)
    assert found.classify(ADMIN, info("/api/v1/pods")).state.level.exempt
    mine, other = (found.classify(context.User(name, groups=ALICE.groups), info("/api/v1/pods")) for name in "ab")
    assert mine.state is other.state
    assert mine.state.level.queuing is not None
    assert mine.hand != other.hand
    assert mine.headers == ""
    assert not found.follows


def test_the_class_of_a_request_is_found_once() -> None:
    found = controller.Controller(100)
    assert found.classify(ALICE, info("/api/v1/pods")) is found.classify(ALICE, info("/api/v1/pods"))
    assert len(found._classes) == 1


def test_seats_go_to_levels_that_want_them() -> None:
    now = 0.0
    found = controller.Controller(100, clock=lambda: now)
    state = found.states["global-default"]
    works = [configuring.queueing.Work(1) for _ in range(40)]
    assert all(state.queues.begin(work, ()) for work in works)
    now = 11.0
    found.classify(ALICE, info("/api/v1/pods"))
    assert state.queues.limit >= 40
    assert sum(one.queues.limit for one in found.states.values() if not one.level.exempt) <= 103
