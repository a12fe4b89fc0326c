"""The rows of the core API say what kube-apiserver 1.36 says in discovery (`discovered.json` is its own lists)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from kroute.coreapi import rows
from kroute.machinery import gvk
from kroute.schema import builtin

DISCOVERED: Mapping[str, Sequence[Mapping[str, Any]]] = json.loads(
    Path(__file__).with_name("discovered.json").read_text("utf-8")
)


@pytest.fixture(scope="module")
def known() -> rows.Rows:
    return rows.Rows.load()


def entries(row: rows.Row) -> list[dict[str, Any]]:
    """The APIResources of a row and its subresources."""
    entry: dict[str, Any] = {
        "name": row.plural,
        "singularName": row.singular,
        "namespaced": row.namespaced,
        "kind": row.kind,
        "verbs": list(row.verbs),
    }
    if row.short_names:
        entry["shortNames"] = list(row.short_names)
    if row.categories:
        entry["categories"] = list(row.categories)
    found = [entry]
    for part in row.subresources:
        entry = {"name": f"{row.plural}/{part.name}", "singularName": "", "namespaced": row.namespaced}
        if part.foreign is not None:
            entry |= {"group": part.foreign.group, "version": part.foreign.version}
        found.append({**entry, "kind": part.kind or row.kind, "verbs": list(part.verbs)})
    return found


@pytest.mark.parametrize("group_version", DISCOVERED)
def test_rows_equal_what_kube_apiserver_lists(known: rows.Rows, group_version: str) -> None:
    found = [entry for row in known.of(gvk.GroupVersion.parse(group_version)) for entry in entries(row)]
    assert found == DISCOVERED[group_version]


def test_each_group_has_rows_in_each_of_its_versions(known: rows.Rows) -> None:
    for group in known.groups.values():
        for version in group.versions:
            assert known.of(gvk.GroupVersion(group.name, version))
    assert {row.group for row in known} == set(known.groups)


def test_versions_are_in_order_of_preference(known: rows.Rows) -> None:
    for row in known:
        priorities = known.groups[row.group].versions
        assert list(row.versions) == sorted(row.versions, key=lambda version: -priorities[version])


def test_each_kind_has_a_definition(known: rows.Rows) -> None:
    definitions = builtin.Definitions.kubernetes()
    for row in known:
        for version in row.versions:
            assert definitions.name_of(row.gvk(version)) == row.definition(version)


def test_kinds_of_subresources_that_are_objects_have_a_definition(known: rows.Rows) -> None:
    definitions = builtin.Definitions.kubernetes()
    for row in known:
        for part in row.subresources:
            kind = part.gvk(row.gvk(row.versions[0]))
            if not kind.kind.endswith("Options"):
                assert definitions.name_of(kind) == rows.definition_of(kind)


def test_resources_are_found_by_the_names_that_users_write(known: rows.Rows) -> None:
    assert known.named("leases").group == "coordination.k8s.io"
    assert known.named("events").group == ""
    assert known.named("events.events.k8s.io").group == "events.k8s.io"
    with pytest.raises(KeyError):
        known.named("leases.apps")
    with pytest.raises(KeyError):
        known.named("widgets")


def test_reviews_are_not_stored(known: rows.Rows) -> None:
    assert not known.named("tokenreviews").stored
    assert not known.named("bindings").stored
    assert known.named("componentstatuses").stored


def test_a_subresource_is_found_by_its_name(known: rows.Rows) -> None:
    pods = known.named("pods")
    eviction = pods.subresource("eviction")
    assert eviction is not None
    assert eviction.gvk(pods.gvk("v1")) == gvk.GroupVersionKind("policy", "v1", "Eviction")
    assert pods.subresource("scale") is None
