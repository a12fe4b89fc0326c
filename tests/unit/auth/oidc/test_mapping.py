"""From claims to users."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.auth import authentication
from kroute.auth.oidc import configuration, mapping

CLAIMS: dict[str, Any] = {
    "sub": "s-1",
    "name": "alice",
    "groups": ["devs", "ops"],
    "role": "admin",
    "jti": "t-1",
    "exp": 2000,
    "iat": 1000,
    "deep": {"team": "red", "tags": ["a", "", "b"]},
    "number": 7,
}


def users(mappings: dict[str, Any], **rest: Any) -> mapping.Users:
    issuer = {"url": "https://idp.example", "audiences": ["k"]}
    document = {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "AuthenticationConfiguration",
        "jwt": [{"issuer": issuer, "claimMappings": {"username": {"claim": "sub", "prefix": ""}, **mappings}, **rest}],
    }
    return configuration.of(document).issuers[0].users


def test_claims_become_parts_of_a_user_with_prefixes() -> None:
    made = users(
        {
            "username": {"claim": "name", "prefix": "idp:"},
            "groups": {"claim": "groups", "prefix": "idp:"},
            "uid": {"claim": "sub"},
        }
    )
    found = made.user(CLAIMS)
    assert (found.name, found.uid, found.groups) == ("idp:alice", "s-1", ("idp:devs", "idp:ops"))
    assert found.extra == {"authentication.kubernetes.io/credential-id": ("JTI=t-1",)}


def test_expressions_make_parts_of_a_user() -> None:
    made = users(
        {
            "username": {"expression": "'idp:' + claims.name"},
            "groups": {"expression": "claims.groups.map(g, 'idp:' + g)"},
            "uid": {"expression": "claims.?missing.orValue(claims.sub)"},
            "extra": [
                {"key": "example.com/team", "valueExpression": "claims.deep.team"},
                {"key": "example.com/tags", "valueExpression": "claims.deep.tags"},
                {"key": "example.com/none", "valueExpression": "''"},
            ],
        }
    )
    found = made.user(CLAIMS)
    assert (found.name, found.uid, found.groups) == ("idp:alice", "s-1", ("idp:devs", "idp:ops"))
    assert found.extra["example.com/team"] == ("red",)
    assert found.extra["example.com/tags"] == ("a", "b")
    assert "example.com/none" not in found.extra


@pytest.mark.parametrize("claim, groups", [("role", ("admin",)), ("missing", ()), ("groups", ("devs", "ops"))])
def test_groups_may_be_one_several_or_none(claim: str, groups: tuple[str, ...]) -> None:
    assert users({"groups": {"claim": claim, "prefix": ""}}).user(CLAIMS).groups == groups


@pytest.mark.parametrize(
    "mappings, complaint",
    [
        ({"username": {"claim": "missing", "prefix": ""}}, 'oidc: parse username claims "missing": claim not present'),
        ({"username": {"claim": "number", "prefix": ""}}, "the claim is no string"),
        ({"username": {"claim": "deep", "prefix": ""}}, "the claim is no string"),
        ({"username": {"expression": "claims.missing"}}, "oidc: error evaluating username claim expression"),
        ({"username": {"expression": "claims.number"}}, "username claim expression must return a string"),
        ({"username": {"expression": "''"}}, "oidc: empty username via CEL expression is not allowed"),
        ({"groups": {"claim": "number", "prefix": ""}}, 'oidc: parse groups claim "number"'),
        ({"groups": {"expression": "[1]"}}, "expression must return a string or a list of strings"),
        ({"groups": {"expression": "claims.deep"}}, "expression must return a string or a list of strings"),
        ({"uid": {"claim": "number"}}, 'oidc: parse uid claim "number"'),
        (
            {"extra": [{"key": "a.io/b", "valueExpression": "claims.number"}]},
            "oidc: error evaluating extra claim expression",
        ),
    ],
)
def test_claims_of_another_form_are_refused(mappings: dict[str, Any], complaint: str) -> None:
    assert complaint in reason(users(mappings))


def reason(made: mapping.Users, claims: dict[str, Any] = CLAIMS) -> str:
    with pytest.raises(authentication.Rejected) as refused:
        made.user(claims)
    return refused.value.reasons[0]


@pytest.mark.parametrize(
    "verified, complaint",
    [(False, "oidc: email not verified"), ("true", "oidc: parse 'email_verified' claim"), (None, "parse 'email_ver")],
)
def test_an_address_must_be_verified_where_that_is_told(verified: Any, complaint: str) -> None:
    made = users({"username": {"claim": "email", "prefix": ""}})
    assert complaint in reason(made, {"email": "a@example.com", "email_verified": verified})
    assert made.user({"email": "a@example.com"}).name == "a@example.com"
    assert made.user({"email": "a@example.com", "email_verified": True}).name == "a@example.com"


@pytest.mark.parametrize(
    "rule, complaint",
    [
        ({"claim": "hd", "requiredValue": "example.com"}, "oidc: required claim hd not present in ID token"),
        ({"claim": "role", "requiredValue": "user"}, "value does not match. Got = admin, want = user"),
        ({"claim": "number", "requiredValue": "7"}, "oidc: parse claim number"),
        (
            {"expression": "claims.exp - claims.iat <= 100", "message": "it lasts too long"},
            "validation expression 'claims.exp - claims.iat <= 100' failed: it lasts too long",
        ),
        ({"expression": "claims.missing == 'x'"}, "oidc: error evaluating claim validation expression"),
    ],
)
def test_claims_must_be_as_the_rules_say(rule: dict[str, str], complaint: str) -> None:
    assert complaint in reason(users({}, claimValidationRules=[rule]))


def test_users_must_be_as_the_rules_say() -> None:
    rules = [{"expression": "!user.username.startsWith('system:')", "message": "reserved"}]
    made = users({"groups": {"claim": "groups", "prefix": ""}}, userValidationRules=rules)
    assert made.user(CLAIMS).name == "s-1"
    assert "failed: reserved" in reason(made, {"sub": "system:admin"})


def test_rules_about_users_see_all_of_them() -> None:
    seen = "user.groups == ['devs', 'ops'] && user.uid == '' && user.extra['a.io/b'] == ['admin']"
    extra = [{"key": "a.io/b", "valueExpression": "claims.role"}]
    mappings = {"groups": {"claim": "groups", "prefix": ""}, "extra": extra}
    assert users(mappings, userValidationRules=[{"expression": seen}]).user(CLAIMS).name == "s-1"
