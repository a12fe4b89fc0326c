"""Field managers against a simple model: for each leaf of an object and each list item its value and its owners."""

from __future__ import annotations

from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from kroute.machinery import errors
from kroute.patch.managedfields import fieldsets
from tests.unit.patch.managedfields.fixtures import World

Leaf = tuple[str, ...]
CONTAINERS = ("f:labels", "f:finalizers", "f:containers", "f:anything", "f:spec")


class Model:
    def __init__(self) -> None:
        self.values: dict[Leaf, Any] = {}
        self.owners: dict[Leaf, set[str]] = {}

    def update(self, who: str, wanted: dict[Leaf, Any]) -> None:
        for leaf, value in wanted.items():
            if self.values.get(leaf, self) != value:
                self.owners[leaf] = {who + "/update"}
        self.values = dict(wanted)
        self.owners = {leaf: found for leaf, found in self.owners.items() if leaf in wanted}

    def changed(self, wanted: dict[Leaf, Any]) -> set[Leaf]:
        return {leaf for leaf, value in wanted.items() if self.values.get(leaf, self) != value}

    def conflicts(self, who: str, wanted: dict[Leaf, Any]) -> set[Leaf]:
        return {leaf for leaf in self.changed(wanted) if self.owners.get(leaf, set()) - {who}}

    def apply(self, who: str, wanted: dict[Leaf, Any]) -> None:
        for leaf in self.changed(wanted):
            self.owners[leaf] = set()
        for leaf in list(self.owners):
            if leaf not in wanted and who in self.owners.get(leaf, ()):
                self.owners[leaf].discard(who)
                if not self.owners[leaf]:
                    self.remove(leaf)
        for leaf, value in wanted.items():
            self.values[leaf] = value
            self.owners[leaf].add(who)

    def remove(self, leaf: Leaf) -> None:
        """Nobody owns it any more.  A list item takes with it whatever anybody has set in it."""
        for each in [each for each in self.values if each[: len(leaf)] == leaf]:
            del self.values[each], self.owners[each]


def leaves_of(fields: dict[str, Any]) -> dict[Leaf, Any]:
    """The leaves of an object, by the path that owners have for them."""
    found: dict[Leaf, Any] = {}
    spec, metadata = fields.get("spec") or {}, fields.get("metadata") or {}
    for item in spec.get("containers") or []:
        element = f'k:{{"name":"{item["name"]}"}}'
        found["f:spec", "f:containers", element] = True
        found["f:spec", "f:containers", element, "f:name"] = item["name"]
        if "image" in item:
            found["f:spec", "f:containers", element, "f:image"] = item["image"]
    for name, value in (spec.get("anything") or {}).items():
        found["f:spec", "f:anything", f"f:{name}"] = value
    for name, value in (metadata.get("labels") or {}).items():
        found["f:metadata", "f:labels", f"f:{name}"] = value
    for value in metadata.get("finalizers") or []:
        found["f:metadata", "f:finalizers", f'v:"{value}"'] = True
    return found


def owners_of(world: World) -> dict[Leaf, set[str]]:
    """The owners of leaves; containers have owners as well, which the model doesn't know."""
    found: dict[Leaf, set[str]] = {}
    for who, fields in world.owners().items():
        for path in fieldsets.paths(fields):
            if path[-1] not in CONTAINERS:
                found.setdefault(path, set()).add(who)
    return found


SMALL = st.sampled_from(["1", "2"])
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "labels": st.dictionaries(st.sampled_from("lm"), SMALL, min_size=1),
        "finalizers": st.lists(st.sampled_from("xyz"), min_size=1, unique=True),
        "anything": st.dictionaries(st.sampled_from("uv"), SMALL, min_size=1),
        "containers": st.lists(
            st.fixed_dictionaries({"name": st.sampled_from("abc")}, optional={"image": SMALL}),
            min_size=1,
            unique_by=lambda item: str(item["name"]),
        ),
    },
).map(lambda drawn: arranged(**drawn))
WHO = st.sampled_from(["one", "two", "three"])
STEPS = st.lists(st.tuples(st.sampled_from(["update", "apply", "force"]), WHO, FIELDS), max_size=8)


def arranged(**drawn: Any) -> dict[str, Any]:
    """Drawn parts at their places in an object; containers that would be empty aren't there."""
    metadata = {name: drawn[name] for name in ("labels", "finalizers") if name in drawn}
    spec = {name: drawn[name] for name in ("anything", "containers") if name in drawn}
    return {"metadata": metadata, **({"spec": spec} if spec else {})}


def based(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with a label that stays: an object in which nobody owns anything isn't tracked."""
    labels = {**fields["metadata"].get("labels", {}), "base": "x"}
    return {**fields, "metadata": {**fields["metadata"], "labels": labels}}


def begun() -> tuple[World, Model]:
    world, model = World(), Model()
    fields = based({"metadata": {}})
    world.update("base", **fields)
    model.update("base", leaves_of(fields))
    return world, model


@hypothesis.given(STEPS)
def test_values_and_owners_are_those_of_the_model(steps: list[Any]) -> None:
    world, model = begun()
    for how, who, fields in steps:
        if how == "update":
            step_of_update(world, model, who, based(fields))
        else:
            step_of_apply(world, model, who, fields, force=how == "force")
        assert leaves_of(world.live or {}) == model.values
        assert owners_of(world) == model.owners


def step_of_update(world: World, model: Model, who: str, fields: dict[str, Any]) -> None:
    model.update(who, leaves_of(fields))
    world.update(who, **{**fields, "metadata": {**fields["metadata"], "uid": "1"}})


def step_of_apply(world: World, model: Model, who: str, fields: dict[str, Any], *, force: bool) -> None:
    refused = model.conflicts(who, leaves_of(fields))
    if refused and not force:
        with pytest.raises(errors.Conflict) as caught:
            world.apply(who, **fields)
        details = caught.value.details or {}
        assert {cause["field"] for cause in details["causes"]} == {fieldsets.show(leaf) for leaf in refused}
    else:
        model.apply(who, leaves_of(fields))
        world.apply(who, force=force, **fields)


@hypothesis.given(STEPS, FIELDS)
def test_to_apply_again_changes_nothing(steps: list[Any], fields: dict[str, Any]) -> None:
    world, _ = begun()
    for how, who, each in steps:
        if how == "update":
            world.update(who, **{**based(each), "metadata": {**based(each)["metadata"], "uid": "1"}})
        else:
            world.apply(who, force=True, **each)
    world.apply("one", force=True, **fields)
    first = world.live
    world.apply("one", **fields)
    assert world.live == first
