"""Differences as messages show them."""

from __future__ import annotations

from kroute.coreapi import diffs

LAYOUT: diffs.Layout = {"hostPath": {"path": "", "type": None}, "nfs:NFS": None, "labels": None}


def test_internal_types_show_every_field() -> None:
    assert diffs.internal({"hostPath": {"path": "/d"}, "labels": {"b": "1", "a": "2"}}, LAYOUT) == {
        "HostPath": {"Path": "/d", "Type": None},
        "NFS": None,
        "Labels": {"a": "2", "b": "1"},
    }
    assert diffs.internal(None, LAYOUT) is None


def test_only_what_differs_is_shown_and_what_is_around_it() -> None:
    one, other = ({"a": 1, "b": 2, "c": 3, "d": 4, "e": value, "f": None} for value in ("x", "<&>"))
    assert diffs.unified(one, other) == (
        '@@ -3,6 +3,6 @@\n  "b": 2,\n  "c": 3,\n  "d": 4,\n- "e": "x",\n+ "e": "\\u003c\\u0026\\u003e",\n  "f": null\n }\n'
    )
    assert diffs.unified(one, one) == ""


def test_names_of_fields_are_capitalised_all_the_way_down() -> None:
    assert diffs.capitalised({"a": [{"b": {"c": 1}}], "d": "e"}) == {"A": [{"B": {"C": 1}}], "D": "e"}
