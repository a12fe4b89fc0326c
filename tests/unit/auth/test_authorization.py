"""What anonymous and other users may do while there are no rules, and how a refusal reads."""

from __future__ import annotations

import pytest

from kroute.auth import authorization, unions
from kroute.machinery import context, requestinfo

ALICE = context.User("alice", groups=("system:authenticated",))


def info(method: str, path: str) -> context.RequestInfo:
    return requestinfo.parse(method, path, {})


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz", "/version", "/version/"])
async def test_anybody_may_get_health_and_version(path: str) -> None:
    found = await authorization.AllowAuthenticated().authorize(context.ANONYMOUS, info("GET", path))
    assert found.verdict is authorization.Verdict.ALLOW


@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", "/livez/ping"),
        ("GET", "/livez/"),
        ("POST", "/livez"),
        ("HEAD", "/livez"),
        ("GET", "/"),
        ("GET", "/api"),
        ("GET", "/metrics"),
        ("GET", "/api/v1/pods"),
    ],
)
async def test_anonymous_users_may_do_nothing_else(method: str, path: str) -> None:
    found = await authorization.AllowAuthenticated().authorize(context.ANONYMOUS, info(method, path))
    assert found.verdict is authorization.Verdict.DENY


async def test_authenticated_users_may_do_everything() -> None:
    found = await authorization.AllowAuthenticated().authorize(ALICE, info("DELETE", "/api/v1/nodes"))
    assert found.verdict is authorization.Verdict.ALLOW


@pytest.mark.parametrize(
    "method, path, message, details",
    [
        ("GET", "/foo", 'forbidden: User "alice" cannot get path "/foo"', {}),
        (
            "GET",
            "/api/v1/namespaces/x/pods",
            'pods is forbidden: User "alice" cannot list resource "pods" in API group "" in the namespace "x"',
            {"kind": "pods"},
        ),
        (
            "PATCH",
            "/api/v1/nodes/n1/status",
            'nodes "n1" is forbidden: User "alice" cannot patch resource "nodes/status" in API group ""'
            " at the cluster scope",
            {"name": "n1", "kind": "nodes"},
        ),
        (
            "GET",
            "/apis/apps/v1/namespaces/x/deployments/web",
            'deployments.apps "web" is forbidden: User "alice" cannot get resource "deployments" in API group "apps"'
            ' in the namespace "x"',
            {"name": "web", "group": "apps", "kind": "deployments"},
        ),
        ("GET", "/<b>&", 'forbidden: User "alice" cannot get path "/&lt;b&gt;&amp;"', {}),
    ],
)
def test_a_refusal_says_who_cannot_do_what(method: str, path: str, message: str, details: dict[str, str]) -> None:
    status = authorization.forbidden(ALICE, info(method, path)).status()
    assert status["message"] == message
    assert status["details"] == details
    assert (status["code"], status["reason"]) == (403, "Forbidden")


def test_the_reason_of_an_authorizer_is_told() -> None:
    refusal = authorization.forbidden(ALICE, info("GET", "/foo"), "no rule")
    assert refusal.message == 'forbidden: User "alice" cannot get path "/foo": no rule'


class Fixed:
    def __init__(self, decision: authorization.Decision) -> None:
        self.decision = decision

    async def authorize(self, user: context.User, info: context.RequestInfo) -> authorization.Decision:
        return self.decision


async def test_of_several_authorizers_the_first_with_an_opinion_decides() -> None:
    undecided = Fixed(authorization.Decision(authorization.Verdict.NO_OPINION, "not mine"))
    deny = Fixed(authorization.Decision(authorization.Verdict.DENY, "no"))
    union = unions.UnionAuthorizer([undecided, deny, authorization.AlwaysAllow()])
    assert await union.authorize(ALICE, info("GET", "/foo")) == authorization.Decision(authorization.Verdict.DENY, "no")


async def test_authorizers_without_an_opinion_leave_their_reasons() -> None:
    undecided = Fixed(authorization.Decision(authorization.Verdict.NO_OPINION, "not mine"))
    found = await unions.UnionAuthorizer([undecided, undecided]).authorize(ALICE, info("GET", "/foo"))
    assert found == authorization.Decision(authorization.Verdict.NO_OPINION, "not mine\nnot mine")
