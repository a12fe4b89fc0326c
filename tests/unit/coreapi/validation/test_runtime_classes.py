"""What is wrong with runtime classes, and what their clients are warned of."""

from __future__ import annotations

import pytest

from kroute.coreapi.validation import runtimeclasses
from tests.unit.coreapi import harness

CLASS = "node.k8s.io/v1/RuntimeClass"


@pytest.mark.parametrize(
    "patch, expected",
    [
        ({"handler": None}, ["handler: Required value"]),
        ({"handler": "Run_c"}, ['handler: Invalid value: "Run_c": a lowercase RFC 1123 label ...']),
        ({"overhead": {"podFixed": {"cpu": "100m"}}}, []),
        (
            {"overhead": {"podFixed": {"cpu": "-1"}}},
            ['overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0'],
        ),
        (
            {"scheduling": {"nodeSelector": {"a b": "c"}, "tolerations": [{"operator": "Equal", "key": "a b"}]}},
            [
                'scheduling.nodeSelector: Invalid value: "a b": name part must consist of ...',
                'scheduling.tolerations[0].key: Invalid value: "a b": name part must consist of ...',
            ],
        ),
    ],
)
def test_classes_that_are_wrong(patch: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(harness.texts(runtimeclasses.validate(make.minimal(CLASS, patch))), expected)


def test_the_handler_stays(make: harness.Maker) -> None:
    old = make.minimal(CLASS)
    assert harness.texts(runtimeclasses.validate_update(make.changed(old, {"handler": "kata"}), old)) == [
        'handler: Invalid value: "kata": field is immutable'
    ]


def test_clients_are_warned_of_labels_that_have_new_names(make: harness.Maker) -> None:
    obj = make.minimal(CLASS, {"scheduling": {"nodeSelector": {"beta.kubernetes.io/os": "linux", "app": "web"}}})
    (text,) = runtimeclasses.warnings(obj)
    assert text.startswith("scheduling.nodeSelector: ")
    assert "kubernetes.io/os" in text
