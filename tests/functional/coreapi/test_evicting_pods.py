"""Pods are evicted when disruption budgets allow it."""

from __future__ import annotations

from typing import Any

from tests.functional.coreapi.conftest import Core

POLICY = "/apis/policy/v1"
HEALTHY = {"observedGeneration": 1, "currentHealthy": 1, "desiredHealthy": 1, "expectedPods": 1}


def running(core: Core, *, ready: bool = True) -> None:
    core.pod("web")
    conditions = [{"type": "Ready", "status": "True"}] if ready else []
    assert core.patch("pods/web/status", {"status": {"phase": "Running", "conditions": conditions}}).status == 200


def budget(core: Core, name: str = "keep", status: Any = None, **spec: Any) -> None:
    body = {"metadata": {"name": name}, "spec": {"minAvailable": 1, "selector": {}, **spec}}
    assert core.create("poddisruptionbudgets", body, api=POLICY).status == 201
    path = f"poddisruptionbudgets/{name}/status"
    answer = core.patch(path, {"status": {**HEALTHY, "disruptionsAllowed": 0, **(status or {})}}, api=POLICY)
    assert answer.status == 200, answer.body


def evict(core: Core, query: str = "", **options: Any) -> Any:
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "web"}, "deleteOptions": options}
    return core.create(f"pods/web/eviction{query}", body)


def is_there(core: Core) -> bool:
    return core.get(core.path("pods/web")).status == 200


def test_two_budgets_for_a_pod_are_too_many(core: Core) -> None:
    running(core)
    budget(core, "one")
    budget(core, "two")
    found = evict(core)
    assert found.status == 500
    assert found.message.startswith("This pod has more than one PodDisruptionBudget")


def test_a_budget_that_failed_says_so(core: Core) -> None:
    running(core)
    failed = {"type": "DisruptionAllowed", "status": "False", "reason": "SyncFailed", "message": "no scale",
              "lastTransitionTime": "2024-01-01T00:00:00Z"}  # fmt: skip
    budget(core, status={"conditions": [failed]})
    found = evict(core)
    assert found.status == 429
    assert found.body["details"]["causes"][0]["message"] == (
        "The disruption budget keep does not allow evicting pods currently because it failed sync: no scale"
    )


def test_a_pod_that_is_not_ready_is_guarded_while_too_few_are_healthy(core: Core) -> None:
    running(core, ready=False)
    budget(core, status={"currentHealthy": 0})
    assert evict(core).status == 429
    assert is_there(core)


def test_a_pod_that_is_not_ready_goes_uncounted_while_enough_are_healthy(core: Core) -> None:
    running(core, ready=False)
    budget(core)
    assert evict(core).status == 201
    assert not is_there(core)
    assert "disruptedPods" not in core.read("poddisruptionbudgets/keep", api=POLICY)["status"]


def test_a_budget_may_let_pods_that_are_not_ready_go_always(core: Core) -> None:
    running(core, ready=False)
    budget(core, status={"currentHealthy": 0}, unhealthyPodEvictionPolicy="AlwaysAllow")
    assert evict(core).status == 201


def test_a_dry_run_counts_nothing_and_deletes_nothing(core: Core) -> None:
    running(core)
    budget(core, status={"disruptionsAllowed": 1})
    for query, options in (("?dryRun=All", {}), ("", {"dryRun": ["All"]})):
        assert evict(core, query, **options).status == 201
        assert is_there(core)
        assert core.read("poddisruptionbudgets/keep", api=POLICY)["status"]["disruptionsAllowed"] == 1


def test_a_pod_of_another_version_than_wanted_stays(core: Core) -> None:
    core.pod("web")
    found = evict(core, preconditions={"resourceVersion": "1"})
    assert (found.status, found.body["reason"]) == (409, "Conflict")
    assert is_there(core)


def test_a_pod_on_a_node_is_told_why_it_goes(core: Core) -> None:
    core.pod("web", node="n1")
    assert evict(core, gracePeriodSeconds=20).status == 201
    found = core.read("pods/web")
    assert found["metadata"]["deletionGracePeriodSeconds"] == 20
    assert [(each["type"], each["reason"]) for each in found["status"]["conditions"]] == [
        ("DisruptionTarget", "EvictionByEvictionAPI")
    ]


def test_the_older_version_of_evictions_is_understood(core: Core) -> None:
    core.pod("web")
    body = {"apiVersion": "policy/v1beta1", "kind": "Eviction", "metadata": {"name": "web"}}
    assert core.create("pods/web/eviction", body).status == 201
    assert not is_there(core)
