"""What the control plane's programs write, one line of their requests after another."""

from __future__ import annotations

import base64
import zlib
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.functional.controlplane import programs

DELETE = {"kind": "DeleteOptions", "apiVersion": "v1"}
TEMPLATE: dict[str, Any] = {
    "metadata": {"labels": {"app": "a"}},
    "spec": {"containers": [{"name": "c", "image": "nginx"}]},
}
SELECTOR = {"matchLabels": {"app": "a"}}
NOW = "2026-01-01T00:00:00Z"


def obj(api_version: str, kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **more}


def pod(name: str = "p", **more: Any) -> dict[str, Any]:
    return obj("v1", "Pod", name, spec={"containers": [{"name": "c", "image": "nginx"}], **more})


def named(found: Any, api_version: str, kind: str) -> Any:
    """An object out of a list or an answer, as a typed client writes it back."""
    return {**found, "apiVersion": api_version, "kind": kind}


STATUSES = [
    ("apps/v1", "Deployment", "deployments", {"selector": SELECTOR, "template": TEMPLATE}, {"replicas": 1}),
    ("apps/v1", "ReplicaSet", "replicasets", {"selector": SELECTOR, "template": TEMPLATE}, {"replicas": 1}),
    ("apps/v1", "DaemonSet", "daemonsets", {"selector": SELECTOR, "template": TEMPLATE}, {"numberReady": 1}),
    (
        *("apps/v1", "StatefulSet", "statefulsets"),
        {"selector": SELECTOR, "template": TEMPLATE, "serviceName": "s"},
        {"replicas": 1},
    ),
    ("batch/v1", "Job", "jobs", {"template": {"spec": {**TEMPLATE["spec"], "restartPolicy": "Never"}}}, {"active": 1}),
    (
        *("batch/v1", "CronJob", "cronjobs"),
        {
            "schedule": "* * * * *",
            "jobTemplate": {"spec": {"template": {"spec": {**TEMPLATE["spec"], "restartPolicy": "Never"}}}},
        },
        {"lastScheduleTime": NOW},
    ),
    (
        *("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
        {"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"}},
        {"currentReplicas": 1, "desiredReplicas": 1},
    ),
    (
        *("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
        {"minAvailable": 1, "selector": SELECTOR},
        {"disruptionsAllowed": 1, "currentHealthy": 2, "desiredHealthy": 1, "expectedPods": 2},
    ),
    (
        "v1",
        "ReplicationController",
        "replicationcontrollers",
        {"selector": {"app": "a"}, "template": TEMPLATE},
        {"replicas": 1},
    ),
    ("v1", "ResourceQuota", "resourcequotas", {"hard": {"pods": "5"}}, {"hard": {"pods": "5"}, "used": {"pods": "0"}}),
    (
        *("v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
        {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
        {"phase": "Bound"},
    ),
    (
        *("resource.k8s.io/v1", "ResourceClaim", "resourceclaims"),
        {"devices": {"requests": [{"name": "r", "exactly": {"deviceClassName": "gpu.example.com"}}]}},
        {"devices": []},
    ),
]


def collection(namespace: str, api_version: str, plural: str) -> str:
    root = "/api/v1" if api_version == "v1" else f"/apis/{api_version}"
    return f"{root}/namespaces/{namespace}/{plural}"


@pytest.mark.parametrize("api_version, kind, plural, spec, status", STATUSES, ids=[each[2] for each in STATUSES])
def test_controllers_update_status(
    program: programs.Program, namespace: str, api_version: str, kind: str, plural: str, spec: Any, status: Any
) -> None:
    path = collection(namespace, api_version, plural)
    made = program.ok("POST", path, obj(api_version, kind, "a", spec=spec))
    again = {**named(made, api_version, kind), "status": {**made.get("status", {}), **status}}
    updated = program.ok("PUT", f"{path}/a/status", again)
    for name, value in status.items():
        assert updated["status"].get(name, []) == value
    assert updated["metadata"].get("generation") == made["metadata"].get("generation")
    stale = program.send("PUT", f"{path}/a/status", {**again, "status": {}})
    if updated["metadata"]["resourceVersion"] != made["metadata"]["resourceVersion"]:
        assert stale.status == 409
        assert stale.body["message"].startswith("Operation cannot be fulfilled on ")


def test_a_no_op_answers_the_old_version(program: programs.Program, namespace: str) -> None:
    path = collection(namespace, "v1", "configmaps")
    made = program.ok("POST", path, obj("v1", "ConfigMap", "a", data={"k": "v"}))
    again = program.ok("PUT", f"{path}/a", named(made, "v1", "ConfigMap"))
    assert again["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]
    patched = program.ok("PATCH", f"{path}/a", {}, content_type=programs.SMP)
    assert patched["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]


def test_scaling_without_a_content_type(program: programs.Program, namespace: str) -> None:
    path = collection(namespace, "apps/v1", "deployments")
    program.ok("POST", path, obj("apps/v1", "Deployment", "a", spec={"selector": SELECTOR, "template": TEMPLATE}))
    scale = program.ok("GET", f"{path}/a/scale")
    assert scale["kind"] == "Scale"
    wanted = {**named(scale, "autoscaling/v1", "Scale"), "spec": {"replicas": 4}}
    assert program.ok("PUT", f"{path}/a/scale", wanted, content_type="")["spec"]["replicas"] == 4
    assert program.ok("GET", f"{path}/a")["spec"]["replicas"] == 4


def test_the_scheduler_binds_pods(program: programs.Program, namespace: str) -> None:
    path = collection(namespace, "v1", "pods")
    program.ok("POST", path, pod())
    patch = {
        "status": {
            "$setElementOrder/conditions": [{"type": "PodScheduled"}],
            "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "none"}],
            "nominatedNodeName": "n",
        }
    }
    patched = program.ok("PATCH", f"{path}/p/status", patch, content_type=programs.SMP)
    assert patched["status"]["nominatedNodeName"] == "n"
    binding = obj("v1", "Binding", "p", target={"kind": "Node", "name": "node-1"})
    answer = program.send("POST", f"{path}/p/binding", binding)
    assert (answer.status, answer.body["kind"], answer.body["status"]) == (201, "Status", "Success")
    bound = program.ok("GET", f"{path}/p")
    assert bound["spec"]["nodeName"] == "node-1"
    assert {each["type"]: each["status"] for each in bound["status"]["conditions"]} == {"PodScheduled": "True"}
    uid = {"metadata": {"uid": "another"}, "status": {"phase": "Running"}}
    assert program.send("PATCH", f"{path}/p/status", uid, content_type=programs.SMP).status == 422


def test_tokens_of_service_accounts(program: programs.Program, namespace: str) -> None:
    path = collection(namespace, "v1", "serviceaccounts")
    assert program.send("GET", f"{path}/robot").status == 404
    program.ok("POST", path, obj("v1", "ServiceAccount", "robot"))
    request = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"audiences": [], "expirationSeconds": 3600},
    }
    answer = program.send("POST", f"{path}/robot/token", request)
    assert answer.status == 201
    assert answer.body["status"]["token"].count(".") == 2


@pytest.mark.parametrize("content_type", [programs.PB, programs.JSON])
def test_who_calls_the_programs_themselves(program: programs.Program, content_type: str) -> None:
    token = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": "unknown"}}
    reviewed = program.ok(
        "POST",
        "/apis/authentication.k8s.io/v1/tokenreviews",
        token,
        content_type=programs.JSON,
        accept="application/json, */*",
    )
    assert not reviewed["status"].get("authenticated")
    access = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": "a", "nonResourceAttributes": {"path": "/metrics", "verb": "get"}},
    }
    path = "/apis/authorization.k8s.io/v1/subjectaccessreviews?timeout=10s"
    answer = program.send("POST", path, access, content_type=content_type, accept=f"{programs.PB},{programs.JSON}")
    assert (answer.status, answer.content_type) == (201, programs.PB)
    assert "allowed" in answer.body["status"] or answer.body["status"] == {}


def test_leases(program: programs.Program, namespace: str) -> None:
    path = collection(namespace, "coordination.k8s.io/v1", "leases")
    assert program.send("GET", f"{path}/kcm?timeout=5s").status == 404
    spec = {"holderIdentity": "a", "leaseDurationSeconds": 15, "renewTime": "2026-01-01T00:00:00.000000Z"}
    made = program.ok("POST", f"{path}?timeout=5s", obj("coordination.k8s.io/v1", "Lease", "kcm", spec=spec))
    wanted = named(made, "coordination.k8s.io/v1", "Lease")
    wanted["spec"] = {**made["spec"], "renewTime": "2026-01-01T00:00:02.000001Z"}
    renewed = program.ok("PUT", f"{path}/kcm?timeout=5s", wanted)
    assert renewed["spec"]["renewTime"] == "2026-01-01T00:00:02.000001Z"
    assert program.send("PUT", f"{path}/kcm?timeout=5s", wanted).status == 409


def test_events_in_both_groups_are_one_store(program: programs.Program, namespace: str) -> None:
    about = {"kind": "Pod", "namespace": namespace, "name": "p", "apiVersion": "v1"}
    core, new = (collection(namespace, version, "events") for version in ("v1", "events.k8s.io/v1"))
    old = obj("v1", "Event", "one", involvedObject=about, reason="Because", type="Normal", count=1)
    old |= {"firstTimestamp": NOW, "lastTimestamp": NOW, "source": {"component": "kcm"}, "message": "x"}
    old["metadata"]["namespace"] = namespace
    program.ok("POST", core, old)
    counted = {"count": 2, "lastTimestamp": "2026-01-01T00:00:05Z", "message": "y"}
    assert program.ok("PATCH", f"{core}/one", counted, content_type=programs.SMP)["count"] == 2
    assert program.ok("GET", f"{new}/one")["deprecatedCount"] == 2
    event = obj("events.k8s.io/v1", "Event", "two", regarding=about, reason="Scheduled", type="Normal", note="z")
    event |= {"eventTime": "2026-01-01T00:00:00.000000Z", "action": "Binding", "reportingController": "sch"}
    event |= {"reportingInstance": "sch-1"}
    event["metadata"]["namespace"] = namespace
    program.ok("POST", new, event)
    series = {"series": {"count": 2, "lastObservedTime": "2026-01-01T00:00:01.000000Z"}}
    assert program.ok("PATCH", f"{new}/two", series, content_type=programs.SMP)["series"]["count"] == 2
    assert program.ok("GET", f"{core}/two")["message"] == "z"
    assert program.send("PATCH", f"{new}/gone", series, content_type=programs.SMP).status == 404


def test_nodes_are_tainted_and_given_networks(program: programs.Program, namespace: str) -> None:
    name = f"node-{namespace}"
    node = obj(
        "v1", "Node", name, status={"capacity": {"cpu": "4"}, "conditions": [{"type": "Ready", "status": "True"}]}
    )
    made = program.ok("POST", "/api/v1/nodes", node)
    assert made["status"]["capacity"] == {"cpu": "4"}
    assert made["spec"]["taints"] == [{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}]
    version = made["metadata"]["resourceVersion"]
    taints = {"metadata": {"resourceVersion": version}, "spec": {"taints": None}}
    untainted = program.ok("PATCH", f"/api/v1/nodes/{name}", taints, content_type=programs.SMP)
    assert "taints" not in untainted["spec"]
    assert program.send("PATCH", f"/api/v1/nodes/{name}", taints, content_type=programs.SMP).status == 409
    network = f"10.244.{zlib.crc32(name.encode()) % 200}.0/24"
    given = {"spec": {"podCIDR": network, "podCIDRs": [network]}}
    assert program.ok("PATCH", f"/api/v1/nodes/{name}", given, content_type=programs.SMP)["spec"]["podCIDRs"] == [
        network
    ]
    assert program.ok("PATCH", f"/api/v1/nodes/{name}", given, content_type=programs.SMP)["spec"]["podCIDRs"] == [
        network
    ]
    assert program.send("PATCH", f"/api/v1/nodes/{name}", {}, content_type=programs.SMP).status == 200
    listed = program.ok("GET", f"/api/v1/nodes/{name}")
    listed["status"] = {**listed["status"], "conditions": [{"type": "Ready", "status": "Unknown"}]}
    assert program.ok("PUT", f"/api/v1/nodes/{name}/status", named(listed, "v1", "Node"))["status"]["conditions"]


def test_adopting_and_releasing(program: programs.Program, namespace: str) -> None:
    path = collection(namespace, "v1", "pods")
    uid = program.ok("POST", path, pod())["metadata"]["uid"]
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r", "uid": "o", "controller": True}
    adopt = {"metadata": {"ownerReferences": [{**owner, "blockOwnerDeletion": True}], "uid": uid}}
    adopted = program.ok("PATCH", f"{path}/p", adopt, content_type=programs.SMP)
    assert [each["uid"] for each in adopted["metadata"]["ownerReferences"]] == ["o"]
    another = {"metadata": {**adopt["metadata"], "uid": "another"}}
    assert program.send("PATCH", f"{path}/p", another, content_type=programs.SMP).status == 422
    release = {"metadata": {"uid": uid, "ownerReferences": [{"$patch": "delete", "uid": "o"}]}}
    assert "ownerReferences" not in program.ok("PATCH", f"{path}/p", release, content_type=programs.SMP)["metadata"]


def test_finalizers_are_taken_away(program: programs.Program, namespace: str) -> None:
    path = collection(namespace, "v1", "pods")
    tracked = pod()
    tracked["metadata"]["finalizers"] = ["batch.kubernetes.io/job-tracking"]
    program.ok("POST", path, tracked)
    patch = {"metadata": {"$deleteFromPrimitiveList/finalizers": ["batch.kubernetes.io/job-tracking"]}}
    assert "finalizers" not in program.ok("PATCH", f"{path}/p", patch, content_type=programs.SMP)["metadata"]
    program.ok("POST", collection(namespace, "v1", "configmaps"), obj("v1", "ConfigMap", "owner"))
    at = f"{collection(namespace, 'v1', 'configmaps')}/owner"
    deleted = program.meta("DELETE", at, {**DELETE, "propagationPolicy": "Foreground"})
    assert deleted.body["metadata"]["finalizers"] == ["foregroundDeletion"]
    found = program.meta("GET", at).body
    version = found["metadata"]["resourceVersion"]
    end = {"metadata": {"resourceVersion": version, "finalizers": None}}
    last = program.meta("PATCH", at, end, content_type=programs.MP)
    assert (last.status, last.body["kind"]) == (200, "PartialObjectMetadata")
    assert program.meta("GET", at).status == 404


def test_the_garbage_collector_deletes(program: programs.Program, namespace: str) -> None:
    path = collection(namespace, "v1", "configmaps")
    made = program.ok("POST", path, obj("v1", "ConfigMap", "a"))["metadata"]
    sure = {"uid": made["uid"], "resourceVersion": made["resourceVersion"]}
    for wrong in ({**sure, "uid": "x"}, {**sure, "resourceVersion": "1"}):
        options = {**DELETE, "preconditions": wrong, "propagationPolicy": "Background"}
        assert program.meta("DELETE", f"{path}/a", options).status == 409
    options = {**DELETE, "preconditions": sure, "propagationPolicy": "Background"}
    assert program.meta("DELETE", f"{path}/a", options).status == 200


@pytest.mark.parametrize("api_version", ["v1", "apps/v1", "batch/v1", "resource.k8s.io/v1", "discovery.k8s.io/v1"])
def test_delete_options_of_any_group(program: programs.Program, namespace: str, api_version: str) -> None:
    path = collection(namespace, "apps/v1", "replicasets")
    program.ok("POST", path, obj("apps/v1", "ReplicaSet", "a", spec={"selector": SELECTOR, "template": TEMPLATE}))
    options = {"apiVersion": api_version, "kind": "DeleteOptions"}
    assert program.send("DELETE", f"{path}/a", options).status == 200


def test_pods_are_deleted_at_once(program: programs.Program, namespace: str) -> None:
    path = collection(namespace, "v1", "pods")
    program.ok("POST", path, pod())
    binding = obj("v1", "Binding", "p", target={"kind": "Node", "name": "node-1"})
    program.ok("POST", f"{path}/p/binding", binding)
    graceful = program.ok("DELETE", f"{path}/p", DELETE)
    assert graceful["metadata"]["deletionGracePeriodSeconds"] == 30
    program.ok("DELETE", f"{path}/p", {**DELETE, "gracePeriodSeconds": 0})
    assert program.send("GET", f"{path}/p").status == 404


def test_namespaces_are_emptied_and_finalized(program: programs.Program, namespace: str) -> None:
    held = obj("v1", "Namespace", f"{namespace}-held")
    held["metadata"]["finalizers"] = ["example.com/held"]
    program.ok("POST", "/api/v1/namespaces", held)
    at = f"/api/v1/namespaces/{namespace}-held"
    maps = f"{at}/configmaps"
    program.ok("POST", maps, obj("v1", "ConfigMap", "a"))
    terminating = program.ok("DELETE", at, DELETE)
    assert terminating["status"]["phase"] == "Terminating"
    refused = program.send("POST", maps, obj("v1", "ConfigMap", "b"))
    assert refused.status == 403
    assert [cause["reason"] for cause in refused.body["details"]["causes"]] == ["NamespaceTerminating"]
    assert program.meta("DELETE", maps, {**DELETE, "propagationPolicy": "Background"}).status == 200
    assert program.meta("LIST", maps).body.get("items", []) == []
    condition = {"type": "NamespaceContentRemaining", "status": "False", "reason": "ContentRemoved", "message": "x"}
    found = named(program.ok("GET", at), "v1", "Namespace")
    found["status"] = {**found["status"], "conditions": [{**condition, "lastTransitionTime": NOW}]}
    found = named(program.ok("PUT", f"{at}/status", found), "v1", "Namespace")
    finalized = program.ok("PUT", f"{at}/finalize", {**found, "spec": {}})
    assert "finalizers" not in finalized["spec"]
    program.ok("PATCH", at, {"metadata": {"finalizers": None}}, content_type=programs.MP)
    assert program.send("GET", at).status == 404


def test_fields_left_out_of_an_apply_go(program: programs.Program, namespace: str) -> None:
    name = f"role-{namespace}"
    at = f"/apis/rbac.authorization.k8s.io/v1/clusterroles/{name}?fieldManager=clusterrole-aggregation&force=true"
    role = obj("rbac.authorization.k8s.io/v1", "ClusterRole", name)
    rule = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}
    applied = program.ok("PATCH", at, {**role, "rules": [rule]}, content_type=programs.APPLY)
    assert applied["rules"] == [rule]
    assert not program.ok("PATCH", at, role, content_type=programs.APPLY).get("rules")
    status = obj("v1", "Pod", "p", status={"resourceClaimStatuses": [{"name": "c", "resourceClaimName": "x"}]})
    path = collection(namespace, "v1", "pods")
    program.ok("POST", path, pod(resourceClaims=[{"name": "c", "resourceClaimTemplateName": "t"}]))
    query = "fieldManager=ResourceClaimController&force=true"
    found = program.ok("PATCH", f"{path}/p/status?{query}", status, content_type=programs.APPLY)
    assert found["status"]["resourceClaimStatuses"] == [{"name": "c", "resourceClaimName": "x"}]
    found = program.ok("PATCH", f"{path}/p/status?{query}", obj("v1", "Pod", "p"), content_type=programs.APPLY)
    assert "resourceClaimStatuses" not in found["status"]


def test_certificates_are_approved(program: programs.Program, namespace: str) -> None:

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "someone")])
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())

    spec = {
        "request": base64.b64encode(made.public_bytes(serialization.Encoding.PEM)).decode(),
        "signerName": "example.com/signer",
        "usages": ["client auth", "digital signature"],
    }
    every = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
    name = f"csr-{namespace}"
    found = program.ok("POST", every, obj("certificates.k8s.io/v1", "CertificateSigningRequest", name, spec=spec))
    found = named(found, "certificates.k8s.io/v1", "CertificateSigningRequest")
    condition = {"type": "Approved", "status": "True", "reason": "Sure", "message": "x"}
    found["status"] = {"conditions": [condition]}
    approved = program.ok("PUT", f"{every}/{name}/approval", found)
    assert approved["status"]["conditions"][0]["type"] == "Approved"
    # a kind that the signer would fill in
    again = named(approved, "certificates.k8s.io/v1", "CertificateSigningRequest")
    assert program.send("PUT", f"{every}/{name}/status", again).status == 200


