"""What informers, the garbage collector and the namespace controller read."""

from __future__ import annotations

import json

import pytest

from tests.functional.controlplane import programs

CORE = (
    *("configmaps", "endpoints", "limitranges", "namespaces", "nodes", "persistentvolumeclaims", "persistentvolumes"),
    *("pods", "podtemplates", "replicationcontrollers", "resourcequotas", "secrets", "serviceaccounts", "services"),
)
GROUPS = {
    "apps/v1": ("controllerrevisions", "daemonsets", "deployments", "replicasets", "statefulsets"),
    "batch/v1": ("cronjobs", "jobs"),
    "autoscaling/v2": ("horizontalpodautoscalers",),
    "policy/v1": ("poddisruptionbudgets",),
    "certificates.k8s.io/v1": ("certificatesigningrequests",),
    "coordination.k8s.io/v1": ("leases",),
    "discovery.k8s.io/v1": ("endpointslices",),
    "networking.k8s.io/v1": ("ingressclasses", "ingresses", "ipaddresses", "networkpolicies", "servicecidrs"),
    "rbac.authorization.k8s.io/v1": ("clusterrolebindings", "clusterroles", "rolebindings", "roles"),
    "admissionregistration.k8s.io/v1": (
        *("mutatingwebhookconfigurations", "validatingwebhookconfigurations", "validatingadmissionpolicies"),
        *("validatingadmissionpolicybindings", "mutatingadmissionpolicies", "mutatingadmissionpolicybindings"),
    ),
    "flowcontrol.apiserver.k8s.io/v1": ("flowschemas", "prioritylevelconfigurations"),
    "node.k8s.io/v1": ("runtimeclasses",),
    "scheduling.k8s.io/v1": ("priorityclasses",),
    "resource.k8s.io/v1": ("deviceclasses", "resourceclaims", "resourceclaimtemplates", "resourceslices"),
    "storage.k8s.io/v1": (
        *("csidrivers", "csinodes", "csistoragecapacities", "storageclasses", "volumeattachments"),
        "volumeattributesclasses",
    ),
}
TYPED = [f"/api/v1/{plural}" for plural in CORE] + [
    f"/apis/{group}/{plural}" for group, plurals in GROUPS.items() for plural in plurals
]
METADATA_ONLY = [
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "/apis/apiregistration.k8s.io/v1/apiservices",
]
SCHEDULED = "/api/v1/pods?fieldSelector=status.phase%21%3DSucceeded%2Cstatus.phase%21%3DFailed"
AUTHENTICATION = (
    "/api/v1/namespaces/kube-system/configmaps?fieldSelector=metadata.name%3Dextension-apiserver-authentication"
)


@pytest.mark.parametrize("path", [*TYPED, SCHEDULED, AUTHENTICATION])
def test_informers_begin_with_a_streaming_list(program: programs.Program, path: str) -> None:
    _, version = program.initial(path)
    assert int(version) > 0
    listed = program.ok("GET", path)
    assert int(listed["metadata"]["resourceVersion"]) >= int(version)


@pytest.mark.parametrize("path", [*TYPED, *METADATA_ONLY])
def test_every_kind_can_be_read_as_metadata(program: programs.Program, path: str) -> None:
    answer = program.meta("LIST", path)
    assert (answer.status, answer.content_type) == (200, programs.PB)
    assert answer.body["kind"] == "PartialObjectMetadataList"
    found, version = program.initial(path, accept=programs.metadata_accept("PartialObjectMetadata"))
    assert {obj["kind"] for obj in found} <= {"PartialObjectMetadata"}
    assert int(version) >= int(answer.body["metadata"]["resourceVersion"])


