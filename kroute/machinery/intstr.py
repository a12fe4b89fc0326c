"""IntOrString: a number or a text such as `25%` or a port's name.  Mirrors `k8s.io/apimachinery/pkg/util/intstr`."""

from __future__ import annotations

import re
from typing import TypeAlias

from kroute.machinery import goformat

IntOrString: TypeAlias = int | str
PERCENT = re.compile(r"([+-]?[0-9]{1,18})%")


def percent(value: IntOrString) -> int | None:
    """The number before the percent sign, or None when the value is no percentage."""
    found = PERCENT.fullmatch(value) if isinstance(value, str) else None
    return int(found[1]) if found else None


def scaled(value: IntOrString, total: int, *, round_up: bool) -> int:
    """The value itself, or its percentage of `total`.  Raises ValueError for other texts."""
    if isinstance(value, int):
        return value
    part = percent(value)
    if part is None:
        reason = "invalid type: string is not a percentage"
        if value.endswith("%"):
            number = goformat.quote(value[:-1])
            reason = f"invalid value {goformat.quote(value)}: strconv.Atoi: parsing {number}: invalid syntax"
        raise ValueError(f"invalid value for IntOrString: {reason}")
    return -(-part * total // 100) if round_up else part * total // 100
