"""Differences between two states of a field, as messages show them: Kubernetes' internal types, line by line.

Mirrors `k8s.io/apimachinery/pkg/util/diff`.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from kroute.coreapi import checks
from kroute.machinery import goformat

Layout: TypeAlias = Mapping[str, Any]
"""The fields of an internal type in their order, as clients name them: the value of each when it is unset, or the
layout of what is below.  Fields whose internal name isn't the capitalised one are pairs: `name:InternalName`."""


def internal(value: Mapping[str, Any] | None, layout: Layout) -> dict[str, Any] | None:
    """An object as its internal type is encoded: every field is there."""
    if value is None:
        return None
    shown: dict[str, Any] = {}
    for key, default in layout.items():
        name, _, inner = key.partition(":")
        found = value.get(name)
        if isinstance(default, Mapping):
            found = internal(found, default)
        elif found is None:
            found = default
        elif isinstance(found, Mapping):
            found = dict(sorted(found.items()))
        shown[inner or checks.capital(name)] = found
    return shown


def unified(old: Any, new: Any) -> str:
    """The differing lines with three lines around them."""
    before, after = (lines(value) for value in (old, new))
    found = difflib.unified_diff(before, after, n=3)
    return "".join(list(found)[2:])


def lines(value: Any) -> list[str]:
    text = goformat.escape_html(json.dumps(value, indent=1, ensure_ascii=False))
    return [f"{line}\n" for line in text.split("\n")]


def capitalised(value: Any) -> Any:
    """A value with the names of its fields as internal types have them, as far as they are set."""
    if isinstance(value, Mapping):
        return {checks.capital(name): capitalised(below) for name, below in value.items()}
    return [capitalised(item) for item in value] if isinstance(value, list) else value
