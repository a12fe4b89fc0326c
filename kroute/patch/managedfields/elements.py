"""Path elements: one step down an object, in the text form that FieldsV1 has as keys.

`f:NAME` is a field, `k:{...}` the item of a list that has these key fields, `v:VALUE` the item of a set, `i:N` the item
of any list.  Everything else here keeps the texts as they are, so equal elements must have equal texts: JSON is
compact, its keys are sorted, and it is escaped as Go does.  Mirrors `fieldpath.PathElement`.
"""

from __future__ import annotations

import json
import re
from typing import Any

from kroute.machinery import goformat

PLAIN = re.compile(r"[A-Za-z0-9_./:,@ -]*", re.ASCII)
INDEX = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)


class ElementError(ValueError):
    """A text that is no path element, or a list item that has none."""


def scalar(value: Any) -> str:
    """A value inside an element."""
    kind = type(value)
    if kind is str:
        return f'"{value}"' if PLAIN.fullmatch(value) else goformat.compact_json(value)
    if kind is int:
        return str(value)
    return goformat.json_number(value) if kind is float else goformat.compact_json(value)


def key(fields: dict[str, Any]) -> str:
    """The element of a list item with these key fields."""
    members = ",".join(f"{scalar(name)}:{scalar(fields[name])}" for name in sorted(fields))
    return f"k:{{{members}}}"


def normal(text: str) -> str | None:
    """The element's one text, for a text from outside; None for sorts of elements that aren't known.

    Raises ElementError.
    """
    if len(text) < 2:
        raise ElementError("key must be 2 characters long:")
    if text[1] != ":":
        raise ElementError(f"missing colon: {text}")
    sort, rest = text[0], text[2:]
    if sort == "f":
        return text
    if sort == "v":
        return f"v:{scalar(parse(rest))}"
    if sort == "k":
        fields = parse(rest)
        if not isinstance(fields, dict):
            raise ElementError("expected an object")
        return key(fields)
    if sort == "i":
        if not INDEX.fullmatch(rest):
            raise ElementError(f'strconv.Atoi: parsing "{rest}": invalid syntax')
        return f"i:{int(rest)}"
    return None


def parse(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ElementError(str(error)) from error


def display(text: str) -> str:
    """The element as messages show it: `.name`, `[name="web"]`, `[="value"]`, `[0]`."""
    sort, rest = text[0], text[2:]
    if sort == "f":
        return f".{rest}"
    if sort == "k":
        fields: dict[str, Any] = json.loads(rest)
        return f"[{','.join(f'{name}={show(fields[name])}' for name in sorted(fields))}]"
    return f"[={show(json.loads(rest))}]" if sort == "v" else f"[{rest}]"


def show(value: Any) -> str:
    """A value inside a shown element."""
    if isinstance(value, str):
        return goformat.quote(value)
    if isinstance(value, list):
        return f"[{','.join(map(show, value))}]"
    if isinstance(value, dict):
        return "".join(f"{name}={show(item)}" for name, item in value.items())
    if isinstance(value, float):
        return goformat.number(value)
    return json.dumps(value)


def order(text: str) -> tuple[Any, ...]:
    """A sort key: fields by name, then items by their key fields, then set members by value, then indices.

    Works for a set's keys, "." included, which comes first.
    """
    sort, rest = text[0], text[2:]
    if sort == "f":
        return 1, rest
    if sort == "k":
        fields: dict[str, Any] = json.loads(rest)
        return 2, [(name, value_order(fields[name])) for name in sorted(fields)]
    if sort == "v":
        if rest[:1] == '"' and "\\" not in rest:
            return 3, (1, rest[1:-1])
        return 3, value_order(json.loads(rest))
    return (4, int(rest)) if sort == "i" else (0,)


def value_order(value: Any) -> tuple[int, Any]:
    """Numbers before strings before booleans before everything else."""
    if isinstance(value, bool):
        return 2, value
    if isinstance(value, int | float):
        return 0, value
    return (1, value) if isinstance(value, str) else (3, json.dumps(value))
