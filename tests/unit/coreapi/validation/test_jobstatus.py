"""The status of jobs: what follows from what, and what stays."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.coreapi.validation import jobstatus
from tests.unit.coreapi import harness

START, LATER, LAST = "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z", "2026-01-01T00:02:00Z"
INDEXED = {"completionMode": "Indexed", "completions": 5}


def true(*kinds: str) -> harness.Patch:
    return {"conditions": [{"type": kind, "status": "True"} for kind in kinds]}


COMPLETE = {**true("SuccessCriteriaMet", "Complete"), "startTime": START, "completionTime": LATER}
FAILED = {**true("FailureTarget", "Failed"), "startTime": START}


def written(make: harness.Maker, spec: harness.Patch, before: harness.Patch, after: harness.Patch) -> list[str]:
    """What is wrong with writing a status over another; fields that it doesn't have are taken away."""
    old = make.minimal("batch/v1/Job", {"spec": spec, "status": before})
    gone: dict[str, Any] = dict.fromkeys(before)
    found = harness.texts(jobstatus.validate(make.changed(old, {"status": {**gone, **after}}), old))
    return [text.removeprefix("status.") for text in found]


@pytest.mark.parametrize(
    "spec, before, after, expected",
    [
        (
            {},
            {},
            {"active": -1, "succeeded": -1, "failed": -1, "ready": -1, "terminating": -1},
            [
                "active: Invalid value: -1: must be greater than or equal to 0",
                "succeeded: Invalid value: -1: must be greater than or equal to 0",
                "failed: Invalid value: -1: must be greater than or equal to 0",
                "ready: Invalid value: -1: must be greater than or equal to 0",
                "terminating: Invalid value: -1: must be greater than or equal to 0",
                "failed: Invalid value: -1: cannot decrease the failed counter",
                "succeeded: Invalid value: -1: cannot decrease the succeeded counter",
            ],
        ),
        (
            {},
            {},
            {"uncountedTerminatedPods": {"succeeded": ["a", "a", ""], "failed": ["a"]}},
            [
                'uncountedTerminatedPods.succeeded[1]: Duplicate value: "a"',
                'uncountedTerminatedPods.succeeded[2]: Invalid value: "": must not be empty',
                'uncountedTerminatedPods.failed[0]: Duplicate value: "a"',
            ],
        ),
        (
            {},
            {},
            {**COMPLETE, **true("SuccessCriteriaMet", "Complete", "Failed", "FailureTarget")},
            [
                "conditions: Invalid value: cannot set Complete=True and Failed=true conditions",
                "conditions: Invalid value: cannot set Complete=True and FailureTarget=true conditions",
                "conditions: Invalid value: cannot set SuccessCriteriaMet=True and Failed=true conditions",
                "conditions: Invalid value: cannot set SuccessCriteriaMet=True and FailureTarget=true conditions",
            ],
        ),
        (
            {},
            {},
            {"completionTime": LATER, "startTime": START},
            ['completionTime: Invalid value: "2026-01-01T00:01:00Z": cannot set completionTime when there is ...'],
        ),
        (
            {},
            {},
            {**COMPLETE, "completionTime": None},
            ["completionTime: Required value: completionTime is required for Complete jobs"],
        ),
        (
            {},
            {},
            {**COMPLETE, "startTime": LAST},
            ['completionTime: Invalid value: "2026-01-01T00:01:00Z": completionTime cannot be set before ...'],
        ),
        (
            {},
            {},
            {**COMPLETE, "startTime": None},
            ["startTime: Required value: startTime is required for finished job"],
        ),
        (
            {},
            {},
            {**COMPLETE, **true("Complete")},
            ["conditions: Invalid value: cannot set Complete=True condition without the ..."],
        ),
        (
            {},
            {},
            {**FAILED, **true("Failed")},
            ["conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true ..."],
        ),
        (
            {},
            {},
            {**FAILED, "active": 1, "terminating": 1, "uncountedTerminatedPods": {"failed": ["a"]}},
            [
                "active: Invalid value: 1: active>0 is invalid for finished job",
                'uncountedTerminatedPods: Invalid value: {"failed":["a"]}: uncountedTerminatedPods needs to be ...',
                "terminating: Invalid value: 1: terminating>0 is invalid for finished job",
            ],
        ),
        ({}, {}, {"ready": 1}, ["ready: Invalid value: 1: cannot set more ready pods than active"]),
        (
            {},
            {},
            {"completedIndexes": "1", "failedIndexes": "2"},
            [
                'completedIndexes: Invalid value: "1": error parsing completedIndexes: too large index: "1"',
                'completedIndexes: Invalid value: "1": cannot set non-empty completedIndexes when non-indexed ...',
                'failedIndexes: Invalid value: "2": cannot set non-null failedIndexes when backoffLimitPerIndex ...',
            ],
        ),
        (
            INDEXED,
            {},
            {"completedIndexes": "1,9"},
            ['completedIndexes: Invalid value: "1,9": error parsing completedIndexes: too large index: "9"'],
        ),
        (
            {**INDEXED, "backoffLimitPerIndex": 1},
            {},
            {"completedIndexes": "0-2", "failedIndexes": "2,x"},
            [
                'failedIndexes: Invalid value: "2,x": error parsing failedIndexes: cannot convert string to ...',
                'failedIndexes: Invalid value: "2,x": failedIndexes and completedIndexes overlap at index: 2',
            ],
        ),
        (
            {},
            {},
            {**true("SuccessCriteriaMet", "FailureTarget")},
            ["conditions: Invalid value: cannot set SuccessCriteriaMet=True and FailureTarget=true conditions"],
        ),
        (
            {**INDEXED, "successPolicy": {"rules": [{"succeededCount": 1}]}},
            {},
            {**COMPLETE, **true("Complete")},
            [
                "conditions: Invalid value: cannot set Complete=True condition without the ...",
                "conditions: Invalid value: cannot set Complete=True for Job with SuccessPolicy unless ...",
            ],
        ),
        (
            {},
            COMPLETE,
            {"startTime": START},
            [
                "conditions: Invalid value: cannot disable the terminal Complete=True condition",
                "conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition",
            ],
        ),
        (
            {},
            FAILED,
            {"startTime": START},
            [
                "conditions: Invalid value: cannot disable the terminal Failed=True condition",
                "conditions: Invalid value: cannot disable the terminal FailureTarget=True condition",
            ],
        ),
        (
            {},
            {"failed": 2, "succeeded": 2},
            {"failed": 1, "succeeded": 1},
            [
                "failed: Invalid value: 1: cannot decrease the failed counter",
                "succeeded: Invalid value: 1: cannot decrease the succeeded counter",
            ],
        ),
        (
            {},
            COMPLETE,
            {**COMPLETE, "completionTime": LAST},
            ['completionTime: Invalid value: "2026-01-01T00:02:00Z": completionTime cannot be mutated'],
        ),
        ({}, {"startTime": START}, {}, ["startTime: Required value: startTime cannot be removed for unsuspended job"]),
        (
            {},
            {"startTime": START},
            {"startTime": LATER},
            ["startTime: Required value: startTime cannot be removed for unsuspended job"],
        ),
        (
            {},
            {**COMPLETE, **true("Complete")},
            COMPLETE,
            ["conditions: Invalid value: cannot set SuccessCriteriaMet=True for Job already has ..."],
        ),
    ],
)
def test_statuses_that_are_refused(
    spec: harness.Patch, before: harness.Patch, after: harness.Patch, expected: list[str], make: harness.Maker
) -> None:
    assert harness.said(written(make, spec, before, after), expected)