def test_endpoints_and_slices(program: programs.Program, namespace: str) -> None:
    service = obj("v1", "Service", "s", spec={"ports": [{"port": 80}], "selector": {"app": "a"}})
    made = program.ok("POST", collection(namespace, "v1", "services"), service)
    assert made["spec"]["clusterIP"]
    endpoints = obj("v1", "Endpoints", "s", subsets=[{"addresses": [{"ip": "10.1.1.1"}], "ports": [{"port": 80}]}])
    path = collection(namespace, "v1", "endpoints")
    found = program.ok("POST", path, endpoints)
    assert program.ok("PUT", f"{path}/s", {**named(found, "v1", "Endpoints"), "subsets": []})
    piece = obj("discovery.k8s.io/v1", "EndpointSlice", "s-1", addressType="IPv4")
    piece |= {"endpoints": [{"addresses": ["10.1.1.1"], "conditions": {"ready": True}}], "ports": [{"port": 80}]}
    path = collection(namespace, "discovery.k8s.io/v1", "endpointslices")
    found = program.ok("POST", path, piece)
    updated = program.ok(
        "PUT", f"{path}/s-1", {**named(found, "discovery.k8s.io/v1", "EndpointSlice"), "endpoints": []}
    )
    assert int(updated["metadata"]["resourceVersion"]) > int(found["metadata"]["resourceVersion"])


