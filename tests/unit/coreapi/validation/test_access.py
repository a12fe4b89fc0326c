"""Roles and their bindings, requests for certificates, reviews of access."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.coreapi.validation import accessreviews, certificates, rbac
from tests.unit.coreapi import harness

GROUP = "rbac.authorization.k8s.io/v1"
REQUEST = "certificates.k8s.io/v1/CertificateSigningRequest"
MAY_NOT_BE_BOTH = "Approved and Denied conditions are mutually exclusive"


@pytest.mark.parametrize(
    "subject, expected",
    [
        (
            {"kind": "ServiceAccount", "name": "A B", "namespace": "n"},
            ['subjects[0].name: Invalid value: "A B": a ...'],
        ),
        (
            {"kind": "ServiceAccount", "name": "a", "namespace": "n", "apiGroup": "x"},
            ['subjects[0].apiGroup: Unsupported value: "x": supported values: ""'],
        ),
        (
            {"kind": "Group", "name": "g", "apiGroup": "x"},
            ['subjects[0].apiGroup: Unsupported value: "x": supported values: "rbac.authorization.k8s.io"'],
        ),
        ({"kind": "ServiceAccount", "name": "a"}, ["subjects[0].namespace: Required value"]),
        ({"kind": "User", "name": ""}, ["subjects[0].name: Required value"]),
    ],
)
def test_a_subject_is_refused(make: harness.Maker, subject: harness.Patch, expected: list[str]) -> None:
    obj = make.minimal(f"{GROUP}/ClusterRoleBinding", {"subjects": [subject]})
    assert harness.said(harness.texts(rbac.validate_cluster_role_binding(obj)), expected)


def test_a_role_is_bound_for_good(make: harness.Maker) -> None:
    old = make.minimal(f"{GROUP}/RoleBinding")
    new = make.changed(old, {"roleRef": {"name": "other"}})
    assert harness.texts(rbac.validate_role_binding(new, old)) == [
        'roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"other"}: '
        "cannot change roleRef"
    ]


def test_a_bad_selector_that_was_there_may_stay(make: harness.Maker) -> None:
    rule = {"clusterRoleSelectors": [{"matchExpressions": [{"key": "a", "operator": "In", "values": ["A B"]}]}]}
    obj = make.minimal(f"{GROUP}/ClusterRole", {"aggregationRule": rule})
    assert len(harness.texts(rbac.validate_cluster_role(obj))) == 2
    assert len(harness.texts(rbac.validate_cluster_role(obj, obj))) == 1


def condition(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "status": "True", **more}


def csr(make: harness.Maker, *conditions: harness.Patch, certificate: str | None = None) -> harness.Object:
    return make.minimal(REQUEST, {"status": {"conditions": [*conditions], "certificate": certificate}})


def test_conditions_of_requests_are_complete_and_true(make: harness.Maker) -> None:
    obj = csr(make, condition("Approved", status="False"), {"type": ""}, condition("Other", status="Perhaps"))
    assert harness.texts(certificates.validate(obj)) == [
        'status.conditions[0].status: Unsupported value: "False": supported values: "True"',
        "status.conditions[1].type: Required value",
        "status.conditions[1].status: Required value",
        'status.conditions[2].status: Unsupported value: "Perhaps": supported values: "False", "True", "Unknown"',
    ]


def test_a_request_is_not_approved_and_denied(make: harness.Maker) -> None:
    both = csr(make, condition("Approved"), condition("Denied"))
    assert harness.texts(certificates.validate_approval(both, csr(make, condition("Approved")))) == [
        f'status.conditions: Invalid value: "Denied": {MAY_NOT_BE_BOTH}'
    ]
    assert not harness.texts(certificates.validate_approval(both, both))  # it was like that before


@pytest.mark.parametrize(
    "check, wrong",
    [(certificates.validate_update, 1), (certificates.validate_status, 1), (certificates.validate_approval, 0)],
)
def test_only_approval_approves(make: harness.Maker, check: Any, wrong: int) -> None:
    found = harness.texts(check(csr(make, condition("Approved")), csr(make)))
    text = 'status.conditions: Forbidden: updates may not add a condition of type "Approved"'
    assert found == [text] * wrong


def test_an_approval_is_neither_taken_back_nor_changed(make: harness.Maker) -> None:
    old = csr(make, condition("Approved", reason="a"))
    assert harness.texts(certificates.validate_approval(csr(make), old)) == [
        'status.conditions: Forbidden: updates may not remove a condition of type "Approved"'
    ]
    (found,) = harness.texts(certificates.validate_status(csr(make, condition("Approved", reason="b")), old))
    assert '-  "Reason": "a",\n+  "Reason": "b",\n' in found


def test_only_the_status_issues_certificates_and_only_once(make: harness.Maker) -> None:
    old, new = csr(make), csr(make, certificate="bm90IHBlbQ==")
    bad = 'status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block'
    assert harness.texts(certificates.validate_status(new, old)) == [bad]
    assert harness.texts(certificates.validate_approval(new, old)) == [
        bad,
        "status.certificate: Forbidden: updates may not set certificate content",
    ]
    assert harness.texts(certificates.validate_status(csr(make), new)) == [
        "status.certificate: Forbidden: updates may not modify existing certificate content"
    ]


def test_bad_usages_that_were_there_may_stay(make: harness.Maker) -> None:
    bad = make.minimal(REQUEST, {"spec": {"usages": ["dancing", "dancing"], "signerName": certificates.LEGACY_SIGNER}})
    assert len(harness.texts(certificates.validate(bad))) == 4
    assert not harness.texts(certificates.validate(bad, bad))


def review(**spec: Any) -> harness.Object:
    return {"kind": "SubjectAccessReview", "metadata": {}, "spec": spec}


POD = {"verb": "get", "resource": "pods", "namespace": "default"}


@pytest.mark.parametrize(
    "selector, expected",
    [
        ({}, "when spec.resourceAttributes.fieldSelector is specified, requirements or rawSelector is required"),
        ({"requirements": [{"operator": "In", "values": ["x"]}]}, "must be specified"),
        ({"requirements": [{"key": "a", "operator": "In"}]}, "must be specified when `operator` is 'In' or 'NotIn'"),
        (
            {"requirements": [{"key": "a", "operator": "Exists", "values": ["x"]}]},
            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        ),
    ],
)
def test_a_selector_in_a_review_is_refused(selector: harness.Patch, expected: str) -> None:
    obj = review(user="u", resourceAttributes={**POD, "fieldSelector": selector})
    (found,) = harness.texts(accessreviews.validate(obj))
    assert found.endswith(expected)


def test_operators_that_nobody_knows_yet_are_let_pass() -> None:
    requirement = {"key": "a", "operator": "Newer", "values": ["x"]}
    for field in ("fieldSelector", "labelSelector"):
        obj = review(user="u", resourceAttributes={**POD, field: {"requirements": [requirement]}})
        assert not harness.texts(accessreviews.validate(obj))


def test_a_local_review_is_about_its_own_namespace() -> None:
    obj = {**review(user="u", resourceAttributes=POD), "metadata": {"namespace": "other", "name": "x"}}
    assert harness.texts(accessreviews.validate_local(obj)) == [
        'metadata: Invalid value: {"namespace":"other","name":"x"}: must be empty except for namespace',
        'spec.resourceAttributes.namespace: Invalid value: "default": must match metadata.namespace',
    ]
