"""Webhooks that change objects: what becomes of their patches, and who sees whose changes."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.functional.admission.conftest import ADMISSION, Cluster, Hooks, response


def patch(*operations: Any) -> dict[str, str]:
    return {"patch": base64.b64encode(json.dumps(list(operations)).encode()).decode(), "patchType": "JSONPatch"}


def add(path: str, value: Any) -> dict[str, Any]:
    return {"op": "add", "path": path, "value": value}


def patching(*operations: Any) -> Any:
    return lambda review: response(review, **patch(*operations))


def appending(word: str) -> Any:
    """A webhook that writes itself down in the order in which webhooks are asked."""

    def answer(review: Any) -> Any:
        data = review["request"]["object"].get("data") or {}
        return response(review, **patch(add("/data", {**data, "order": data.get("order", "") + word})))

    return answer


def test_a_patch_changes_what_is_stored(cluster: Cluster, hooks: Hooks) -> None:
    cluster.hook(hooks(patching(add("/data", {"k": "hook"}), add("/metadata/labels", {"a": "b"}))), kind="mutating")
    answer = cluster.config(k="mine")
    assert answer.status == 201
    assert (answer.body["data"], answer.body["metadata"]["labels"]) == ({"k": "hook"}, {"a": "b"})
    assert cluster.get(cluster.path("configmaps/a")).body["data"] == {"k": "hook"}


def test_a_patch_of_nothing_changes_nothing(cluster: Cluster, hooks: Hooks) -> None:
    cluster.hook(hooks(patching()), kind="mutating")
    assert cluster.config(k="v").body["data"] == {"k": "v"}


@pytest.mark.parametrize(
    "answer, why",
    [
        (
            lambda review: response(review, patch="W10="),
            "received invalid webhook response: webhook returned response.patch but not response.patchType",
        ),
        (
            lambda review: response(review, patchType="JSONPatch"),
            "received invalid webhook response: webhook returned response.patchType but not response.patch",
        ),
        (lambda review: response(review, patch="W10=", patchType="Magic"), 'unsupported patch type "Magic"'),
        (lambda review: response(review, patch="e30=", patchType="JSONPatch"), "received undecodable patch"),
        (lambda review: response(review, patch="%", patchType="JSONPatch"), "received invalid webhook response"),
        (lambda review: response(review, patch="WzE=", patchType="JSONPatch"), "received undecodable patch"),
    ],
)
def test_a_patch_that_is_none_is_a_failed_call(cluster: Cluster, hooks: Hooks, answer: Any, why: str) -> None:
    hook = hooks(answer)
    cluster.hook(hook, kind="mutating")
    found = cluster.config()
    assert found.status == 500
    assert f'failed calling webhook "x.example.com": {why}' in found.message
    cluster.send("DELETE", f"{ADMISSION}/mutatingwebhookconfigurations")
    cluster.hook(hook, kind="mutating", failurePolicy="Ignore")
    assert cluster.config().status == 201


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/nothing/there"},
        {"op": "test", "path": "/metadata/name", "value": "other"},
        add("/data", "text"),
        add("/data", {"k": 1}),
        add("/kind", "Secret"),
        add("/metadata", None),
    ],
)
def test_a_patch_that_makes_no_object_is_refused(cluster: Cluster, hooks: Hooks, operation: Any) -> None:
    cluster.hook(hooks(patching(operation)), kind="mutating", failurePolicy="Ignore")
    answer = cluster.config(k="v")
    assert answer.status in (400, 422, 500), answer.body
    assert "audit ID" not in answer.message
    assert cluster.get(cluster.path("configmaps/a")).status == 404


@pytest.mark.parametrize(
    "operation", [add("/metadata/namespace", "default"), add("/metadata/name", "UPPER"), add("/data", {"a b": "c"})]
)
def test_what_a_webhook_makes_of_an_object_is_checked_as_well(cluster: Cluster, hooks: Hooks, operation: Any) -> None:
    cluster.hook(hooks(patching(operation)), kind="mutating")
    assert cluster.config().status in (400, 422)


def test_a_webhook_cannot_rename_what_is_updated(cluster: Cluster, hooks: Hooks) -> None:
    cluster.config()
    cluster.hook(hooks(patching(add("/metadata/name", "b"))), kind="mutating")
    answer = cluster.send("PUT", cluster.path("configmaps/a"), {"metadata": {"name": "a"}, "data": {"k": "v"}})
    assert answer.status in (400, 422)
    assert cluster.get(cluster.path("configmaps/b")).status == 404


def test_a_webhook_that_spoils_the_managers_of_fields_is_told_and_undone(cluster: Cluster, hooks: Hooks) -> None:
    entry = {"manager": "m", "operation": "Frob", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": {}}
    spoiling = patching(add("/metadata/managedFields", [entry]), add("/data", {"k": "v"}))
    cluster.hook(hooks(spoiling), kind="mutating")
    answer = cluster.config(k="mine")
    assert answer.status == 201
    assert answer.body["data"] == {"k": "v"}
    assert [each["operation"] for each in answer.body["metadata"]["managedFields"]] == ["Update"]
    assert "managedFields was in an invalid state after admission" in answer.headers["Warning"]


def test_webhooks_see_what_those_before_them_did(cluster: Cluster, hooks: Hooks) -> None:
    cluster.hook(hooks(appending("1")), kind="mutating")
    cluster.hook(hooks(appending("2")), kind="mutating")
    assert cluster.config().body["data"] == {"order": "12"}


def test_those_that_want_to_are_asked_again_when_something_changes_after_them(cluster: Cluster, hooks: Hooks) -> None:
    first, second = hooks(appending("1")), hooks(appending("2"))
    cluster.hook(first, kind="mutating", reinvocationPolicy="IfNeeded")
    cluster.hook(second, kind="mutating")
    assert cluster.config().body["data"] == {"order": "121"}
    assert (len(first.seen), len(second.seen)) == (2, 1)


def test_nobody_is_asked_again_when_nothing_changes(cluster: Cluster, hooks: Hooks) -> None:
    hook = hooks(response)
    cluster.hook(hook, kind="mutating", reinvocationPolicy="IfNeeded")
    assert cluster.config().status == 201
    assert len(hook.seen) == 1


def test_those_that_validate_see_the_last_word(cluster: Cluster, hooks: Hooks) -> None:
    hook = hooks(response)
    cluster.hook(hook)
    cluster.hook(hooks(patching(add("/data", {"k": "v"}))), kind="mutating")
    cluster.config()
    assert hook.seen[0][1]["request"]["object"]["data"] == {"k": "v"}


def test_deletions_cannot_be_changed(cluster: Cluster, hooks: Hooks) -> None:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["DELETE"], "resources": ["configmaps"]}
    cluster.config()
    cluster.hook(hooks(patching(add("/data", {}))), kind="mutating", rules=[rule])
    answer = cluster.send("DELETE", cluster.path("configmaps/a"))
    assert answer.status == 500
    assert "attempted to modify the object, which is not supported for this operation" in answer.message


def test_a_dry_run_is_refused_where_a_webhook_may_have_side_effects(cluster: Cluster, hooks: Hooks) -> None:
    hook = hooks(response)
    body = {
        "metadata": {"name": f"old-{cluster.namespace}"},
        "webhooks": [
            {
                "name": "x.example.com",
                "clientConfig": hook.client_config,
                "admissionReviewVersions": ["v1"],
                "sideEffects": "Some",
                "rules": [
                    {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
                ],
                **cluster.constraints(),
            }
        ],
    }
    answer = cluster.create(f"{ADMISSION}/mutatingwebhookconfigurations", body)
    assert answer.status == 422  # such a webhook can't be registered in v1
    assert "sideEffects" in answer.message


def test_patches_of_another_version_are_brought_back(cluster: Cluster, hooks: Hooks) -> None:
    rule = {
        "apiGroups": ["autoscaling"], "apiVersions": ["v1"], "operations": ["*"],
        "resources": ["horizontalpodautoscalers"],
    }  # fmt: skip
    hook = hooks(patching(add("/spec/targetCPUUtilizationPercentage", 70)))
    cluster.hook(hook, kind="mutating", rules=[rule])
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}
    body = {"metadata": {"name": "h"}, "spec": {"scaleTargetRef": target, "maxReplicas": 2}}
    answer = cluster.create("horizontalpodautoscalers", body, api="/apis/autoscaling/v2")
    assert answer.status == 201, answer.body
    assert answer.body["spec"]["metrics"][0]["resource"]["target"] == {"type": "Utilization", "averageUtilization": 70}
