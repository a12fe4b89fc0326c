"""Sets of field paths, held against plain sets of paths."""

from __future__ import annotations

from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from kroute.patch.managedfields import elements, fieldsets

ELEMENTS = st.sampled_from(["f:a", "f:b", 'k:{"n":1}', 'v:"x"'])
PATHS = st.lists(ELEMENTS, min_size=1, max_size=3).map(tuple)
MODELS = st.frozensets(PATHS, max_size=6)


def made(model: frozenset[Any]) -> fieldsets.FieldSet:
    return fieldsets.of(*model)


def model_of(one: fieldsets.FieldSet) -> set[Any]:
    """The set's paths, and that it is in its one form."""
    check_form(one)
    return set(fieldsets.paths(one))


def check_form(node: fieldsets.FieldSet) -> None:
    assert node != {fieldsets.SELF: {}}
    for element, below in node.items():
        if element == fieldsets.SELF:
            assert below == {}
        else:
            check_form(below)


@pytest.mark.parametrize(
    "value",
    [
        5,
        "x",
        [],
        {"oops": {}},
        {"x": {}},
        {"f:a": 1},
        {"f:a": []},
        {"k:{": {}},
        {"k:[]": {}},
        {"v:": {}},
        {"i:x": {}},
        {"f:a": {"f": {}}},
    ],
)
def test_what_is_no_set_is_refused(value: Any) -> None:
    with pytest.raises(elements.ElementError):
        fieldsets.decode(value)


def test_sets_from_outside_get_their_one_form() -> None:
    given = {
        ".": {},
        "f:a": {".": {}},
        "f:b": None,
        'k:{"b": 1.0, "a":"<"}': {"f:x": {}},
        'v:"\\u0041"': {},
        "i:01": {},
        "z:unknown": {"f:x": {}},
        "f:c": {"z:unknown": {}},
    }
    wanted = {"f:a": {}, "f:b": {}, 'k:{"a":"\\u003c","b":1}': {"f:x": {}}, 'v:"A"': {}, "i:1": {}, "f:c": {}}
    assert fieldsets.decode(given) == wanted
    assert fieldsets.decode(None) == {}


def test_paths_are_shown_as_messages_show_them() -> None:
    path = ("f:spec", 'k:{"port":80,"protocol":"TCP"}', 'v:"x"', "v:true", "i:3", 'k:{"a":null}')
    assert fieldsets.show(path) == '.spec[port=80,protocol="TCP"][="x"][=true][3][a=null]'


def test_members_come_before_what_is_below_any_of_them_and_numbers_in_their_order() -> None:
    one = fieldsets.of(
        ("f:b",),
        ("f:a", "f:z"),
        ('k:{"p":180}',),
        ('k:{"p":80}',),
        ('k:{"p":80}', "f:x"),
        ('v:"s"',),
        ("v:10",),
        ("v:9",),
        ("v:true",),
        ("v:[1]",),
        ("i:10",),
        ("i:9",),
    )
    shown = [fieldsets.show(path) for path in fieldsets.paths(one)]
    assert shown == [
        ".b", "[p=80]", "[p=180]", "[=9]", "[=10]", '[="s"]', "[=true]", "[=[1]]", "[9]", "[10]", ".a.z", "[p=80].x",
    ]  # fmt: skip
    assert list(fieldsets.ordered(one))[:4] == ["f:a", "f:b", 'k:{"p":80}', 'k:{"p":180}']
    assert list(fieldsets.ordered(one)['k:{"p":80}']) == [".", "f:x"]
    assert fieldsets.ordered(one) == one


@hypothesis.given(MODELS)
def test_a_set_holds_its_paths(model: Any) -> None:
    one = made(model)
    assert model_of(one) == model
    assert all(fieldsets.has(one, path) for path in model)
    assert not fieldsets.has(one, ("f:nowhere",))
    assert not fieldsets.has(one, ())
    assert fieldsets.decode(one) == one
    assert model_of(fieldsets.ordered(one)) == model


@hypothesis.given(MODELS, MODELS)
def test_the_algebra_is_that_of_sets_of_paths(one: Any, other: Any) -> None:
    assert model_of(fieldsets.union(made(one), made(other))) == one | other
    assert model_of(fieldsets.intersection(made(one), made(other))) == one & other
    assert model_of(fieldsets.difference(made(one), made(other))) == one - other
    left = {path for path in one if not any(path[: len(gone)] == gone for gone in other)}
    assert model_of(fieldsets.recursive_difference(made(one), made(other))) == left
    assert model_of(fieldsets.excluding(made(other))(made(one))) == left


@hypothesis.given(MODELS, MODELS)
def test_equal_sets_are_equal_dicts_and_nothing_is_changed(one: Any, other: Any) -> None:
    before = made(one)
    for combine in (fieldsets.union, fieldsets.intersection, fieldsets.difference, fieldsets.recursive_difference):
        combine(before, made(other))
        assert before == made(one)
    assert (
        fieldsets.union(fieldsets.difference(before, made(other)), fieldsets.intersection(before, made(other)))
        == before
    )


@hypothesis.given(MODELS)
def test_leaves_are_the_paths_that_lead_to_no_other(model: Any) -> None:
    wanted = {path for path in model if not any(other != path and other[: len(path)] == path for other in model)}
    assert model_of(fieldsets.leaves(made(model))) == wanted


def test_a_filter_may_keep_only_some_places() -> None:
    keep = fieldsets.including(("f:spec", "f:containers", "*", "f:resources"), ("f:metadata",))
    one = fieldsets.of(
        ("f:metadata", "f:labels"),
        ("f:spec",),
        ("f:spec", "f:replicas"),
        ("f:spec", "f:containers", 'k:{"name":"a"}'),
        ("f:spec", "f:containers", 'k:{"name":"a"}', "f:image"),
        ("f:spec", "f:containers", 'k:{"name":"a"}', "f:resources", "f:limits"),
    )
    assert model_of(keep(one)) == {
        ("f:metadata", "f:labels"),
        ("f:spec",),
        ("f:spec", "f:containers", 'k:{"name":"a"}'),
        ("f:spec", "f:containers", 'k:{"name":"a"}', "f:resources", "f:limits"),
    }
