"""AuthenticationConfiguration and the flags in its place: what is taken, and what is wrong with the rest."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from kroute.auth.oidc import configuration, options

JWT: dict[str, Any] = {
    "issuer": {"url": "https://idp.example", "audiences": ["kubernetes"]},
    "claimMappings": {"username": {"claim": "sub", "prefix": ""}},
}


def document(*jwt: dict[str, Any], **rest: Any) -> dict[str, Any]:
    kind = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration"}
    return {**kind, "jwt": list(jwt), **rest}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The entry with another value somewhere."""
    found = copy.deepcopy(JWT)
    *parents, last = path.split(".")
    at = found
    for parent in parents:
        at = at.setdefault(parent, {})
    at[last] = value
    return found


@pytest.mark.parametrize(
    "path, value, complaint",
    [
        ("issuer.url", "", "jwt[0].issuer.url: Required value"),
        ("issuer.url", "http://idp.example", "URL scheme must be https"),
        ("issuer.url", "https://u:p@idp.example", "URL must not contain a username or password"),
        ("issuer.url", "https://idp.example?a=b", "URL must not contain a query"),
        ("issuer.url", "https://idp.example#a", "URL must not contain a fragment"),
        ("issuer.url", "https://[", "jwt[0].issuer.url: Invalid value"),
        ("issuer.url", "https://own.example", "URL must not overlap with disallowed issuers: [https://own.example]"),
        ("issuer.discoveryURL", "https://idp.example/", "discoveryURL must be different from URL"),
        ("issuer.audiences", [], "at least one jwt[0].issuer.audiences is required"),
        ("issuer.audiences", [""], "jwt[0].issuer.audiences[0]: Required value"),
        ("issuer.audiences", ["a", "b"], "audienceMatchPolicy must be MatchAny for multiple audiences"),
        ("issuer.audiences", ["a", "a"], 'jwt[0].issuer.audiences[1]: Duplicate value: "a"'),
        ("issuer.audienceMatchPolicy", "All", "audienceMatchPolicy must be empty or MatchAny for single audience"),
        ("issuer.certificateAuthority", "nonsense", "jwt[0].issuer.certificateAuthority: Invalid value"),
        ("issuer.secret", "x", "jwt[0].issuer.secret: Forbidden: unknown field"),
        ("issuer", "x", "jwt[0].issuer: Invalid value"),
        ("claimMappings", {}, "jwt[0].claimMappings.username: Required value: claim or expression is required"),
        ("claimMappings.username", {"claim": "sub"}, "prefix is required when claim is set"),
        ("claimMappings.username", {"claim": "a", "expression": "claims.a"}, "claim and expression can't both be set"),
        (
            "claimMappings.username",
            {"expression": "claims.a", "prefix": "x"},
            "may not be specified when expression is set",
        ),
        (
            "claimMappings.username",
            {"expression": "claims."},
            "jwt[0].claimMappings.username.expression: Invalid value",
        ),
        ("claimMappings.username", {"expression": "user.name"}, "compilation failed"),
        ("claimMappings.username", {"expression": "claims.email"}, "claims.email_verified must be used"),
        ("claimMappings.groups", {"claim": "g"}, "prefix is required when claim is set"),
        ("claimMappings.uid", {"claim": "a", "expression": "claims.a"}, "claim and expression can't both be set"),
        ("claimMappings.extra", [{"key": "team", "valueExpression": "claims.a"}], "must be a domain-prefixed path"),
        ("claimMappings.extra", [{"key": "", "valueExpression": "claims.a"}], "extra[0].key: Required value"),
        ("claimMappings.extra", [{"key": "a.io/B", "valueExpression": "claims.a"}], "must be lowercase"),
        (
            "claimMappings.extra",
            [{"key": "a.k8s.io/b", "valueExpression": "claims.a"}],
            "are reserved for Kubernetes use",
        ),
        ("claimMappings.extra", [{"key": "a.io/b"}], "extra[0].valueExpression: Required value"),
        (
            "claimMappings.extra",
            [{"key": "a.io/b", "valueExpression": "claims.a"}] * 2,
            'extra[1].key: Duplicate value: "a.io/b"',
        ),
        ("claimValidationRules", [{}], "claim or expression is required"),
        ("claimValidationRules", [{"claim": "a", "expression": "true"}], "claim and expression can't both be set"),
        ("claimValidationRules", [{"claim": "a", "message": "m"}], "may not be specified when claim is set"),
        ("claimValidationRules", [{"claim": "a"}] * 2, "claimValidationRules[1].claim: Duplicate value"),
        (
            "claimValidationRules",
            [{"expression": "true", "requiredValue": "v"}],
            "may not be specified when expression is set",
        ),
        ("claimValidationRules", [{"expression": "true"}] * 2, "claimValidationRules[1].expression: Duplicate value"),
        ("claimValidationRules", [{"expression": "1"}], "must evaluate to bool"),
        ("claimValidationRules", "x", "claimValidationRules: Invalid value"),
        ("userValidationRules", [{}], "userValidationRules[0].expression: Required value"),
        ("userValidationRules", [{"expression": "user.nobody"}], "compilation failed"),
        ("userValidationRules", [{"expression": "true"}] * 2, "userValidationRules[1].expression: Duplicate value"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(path: str, value: Any, complaint: str) -> None:
    with pytest.raises(configuration.ConfigurationError) as refused:
        configuration.of(document(changed(path, value)), disallowed=("https://own.example",))
    assert complaint in str(refused.value)


def test_two_providers_must_not_share_an_issuer() -> None:
    with pytest.raises(configuration.ConfigurationError, match=r"jwt\[1\].issuer.url: Duplicate value"):
        configuration.of(document(JWT, JWT))


@pytest.mark.parametrize(
    "content, complaint",
    [
        ("kind: Pod", "it must be of kind AuthenticationConfiguration"),
        ("- 1", "it must be of kind"),
        ("{kind: AuthenticationConfiguration, apiVersion: v1}", "it must be of a version of apiserver.config.k8s.io"),
        ("{", "is no YAML"),
    ],
)
def test_another_file_is_refused(tmp_path: Path, content: str, complaint: str) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(content)
    with pytest.raises(configuration.ConfigurationError, match=complaint) as refused:
        configuration.read(file)
    assert str(file) in str(refused.value)


@pytest.mark.parametrize("version", configuration.VERSIONS)
def test_any_number_of_providers_is_taken(tmp_path: Path, version: str) -> None:
    other = copy.deepcopy(JWT)
    other["issuer"] = {
        "url": "https://other.example",
        "discoveryURL": "https://inside.example/discovery",
        "audiences": ["a", "b"],
        "audienceMatchPolicy": "MatchAny",
    }
    file = tmp_path / "config.yaml"
    file.write_text(yaml.safe_dump({**document(JWT, other), "apiVersion": f"apiserver.config.k8s.io/{version}"}))
    found = configuration.read(file)
    assert [issuer.url for issuer in found.issuers] == ["https://idp.example", "https://other.example"]
    assert found.issuers[1].discovery_url == "https://inside.example/discovery"
    assert list(found.issuers[1].audiences) == ["a", "b"]
    assert found.anonymous is None


def test_anonymous_requests_can_be_for_some_paths_alone() -> None:
    found = configuration.of(document(anonymous={"enabled": True, "conditions": [{"path": "/livez"}]}))
    assert found.anonymous is True
    assert found.anonymous_paths == {"/livez"}
    assert configuration.of(document(anonymous={"enabled": False})).anonymous is False
    assert configuration.of(document(anonymous={"enabled": True})).anonymous_paths is None


def test_conditions_on_no_anonymous_requests_are_a_mistake() -> None:
    with pytest.raises(configuration.ConfigurationError, match="enabled should be set to true"):
        configuration.of(document(anonymous={"conditions": [{"path": "/livez"}]}))


def test_flags_name_users_after_their_issuer_unless_told_otherwise() -> None:
    def prefix(**flags: Any) -> str:
        made = options.Flags(issuer_url="https://idp.example", client_id="c", **flags)
        return configuration.of_flags(made).issuers[0].users.username.prefix

    assert prefix() == "https://idp.example#"
    assert prefix(username_claim="email") == ""
    assert prefix(username_prefix="-") == ""
    assert prefix(username_prefix="oidc:") == "oidc:"


@pytest.mark.parametrize(
    "flags, complaint",
    [
        ({}, "--oidc-issuer-url and --oidc-client-id go together"),
        ({"client_id": "c", "signing_algorithms": ("HS256",)}, 'unsupported signing alg: "HS256"'),
        ({"client_id": "c", "signing_algorithms": ("none",)}, 'unsupported signing alg: "none"'),
        ({"client_id": "c", "issuer_url": "http://idp.example"}, "URL scheme must be https"),
    ],
)
def test_flags_that_make_no_sense_are_refused(flags: dict[str, Any], complaint: str) -> None:
    with pytest.raises(configuration.ConfigurationError, match=complaint):
        configuration.of_flags(options.Flags(**{"issuer_url": "https://idp.example", **flags}))
