"""LabelSelector objects."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.machinery import fielderrors, labels, labelselector


def texts(selector: dict[str, Any] | None, **options: bool) -> list[str]:
    return [str(error) for error in labelselector.validate(selector, "spec.selector", **options)]


def test_no_selector_matches_nothing_and_an_empty_one_everything() -> None:
    assert labelselector.compiled(None) == labels.nothing()
    assert labelselector.compiled({}).everything
    assert labelselector.compiled({"matchLabels": None, "matchExpressions": None}).everything


def test_labels_and_expressions_are_joined() -> None:
    selector = {
        "matchLabels": {"app": "web"},
        "matchExpressions": [
            {"key": "tier", "operator": "NotIn", "values": ["b", "a"]},
            {"key": "x", "operator": "Exists"},
            {"key": "y", "operator": "DoesNotExist"},
        ],
    }
    assert str(labelselector.compiled(selector)) == "app=web,tier notin (a,b),x,!y"
    assert labelselector.shown(selector) == "app=web,tier notin (a,b),x,!y"


def test_an_empty_selector_is_shown_as_none_and_a_bad_one_as_an_error() -> None:
    assert labelselector.shown({}) == "<none>"
    assert labelselector.shown({"matchExpressions": [{"key": "a", "operator": "Near"}]}) == "<error>"


def test_an_unknown_operator_cannot_be_compiled() -> None:
    with pytest.raises(labels.SelectorError, match='"Near" is not a valid label selector operator'):
        labelselector.compiled({"matchExpressions": [{"key": "a", "operator": "Near"}]})


@pytest.mark.parametrize(
    "expression, message",
    [
        (
            {"key": "a", "operator": "In"},
            "values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
        ),
        (
            {"key": "a", "operator": "Exists", "values": ["b"]},
            "values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        ),
        ({"key": "a", "operator": "Near"}, 'operator: Invalid value: "Near": not a valid selector operator'),
        ({"key": "a"}, 'operator: Invalid value: "": not a valid selector operator'),
    ],
)
def test_a_wrong_expression_is_a_field_error(expression: dict[str, Any], message: str) -> None:
    assert texts({"matchExpressions": [expression]}) == [f"spec.selector.matchExpressions[0].{message}"]


def test_keys_and_values_are_checked() -> None:
    found = texts(
        {
            "matchLabels": {"-a": "ok", "b": "not ok"},
            "matchExpressions": [{"key": "", "operator": "In", "values": ["x", "-"]}],
        }
    )
    assert [text.split(" ")[0] for text in found] == [
        "spec.selector.matchLabels:",
        "spec.selector.matchLabels:",
        "spec.selector.matchExpressions[0].key:",
        "spec.selector.matchExpressions[0].key:",
        "spec.selector.matchExpressions[0].values[1]:",
    ]


def test_stored_oddities_can_be_allowed() -> None:
    odd = {"matchExpressions": [{"key": "a", "operator": "Near", "values": ["-"]}]}
    assert texts(odd, allow_invalid_values=True, allow_unknown_operators=True) == []


def test_nothing_is_wrong_with_no_selector() -> None:
    assert texts(None) == []


def test_labels_are_checked_as_a_set() -> None:
    (error,) = labelselector.validate_labels({"a": "b c"}, "metadata.labels")
    assert (error.kind, error.path, error.value) == (fielderrors.INVALID, "metadata.labels", "b c")
    assert not list(labelselector.validate_labels(None, "metadata.labels"))
    assert not list(labelselector.validate_labels({"a": None}, "metadata.labels"))
