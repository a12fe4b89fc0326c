"""Limit ranges and quotas of namespaces."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.functional.basics.test_admission import made, pod, refused
from tests.functional.coreapi.conftest import Core

CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}}}


def limit(core: Core, *limits: Any) -> None:
    assert core.create("limitranges", {"metadata": {"name": "l"}, "spec": {"limits": list(limits)}}).status == 201


def quota(core: Core, hard: Any, *, name: str = "q", used: Any = None, **spec: Any) -> None:
    """A quota whose status is as its controller would have made it."""
    assert core.create("resourcequotas", {"metadata": {"name": name}, "spec": {"hard": hard, **spec}}).status == 201
    status = {"hard": hard, "used": used or dict.fromkeys(hard, "0")}
    assert core.patch(f"resourcequotas/{name}/status", {"status": status}).status == 200


def used(core: Core, name: str = "q") -> Any:
    return core.read(f"resourcequotas/{name}")["status"]["used"]


def test_containers_get_defaults_and_a_note_of_it(core: Core) -> None:
    limit(core, {"type": "Container", "default": {"cpu": "500m"}, "defaultRequest": {"cpu": "100m", "memory": "1Mi"}})
    found = pod(core, initContainers=[{"name": "i", "image": "i:1", "resources": {"limits": {"cpu": "1"}}}]).body
    resources = found["spec"]["containers"][0]["resources"]
    assert resources == {"limits": {"cpu": "500m"}, "requests": {"cpu": "100m", "memory": "1Mi"}}
    assert found["metadata"]["annotations"] == {
        "kubernetes.io/limit-ranger": "LimitRanger plugin set: cpu, memory request for container app; "
        "cpu limit for container app; memory request for init container i"
    }


@pytest.mark.parametrize(
    "resources, complaint",
    [
        (
            {"requests": {"cpu": "10m"}, "limits": {"cpu": "20m"}},
            "minimum cpu usage per Container is 50m, but request is",
        ),
        ({"limits": {"cpu": "2"}}, "maximum cpu usage per Container is 1, but limit is 2"),
        ({"requests": {"cpu": "50m"}, "limits": {"cpu": "1"}}, "is 4, but provided ratio is 20.000000"),
    ],
)
def test_containers_keep_within_bounds(core: Core, resources: Any, complaint: str) -> None:
    limit(core, {"type": "Container", "max": {"cpu": "1"}, "min": {"cpu": "50m"}, "maxLimitRequestRatio": {"cpu": "4"}})
    assert complaint in refused(core, resources=resources)


def test_what_has_bounds_must_be_said(core: Core) -> None:
    limit(core, {"type": "Pod", "max": {"cpu": "1"}, "min": {"memory": "1Mi"}})
    found = refused(core)
    assert "minimum memory usage per Pod is 1Mi.  No request is specified" in found
    assert "maximum cpu usage per Pod is 1.  No limit is specified" in found


def test_claims_keep_within_bounds(core: Core) -> None:
    limit(core, {"type": "PersistentVolumeClaim", "max": {"storage": "2Gi"}})
    found = core.create("persistentvolumeclaims", {"metadata": {"name": "c"}, "spec": CLAIM})
    assert "maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 5Gi" in found.message


def test_a_quota_counts_objects(core: Core) -> None:
    quota(core, {"count/configmaps": "1", "configmaps": "5", "count/deployments.apps": "0"})
    assert core.create("configmaps?dryRun=All", {"metadata": {"name": "a"}}).status == 201
    assert used(core)["configmaps"] == "0", "a dry run is not charged"
    assert core.create("configmaps", {"metadata": {"name": "a"}}).status == 201
    assert used(core) == {"configmaps": "1", "count/configmaps": "1", "count/deployments.apps": "0"}
    found = core.create("configmaps", {"metadata": {"name": "b"}})
    assert found.message == (
        'configmaps "b" is forbidden: exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=1, '
        "limited: count/configmaps=1"
    )
    owners = core.read("resourcequotas/q")["metadata"]["managedFields"]
    assert ("kube-apiserver", "status") in [(each["manager"], each.get("subresource")) for each in owners]


def test_a_quota_without_status_counts_nothing(core: Core) -> None:
    body = {"metadata": {"name": "q"}, "spec": {"hard": {"configmaps": "0"}}}
    assert core.create("resourcequotas", body).status == 201
    assert core.create("configmaps", {"metadata": {"name": "a"}}).status == 201


def test_pods_must_say_what_is_counted(core: Core) -> None:
    quota(core, {"requests.cpu": "1", "pods": "1"})
    assert refused(core).endswith("failed quota: q: must specify requests.cpu for: app")
    found = refused(core, resources={"requests": {"cpu": "2"}})
    assert "exceeded quota: q, requested: requests.cpu=2, used: requests.cpu=0, limited: requests.cpu=1" in found
    made(core, resources={"requests": {"cpu": "600m"}})
    assert used(core) == {"pods": "1", "requests.cpu": "600m"}


def test_unknown_usage_is_no_free_pass(core: Core) -> None:
    quota(core, {"configmaps": "1"}, used={"pods": "0"})
    found = core.create("configmaps", {"metadata": {"name": "a"}})
    assert found.message.endswith("status unknown for quota: q, resources: configmaps")


@pytest.mark.parametrize(
    "scope, spec, counted",
    [
        ("BestEffort", {}, True),
        ("NotBestEffort", {}, False),
        ("Terminating", {"activeDeadlineSeconds": 5}, True),
        ("NotTerminating", {"activeDeadlineSeconds": 5}, False),
        ("CrossNamespacePodAffinity", {}, False),
    ],
)
def test_scopes_choose_pods(core: Core, scope: str, spec: Any, counted: bool) -> None:
    quota(core, {"pods": "3"}, scopes=[scope])
    made(core, **spec)
    assert used(core) == {"pods": "1" if counted else "0"}


def test_a_scope_selector_chooses_priorities(core: Core) -> None:
    selector = {
        "matchExpressions": [{"scopeName": "PriorityClass", "operator": "In", "values": ["system-node-critical"]}]
    }
    quota(core, {"pods": "3"}, scopeSelector=selector)
    made(core)
    made(core, name="high", priorityClassName="system-node-critical")
    assert used(core) == {"pods": "1"}


def test_claims_and_services_are_charged_for_what_changes(core: Core) -> None:
    quota(
        core,
        {
            "requests.storage": "6Gi",
            "services.nodeports": "2",
            "gold.storageclass.storage.k8s.io/requests.storage": "9Gi",
        },
    )
    spec = {**CLAIM, "storageClassName": "gold"}
    assert core.create("persistentvolumeclaims", {"metadata": {"name": "c"}, "spec": spec}).status == 201
    service = {"metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}]}}
    assert core.create("services", service).status == 201
    assert used(core)["services.nodeports"] == "0"
    assert core.patch("services/s", {"spec": {"type": "NodePort"}}).status == 200
    assert used(core) == {
        "requests.storage": "5Gi",
        "services.nodeports": "1",
        "gold.storageclass.storage.k8s.io/requests.storage": "5Gi",
    }


def test_many_at_once_never_get_more_than_there_is(core: Core) -> None:
    quota(core, {"configmaps": "3"})
    answers: list[int] = []

    def create(number: int) -> None:
        answers.append(core.create("configmaps", {"metadata": {"name": f"c{number}"}}).status)

    threads = [threading.Thread(target=create, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201] * 3 + [403] * 9
    assert used(core) == {"configmaps": "3"}