def test_informers_see_what_is_written_in_one_order_of_versions(program: programs.Program, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "v"}}
    with program.watch(f"{path}?{programs.STREAMING}") as events:
        while next(events).kind != "BOOKMARK":
            pass
        created = program.ok("POST", path, made)
        updated = program.ok("PUT", f"{path}/a", {**created, "kind": "ConfigMap", "apiVersion": "v1", "data": {}})
        program.ok("DELETE", f"{path}/a")
        versions = []
        for wanted in ("ADDED", "MODIFIED", "DELETED"):
            kind, obj = next(events)
            assert (kind, obj["kind"], obj["metadata"]["name"]) == (wanted, "ConfigMap", "a")
            versions.append(int(obj["metadata"]["resourceVersion"]))
    assert versions == sorted(versions)
    assert [str(version) for version in versions[:2]] == [
        obj["metadata"]["resourceVersion"] for obj in (created, updated)
    ]


def test_custom_resources_have_metadata_in_protobuf_and_themselves_in_json(
    program: programs.Program, namespace: str
) -> None:
    group = f"{namespace}.example.com"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"toys.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": "toys", "kind": "Toy"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
        },
    }
    every = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    with program.watch(f"{every}?watch=1&fieldSelector=metadata.name%3Dtoys.{group}", accept=programs.JSON) as events:
        program.ok("POST", every, definition, content_type=programs.JSON, accept=programs.JSON)
        for _, obj in events:
            conditions = obj.get("status", {}).get("conditions") or []
            if any(each["type"] == "Established" and each["status"] == "True" for each in conditions):
                break
    path = f"/apis/{group}/v1/namespaces/{namespace}/toys"
    toy = {"apiVersion": f"{group}/v1", "kind": "Toy", "metadata": {"name": "a"}}
    program.ok("POST", path, toy, content_type=programs.JSON)
    listed = program.meta("LIST", path)
    assert (listed.content_type, [each["metadata"]["name"] for each in listed.body["items"]]) == (programs.PB, ["a"])
    found, _ = program.initial(path, accept=programs.metadata_accept("PartialObjectMetadata"))
    assert [(obj["kind"], obj["metadata"]["name"]) for obj in found] == [("PartialObjectMetadata", "a")]
    deleted = program.meta(
        "DELETE", path, {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"}
    )
    assert (deleted.status, deleted.content_type) == (200, programs.JSON)
    assert program.meta("LIST", path).body.get("items", []) == []


def test_other_lists_and_gets(program: programs.Program, namespace: str) -> None:
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": f"node-{namespace}"}}
    program.ok("POST", "/api/v1/nodes", node)
    found = program.ok("GET", f"/api/v1/nodes/node-{namespace}?resourceVersion=0")
    assert found["spec"]["taints"] == [{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}]
    missing = f"/apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods?labelSelector="
    assert program.send("GET", missing).status == 404


@pytest.mark.parametrize("path", ["/apis/apps/v1", "/apis/events.k8s.io/v1"])
def test_whether_a_group_is_there(program: programs.Program, path: str) -> None:
    assert program.ok("GET", path)["groupVersion"] == path.removeprefix("/apis/")


@pytest.mark.parametrize("path", ["/api", "/apis"])
def test_aggregated_discovery(program: programs.Program, path: str) -> None:
    asked = [
        f"{programs.JSON};g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList" for version in ("v2", "v2beta1")
    ]
    answer = program.send("GET", path, accept=",".join([*asked, programs.JSON]))
    assert (answer.status, answer.content_type.partition(";")[0]) == (200, programs.JSON)
    groups = [item["metadata"].get("name", "") for item in json.loads(answer.body)["items"]]
    assert groups == [""] if path == "/api" else {"apps", "batch", "apiextensions.k8s.io"} <= set(groups)


def test_the_server_is_well(program: programs.Program) -> None:
    assert program.send("GET", "/healthz").body == "ok"


def test_the_older_way_to_inform(program: programs.Program, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts"
    listed = program.ok("GET", f"{path}?limit=500&resourceVersion=0")
    version = listed["metadata"]["resourceVersion"]
    query = f"allowWatchBookmarks=true&resourceVersion={version}&timeout=7m41s&timeoutSeconds=461&watch=true"
    with program.watch(f"{path}?{query}") as events:
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "later"}}
        created = program.ok("POST", path, account)
        for kind, obj in events:
            if obj["metadata"]["name"] == "later":
                assert (kind, obj["metadata"]["resourceVersion"]) == ("ADDED", created["metadata"]["resourceVersion"])
                break