def test_volumes_are_bound(program: programs.Program, namespace: str) -> None:
    name = f"pv-{namespace}"
    spec: dict[str, Any] = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "hostPath": {"path": "/x"},
    }
    made = program.ok("POST", "/api/v1/persistentvolumes", obj("v1", "PersistentVolume", name, spec=spec))
    assert made["metadata"]["finalizers"] == ["kubernetes.io/pv-protection"]
    path = collection(namespace, "v1", "persistentvolumeclaims")
    wanted = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": ""}
    claim = program.ok("POST", path, obj("v1", "PersistentVolumeClaim", "c", spec=wanted))
    assert claim["metadata"]["finalizers"] == ["kubernetes.io/pvc-protection"]
    volume = named(made, "v1", "PersistentVolume")
    reference = {"kind": "PersistentVolumeClaim", "namespace": namespace, "name": "c", "uid": claim["metadata"]["uid"]}
    volume["spec"] = {**made["spec"], "claimRef": reference}
    volume = named(program.ok("PUT", f"/api/v1/persistentvolumes/{name}", volume), "v1", "PersistentVolume")
    volume["status"] = {"phase": "Bound"}
    assert program.ok("PUT", f"/api/v1/persistentvolumes/{name}/status", volume)["status"]["phase"] == "Bound"
    claim = named(claim, "v1", "PersistentVolumeClaim")
    claim["metadata"] = {**claim["metadata"], "annotations": {"pv.kubernetes.io/bind-completed": "yes"}}
    claim["spec"] = {**claim["spec"], "volumeName": name}
    assert program.ok("PUT", f"{path}/c", claim)["spec"]["volumeName"] == name


