"""kube-controller-manager and kube-scheduler start under RBAC, each as the user that it is, over TLS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kroute import app
from kroute.testing import serving
from tests.functional.controlplane import programs, test_reading

SYSTEM = "/api/v1/namespaces/kube-system"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"
AUTHENTICATION = f"{SYSTEM}/configmaps/extension-apiserver-authentication"
SCHEDULED = [
    *("/api/v1/namespaces", "/api/v1/nodes", "/api/v1/persistentvolumeclaims", "/api/v1/persistentvolumes"),
    *("/api/v1/replicationcontrollers", "/api/v1/services", test_reading.SCHEDULED, "/apis/apps/v1/replicasets"),
    *("/apis/apps/v1/statefulsets", "/apis/policy/v1/poddisruptionbudgets", "/apis/resource.k8s.io/v1/deviceclasses"),
    *("/apis/resource.k8s.io/v1/resourceclaims", "/apis/resource.k8s.io/v1/resourceslices"),
    *("/apis/storage.k8s.io/v1/csidrivers", "/apis/storage.k8s.io/v1/csinodes"),
    *("/apis/storage.k8s.io/v1/csistoragecapacities", "/apis/storage.k8s.io/v1/storageclasses"),
    "/apis/storage.k8s.io/v1/volumeattachments",
]
CONTROLLERS = {
    "attachdetach-controller": "/api/v1/persistentvolumes",
    "certificate-controller": "/apis/certificates.k8s.io/v1/certificatesigningrequests",
    "clusterrole-aggregation-controller": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "cronjob-controller": "/apis/batch/v1/cronjobs",
    "daemon-set-controller": "/apis/apps/v1/daemonsets",
    "deployment-controller": "/apis/apps/v1/deployments",
    "disruption-controller": "/apis/policy/v1/poddisruptionbudgets",
    "endpoint-controller": "/api/v1/services",
    "endpointslice-controller": "/apis/discovery.k8s.io/v1/endpointslices",
    "endpointslicemirroring-controller": "/api/v1/endpoints",
    "ephemeral-volume-controller": "/api/v1/pods",
    "expand-controller": "/api/v1/persistentvolumeclaims",
    "generic-garbage-collector": "/api/v1/configmaps",
    "horizontal-pod-autoscaler": "/apis/autoscaling/v2/horizontalpodautoscalers",
    "job-controller": "/apis/batch/v1/jobs",
    "namespace-controller": "/api/v1/namespaces",
    "node-controller": "/api/v1/nodes",
    "persistent-volume-binder": "/api/v1/persistentvolumes",
    "pod-garbage-collector": "/api/v1/pods",
    "pv-protection-controller": "/api/v1/persistentvolumes",
    "pvc-protection-controller": "/api/v1/persistentvolumeclaims",
    "replicaset-controller": "/apis/apps/v1/replicasets",
    "replication-controller": "/api/v1/replicationcontrollers",
    "resourcequota-controller": "/api/v1/secrets",
    "service-cidrs-controller": "/apis/networking.k8s.io/v1/servicecidrs",
    "statefulset-controller": "/apis/apps/v1/statefulsets",
    "ttl-after-finished-controller": "/apis/batch/v1/jobs",
    "ttl-controller": "/api/v1/nodes",
    "validatingadmissionpolicy-status-controller": "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[app.Running]:
    """A whole server under RBAC, with everything that it begins with."""
    tokens = tmp_path_factory.mktemp("tokens") / "tokens.csv"
    lines = ["kcm,system:kube-controller-manager,1", "sch,system:kube-scheduler,2", "nobody,nobody,3"]
    tokens.write_text("\n".join([*lines, "admin,admin,4,system:masters"]) + "\n")
    server = app.APIServer(core=True, extensions=True, aggregator=True)
    modes = ["Node", "RBAC"]
    options: dict[str, Any] = {"token_auth_file": tokens, "authorization_mode": modes, "controllers": ["-*"]}
    with serving.running(server, tls=True, **options) as running:
        admin = programs.Program(running, programs.JSON, token="admin")
        for path, name in (
            (f"{SYSTEM}/configmaps", "extension-apiserver-authentication"),
            ("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", "system:kube-scheduler"),
        ):
            wait_for(admin, path, name)
        yield running


def wait_for(admin: programs.Program, path: str, name: str) -> None:
    with admin.watch(f"{path}?watch=1&fieldSelector=metadata.name%3D{name}") as events:
        next(events)


@pytest.fixture(params=[programs.PB, programs.JSON], ids=["protobuf", "json"])
def mode(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def kcm(guarded: app.Running, mode: str) -> programs.Program:
    return programs.Program(guarded, mode, token="kcm")


@pytest.fixture
def scheduler(guarded: app.Running, mode: str) -> programs.Program:
    return programs.Program(guarded, mode, token="sch")


@pytest.mark.parametrize("token", ["kcm", "sch"])
def test_whom_to_trust_is_told(guarded: app.Running, mode: str, token: str) -> None:
    found = programs.Program(guarded, mode, token=token).ok("GET", AUTHENTICATION)
    assert "BEGIN CERTIFICATE" in found["data"]["client-ca-file"]
    assert {"requestheader-client-ca-file", "requestheader-username-headers"} <= set(found["data"])


@pytest.mark.parametrize("token, name", [("kcm", "kube-controller-manager"), ("sch", "kube-scheduler")])
def test_leaders_are_elected(guarded: app.Running, mode: str, token: str, name: str) -> None:
    program = programs.Program(guarded, mode, token=token)
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": name}}
    found = program.send("GET", f"{LEASES}/{name}?timeout=5s")
    if found.status == 404:
        made = program.ok("POST", f"{LEASES}?timeout=5s", {**lease, "spec": {"holderIdentity": "a"}})
    else:
        made = found.body
    wanted = {**made, **{key: lease[key] for key in ("apiVersion", "kind")}, "spec": {"holderIdentity": "b"}}
    assert program.ok("PUT", f"{LEASES}/{name}?timeout=5s", wanted)["spec"]["holderIdentity"] == "b"


@pytest.mark.parametrize("path", [*test_reading.TYPED, *test_reading.METADATA_ONLY])
def test_the_controller_manager_may_follow_everything(kcm: programs.Program, path: str) -> None:
    accept = programs.metadata_accept("PartialObjectMetadata") if path in test_reading.METADATA_ONLY else None
    kcm.initial(path, accept=accept)


@pytest.mark.parametrize("path", SCHEDULED)
def test_the_scheduler_may_follow_what_it_needs(scheduler: programs.Program, path: str) -> None:
    scheduler.initial(path)


def test_the_scheduler_may_not_more(scheduler: programs.Program) -> None:
    assert scheduler.send("GET", "/api/v1/secrets").status == 403
    assert scheduler.send("DELETE", "/api/v1/nodes/any").status == 403


@pytest.mark.parametrize("name, path", CONTROLLERS.items())
def test_controllers_have_accounts_of_their_own(
    kcm: programs.Program, guarded: app.Running, mode: str, name: str, path: str
) -> None:
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": "kube-system"}}
    if kcm.send("GET", f"{SYSTEM}/serviceaccounts/{name}").status == 404:
        kcm.ok("POST", f"{SYSTEM}/serviceaccounts", account)
    request = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"audiences": [], "expirationSeconds": 3600},
    }
    token = kcm.ok("POST", f"{SYSTEM}/serviceaccounts/{name}/token", request)["status"]["token"]
    controller = programs.Program(guarded, mode, token=token)
    controller.initial(path)
    assert controller.send("DELETE", "/apis/scheduling.k8s.io/v1/priorityclasses/any").status in (403, 404)
    assert controller.send("GET", "/logs").status == 403


def test_the_others_may_nothing(guarded: app.Running, mode: str) -> None:
    nobody = programs.Program(guarded, mode, token="nobody")
    assert nobody.send("GET", AUTHENTICATION).status == 403
    assert nobody.send("GET", "/api/v1/nodes").status == 403
    assert nobody.send("GET", "/healthz").body == "ok"
    assert programs.Program(guarded, mode, token="unknown").send("GET", "/healthz").status == 401


def test_programs_ask_about_their_own_callers(kcm: programs.Program, guarded: app.Running, mode: str) -> None:
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": "sch"}}
    path = "/apis/authentication.k8s.io/v1/tokenreviews"
    found = kcm.ok("POST", path, review, content_type=programs.JSON, accept="application/json, */*")
    assert found["status"]["user"]["username"] == "system:kube-scheduler"
    access = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": "nobody", "nonResourceAttributes": {"path": "/metrics", "verb": "get"}},
    }
    path = "/apis/authorization.k8s.io/v1/subjectaccessreviews?timeout=10s"
    found = kcm.ok("POST", path, access, content_type=programs.PB, accept=f"{programs.PB},{programs.JSON}")
    assert not found["status"].get("allowed")
