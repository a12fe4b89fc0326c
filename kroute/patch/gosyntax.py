"""Decoded JSON printed as Go prints `map[string]interface{}` and its kin, for messages that show a piece of a patch.

`%v` is `plain`, `%#v` is `syntax`, `%T` is `type_name`.
"""

from __future__ import annotations

from typing import Any

from kroute.machinery import goformat

TYPES = {
    dict: "map[string]interface {}",
    list: "[]interface {}",
    str: "string",
    bool: "bool",
    int: "int64",
    float: "float64",
    type(None): "<nil>",
}


def type_name(value: Any) -> str:
    """The value's Go type."""
    return TYPES.get(type(value), type(value).__name__)


def plain(value: Any) -> str:
    """Go's `%v`: `map[a:1 b:[x y]]`, keys sorted, strings bare."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return f"map[{' '.join(f'{key}:{plain(value[key])}' for key in sorted(value))}]"
    if isinstance(value, list):
        return f"[{' '.join(map(plain, value))}]"
    return "<nil>" if value is None else scalar(value)


def syntax(value: Any) -> str:
    """Go's `%#v`: the value as a Go expression."""
    if isinstance(value, str):
        return goformat.quote(value)
    if isinstance(value, dict):
        members = ", ".join(f"{goformat.quote(key)}:{syntax(value[key])}" for key in sorted(value))
        return f"map[string]interface {{}}{{{members}}}"
    if isinstance(value, list):
        return f"[]interface {{}}{{{', '.join(map(syntax, value))}}}"
    return "interface {}(nil)" if value is None else scalar(value)


def text(value: Any) -> str:
    """Go's `%s`: a string bare, anything else with the complaint that it is none."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return f"map[{' '.join(f'{key}:{text(value[key])}' for key in sorted(value))}]"
    if isinstance(value, list):
        return f"[{' '.join(map(text, value))}]"
    return "%!s(<nil>)" if value is None else f"%!s({type_name(value)}={scalar(value)})"


def scalar(value: Any) -> str:
    """A number or a boolean."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return goformat.number(value) if isinstance(value, float) else str(value)
