"""Tables and registries of the core API speak of resources that there are, and the schemes of kinds that fit."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import orjson
import pytest

from kroute.coreapi import environment, facts, rows, scheme, selecting
from kroute.coreapi.conversions import registry as conversions
from kroute.coreapi.stateless import registry as stateless
from kroute.coreapi.storages import registry as storages
from kroute.coreapi.strategies import registry as strategies
from kroute.coreapi.validation import registry as validation
from kroute.machinery import gvk
from kroute.schema import builtin, gotypes

KNOWN = rows.Rows.load()
RESOURCES = {str(row.group_resource) for row in KNOWN}
PARTS = {f"{row.group_resource}/{part.name}" for row in KNOWN for part in row.subresources}


@pytest.mark.parametrize(
    "names, known",
    [
        (facts.AllFacts.load().names, RESOURCES),
        (strategies.all_makers(), RESOURCES),
        (storages.all_makers(), RESOURCES | PARTS),
        (stateless.all_makers(), RESOURCES),
        (validation.all_checks(), RESOURCES),
    ],
)
def test_every_entry_is_about_a_resource(names: Iterable[str], known: set[str]) -> None:
    assert set(names) <= known


def test_every_resource_without_a_store_is_served() -> None:
    without = {str(row.group_resource) for row in KNOWN if stateless.is_stateless(row)}
    assert without == set(stateless.all_makers())


def test_every_subresource_is_served() -> None:
    made = {path for path in PARTS if path.rpartition("/")[2] in ("status", "scale")} | set(storages.all_makers())
    assert made >= PARTS


def test_every_kind_has_a_schema_and_a_go_type() -> None:
    definitions, types = builtin.Definitions.kubernetes(), gotypes.Types.load()
    for row in KNOWN:
        for version in row.versions:
            kind = row.gvk(version)
            assert definitions.name_of(kind), kind
            assert environment.type_name(kind) in types, kind


def test_paths_of_facts_are_fields() -> None:
    definitions, known = builtin.Definitions.kubernetes(), facts.AllFacts.load()
    for row in KNOWN:
        found = known.of(row.group_resource)
        schema = definitions.kind(row.gvk(row.versions[0]))
        for path in itertools.chain(found.generation, found.keeps, found.status_keeps):
            at = schema
            for part in path.split("."):
                assert at is not None
                at = at.child(part)
            assert at is not None or path == "spec", (row.plural, path)


def test_fields_become_sets_of_field_managers() -> None:
    assert facts.field_set(["status", "metadata.labels", "metadata.name"]) == {
        "f:status": {},
        "f:metadata": {"f:labels": {}, "f:name": {}},
    }


def test_every_other_version_that_differs_is_converted() -> None:
    for kind in conversions.all_conversions():
        row = KNOWN.of(kind.group_version)
        assert any(each.kind == kind.kind for each in row)


@pytest.mark.parametrize(
    "selectable, obj, expected",
    [
        (["status.phase"], {}, {"status.phase": ""}),
        (["spec.unschedulable"], {"spec": {"unschedulable": True}}, {"spec.unschedulable": "true"}),
        (["spec.unschedulable"], {"spec": None}, {"spec.unschedulable": "false"}),
        (["status.successful=status.succeeded"], {"status": {"succeeded": 3}}, {"status.successful": "3"}),
        (["status.replicas"], {"status": {}}, {"status.replicas": "0"}),
        (["source=source.component|by"], {"source": {}, "by": "me"}, {"source": "me"}),
        (["source=source.component|by"], {"source": {"component": "x"}, "by": "me"}, {"source": "x"}),
    ],
)
def test_selectable_fields_are_texts(selectable: list[str], obj: dict[str, object], expected: dict[str, str]) -> None:
    fields = selecting.fields_of(selectable)
    assert fields is not None
    assert fields(obj) == expected
    assert selecting.names(selectable) == tuple(expected)


def test_kinds_without_selectable_fields_look_nothing_up() -> None:
    assert selecting.fields_of(()) is None


@pytest.mark.parametrize(
    "found, expected, complaint",
    [
        (("", "v1", "Pod"), ("", "v1", "Pod"), None),
        (("autoscaling", "v1", "HorizontalPodAutoscaler"), ("autoscaling", "v2", "HorizontalPodAutoscaler"), None),
        (("events.k8s.io", "v1", "Event"), ("", "v1", "Event"), None),
        (("apps", "v1beta2", "Deployment"), ("apps", "v1", "Deployment"), None),
        (("", "v1", "PodList"), ("", "v1", "Pod"), "converting (v1.PodList) to (core.Pod): unknown conversion"),
        (("", "v1", "Status"), ("apps", "v1", "Deployment"), "converting (v1.Status) to (apps.Deployment): unknown"),
        (("", "v1", "Lease"), ("coordination.k8s.io", "v1", "Lease"), 'no kind "Lease" is registered for version "v1"'),
    ],
)
def test_the_scheme_tells_kinds_apart(found: tuple[str, ...], expected: tuple[str, ...], complaint: str | None) -> None:
    told = scheme.Scheme(KNOWN).mismatch(gvk.GroupVersionKind(*found), gvk.GroupVersionKind(*expected))
    assert told is None if complaint is None else told is not None and told.startswith(complaint)


def test_the_data_is_sound() -> None:
    text = (facts.resources.files("kroute.coreapi") / "data" / "facts.json").read_bytes()
    keys = [line.partition(b'"')[2].partition(b'"')[0] for line in text.splitlines() if line.startswith(b'"')]
    assert len(keys) == len(set(keys)) == len(orjson.loads(text)), "an entry is there twice"
