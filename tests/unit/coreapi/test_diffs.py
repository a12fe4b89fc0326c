"""Differences as messages show them."""

from __future__ import annotations

from kroute.coreapi import diffs


def test_only_what_differs_is_shown_and_what_is_around_it() -> None:
    one, other = ({"a": 1, "b": 2, "c": 3, "d": 4, "e": value, "f": None} for value in ("x", "<&>"))
    assert diffs.unified(one, other) == (
        '@@ -3,6 +3,6 @@\n  "b": 2,\n  "c": 3,\n  "d": 4,\n- "e": "x",\n+ "e": "\\u003c\\u0026\\u003e",\n  "f": null\n }\n'
    )
    assert diffs.unified(one, one) == ""


def test_values_are_compared_as_their_internal_type() -> None:
    one, other = ({"name": name, "operator": "Exists"} for name in ("a", "a"))
    assert diffs.of_type(one, other, "core.v1.Toleration") == ""
    assert diffs.of_type({"key": "a"}, {"key": "b", "operator": ""}, "core.v1.Toleration") == (
        '@@ -1,5 +1,5 @@\n {\n- "Key": "a",\n+ "Key": "b",\n  "Operator": "",\n  "Value": "",\n  "Effect": "",\n'
    )
