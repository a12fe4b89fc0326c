"""Storage forgets empty lists of built-in kinds where Go writes something in any case."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.schema import forgetting, gotypes


@pytest.fixture(scope="module")
def forgetter() -> forgetting.Forgetter:
    return forgetting.Forgetter(gotypes.Types.load())


@pytest.mark.parametrize(
    "name, obj, expected",
    [
        ("rbac.v1.Role", {"rules": []}, {"rules": None}),
        ("rbac.v1.Role", {"rules": [{"verbs": []}]}, {"rules": [{"verbs": None}]}),
        ("rbac.v1.Role", {}, {}),
        ("discovery.v1.EndpointSlice", {"endpoints": [], "ports": None}, {"endpoints": None, "ports": None}),
        ("core.v1.ConfigMap", {"data": {}}, {"data": {}}),
        ("core.v1.Pod", {"spec": {"containers": [], "volumes": []}}, {"spec": {"containers": None, "volumes": []}}),
        (
            "apps.v1.Deployment",
            {"spec": {"template": {"spec": {"containers": []}}}},
            {"spec": {"template": {"spec": {"containers": None}}}},
        ),
    ],
)
def test_empty_lists_become_nothing(forgetter: forgetting.Forgetter, name: str, obj: Any, expected: Any) -> None:
    forgetter.of(name)(obj)
    assert obj == expected


def test_types_that_hold_themselves_are_no_problem(forgetter: forgetting.Forgetter) -> None:
    obj: Any = {"spec": {"versions": [], "names": {}}}
    forgetter.of("apiextensions.v1.CustomResourceDefinition")(obj)
    assert obj["spec"]["versions"] is None


def test_there_must_be_such_a_type(forgetter: forgetting.Forgetter) -> None:
    with pytest.raises(KeyError):
        forgetter.of("core.v1.Nothing")
