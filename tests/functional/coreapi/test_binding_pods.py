"""Pods are assigned to nodes by bindings."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.coreapi.conftest import Core


def bind(core: Core, name: str, query: str = "", **metadata: Any) -> Any:
    body = {"metadata": {"name": name, **metadata}, "target": {"kind": "Node", "name": "n1"}}
    return core.create(f"pods/{name}/binding{query}", body)


@pytest.mark.parametrize(
    "target, message",
    [
        ({}, "target.name: Required value"),
        ({"kind": "Pod", "name": "n"}, 'target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"'),
    ],
)
def test_a_binding_without_a_node_is_refused(core: Core, target: Any, message: str) -> None:
    core.pod("web")
    found = core.create("pods/web/binding", {"metadata": {"name": "web"}, "target": target})
    assert (found.status, found.message) == (500, message)


def test_everything_wrong_with_a_binding_is_told(core: Core) -> None:
    core.pod("web")
    found = core.create("pods/web/binding", {"metadata": {"name": "web"}, "target": {"kind": "Pod"}})
    assert found.message.startswith("[target.kind: ")
    assert found.message.endswith(", target.name: Required value]")


def test_what_waits_for_its_gates_is_not_assigned(core: Core) -> None:
    core.pod("web", schedulingGates=[{"name": "example.org/later"}])
    found = bind(core, "web")
    assert (found.status, found.body["reason"]) == (409, "Conflict")
    assert found.message.endswith("pod web has non-empty .spec.schedulingGates")


def test_what_is_being_deleted_is_not_assigned(core: Core) -> None:
    core.create("pods", {
        "metadata": {"name": "web", "finalizers": ["example.org/hold"]},
        "spec": {"containers": [{"name": "c", "image": "app:1"}]},
    })  # fmt: skip
    core.send("DELETE", core.path("pods/web"))
    assert bind(core, "web").message.endswith("pod web is being deleted, cannot be assigned to a host")


def test_another_pod_of_the_name_is_not_assigned(core: Core) -> None:
    core.pod("web")
    assert bind(core, "web", uid="11111111-2222-3333-4444-555555555555").status == 409
    assert "nodeName" not in core.read("pods/web")["spec"]


def test_a_dry_run_assigns_nothing(core: Core) -> None:
    core.pod("web")
    assert bind(core, "web", "?dryRun=All").status == 201
    assert "nodeName" not in core.read("pods/web")["spec"]


def test_annotations_of_the_binding_win_and_labels_of_the_pod_do(core: Core) -> None:
    core.pod("web")
    core.patch("pods/web", {"metadata": {"annotations": {"a": "old", "b": "old"}}})
    found = bind(core, "web", annotations={"a": "new"}, labels={"app": "other", "zone": "z"})
    assert (found.status, found.body["status"]) == (201, "Success")
    metadata = core.read("pods/web")["metadata"]
    assert metadata["annotations"] == {"a": "new", "b": "old"}
    assert metadata["labels"] == {"app": "web", "zone": "z"}


def test_the_condition_of_a_gated_pod_becomes_true(core: Core) -> None:
    gated = core.pod("web", schedulingGates=[{"name": "example.org/later"}])["status"]["conditions"]
    assert [(each["type"], each["status"], each["reason"]) for each in gated] == [
        ("PodScheduled", "False", "SchedulingGated")
    ]
    core.patch("pods/web", {"spec": {"schedulingGates": None}})
    assert bind(core, "web").status == 201
    conditions = core.read("pods/web")["status"]["conditions"]
    assert [(each["type"], each["status"]) for each in conditions] == [("PodScheduled", "True")]
    assert "reason" not in conditions[0]


def test_selectors_ask_for_labels_of_the_pod_that_is_created(core: Core) -> None:
    term = {"topologyKey": "zone", "labelSelector": {}, "matchLabelKeys": ["app"], "mismatchLabelKeys": ["other"]}
    rules = {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
    found = core.pod("web", affinity={"podAntiAffinity": rules})
    made = found["spec"]["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"][0]
    assert made["labelSelector"] == {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]}
