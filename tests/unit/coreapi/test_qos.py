"""The class of a pod, and what its containers ask for together."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.coreapi import podresources, qos, resourcenames

BOTH = {"cpu": "1", "memory": "1Gi"}


def holder(limits: dict[str, str] | None = None, requests: dict[str, str] | None = None, **fields: Any) -> Any:
    return {"resources": {"limits": limits or {}, "requests": requests or {}}, **fields}


@pytest.mark.parametrize(
    "spec, expected",
    [
        ({}, "BestEffort"),
        ({"containers": [{}, {"resources": {}}]}, "BestEffort"),
        ({"containers": [holder(requests={"cpu": "0"})]}, "BestEffort"),
        ({"containers": [holder(requests={"ephemeral-storage": "1Gi"})]}, "BestEffort"),
        ({"containers": [holder(requests={"cpu": "1"})]}, "Burstable"),
        ({"containers": [holder(BOTH, {"cpu": "1"})]}, "Burstable"),
        ({"containers": [holder(BOTH, BOTH), {}]}, "Burstable"),
        ({"containers": [holder(BOTH, BOTH)], "initContainers": [holder(requests={"cpu": "1"})]}, "Burstable"),
        ({"containers": [holder(BOTH, {"cpu": "500m", "memory": "1Gi"})]}, "Burstable"),
        ({"containers": [holder(BOTH, BOTH)]}, "Guaranteed"),
        ({"containers": [holder(BOTH, {"cpu": "1000m", "memory": "1024Mi"})]}, "Guaranteed"),
        ({"containers": [holder(BOTH, BOTH), holder(BOTH, BOTH)]}, "Guaranteed"),
        ({"containers": [{}], **holder(BOTH, BOTH)}, "Guaranteed"),
        ({"containers": [holder(BOTH, BOTH)], **holder(requests={"cpu": "3"})}, "Burstable"),
        ({"containers": [holder(BOTH, BOTH)], **holder()}, "BestEffort"),
    ],
)
def test_the_class_follows_from_requests_and_limits(spec: dict[str, Any], expected: str) -> None:
    assert qos.compute(spec) == expected


def test_a_class_that_was_given_counts() -> None:
    pod = {"spec": {"containers": [holder(BOTH, BOTH)]}, "status": {"qosClass": "Burstable"}}
    assert qos.class_of(pod) == "Burstable"
    assert qos.class_of({**pod, "status": {}}) == "Guaranteed"


@pytest.mark.parametrize(
    "initial, expected",
    [
        ([], "2"),
        ([holder(requests={"cpu": "1"})], "2"),
        ([holder(requests={"cpu": "3"})], "3"),
        ([holder(requests={"cpu": "1"}, restartPolicy="Always")], "3"),
        ([holder(requests={"cpu": "1"}, restartPolicy="Always"), holder(requests={"cpu": "3"})], "4"),
        ([holder(requests={"cpu": "3"}), holder(requests={"cpu": "1"}, restartPolicy="Always")], "3"),
    ],
)
def test_initialisation_counts_where_it_needs_more_than_running(initial: list[Any], expected: str) -> None:
    running = [holder(requests={"cpu": "1"}), holder(requests={"cpu": "1"})]
    total = podresources.aggregate({"containers": running, "initContainers": initial}, "requests")
    assert {name: str(amount) for name, amount in total.items()} == {"cpu": expected}


@pytest.mark.parametrize(
    "name, native, standard, for_containers, extended, whole",
    [
        ("cpu", True, True, True, False, False),
        ("storage", True, True, False, False, False),
        ("pods", True, True, False, False, True),
        ("hugepages-2Mi", True, True, True, False, False),
        ("requests.hugepages-2Mi", True, True, False, False, False),
        ("limits.cpu", True, True, False, False, False),
        ("example.com/gpu", False, False, False, True, True),
        ("example.com/" + "a" * 63, False, False, False, True, True),
        ("requests.example.com/gpu", False, False, False, False, False),
        ("kubernetes.io/x", True, False, False, False, False),
        ("odd", True, False, False, False, False),
    ],
)
def test_names_of_resources(
    name: str, native: bool, standard: bool, for_containers: bool, extended: bool, whole: bool
) -> None:
    assert resourcenames.is_native(name) is native
    assert resourcenames.is_standard(name) is standard
    assert resourcenames.is_for_containers(name) is for_containers
    assert resourcenames.is_extended(name) is extended
    assert resourcenames.is_whole(name) is whole


@pytest.mark.parametrize("name, size", [("hugepages-2Mi", 2**21), ("hugepages-", 0), ("hugepages-x", 0),
                                        ("hugepages--1", 0), ("hugepages-0.5", 0)])  # fmt: skip
def test_the_size_of_a_huge_page_is_in_its_name(name: str, size: int) -> None:
    assert resourcenames.page_size(name) == size
