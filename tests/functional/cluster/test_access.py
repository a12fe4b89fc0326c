"""Requests for certificates, and reviews that are answered and forgotten."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.cluster.conftest import Cluster
from tests.unit.coreapi import others

REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
AUTHENTICATION, AUTHORIZATION = "/apis/authentication.k8s.io/v1", "/apis/authorization.k8s.io/v1"
MASTERS = (
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIak1JR0tBZ0VBTUNneEZ6QVZCZ05WQkFvTURuTjVjM1JsYlRwdFlYTjBaWEp6"
    "TVEwd0N3WURWUVFEREFSeQpiMjkwTUZrd0V3WUhLb1pJemowQ0FRWUlLb1pJemowREFRY0RRZ0FFNk1CZ3QvUjRSRXkrYnBBaGo5M3lFUDBXCkVW"
    "eW5iaUdQbDhXYUxwSy85Yndrekx5UVNRYTBUZXZXZXEyd2pTNXhIQ1Q0cUdtMlZaYVp1MnNSSU1pTStLQUEKTUFvR0NDcUdTTTQ5QkFNQ0EwZ0FN"
    "RVVDSVFETDRNZnYvNHVvbGorWTdIamVLeTF0eGxiRTlSUGJwaWJyRElaRQo0c2VEWWdJZ2VRekxhMEp1VXhtNzFpL0s4UUlTMG1ldWtrRmNFUi9U"
    "MUt5WE9GZGloUzA9Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo="
)
POD = {"verb": "get", "resource": "pods", "namespace": "default"}


def request(cluster: Cluster, **spec: Any) -> Any:
    wanted = {"request": others.REQUEST, "signerName": "example.com/test", "usages": ["client auth"], **spec}
    return {"metadata": {"name": cluster.unique("csr")}, "spec": wanted}


def test_who_asks_for_a_certificate_is_not_the_clients_to_say(cluster: Cluster) -> None:
    body = request(cluster, username="mallory", groups=["x"], extra={"a": ["b"]})
    made = cluster.made(REQUESTS, {**body, "status": {"conditions": [{"type": "Approved", "status": "True"}]}})
    assert made["spec"]["username"] != "mallory"
    assert "system:masters" in made["spec"]["groups"]
    assert "extra" not in made["spec"]
    assert made["status"] == {}


def test_a_request_is_approved_at_its_own_path_alone(cluster: Cluster) -> None:
    name = cluster.made(REQUESTS, request(cluster))["metadata"]["name"]
    approval = {"status": {"conditions": [{"type": "Approved", "status": "True"}]}, "spec": {"usages": ["any"]}}
    assert cluster.patch(f"{REQUESTS}/{name}", approval).body["status"] == {}
    assert cluster.patch(f"{REQUESTS}/{name}/status", approval).status == 422
    approved = cluster.patch(f"{REQUESTS}/{name}/approval", approval).body
    (condition,) = approved["status"]["conditions"]
    assert condition["lastUpdateTime"] == condition["lastTransitionTime"]
    assert approved["spec"]["usages"] == ["client auth"]
    assert cluster.get(f"{REQUESTS}/{name}/approval").body == approved


def test_nobody_asks_for_a_certificate_of_those_who_may_do_everything(cluster: Cluster) -> None:
    refused = cluster.create(
        REQUESTS, request(cluster, request=MASTERS, signerName="kubernetes.io/kube-apiserver-client")
    )
    assert refused.status == 403
    assert refused.message.endswith(
        "use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed"
    )


def test_i_am_told_who_i_am(cluster: Cluster) -> None:
    made = cluster.made(f"{AUTHENTICATION}/selfsubjectreviews", {"metadata": {"name": "x"}})
    assert list(made["metadata"]) == ["creationTimestamp"]
    assert made["status"]["userInfo"]["username"]


@pytest.mark.parametrize("spec, status", [({}, 400), ({"token": "x"}, 201), ({"token": " "}, 201)])
def test_an_unknown_token_is_nobodys(cluster: Cluster, spec: Any, status: int) -> None:
    found = cluster.create(f"{AUTHENTICATION}/tokenreviews", {"spec": spec})
    assert found.status == status
    if status == 201:
        assert found.body["status"] == {"user": {}, "error": "invalid bearer token"}


def test_access_is_reviewed_by_who_grants_it(cluster: Cluster) -> None:
    local = f"{AUTHORIZATION}/namespaces/{cluster.namespace}/localsubjectaccessreviews"
    here = {**POD, "namespace": cluster.namespace}
    for path, spec, allowed in (
        (f"{AUTHORIZATION}/selfsubjectaccessreviews", {"resourceAttributes": POD}, True),
        (f"{AUTHORIZATION}/subjectaccessreviews", {"user": "system:anonymous", "resourceAttributes": POD}, False),
        (local, {"user": "alice", "resourceAttributes": here}, True),
    ):
        assert cluster.made(path, {"spec": spec})["status"]["allowed"] is allowed


def test_a_bad_review_names_no_kind(cluster: Cluster) -> None:
    refused = cluster.create(f"{AUTHORIZATION}/selfsubjectaccessreviews", {"spec": {}})
    assert refused.message.startswith('.authorization.k8s.io "" is invalid: spec.resourceAttributes: ')
    assert "kind" not in refused.body["details"]


def test_rules_are_of_a_namespace(cluster: Cluster) -> None:
    path = f"{AUTHORIZATION}/selfsubjectrulesreviews"
    assert cluster.create(path, {"spec": {}}).message == "no namespace on request"
    made = cluster.made(path, {"spec": {"namespace": cluster.namespace}})
    assert made["status"]["resourceRules"] == [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]


def test_component_statuses_can_be_read_and_selected(cluster: Cluster) -> None:
    path = "/api/v1/componentstatuses"
    listed = cluster.get(f"{path}?fieldSelector=metadata.name%3Detcd-0").body["items"]
    assert [item["metadata"]["name"] for item in listed] == ["etcd-0"]
    assert cluster.get(f"{path}/etcd-0").body["conditions"] == [{"type": "Healthy", "status": "True", "message": "ok"}]
    assert cluster.get(f"{path}/none").message == 'componentstatus "none" not found'
