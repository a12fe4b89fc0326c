"""Documents of Kubernetes' own kinds say what Go writes for unset fields, and what enumerated values mean."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.openapi import annotating, definitions
from kroute.schema import builtin

CORE, META = "io.k8s.api.core.v1.", "io.k8s.apimachinery.pkg.apis.meta.v1."


@pytest.fixture(scope="module")
def known() -> definitions.Definitions:
    return definitions.Definitions([builtin.Definitions.kubernetes()], annotations=annotating.Annotations.load())


def prop(known: definitions.Definitions, name: str, field: str) -> Any:
    return known.schema(name)["properties"][field]


@pytest.mark.parametrize(
    "name, field, value",
    [
        (f"{CORE}Pod", "spec", {}),
        (f"{CORE}Container", "name", ""),
        (f"{CORE}ContainerPort", "containerPort", 0),
        (f"{CORE}PodList", "metadata", {}),
        (f"{META}APIResource", "namespaced", False),
    ],
)
def test_fields_that_are_always_written_have_defaults(
    known: definitions.Definitions, name: str, field: str, value: Any
) -> None:
    assert prop(known, name, field)["default"] == value


@pytest.mark.parametrize(
    "name, field",
    [(f"{CORE}Container", "image"), (f"{CORE}PodSpec", "containers"), (f"{CORE}PodSpec", "securityContext")],
)
def test_others_have_none(known: definitions.Definitions, name: str, field: str) -> None:
    assert "default" not in prop(known, name, field)


@pytest.mark.parametrize(
    "name, field, value",
    [
        (f"{CORE}ContainerPort", "protocol", "TCP"),
        (f"{CORE}ReplicationControllerSpec", "replicas", 1),
        (f"{CORE}AzureDiskVolumeSource", "cachingMode", "ReadWrite"),
        (f"{CORE}LocalObjectReference", "name", ""),
        (f"{CORE}FileKeySelector", "optional", False),
        ("io.k8s.api.resource.v1.DeviceToleration", "operator", "Equal"),
    ],
)
def test_fields_that_are_marked_with_a_default_have_it(
    known: definitions.Definitions, name: str, field: str, value: Any
) -> None:
    assert prop(known, name, field)["default"] == value


def test_enumerated_values_are_listed_with_their_meaning(known: definitions.Definitions) -> None:
    found = prop(known, f"{CORE}ContainerPort", "protocol")
    assert found["enum"] == ["SCTP", "TCP", "UDP"]
    assert found["description"].endswith(
        '\n\nPossible enum values:\n - `"SCTP"` is the SCTP protocol.\n - `"TCP"` is the TCP protocol.\n'
        ' - `"UDP"` is the UDP protocol.'
    )


def test_lists_have_them_at_their_items(known: definitions.Definitions) -> None:
    found = prop(known, f"{CORE}PersistentVolumeClaimSpec", "accessModes")
    assert found["items"]["enum"] == ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"]
    assert "enum" not in found


def test_without_annotations_definitions_are_as_they_are() -> None:
    plain = definitions.Definitions([builtin.Definitions.kubernetes()])
    assert "enum" not in prop(plain, f"{CORE}ContainerPort", "protocol")
