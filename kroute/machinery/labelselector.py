"""LabelSelector objects (`matchLabels` and `matchExpressions`): checked, compiled, shown.

Workloads, policies and webhooks carry them in their specs; the text form is in `labels`.
Mirrors `k8s.io/apimachinery/pkg/apis/meta/v1` and its `validation`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kroute.machinery import fielderrors, goformat, labels, names

PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
"""A key or value of a label that is right at first sight."""
OPERATORS = {"In": labels.IN, "NotIn": labels.NOT_IN, "Exists": labels.EXISTS, "DoesNotExist": labels.ABSENT}


def compiled(selector: Mapping[str, Any] | None) -> labels.Selector:
    """The selector of a LabelSelector: none matches nothing, an empty one everything.  Raises labels.SelectorError."""
    if selector is None:
        return labels.nothing()
    found = [
        labels.requirement(key, labels.EQUALS, [value or ""])
        for key, value in (selector.get("matchLabels") or {}).items()
    ]
    for expression in selector.get("matchExpressions") or ():
        operator = expression.get("operator") or ""
        if operator not in OPERATORS:
            raise labels.SelectorError(f"{goformat.quote(operator)} is not a valid label selector operator")
        values = sorted(set(expression.get("values") or ()))
        found.append(labels.requirement(expression.get("key") or "", OPERATORS[operator], values))
    return labels.Selector(found)


def shown(selector: Mapping[str, Any] | None) -> str:
    """The selector as tables show it: `<none>` when it is empty."""
    try:
        return str(compiled(selector)) or "<none>"
    except labels.SelectorError:
        return "<error>"


def validate(
    selector: Mapping[str, Any] | None,
    path: str,
    *,
    allow_invalid_values: bool = False,
    allow_unknown_operators: bool = False,
) -> Iterator[fielderrors.FieldError]:
    """What is wrong with a LabelSelector."""
    if selector is None:
        return
    yield from validate_labels(selector.get("matchLabels"), f"{path}.matchLabels")
    for index, expression in enumerate(selector.get("matchExpressions") or ()):
        yield from validate_expression(
            expression,
            f"{path}.matchExpressions[{index}]",
            allow_invalid_values=allow_invalid_values,
            allow_unknown_operators=allow_unknown_operators,
        )


def validate_expression(
    expression: Mapping[str, Any],
    path: str,
    *,
    allow_invalid_values: bool = False,
    allow_unknown_operators: bool = False,
) -> Iterator[fielderrors.FieldError]:
    """What is wrong with one of the `matchExpressions`."""
    operator, values = expression.get("operator") or "", expression.get("values") or ()
    if operator in ("In", "NotIn"):
        if not values:
            yield fielderrors.required(f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'")
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            text = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            yield fielderrors.forbidden(f"{path}.values", text)
    elif not allow_unknown_operators:
        yield fielderrors.invalid(f"{path}.operator", operator, "not a valid selector operator")
    yield from validate_label_name(expression.get("key") or "", f"{path}.key")
    if not allow_invalid_values:
        for index, value in enumerate(values):
            for wrong in names.label_value(value):
                yield fielderrors.invalid(f"{path}.values[{index}]", value, wrong)


def validate_label_name(name: str, path: str) -> Iterator[fielderrors.FieldError]:
    """What is wrong with a label's key, where a field holds one."""
    for wrong in names.qualified_name(name):
        yield fielderrors.invalid(path, name, wrong)


def validate_labels(found: Mapping[str, str | None] | None, path: str) -> Iterator[fielderrors.FieldError]:
    """What is wrong with a set of labels; errors name the set, not the single label."""
    for key, value in (found or {}).items():
        if PLAIN.fullmatch(key) and (not value or PLAIN.fullmatch(value)):
            continue
        yield from validate_label_name(key, path)
        for wrong in names.label_value(value or ""):
            yield fielderrors.invalid(path, value or "", wrong)
