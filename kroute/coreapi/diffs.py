"""Differences between two states of a field, as messages show them: Kubernetes' internal types, line by line.

Mirrors `k8s.io/apimachinery/pkg/util/diff`.
"""

from __future__ import annotations

import difflib
import json
from typing import Any

from kroute.coreapi import internals
from kroute.machinery import goformat


def of_type(old: Any, new: Any, text: str) -> str:
    """How two values of one Go type differ: `core.v1.PodSpec`."""
    return unified(*(internals.encode(value, text) for value in (old, new)))


def unified(old: Any, new: Any) -> str:
    """The differing lines with three lines around them."""
    before, after = (lines(value) for value in (old, new))
    found = difflib.unified_diff(before, after, n=3)
    return "".join(list(found)[2:])


def lines(value: Any) -> list[str]:
    text = goformat.escape_html(json.dumps(value, indent=1, ensure_ascii=False))
    return [f"{line}\n" for line in text.split("\n")]