@pytest.mark.parametrize(
    "spec, before, after, expected",
    [
        ({}, {}, {"active": 1, "ready": 1, "startTime": START, "uncountedTerminatedPods": {"succeeded": ["a"]}}, []),
        ({}, {"active": 1, "startTime": START}, COMPLETE, []),
        ({}, {"active": 1, "startTime": START}, FAILED, []),
        ({"suspend": True}, {"startTime": START}, {}, []),
        ({"suspend": True, "completions": 0}, {}, {**COMPLETE, "startTime": None}, []),
        ({**INDEXED, "parallelism": 5}, {"succeeded": 2}, {"succeeded": 1}, []),
        ({**INDEXED, "backoffLimitPerIndex": 1}, {}, {"completedIndexes": "0-2", "failedIndexes": "3,4"}, []),
    ],
)
def test_statuses_that_are_accepted(
    spec: harness.Patch, before: harness.Patch, after: harness.Patch, expected: list[str], make: harness.Maker
) -> None:
    assert harness.said(written(make, spec, before, after), expected)


def test_what_was_wrong_before_may_stay_so(make: harness.Maker) -> None:
    wrong = {**true("Complete"), "completedIndexes": "9", "active": 1}
    assert not written(make, INDEXED, wrong, {**wrong, "failed": 1})
