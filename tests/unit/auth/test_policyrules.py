"""What each form of rule allows, request by request."""

from __future__ import annotations

import pytest

from kroute.auth import policyrules
from tests.unit.auth import worlds

POD, PODS, LOG = "/api/v1/namespaces/ns/pods/web", "/api/v1/namespaces/ns/pods", "/api/v1/namespaces/ns/pods/web/log"
SCALE = "/apis/apps/v1/namespaces/ns/deployments/web/scale"
VERBS = {
    "get": ("GET", POD),
    "list": ("GET", PODS),
    "watch": ("GET", f"{PODS}?watch=1"),
    "create": ("POST", PODS),
    "update": ("PUT", POD),
    "patch": ("PATCH", POD),
    "delete": ("DELETE", POD),
    "deletecollection": ("DELETE", PODS),
}


def allows(rule: dict[str, object], method: str, url: str) -> bool:
    return policyrules.Rule(rule).allows(worlds.request(method, url))


@pytest.mark.parametrize("granted", [*VERBS, "*"])
@pytest.mark.parametrize("asked", VERBS)
def test_a_rule_allows_its_verb_alone(granted: str, asked: str) -> None:
    assert allows(worlds.rule(granted, "", "pods"), *VERBS[asked]) is (granted in (asked, "*"))


@pytest.mark.parametrize(
    "groups, resources, url, allowed",
    [
        ("", "pods", POD, True),
        ("", "services", POD, False),
        ("apps", "pods", POD, False),
        ("*", "pods", POD, True),
        ("", "*", POD, True),
        ("", "pods", LOG, False),
        ("", "pods/log", LOG, True),
        ("", "pods/log", POD, False),
        ("", "*/log", LOG, True),
        ("", "*/log", POD, False),
        ("", "*", LOG, True),
        ("", "pods/*", LOG, False),
        ("apps", "*/scale", SCALE, True),
        ("apps", "*/cale", SCALE, False),
        ("apps", "deployments/scale", SCALE, True),
        ("extensions", "deployments/scale", SCALE, False),
        ("", "", POD, False),
    ],
)
def test_groups_resources_and_subresources(groups: str, resources: str, url: str, allowed: bool) -> None:
    assert allows(worlds.rule("get", groups, resources), "GET", url) is allowed


@pytest.mark.parametrize(
    "method, url, allowed",
    [
        ("GET", POD, True),
        ("GET", "/api/v1/namespaces/ns/pods/other", False),
        ("GET", PODS, False),
        ("GET", f"{PODS}?fieldSelector=metadata.name%3Dweb", True),
        ("GET", f"{PODS}?fieldSelector=metadata.name%3Dother", False),
        ("GET", f"{PODS}?watch=true&fieldSelector=metadata.name%3Dweb", True),
        ("POST", PODS, False),
        ("DELETE", PODS, False),
    ],
)
def test_a_rule_for_chosen_names(method: str, url: str, allowed: bool) -> None:
    assert allows(worlds.rule("*", "", "pods", names="web db"), method, url) is allowed


@pytest.mark.parametrize(
    "urls, url, allowed",
    [
        ("/healthz", "/healthz", True),
        ("/healthz", "/healthz/", False),
        ("/healthz", "/healthz/ping", False),
        ("/healthz/*", "/healthz/ping", True),
        ("/healthz/*", "/healthz", False),
        ("/health*", "/healthz", True),
        ("*", "/anything", True),
        ("/a* /b", "/b", True),
        ("/api", POD, False),
        ("*", POD, False),
    ],
)
def test_rules_for_urls(urls: str, url: str, allowed: bool) -> None:
    assert allows(worlds.rule("get", urls=urls), "GET", url) is allowed


def test_rules_for_resources_allow_no_urls() -> None:
    assert not allows(worlds.rule("*", "*", "*"), "GET", "/healthz")


@pytest.mark.parametrize("rule", [{}, {"verbs": ["*"]}, {"verbs": None, "apiGroups": None, "resources": None}])
def test_a_rule_with_nothing_in_it_allows_nothing(rule: dict[str, object]) -> None:
    assert not allows(rule, "GET", POD)
    assert not allows(rule, "GET", "/healthz")
