"""Claims, classes and slices of devices."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.coreapi.validation import deviceallocations, deviceclaims, deviceslices
from tests.unit.coreapi import harness

GROUP = "resource.k8s.io/v1"
CLAIM, CLASS, SLICE = f"{GROUP}/ResourceClaim", f"{GROUP}/DeviceClass", f"{GROUP}/ResourceSlice"
TEMPLATE = f"{GROUP}/ResourceClaimTemplate"
EXACTLY = {"deviceClassName": "gpu.example.com"}
DEVICE = {"driver": "gpu.example.com", "pool": "n1", "device": "gpu-0"}


def devices(make: harness.Maker, **claim: Any) -> list[str]:
    obj = make.minimal(CLAIM, {"spec": {"devices": claim}})
    return [text.removeprefix("spec.devices.") for text in harness.texts(deviceclaims.Claims().validate(obj))]


def one(make: harness.Maker, **device: Any) -> list[str]:
    obj = make.minimal(SLICE, {"spec": {"devices": [{"name": "gpu-0", **device}]}})
    return [text.removeprefix("spec.devices[0].") for text in harness.texts(deviceslices.validate(obj))]


@pytest.mark.parametrize(
    "claim, expected",
    [
        (
            {"requests": [{"name": "a", "exactly": EXACTLY}, {"name": "a", "exactly": EXACTLY}]},
            ['requests[1]: Duplicate value: "a"'],
        ),
        (
            {"requests": [{"name": str(n), "exactly": EXACTLY} for n in range(33)]},
            ["requests: Too many: 33: must have at most 32 items"],
        ),
        (
            {"requests": [{"name": "a", "exactly": EXACTLY, "firstAvailable": [{"name": "b", **EXACTLY}]}]},
            [
                "requests[0]: Invalid value: null: exactly one of `exactly` or `firstAvailable` is required, "
                "but multiple fields are set"
            ],
        ),
        (
            {"requests": [{"name": "a", "exactly": {**EXACTLY, "allocationMode": "All", "count": 2}}]},
            ["requests[0].exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'"],
        ),
        (
            {"requests": [{"name": "a", "exactly": {**EXACTLY, "selectors": [{}]}}]},
            ["requests[0].exactly.selectors[0].cel: Required value"],
        ),
        (
            {
                "requests": [
                    {"name": "a", "exactly": {**EXACTLY, "tolerations": [{"operator": "Exists", "value": "v"}]}}
                ]
            },
            ['requests[0].exactly.tolerations[0].value: Invalid value: "v": must be empty for operator `Exists`'],
        ),
        (
            {"constraints": [{"requests": ["gpu", "none"], "matchAttribute": "plain"}, {}]},
            [
                'constraints[0].requests[1]: Invalid value: "none": must be the name of a request in the claim ...',
                'constraints[0].matchAttribute: Invalid value: "plain": a fully qualified name must be ...',
                'constraints[1]: Required value: exactly one of "matchAttribute" or "distinctAttribute" ...',
            ],
        ),
        (
            {"config": [{"opaque": {"driver": "d.example.com", "parameters": [1]}}, {}]},
            [
                'config[0].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object',
                "config[1].opaque: Required value",
            ],
        ),
    ],
)
def test_a_claim_is_refused(make: harness.Maker, claim: harness.Patch, expected: list[str]) -> None:
    assert harness.said(devices(make, **claim), expected)


def test_alternatives_are_named_with_their_request(make: harness.Maker) -> None:
    requests = [{"name": "a", "firstAvailable": [{"name": "b", **EXACTLY}]}]
    constraint = {"requests": ["a", "a/b"], "matchAttribute": "example.com/numa"}
    assert not devices(make, requests=requests, constraints=[constraint])
    assert len(devices(make, requests=requests, constraints=[{**constraint, "requests": ["a/c"]}])) == 1


def test_claims_and_templates_never_change(make: harness.Maker) -> None:
    old, new = (make.minimal(CLAIM, {"metadata": {"labels": labels}}) for labels in ({}, {"a": "b"}))
    checker = deviceclaims.Claims()
    assert not harness.texts(checker.validate_update(new, old))
    changed = make.changed(old, {"spec": {"devices": {"requests": [{"name": "x", "exactly": EXACTLY}]}}})
    (found,) = harness.texts(checker.validate_update(changed, old))
    assert found.startswith('spec: Invalid value: {"Devices":{"Requests":[{"Name":"x"')
    labelled = make.minimal(TEMPLATE, {"spec": {"metadata": {"name": "x", "labels": {"a": "A B"}}}})
    assert len(harness.texts(checker.validate_template(labelled))) == 2


def test_a_class_may_stand_for_an_extended_resource(make: harness.Maker) -> None:
    checker = deviceclaims.Claims()
    for name, wrong in (("example.com/gpu", 0), ("cpu", 1)):
        obj = make.minimal(CLASS, {"spec": {"extendedResourceName": name}})
        assert len(harness.texts(checker.validate_class(obj))) == wrong


@pytest.mark.parametrize(
    "spec, expected",
    [
        (
            {"nodeName": None},
            [
                "spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, "
                "`perDeviceNodeSelection` is required"
            ],
        ),
        ({"allNodes": True}, ['spec: Invalid value: "{`nodeName`, `allNodes`}": exactly one of ...']),
        ({"allNodes": False}, ["spec.allNodes: Invalid value: false: must be either unset or set to true"]),
        (
            {"pool": {"name": "a/B", "resourceSliceCount": 0, "generation": -1}},
            [
                'spec.pool.name: Invalid value: "B": a lowercase ...',
                "spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero",
                "spec.pool.generation: Invalid value: -1: must be greater than or equal to zero",
            ],
        ),
        (
            {"sharedCounters": [{"name": "c"}]},
            [
                'spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed',
                "spec.sharedCounters[0].counters: Required value",
            ],
        ),
    ],
)
def test_a_slice_is_refused(make: harness.Maker, spec: harness.Patch, expected: list[str]) -> None:
    assert harness.said(harness.texts(deviceslices.validate(make.minimal(SLICE, {"spec": spec}))), expected)


@pytest.mark.parametrize(
    "device, expected",
    [
        ({"attributes": {"a": {}}}, ['attributes[a]: Invalid value: "": exactly one value must be specified']),
        (
            {"attributes": {"a": {"version": "1"}}},
            ['attributes[a].version: Invalid value: "1": must be a string compatible with semver.org spec 2.0.0'],
        ),
        ({"attributes": {"/a": {"int": 1}}}, ['attributes[/a]: Invalid value: "": the domain must not be empty']),
        ({"attributes": {"a b": {"int": 1}}}, ['attributes[a b]: Invalid value: "a b": a valid C identifier ...']),
        ({"taints": [{"key": "k", "effect": "Some"}]}, ['taints[0].effect: Unsupported value: "Some": ...']),
        ({"nodeName": "n1"}, ["spec.devices[0]: Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` ..."]),
        (
            {"bindingConditions": ["a", "a"]},
            [
                'bindingConditions[1]: Duplicate value: "a"',
                "bindingFailureConditions: Invalid value: null: "
                "bindingFailureConditions are required to use bindingConditions",
            ],
        ),
        (
            {"capacity": {"memory": {"value": "1Gi", "requestPolicy": {}}}},
            ["capacity[memory].requestPolicy: Forbidden: allowMultipleAllocations must be true"],
        ),
        ({"consumesCounters": [{"counterSet": "s"}]}, ["consumesCounters[0].counters: Required value"]),
    ],
)
def test_a_device_is_refused(make: harness.Maker, device: harness.Patch, expected: list[str]) -> None:
    assert harness.said(one(make, **device), expected)


@pytest.mark.parametrize(
    "policy, expected",
    [
        ({"default": "1Gi", "validValues": ["1Gi", "2Gi"]}, []),
        ({"validValues": ["1Gi"]}, ["default: Required value: required when validValues is defined"]),
        (
            {"default": "3Gi", "validValues": ["2Gi", "1Gi", "9Gi"]},
            [
                'validValues[1]: Invalid value: "1Gi": values must be sorted in ascending order',
                'validValues[2]: Invalid value: "9Gi": option is larger than capacity value: 4Gi',
                'validValues: Invalid value: "3Gi": default value is not valid according to the requestPolicy',
            ],
        ),
        ({"default": "1Gi", "validRange": {}}, ["validRange.min: Required value: required when validRange is defined"]),
        (
            {"default": "1Gi", "validRange": {"min": "2Gi", "max": "8Gi", "step": "3Gi"}},
            [
                'validRange.min: Invalid value: "1Gi": default is less than min: 2Gi',
                'validRange.max: Invalid value: "8Gi": max is larger than capacity value: 4Gi',
                'validRange.step: Invalid value: "3Gi": one step 5Gi is larger than capacity value: 4Gi',
                'validRange.step: Invalid value: "1Gi": value is not a multiple of a given step (3Gi) from (2Gi)',
            ],
        ),
    ],
)
def test_shared_capacity_is_asked_for_in_steps(make: harness.Maker, policy: harness.Patch, expected: list[str]) -> None:
    capacity = {"memory": {"value": "4Gi", "requestPolicy": policy}}
    found = one(make, allowMultipleAllocations=True, capacity=capacity)
    assert [text.removeprefix("capacity[memory].requestPolicy.") for text in found] == expected


def status(make: harness.Maker, **fields: Any) -> harness.Object:
    return make.minimal(CLAIM, {"status": fields})


ALLOCATION = {"devices": {"results": [{"request": "gpu", **DEVICE}]}}
CONSUMER = {"resource": "pods", "name": "p", "uid": "u"}


@pytest.mark.parametrize(
    "fields, expected",
    [
        (
            {"reservedFor": [CONSUMER]},
            ["status.reservedFor: Forbidden: may not be specified when `allocated` is not set"],
        ),
        (
            {"allocation": ALLOCATION, "reservedFor": [CONSUMER, CONSUMER]},
            ['status.reservedFor[1]: Duplicate value: "u"'],
        ),
        (
            {"allocation": {"devices": {"results": [{"request": "none", **DEVICE, "shareID": "1"}]}}},
            [
                'status.allocation.devices.results[0].request: Invalid value: "none": must be the name ...',
                'status.allocation.devices.results[0].shareID: Invalid value: "1": must be a lowercase UUID ...',
            ],
        ),
        (
            {"devices": [{**DEVICE, "networkData": {"ips": ["10.0.0.1"], "interfaceName": "x" * 257}}]},
            [
                "status.devices[0]: Invalid value: ...",
                "status.devices[0].networkData.interfaceName: Too long: may not be more than 256 bytes",
                'status.devices[0].networkData.ips[0]: Invalid value: "10.0.0.1": must be a valid address ...',
            ],
        ),
    ],
)
def test_a_status_is_refused(make: harness.Maker, fields: harness.Patch, expected: list[str]) -> None:
    found = harness.texts(deviceallocations.validate_status(status(make, **fields), status(make)))
    assert harness.said(found, expected)


def test_an_allocation_stays_and_a_dying_claim_gets_no_consumers(make: harness.Maker) -> None:
    old = status(make, allocation=ALLOCATION)
    moved = {"devices": {"results": [{"request": "gpu", **DEVICE, "device": "gpu-1"}]}}
    (found,) = harness.texts(deviceallocations.validate_status(status(make, allocation=moved), old))
    assert found.endswith("field is immutable")
    new = make.changed(
        old, {"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}, "status": {"reservedFor": [CONSUMER]}}
    )
    (found,) = harness.texts(deviceallocations.validate_status(new, old))
    assert found.startswith("status.reservedFor: Forbidden: new entries may not be added")
