"""Webhooks that may refuse: what they are asked, what is made of their answers, and of all that can go wrong."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from aiohttp import web

from tests.functional.admission.conftest import Cluster, Hooks, response

CALL = 'Internal error occurred: failed calling webhook "x.example.com": '
BAD = f"{CALL}received invalid webhook response: "


def denying(**status: Any) -> Any:
    return lambda review: response(review, allowed=False, status=status)


@pytest.mark.parametrize(
    "status, code, reason, message",
    [
        ({}, 400, None, 'admission webhook "x.example.com" denied the request without explanation'),
        ({"message": "no"}, 400, None, 'admission webhook "x.example.com" denied the request: no'),
        (
            {"reason": "Teapot", "code": 418},
            418,
            "Teapot",
            'admission webhook "x.example.com" denied the request: Teapot',
        ),
        ({"message": "no", "code": 200}, 400, None, 'admission webhook "x.example.com" denied the request: no'),
        ({"message": "no", "code": 99999}, 400, None, 'admission webhook "x.example.com" denied the request: no'),
    ],
)
def test_a_refusal_is_the_answer_to_the_request(
    cluster: Cluster, hooks: Hooks, status: Any, code: int, reason: str | None, message: str
) -> None:
    cluster.hook(hooks(denying(**status)))
    answer = cluster.config()
    assert (answer.status, answer.body.get("reason"), answer.message) == (code, reason, message)
    assert cluster.get(cluster.path("configmaps/a")).status == 404


def test_a_webhook_is_told_all_there_is_to_know(cluster: Cluster, hooks: Hooks) -> None:
    hook = hooks(response)
    cluster.hook(hook)
    assert cluster.config(k="v", query="?fieldManager=me&dryRun=All").status == 201
    assert cluster.config(k="v").status == 201
    new = {"metadata": {"name": "a"}, "data": {"k": "w"}}
    assert cluster.send("PUT", cluster.path("configmaps/a"), new).status == 200
    (dry, _), (_, created), (_, updated) = [(request, body["request"]) for request, body in hook.seen]
    assert "timeout=5s" in dry.query_string
    first = hook.seen[0][1]["request"]
    assert first["dryRun"] is True
    assert first["options"]["fieldManager"] == "me"
    assert first["options"]["dryRun"] == ["All"]
    assert created["kind"] == created["requestKind"] == {"group": "", "version": "v1", "kind": "ConfigMap"}
    assert created["resource"] == {"group": "", "version": "v1", "resource": "configmaps"}
    assert (created["operation"], created["name"], created["namespace"]) == ("CREATE", "a", cluster.namespace)
    assert created["object"]["data"] == {"k": "v"}
    assert created["object"]["kind"] == "ConfigMap"
    assert created["oldObject"] is None
    assert created["dryRun"] is False
    assert created["userInfo"]["groups"]
    assert (updated["operation"], updated["oldObject"]["data"]) == ("UPDATE", {"k": "v"})
    assert updated["object"]["data"] == {"k": "w"}


def test_warnings_reach_the_client(cluster: Cluster, hooks: Hooks) -> None:
    cluster.hook(hooks(lambda review: response(review, warnings=["mind the gap"])))
    assert cluster.config().headers["Warning"] == '299 - "mind the gap"'


@pytest.mark.parametrize(
    "answer, why",
    [
        (lambda review: {**response(review), "response": None}, "webhook response was absent"),
        (lambda review: response(review, uid="other"), "expected response.uid="),
        (
            lambda review: {**response(review), "kind": "Pod", "apiVersion": "v1"},
            "expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got /v1, Kind=Pod",
        ),
        (lambda review: response(review, patch="W10=", patchType="JSONPatch"), "may not return response.patch"),
        (lambda review: response(review, allowed="yes"), "json: cannot unmarshal string"),
        (lambda review: response(review, status=["x"]), "json: cannot unmarshal array"),
    ],
)
def test_an_answer_that_makes_no_sense_is_a_failed_call(cluster: Cluster, hooks: Hooks, answer: Any, why: str) -> None:
    cluster.hook(hooks(answer))
    found = cluster.config()
    assert found.status == 500
    assert found.message.startswith(BAD)
    assert why in found.message


@pytest.mark.parametrize(
    "answer, why",
    [
        (lambda review: web.Response(status=500), "an error on the server"),
        (lambda review: web.Response(text="{"), "failed to call webhook: "),
        (lambda review: web.Response(body=b"x" * (9 * 1024 * 1024)), "longer than"),
        (lambda review: web.Response(), "0-length response with status code: 200"),
        (lambda review: [], "failed to call webhook: "),
    ],
)
def test_what_is_no_answer_is_a_failed_call_too(cluster: Cluster, hooks: Hooks, answer: Any, why: str) -> None:
    cluster.hook(hooks(answer))
    found = cluster.config()
    assert found.status == 500
    assert found.message.startswith(f"{CALL}failed to call webhook: ")
    assert why in found.message


def test_a_webhook_that_hangs_is_given_up_after_its_timeout(cluster: Cluster, hooks: Hooks) -> None:
    async def hang(review: Any) -> Any:
        await asyncio.sleep(60)

    cluster.hook(hooks(hang), timeoutSeconds=1)
    assert cluster.config().message.endswith('?timeout=1s": context deadline exceeded')


def test_calls_that_fail_are_forgiven_where_that_is_asked_for(cluster: Cluster, hooks: Hooks) -> None:
    cluster.hook(hooks(lambda review: web.Response(status=500)), failurePolicy="Ignore")
    cluster.hook(hooks(lambda review: response(review, uid="other")), failurePolicy="Ignore")
    assert cluster.config().status == 201


def test_a_refusal_is_never_forgiven(cluster: Cluster, hooks: Hooks) -> None:
    cluster.hook(hooks(denying(message="no")), failurePolicy="Ignore")
    assert cluster.config().status == 400


def test_a_certificate_of_nobody_known_is_not_trusted(cluster: Cluster, hooks: Hooks) -> None:
    hook = hooks(response)
    cluster.hook(hook, clientConfig={"url": hook.url})
    assert "x509: certificate signed by unknown authority" in cluster.config().message


def test_a_service_that_there_is_not_is_told(cluster: Cluster, hooks: Hooks) -> None:
    service = {"namespace": "none", "name": "none"}
    cluster.hook(
        hooks(response), clientConfig={"service": service, "caBundle": hooks(response).client_config["caBundle"]}
    )
    assert 'service "none" not found' in cluster.config().message


def test_a_dry_run_is_kept_from_webhooks_with_side_effects(cluster: Cluster, hooks: Hooks) -> None:
    hook = hooks(response)
    name = cluster.hook(hook, sideEffects="NoneOnDryRun")
    assert cluster.config(query="?dryRun=All").status == 201
    cluster.send("DELETE", f"/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/{name}")
    assert len(hook.seen) == 1


def test_webhooks_are_asked_side_by_side(cluster: Cluster, hooks: Hooks) -> None:
    both = threading.Barrier(2)

    async def meet(review: Any) -> Any:
        await asyncio.to_thread(both.wait, 5)
        return response(review)

    cluster.hook(hooks(meet))
    cluster.hook(hooks(meet), name="y.example.com")
    assert cluster.config().status == 201


@pytest.mark.parametrize(
    "rest, asked",
    [
        ({"objectSelector": {"matchLabels": {"hook": "on"}}}, True),
        ({"objectSelector": {"matchLabels": {"hook": "off"}}}, False),
        ({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "other"}}}, False),
        ({"matchConditions": [{"name": "c", "expression": "object.metadata.name == 'b'"}]}, False),
        ({"matchConditions": [{"name": "c", "expression": "request.operation == 'CREATE'"}]}, True),
        ({"matchConditions": [{"name": "c", "expression": "authorizer.requestResource.check('get').allowed()"}]}, True),
    ],
)
def test_selectors_and_conditions_say_what_a_webhook_is_for(
    cluster: Cluster, hooks: Hooks, rest: Any, asked: bool
) -> None:
    hook = hooks(response)
    cluster.hook(hook, **rest)
    assert cluster.config(labels={"hook": "on"}).status == 201
    assert bool(hook.seen) is asked


def test_conditions_that_cannot_be_told_go_by_the_failure_policy(cluster: Cluster, hooks: Hooks) -> None:
    odd = [{"name": "c", "expression": "object.data.k == 'v'"}]
    hook = hooks(denying(message="no"))
    cluster.hook(hook, matchConditions=odd, failurePolicy="Ignore")
    assert cluster.config().status == 201
    cluster.hook(hook, matchConditions=odd)
    answer = cluster.config("b")
    assert answer.status == 403
    assert answer.message.endswith("expression 'object.data.k == 'v'' resulted in error: no such key: data")
    assert not hook.seen


def test_equivalent_resources_are_asked_about_in_the_version_that_a_rule_has(cluster: Cluster, hooks: Hooks) -> None:
    hook = hooks(response)
    rule = {
        "apiGroups": ["autoscaling"], "apiVersions": ["v1"], "operations": ["*"],
        "resources": ["horizontalpodautoscalers"],
    }  # fmt: skip
    cluster.hook(hook, rules=[rule])
    exact = hooks(response)
    cluster.hook(exact, rules=[rule], matchPolicy="Exact")
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}
    resource = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 40}}
    spec = {"scaleTargetRef": target, "maxReplicas": 2, "metrics": [{"type": "Resource", "resource": resource}]}
    body = {"metadata": {"name": "h"}, "spec": spec}
    answer = cluster.create("horizontalpodautoscalers", body, api="/apis/autoscaling/v2")
    assert answer.status == 201, answer.body
    assert not exact.seen
    asked = hook.seen[0][1]["request"]
    assert (asked["kind"]["version"], asked["requestKind"]["version"]) == ("v1", "v2")
    assert (asked["resource"]["version"], asked["requestResource"]["version"]) == ("v1", "v2")
    assert asked["object"]["apiVersion"] == "autoscaling/v1"
    assert asked["object"]["spec"]["targetCPUUtilizationPercentage"] == 40


def test_deletions_are_asked_about_with_the_object_that_goes(cluster: Cluster, hooks: Hooks) -> None:
    hook = hooks(denying(message="stays"))
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["DELETE"], "resources": ["configmaps"]}
    cluster.config(k="v")
    cluster.hook(hook, rules=[rule])
    assert cluster.send("DELETE", cluster.path("configmaps/a")).status == 400
    asked = hook.seen[0][1]["request"]
    assert (asked["operation"], asked["object"], asked["oldObject"]["data"]) == ("DELETE", None, {"k": "v"})
    assert cluster.get(cluster.path("configmaps/a")).status == 200


def test_nobody_is_locked_out_by_a_webhook_for_everything(cluster: Cluster, hooks: Hooks) -> None:
    rule = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*/*"]}
    name = cluster.hook(hooks(denying(message="no")), rules=[rule])
    assert cluster.config().status == 400
    path = f"/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/{name}"
    assert cluster.send("DELETE", path).status == 200
    assert cluster.config().status == 201
