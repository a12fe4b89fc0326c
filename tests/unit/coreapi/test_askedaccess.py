"""What reviews of access ask about, and what they say of selectors that can't be read."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.auth import authorization
from kroute.coreapi.stateless import accessreviews, askedaccess, rulesreviews
from kroute.machinery import context


def asked(**attributes: Any) -> askedaccess.Asked:
    return askedaccess.read({"resourceAttributes": {"verb": "list", "resource": "pods", **attributes}})


def test_attributes_become_a_request() -> None:
    found = asked(group="apps", namespace="ns", subresource="scale", name="web")
    assert found.info == context.RequestInfo(
        "", "list", True, group="apps", version="*", namespace="ns", resource="pods", subresource="scale", name="web"
    )
    path = askedaccess.read({"nonResourceAttributes": {"path": "/metrics", "verb": "get"}})
    assert path.info == context.RequestInfo("/metrics", "get")
    assert askedaccess.read({}).info == context.RequestInfo("", "")


@pytest.mark.parametrize(
    "selector, text, problem",
    [
        ({"rawSelector": "a=b,c!=d"}, "a=b,c!=d", ""),
        ({"requirements": [{"key": "a", "operator": "In", "values": ["b"]}]}, "a=b", ""),
        ({"requirements": [{"key": "a", "operator": "NotIn", "values": ["b,c"]}]}, "a!=b\\,c", ""),
        ({"rawSelector": "==="}, "", "ignored"),
        ({"requirements": [{"key": "a", "operator": "Exists"}]}, "", "ignored"),
        ({"requirements": [{"key": "a", "operator": "In", "values": ["b", "c"]}]}, "", "ignored"),
        (
            {"requirements": [{"key": "a", "operator": "In", "values": ["b"]}, {"key": "c", "operator": "Near"}]},
            "a=b",
            "partially ignored",
        ),
        ({}, "", ""),
        (None, "", ""),
    ],
)
def test_field_selectors(selector: Any, text: str, problem: str) -> None:
    found = asked(fieldSelector=selector)
    assert found.info.field_selector == text
    wanted = [f"spec.resourceAttributes.fieldSelector {problem} due to parse error"] if problem else []
    assert found.ignored == wanted


@pytest.mark.parametrize(
    "selector, text, problem",
    [
        ({"rawSelector": "a in (b),!c"}, "a in (b),!c", ""),
        ({"requirements": [{"key": "a", "operator": "In", "values": ["b", "c"]}]}, "a in (b,c)", ""),
        ({"requirements": [{"key": "a", "operator": "DoesNotExist"}]}, "!a", ""),
        ({"requirements": [{"key": "a", "operator": "Near"}]}, "", "ignored"),
        (
            {"requirements": [{"key": "a b", "operator": "Exists"}, {"key": "c", "operator": "Exists"}]},
            "c",
            "partially",
        ),
        ({"rawSelector": "a in"}, "", "ignored"),
    ],
)
def test_label_selectors(selector: Any, text: str, problem: str) -> None:
    found = asked(labelSelector=selector)
    assert found.info.label_selector == text
    assert bool(found.ignored) is bool(problem)
    assert all(problem in each for each in found.ignored)


def test_what_is_said_of_decisions() -> None:
    verdict = authorization.Verdict
    said = [
        accessreviews.status(authorization.Decision(verdict.ALLOW, "so"), []),
        accessreviews.status(authorization.Decision(verdict.DENY, "", "broken"), ["x ignored"]),
        accessreviews.status(authorization.NO_OPINION, []),
    ]
    assert said == [
        {"allowed": True, "reason": "so"},
        {"allowed": False, "denied": True, "evaluationError": "broken; x ignored"},
        {"allowed": False},
    ]


def test_rules_are_told_by_what_they_are_for() -> None:
    rules: Any = [
        {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": []},
        {"verbs": ["get"], "nonResourceURLs": ["/x"]},
        {"verbs": ["get"]},
    ]
    found = rulesreviews.status(authorization.Rules(rules, incomplete=True, error="lost"))
    assert found == {
        "resourceRules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}],
        "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": ["/x"]}],
        "incomplete": True,
        "evaluationError": "lost",
    }
