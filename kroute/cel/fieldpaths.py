"""`fieldPath` of rules: a path below the value that a rule is for, which its errors are told of.

Mirrors ValidFieldPath of `k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel`.
"""

from __future__ import annotations

import re
from typing import Final

from kroute.schema import structural

TOKEN: Final = re.compile(r"[.\[\]]|'(?:[^\\']|\\.)*'|[^.\[\]']+[^.\[\]]*|'.*", re.DOTALL)
ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
ESCAPES: Final = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "'": "'", "\\": "\\",
}  # fmt: skip


class PathError(ValueError):
    """A path that isn't one, or that leads to nothing."""


def normalized(path: str, schema: structural.Structural) -> str:
    """The path as messages show it: `a.b[key]`; raises PathError."""
    tokens = TOKEN.findall(path)
    shown = ""
    node = schema
    while tokens:
        token = tokens.pop(0)
        if token == ".":
            name = taken(tokens)
        elif token == "[":
            name = unquoted(taken(tokens))
            if taken(tokens) != "]":
                raise PathError("expected ]")
        else:
            raise PathError(f"expected [ or . but got: {token}")
        if node.properties:
            if name not in node.properties:
                raise PathError("does not refer to a valid field")
            node = node.properties[name]
            shown = f"{shown}.{name}" if shown else name
        elif node.additional is not None:
            node = node.additional
            shown = f"{shown}[{name}]"
        else:
            raise PathError("does not refer to a valid field")
    return shown


def taken(tokens: list[str]) -> str:
    if not tokens:
        raise PathError("unexpected end of JSON path")
    return tokens.pop(0)


def unquoted(text: str) -> str:
    if len(text) < 2 or text[0] != "'" or text[-1] != "'":
        raise PathError(f"expected single quoted string but got {text}")
    inner = text[1:-1]
    wrong = next((found for found in ESCAPE.findall(inner) if found not in ESCAPES), None)
    if wrong is not None:
        raise PathError(f"invalid string literal: invalid escape char \\{wrong}")
    return ESCAPE.sub(lambda found: ESCAPES[found[1]], inner)
