"""Webhooks and policies, with and without somebody who compiles their expressions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from kroute.coreapi.validation import expressions, policies, policybindings, webhooks
from tests.unit.coreapi import harness, others

GROUP = "admissionregistration.k8s.io/v1"
HOOKS, POLICY = f"{GROUP}/MutatingWebhookConfiguration", f"{GROUP}/ValidatingAdmissionPolicy"
MUTATING, BINDING = f"{GROUP}/MutatingAdmissionPolicy", f"{GROUP}/ValidatingAdmissionPolicyBinding"
FORM = "; desired format: https://host[/path]"


def hook(**patch: Any) -> harness.Patch:
    return {"webhooks": [{**others.HOOK, **patch}]}


def hooks(make: harness.Maker, **patch: Any) -> list[str]:
    found = harness.texts(webhooks.Webhooks().validate(make.minimal(HOOKS, hook(**patch))))
    return [text.removeprefix("webhooks[0].") for text in found]


def policy(make: harness.Maker, **spec: Any) -> list[str]:
    found = harness.texts(policies.Policies().validate_validating(make.minimal(POLICY, {"spec": spec})))
    return [text.removeprefix("spec.") for text in found]


@pytest.mark.parametrize(
    "url, expected",
    [
        ("https://h/x", []),
        ("http://h", [f"clientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL scheme{FORM}"]),
        ("https:///x", [f'clientConfig.url: Invalid value: "": host must be specified{FORM}']),
        ("https://u:p@h", ['clientConfig.url: Invalid value: "u:p": user information is not permitted in the URL']),
        ("https://h/#f", ['clientConfig.url: Invalid value: "f": fragments are not permitted in the URL']),
        ("https://h?a=b", ['clientConfig.url: Invalid value: "a=b": query parameters are not permitted in the URL']),
        ("https://[::1", ["clientConfig.url: Required value: url must be a valid URL: ..."]),
    ],
)
def test_a_webhook_is_reached_over_https(make: harness.Maker, url: str, expected: list[str]) -> None:
    assert harness.said(hooks(make, clientConfig={"url": url}), expected)


@pytest.mark.parametrize(
    "service, expected",
    [
        ({"name": "s", "namespace": "n", "path": "/"}, []),
        ({"name": "s", "namespace": "n", "path": "//"}, ['path: Invalid value: "//": segment[0] may not be empty']),
        ({"name": "s", "namespace": "n", "path": "/A"}, ['path: Invalid value: "/A": segment[0]: a lowercase ...']),
        ({"namespace": "n"}, ["namespace: Required value"]),  # kube-apiserver takes one for the other
        ({"name": "s"}, ["name: Required value"]),
    ],
)
def test_a_service_for_webhooks_is_whole(make: harness.Maker, service: harness.Patch, expected: list[str]) -> None:
    found = hooks(make, clientConfig={"service": service})
    assert harness.said([text.removeprefix("clientConfig.service.") for text in found], expected)


@pytest.mark.parametrize(
    "resources, expected",
    [
        (["*/*", "pods"], ["if '*/*' is present, must not specify other resources"]),
        (["*", "pods"], ["if '*' is present, must not specify other resources without subresources"]),
        (["*", "pods/log"], []),
        (["*/log", "pods/log"], ["if '*/log' is present, must not specify pods/log"]),
        ([""], ["Required value"]),
    ],
)
def test_rules_name_no_resource_twice(make: harness.Maker, resources: list[str], expected: list[str]) -> None:
    found = hooks(make, rules=[{**others.RULE, "resources": resources}])
    assert [text.rpartition(": ")[2] for text in found] == expected


def test_a_webhook_says_which_reviews_it_understands(make: harness.Maker) -> None:
    assert hooks(make, admissionReviewVersions=["v9", "v9", "V"]) == [
        'admissionReviewVersions[1]: Invalid value: "v9": duplicate version',
        'admissionReviewVersions[2]: Invalid value: "V": a DNS-1035 label must consist of lower case alphanumeric '
        "characters or '-', start with an alphabetic character, and end with an alphanumeric character "
        "(e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
        'admissionReviewVersions: Invalid value: ["v9","v9","V"]: must include at least one of v1, v1beta1',
    ]


def test_faults_of_old_webhooks_may_stay(make: harness.Maker) -> None:
    selector = {"matchExpressions": [{"key": "a", "operator": "In", "values": ["A B"]}]}
    conditions = [{"name": "c", "expression": "wrong"}]
    bad = {"sideEffects": "Some", "admissionReviewVersions": ["v9"], "objectSelector": selector}
    twice = {"webhooks": [{**others.HOOK, **bad, "matchConditions": conditions}] * 2}
    obj, checker = make.minimal(HOOKS, twice), webhooks.Webhooks(broken)
    assert len(harness.texts(checker.validate(obj))) == 9
    assert not harness.texts(checker.validate_update(obj, obj))
    assert len(harness.texts(checker.validate_update(obj, make.minimal(HOOKS)))) == 9


def broken(expression: str, use: expressions.Use) -> Iterable[str]:
    yield f"compilation failed: {use.wanted}"


@pytest.mark.parametrize(
    "spec, expected",
    [
        (
            {"paramKind": {"apiVersion": "a/b/c", "kind": "K k"}},
            [
                'paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
                'paramKind.kind: Invalid value: "K k": may have mixed case, but should otherwise match: a DNS-1035 ...',
            ],
        ),
        ({"paramKind": {}}, ["paramKind.apiVersion: Required value", "paramKind.kind: Required value"]),
        (
            {"variables": [{"name": "in", "expression": " "}]},
            [
                'variables[0].name: Invalid value: "in": must be a valid CEL identifier',
                "variables[0].expression: Required value: expression is not specified",
            ],
        ),
        (
            {"validations": [{"expression": "true", "messageExpression": " ", "message": " "}]},
            [
                'validations[0].messageExpression: Invalid value: " ": must be non-empty if specified',
                'validations[0].message: Invalid value: " ": must be non-empty if specified',
            ],
        ),
        (
            {"auditAnnotations": [{"key": "a", "valueExpression": "x"}, {"key": "a", "valueExpression": ""}]},
            [
                "auditAnnotations[1].valueExpression: Required value: valueExpression is not specified",
                'auditAnnotations[1].key: Duplicate value: "a"',
            ],
        ),
        (
            {"auditAnnotations": [{"key": "a", "valueExpression": "x" * 5121}]},
            ["auditAnnotations[0].valueExpression: Required value: must not exceed 5120 bytes in length"],
        ),
        (
            {"matchConditions": [{"name": "a", "expression": "true"}] * 2},
            ['matchConditions[1].name: Duplicate value: "a"'],
        ),
        (
            {"matchConstraints": {"resourceRules": [{**others.RULE, "resourceNames": ["a/b", "c", "c"]}]}},
            [
                "matchConstraints.resourceRules[0].resourceNames[0]: Invalid value: \"a/b\": may not contain '/'",
                'matchConstraints.resourceRules[0].resourceNames[2]: Duplicate value: "c"',
            ],
        ),
    ],
)
def test_a_policy_is_refused(make: harness.Maker, spec: harness.Patch, expected: list[str]) -> None:
    assert harness.said(policy(make, **spec), expected)


def test_what_an_expression_is_for_is_told_to_who_compiles_it(make: harness.Maker) -> None:
    asked: list[tuple[str, expressions.Use]] = []

    def compiler(expression: str, use: expressions.Use) -> Iterable[str]:
        asked.append((expression, use))
        return ()

    spec = {
        "paramKind": {"apiVersion": "v1", "kind": "ConfigMap"},
        "variables": [{"name": "a", "expression": "1"}, {"name": "b", "expression": "variables.a"}],
        "validations": [{"expression": "variables.b == 1", "messageExpression": "'no'"}],
        "auditAnnotations": [{"key": "k", "valueExpression": " 'v' "}],
        "matchConditions": [{"name": "m", "expression": " true "}],
    }
    old = make.minimal(POLICY, {"spec": {**spec, "matchConditions": None}})
    assert not list(policies.Policies(compiler).validate_validating(make.minimal(POLICY, {"spec": spec}), old))
    assert [(text, use.wanted, sorted(use.variables or ()), use.stored) for text, use in asked] == [
        ("true", "bool", [], False),
        ("1", "any", [], True),
        ("variables.a", "any", ["a"], True),
        ("variables.b == 1", "bool", ["a", "b"], True),
        ("'no'", "string", ["a", "b"], True),
        ("'v'", "string or null", ["a", "b"], True),
    ]
    assert all(use.params for _, use in asked)
    assert [use.authorizer for _, use in asked] == [True, True, True, True, False, True]


def test_what_does_not_compile_is_refused(make: harness.Maker) -> None:
    checker = policies.Policies(broken)
    assert harness.texts(checker.validate_validating(make.minimal(POLICY))) == [
        'spec.validations[0].expression: Invalid value: "true": compilation failed: bool'
    ]
    assert harness.texts(checker.validate_mutating(make.minimal(MUTATING))) == [
        'spec.mutations[0].jsonPatch.expression: Invalid value: "[]": compilation failed: list(JSONPatch)'
    ]


def test_a_mutation_has_one_patch(make: harness.Maker) -> None:
    mutations = [{"patchType": "JSONPatch", "applyConfiguration": {"expression": "Object{}"}}, {}]
    obj = make.minimal(MUTATING, {"spec": {"mutations": mutations}})
    assert harness.texts(policies.Policies().validate_mutating(obj)) == [
        "spec.mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch",
        'spec.mutations[0].applyConfiguration: Invalid value: "{applyConfiguration}": '
        "must not be specified when patchType is JSONPatch",
        "spec.mutations[1].patchType: Required value",
    ]


def test_warnings_about_expressions_say_where(make: harness.Maker) -> None:
    warnings = [
        {"warning": "", "fieldRef": " "},
        {"warning": "w", "fieldRef": "spec["},
        {"warning": "w", "fieldRef": "spec"},
    ]
    obj = make.minimal(POLICY, {"status": {"typeChecking": {"expressionWarnings": warnings}}})
    found = harness.texts(policies.validate_status(obj, obj))
    at = "status.typeChecking.expressionWarnings"
    assert found[:2] == [f"{at}[0].warning: Required value", f"{at}[0].fieldRef: Required value"]
    assert len(found) == 3
    assert found[2].startswith(f'{at}[1].fieldRef: Invalid value: "spec[": invalid JSONPath: ')


@pytest.mark.parametrize(
    "reference, expected",
    [
        (
            {"name": "a", "selector": {}, "parameterNotFoundAction": "Deny"},
            [
                "spec.paramRef.name: Forbidden: name and selector are mutually exclusive",
                "spec.paramRef.selector: Forbidden: name and selector are mutually exclusive",
            ],
        ),
        (
            {},
            [
                "spec.paramRef: Required value: one of name or selector must be specified",
                "spec.paramRef.parameterNotFoundAction: Required value",
            ],
        ),
        (
            {"name": "a", "parameterNotFoundAction": "Guess"},
            ['spec.paramRef.parameterNotFoundAction: Unsupported value: "Guess": supported values: "Deny", "Allow"'],
        ),
    ],
)
def test_parameters_are_named_or_selected(make: harness.Maker, reference: harness.Patch, expected: list[str]) -> None:
    obj = make.minimal(BINDING, {"spec": {"paramRef": reference}})
    assert harness.texts(policybindings.validate_validating(obj)) == expected


def test_a_binding_says_once_what_follows(make: harness.Maker) -> None:
    obj = make.minimal(BINDING, {"spec": {"validationActions": ["Audit", "Audit", "Shout"]}})
    assert harness.texts(policybindings.validate_validating(obj)) == [
        'spec.validationActions[1]: Duplicate value: "Audit"',
        'spec.validationActions[2]: Unsupported value: "Shout": supported values: "Audit", "Deny", "Warn"',
    ]
