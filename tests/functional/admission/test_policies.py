"""Policies made of expressions, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.admission.conftest import Cluster


def denied(name: str, why: str) -> str:
    return f"""ValidatingAdmissionPolicy '{name}' with binding '{name}' denied request: {why}"""


def validation(expression: str, **rest: str) -> dict[str, Any]:
    return {"validations": [{"expression": expression, **rest}]}


def mutation(expression: str, kind: str = "ApplyConfiguration") -> dict[str, Any]:
    field = "applyConfiguration" if kind == "ApplyConfiguration" else "jsonPatch"
    return {
        "reinvocationPolicy": "Never",
        "mutations": [{"patchType": kind, field: {"expression": expression}}],
    }


def test_a_policy_without_a_binding_does_nothing(cluster: Cluster) -> None:
    cluster.policy(bind=False, **validation("false"))
    assert cluster.config().status == 201


def test_policies_do_not_lock_anybody_out(cluster: Cluster) -> None:
    rule = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]}
    constraints = {"resourceRules": [rule]}
    name = cluster.policy(
        matchConstraints=constraints, **validation("request.namespace != '" + cluster.namespace + "'")
    )
    assert cluster.config().status == 422
    path = f"/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/{name}"
    assert cluster.send("DELETE", path).status == 200
    assert cluster.config().status == 201


def test_rules_can_be_excluded_and_names_chosen(cluster: Cluster) -> None:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
    excluded = [{**rule, "resourceNames": ["free"]}]
    cluster.policy(
        matchConstraints=cluster.constraints(resourceRules=[rule], excludeResourceRules=excluded), **validation("false")
    )
    assert cluster.config("free").status == 201
    assert cluster.config("bound").status == 422


def test_a_binding_may_be_for_less_than_its_policy(cluster: Cluster) -> None:
    selector = {"matchResources": {"objectSelector": {"matchLabels": {"strict": "yes"}}}}
    cluster.policy(binding=selector, **validation("false", message="no"))
    assert cluster.config("a").status == 201
    assert cluster.config("b", labels={"strict": "yes"}).status == 422


def test_parameters_are_found_by_labels_and_each_counts(cluster: Cluster) -> None:
    for name, most in (("p1", "5"), ("p2", "2")):
        cluster.config(name, labels={"param": "yes"}, most=most)
    reference = {"selector": {"matchLabels": {"param": "yes"}}, "parameterNotFoundAction": "Deny"}
    name = cluster.policy(
        binding={"paramRef": reference},
        paramKind={"apiVersion": "v1", "kind": "ConfigMap"},
        **validation("size(object.data) <= int(params.data.most)", messageExpression="'most ' + params.data.most"),
    )
    assert cluster.config("a", x="1", y="2").status == 201
    answer = cluster.config("b", x="1", y="2", z="3")
    assert answer.message.endswith(denied(name, "most 2"))


def test_a_kind_of_parameters_that_is_not_served_is_told(cluster: Cluster) -> None:
    name = cluster.policy(
        binding={"paramRef": {"name": "x", "parameterNotFoundAction": "Allow"}},
        paramKind={"apiVersion": "x.example.com/v1", "kind": "X"},
        **validation("true"),
    )
    answer = cluster.config()
    assert answer.status == 422
    why = "failed to configure policy: failed to find resource referenced by paramKind: 'x.example.com/v1, Kind=X'"
    assert answer.message.endswith(f"ValidatingAdmissionPolicy '{name}' denied request: {why}")


def test_variables_are_evaluated_where_they_are_used(cluster: Cluster) -> None:
    variables = [
        {"name": "broken", "expression": "object.data.missing"},
        {"name": "words", "expression": "object.metadata.name.split('-')"},
        {"name": "first", "expression": "variables.words[0]"},
    ]
    validations = [
        {"expression": "variables.first == 'ok'", "messageExpression": "'not ' + variables.first"},
        {"expression": "object.metadata.name != 'ok-x' || variables.broken == ''"},
    ]
    name = cluster.policy(variables=variables, validations=validations)
    assert cluster.config("ok-1").status == 201
    assert cluster.config("no-1").message.endswith(denied(name, "not no"))
    why = 'composited variable "broken" fails to evaluate: no such key: data'
    expression = validations[1]["expression"]
    assert cluster.config("ok-x").message.endswith(denied(name, f"expression '{expression}' resulted in error: {why}"))


def test_a_message_that_cannot_be_shown_is_not(cluster: Cluster) -> None:
    name = cluster.policy(**validation("false", message="plain", messageExpression="'two\\nlines'"))
    assert cluster.config().message.endswith(denied(name, "plain"))


def test_the_first_of_several_refusals_is_told_and_warnings_all(cluster: Cluster) -> None:
    warned = {"validationActions": ["Warn", "Audit"]}
    first = cluster.policy(binding=warned, **validation("false", message="one"))
    second = cluster.policy(**validation("false", message="two"))
    answer = cluster.config()
    assert answer.message.endswith(denied(second, "two"))
    what = f"Validation failed for ValidatingAdmissionPolicy '{first}' with binding '{first}': one"
    assert answer.headers["Warning"] == f'299 - "{what}"'


def test_deletions_have_no_object(cluster: Cluster) -> None:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["DELETE"], "resources": ["configmaps"]}
    cluster.config(keep="yes")
    cluster.policy(
        matchConstraints=cluster.constraints(resourceRules=[rule]),
        **validation("object == null && oldObject.data.keep != 'yes'", message="kept"),
    )
    assert cluster.send("DELETE", cluster.path("configmaps/a")).status == 422


def test_objects_are_shown_in_the_version_that_a_rule_has(cluster: Cluster) -> None:
    rule = {
        "apiGroups": ["autoscaling"], "apiVersions": ["v1"], "operations": ["CREATE"],
        "resources": ["horizontalpodautoscalers"],
    }  # fmt: skip
    cluster.policy(
        matchConstraints=cluster.constraints(resourceRules=[rule]),
        **validation("object.spec.targetCPUUtilizationPercentage < 50 && request.requestKind.version == 'v2'"),
    )
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}
    for percent, status in ((40, 201), (60, 422)):
        resource = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": percent}}
        spec = {"scaleTargetRef": target, "maxReplicas": 2, "metrics": [{"type": "Resource", "resource": resource}]}
        body = {"metadata": {"name": f"h{percent}"}, "spec": spec}
        assert cluster.create("horizontalpodautoscalers", body, api="/apis/autoscaling/v2").status == status


def test_what_is_applied_is_laid_over_the_object(cluster: Cluster) -> None:
    expression = "Object{metadata: Object.metadata{labels: {'b': '2'}}, data: {'k': object.metadata.name}}"
    cluster.policy(kind="mutating", **mutation(expression))
    answer = cluster.config(labels={"a": "1"}, other="x")
    assert answer.status == 201, answer.body
    assert answer.body["metadata"]["labels"] == {"a": "1", "b": "2"}
    assert answer.body["data"] == {"other": "x", "k": "a"}


@pytest.mark.parametrize(
    "expression, why",
    [
        ("Object{nothing: 1}", "error applying patch: failed to convert patch object to typed object: "),
        ("Object{metadata: Object.spec{labels: {'a': 'b'}}}", "type mismatch: unexpected type name"),
        ("Object{data: {'k': object.data.missing}}", "resulted in error: no such key: data"),
        (
            "Object{metadata: Object.metadata{finalizers: [], ownerReferences: [Object.metadata.ownerReferences{uid: ''}]}}",
            "error applying patch: ",
        ),
    ],
)
def test_what_cannot_be_applied_is_refused_or_let_be(cluster: Cluster, expression: str, why: str) -> None:
    name = cluster.policy(kind="mutating", **mutation(expression))
    answer = cluster.config()
    assert answer.status == 403
    assert answer.message.startswith(f"policy '{name}' with binding '{name}' denied request: ")
    assert why in answer.message
    path = f"/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies/{name}"
    merge = "application/merge-patch+json"
    assert cluster.send("PATCH", path, {"spec": {"failurePolicy": "Ignore"}}, content_type=merge).status == 200
    assert cluster.config().status == 201


def test_a_patch_whose_test_fails_is_not_made(cluster: Cluster) -> None:
    expression = "[JSONPatch{op: 'test', path: '/metadata/name', value: 'other'}, JSONPatch{op: 'add', path: '/data', value: {}}]"
    cluster.policy(kind="mutating", **mutation(expression, "JSONPatch"))
    assert cluster.config(k="v").body["data"] == {"k": "v"}


def test_a_patch_that_does_not_apply_is_refused(cluster: Cluster) -> None:
    cluster.policy(kind="mutating", **mutation("[JSONPatch{op: 'remove', path: '/data/k'}]", "JSONPatch"))
    assert cluster.config(k="v").body.get("data") in (None, {})
    assert cluster.config("b").status == 403


def test_a_patch_adds_no_fields_that_there_are_not(cluster: Cluster) -> None:
    cluster.policy(kind="mutating", **mutation("[JSONPatch{op: 'add', path: '/odd', value: 1}]", "JSONPatch"))
    answer = cluster.config()
    assert answer.status == 500
    assert answer.message.endswith('strict decoding error: unknown field "odd"')


def test_policies_that_want_to_run_again_after_others_have_changed_something(cluster: Cluster) -> None:
    count = "[JSONPatch{op: 'add', path: '/data/count', value: string(int(object.data.?count.orValue('0')) + 1)}]"
    work = mutation(count, "JSONPatch")
    cluster.policy(kind="mutating", **{**work, "reinvocationPolicy": "IfNeeded"})
    cluster.policy(kind="mutating", **mutation("Object{data: {'other': 'x'}}"))
    assert cluster.config(k="v").body["data"] == {"k": "v", "count": "2", "other": "x"}


def test_mutations_happen_before_validations(cluster: Cluster) -> None:
    cluster.policy(kind="mutating", **mutation("Object{data: {'k': 'v'}}"))
    cluster.policy(**validation("object.data.k == 'v'"))
    assert cluster.config().status == 201