def test_revisions_and_service_cidrs(program: programs.Program, namespace: str) -> None:
    path = collection(namespace, "apps/v1", "controllerrevisions")
    revision = obj("apps/v1", "ControllerRevision", "r", data={"spec": {"x": 1}}, revision=1)
    program.ok("POST", path, revision)
    assert program.meta("GET", f"{path}/r").body["kind"] == "PartialObjectMetadata"
    assert program.ok("GET", f"{path}/r")["data"] == {"spec": {"x": 1}}
    assert program.ok("DELETE", f"{path}/r", DELETE)["status"] == "Success"
    name = f"net-{namespace}"
    every = "/apis/networking.k8s.io/v1/servicecidrs"
    network = f"10.{100 + zlib.crc32(name.encode()) % 100}.{zlib.crc32(name.encode()) // 100 % 250}.0/24"
    program.ok("POST", every, obj("networking.k8s.io/v1", "ServiceCIDR", name, spec={"cidrs": [network]}))
    status = obj("networking.k8s.io/v1", "ServiceCIDR", name)
    condition = {"type": "Ready", "status": "True", "reason": "", "message": "ready", "lastTransitionTime": NOW}
    status["status"] = {"conditions": [condition]}
    query = "fieldManager=service-cidr-controller&force=true"
    applied = program.ok("PATCH", f"{every}/{name}/status?{query}", status, content_type=programs.APPLY)
    assert [each["type"] for each in applied["status"]["conditions"]] == ["Ready"]
    patch = {"metadata": {"finalizers": ["networking.k8s.io/service-cidr-finalizer"]}}
    program.ok("PATCH", f"{every}/{name}", patch, content_type=programs.SMP)
    patch = {"metadata": {"$deleteFromPrimitiveList/finalizers": ["networking.k8s.io/service-cidr-finalizer"]}}
    assert "finalizers" not in program.ok("PATCH", f"{every}/{name}", patch, content_type=programs.SMP)["metadata"]
