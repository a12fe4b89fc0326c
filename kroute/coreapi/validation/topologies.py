"""Where volumes may be made: terms of labels of nodes.  Mirrors ValidateTopologySelectorTerm of `pkg/apis/core`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.machinery import fielderrors

Object = Mapping[str, Any]


def validate(terms: Collection[Object], path: str) -> checks.Found:
    """Several terms, no two of which say the same."""
    known: list[Mapping[str, set[str]]] = [{} for _ in terms]  # kube-apiserver compares with as many empty ones
    for index, term in enumerate(terms):
        at = f"{path}[{index}]"
        yield from validate_term(term, at)
        meaning = {expression.get("key") or "": set(expression.get("values") or ()) for expression in parts(term)}
        for _ in range(known.count(meaning)):
            yield fielderrors.duplicate(f"{at}.matchLabelExpressions", "")
        known.append(meaning)


def parts(term: Object) -> Collection[Object]:
    return term.get("matchLabelExpressions") or ()


def validate_term(term: Object, path: str) -> checks.Found:
    keys = set()
    for index, expression in enumerate(parts(term)):
        at = f"{path}.matchLabelExpressions[{index}]"
        key, values = expression.get("key") or "", expression.get("values") or ()
        yield from checks.required(values, f"{at}.values")
        seen = set()
        for position, value in enumerate(values):
            if value in seen:
                yield fielderrors.duplicate(f"{at}.values[{position}]", value)
            seen.add(value)
        yield from checks.label_name(key, f"{at}.key")
        if key in keys:
            yield fielderrors.duplicate(f"{at}.key", key)
        keys.add(key)
