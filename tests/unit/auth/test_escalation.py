"""Whoever grants must hold: what covers what, and how the rest is told."""

from __future__ import annotations

import hypothesis
import pytest
from hypothesis import strategies as some

from kroute.auth import escalation, policyrules
from kroute.machinery import context
from tests.unit.auth import worlds

ALICE = worlds.user("alice", "system:authenticated", "devs")
EVERYTHING = [worlds.rule("*", "*", "*"), worlds.rule("*", urls="*")]


@pytest.mark.parametrize(
    "held, wanted",
    [
        (worlds.rule("get list", "", "pods"), worlds.rule("get", "", "pods")),
        (worlds.rule("*", "", "pods"), worlds.rule("get", "", "pods")),
        (worlds.rule("get", "*", "*"), worlds.rule("get", "apps", "deployments/scale")),
        (worlds.rule("get", "", "*/log"), worlds.rule("get", "", "pods/log")),
        (worlds.rule("get", "", "pods"), worlds.rule("get", "", "pods", names="web")),
        (worlds.rule("get", "", "pods", names="web db"), worlds.rule("get", "", "pods", names="db")),
        (worlds.rule("get", urls="/api/*"), worlds.rule("get", urls="/api/v1")),
        (worlds.rule("get", urls="*"), worlds.rule("get", urls="/api/*")),
        (worlds.rule("*", "*", "*"), worlds.rule("*", "*", "*")),
    ],
)
def test_a_rule_covers_what_is_within_it(held: dict[str, object], wanted: dict[str, object]) -> None:
    assert escalation.uncovered([held], [wanted]) == []
    assert escalation.refusal(ALICE, [held], [wanted]) == ""


@pytest.mark.parametrize(
    "held, wanted",
    [
        (worlds.rule("get", "", "pods"), worlds.rule("list", "", "pods")),
        (worlds.rule("get", "", "pods"), worlds.rule("*", "", "pods")),
        (worlds.rule("get", "", "pods"), worlds.rule("get", "*", "pods")),
        (worlds.rule("get", "", "pods"), worlds.rule("get", "", "*")),
        (worlds.rule("get", "", "pods"), worlds.rule("get", "", "pods/log")),
        (worlds.rule("get", "", "pods", names="web"), worlds.rule("get", "", "pods")),
        (worlds.rule("get", "", "pods", names="web"), worlds.rule("get", "", "pods", names="db")),
        (worlds.rule("get", urls="/api"), worlds.rule("get", urls="/api/*")),
        (worlds.rule("*", "*", "*"), worlds.rule("get", urls="/api")),
        (worlds.rule("*", urls="*"), worlds.rule("get", "", "pods")),
    ],
)
def test_a_rule_covers_nothing_beyond_it(held: dict[str, object], wanted: dict[str, object]) -> None:
    assert escalation.uncovered([held], [wanted])


def test_two_rules_cover_together_what_neither_does_alone() -> None:
    held = [worlds.rule("get", "", "pods"), worlds.rule("list", "", "pods services")]
    assert escalation.uncovered(held, [worlds.rule("get list", "", "pods")]) == []
    assert escalation.uncovered(held, [worlds.rule("get list", "", "pods services")])


def test_what_is_missing_is_told_by_resource_with_all_its_verbs() -> None:
    wanted = [
        worlds.rule("list get", "", "secrets"),
        worlds.rule("get", "apps", "deployments"),
        worlds.rule("watch", "", "secrets"),
        worlds.rule("get", "", "configmaps", names="one two"),
        worlds.rule("get", urls="/metrics /debug"),
    ]
    assert escalation.refusal(ALICE, [], wanted).split("\n") == [
        'user "alice" (groups=["system:authenticated" "devs"]) is attempting to grant RBAC permissions not currently held:',
        '{APIGroups:[""], Resources:["configmaps"], ResourceNames:["one"], Verbs:["get"]}',
        '{APIGroups:[""], Resources:["configmaps"], ResourceNames:["two"], Verbs:["get"]}',
        '{APIGroups:[""], Resources:["secrets"], Verbs:["list" "get" "watch"]}',
        '{APIGroups:["apps"], Resources:["deployments"], Verbs:["get"]}',
        '{NonResourceURLs:["/debug"], Verbs:["get"]}',
        '{NonResourceURLs:["/metrics"], Verbs:["get"]}',
    ]


def test_roles_that_are_not_there_are_told_beside() -> None:
    text = escalation.refusal(ALICE, [], [worlds.rule("get", "", "pods")], 'roles "x" not found')
    assert text.endswith('Verbs:["get"]}; resolution errors: [roles "x" not found]')


def test_rules_that_come_to_too_many_are_refused_without_being_looked_at() -> None:
    many = " ".join(f"x{number}" for number in range(300))
    text = escalation.refusal(ALICE, EVERYTHING, [worlds.rule(many, many, many)])
    assert "more than" in text


words = some.sampled_from(["*", "a", "b", "a b"])
rules = some.builds(
    worlds.rule, words, words, some.sampled_from(["*", "p", "p/s", "*/s", "p q/s"]), words | some.just("")
)


@hypothesis.given(some.lists(rules, max_size=3), rules)
def test_whatever_is_covered_may_be_done_by_who_covers_it(
    held: list[dict[str, object]], wanted: dict[str, object]
) -> None:
    if escalation.uncovered(held, [wanted]):
        return
    requests = [
        context.RequestInfo("", verb, True, group=group, resource=resource, subresource=part, name=name)
        for verb in "abc"
        for group in "abc"
        for resource, part in (("p", ""), ("p", "s"), ("q", "s"), ("q", ""))
        for name in ("", "a", "c")
    ]
    own = policyrules.compiled(held)
    for info in requests:
        if policyrules.Rule(wanted).allows(info):
            assert any(rule.allows(info) for rule in own), info
