"""Objects that expressions write themselves: `Object{spec: Object.spec{...}}` and `JSONPatch{op: 'add', ...}`.

The library knows types by messages, whose names can't be those of other messages' fields: `Object.spec` is compiled as
`Object_spec`, a name of the same length, so that places in errors stay right.  Which fields such an object has is only
known from the expression itself, so that it is parsed once before.
Mirrors `k8s.io/apiserver/pkg/cel/mutation`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kroute.cel import checking, declared, values

ONE: Final = "exists_one"
OBJECT, JSON_PATCH = "Object", "JSONPatch"
PIECE: Final = re.compile(
    r"""[rRbB]*(?:'{3}.*?'{3}|"{3}.*?"{3}|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|//[^\n]*|\bObject(?:\.\w+)+(?=\s*\{)""",
    re.DOTALL,
)
SHOWN: Final = re.compile(r"\bObject(?:_\w+)+")


def renamed(expression: str) -> tuple[str, dict[str, str]]:
    """The expression with the names that messages have, and what they were before."""
    names: dict[str, str] = {}

    def rename(found: re.Match[str]) -> str:
        text = found[0]
        if not text.startswith(f"{OBJECT}."):
            return text
        names[text.replace(".", "_")] = text
        return text.replace(".", "_")

    return PIECE.sub(rename, expression), names


def restored(text: str, names: Mapping[str, str]) -> str:
    """A message with the names as they were written."""
    return SHOWN.sub(lambda found: names.get(found[0], found[0]), text) if names else text


def respelled(text: str, tree: Any) -> str:
    """An expression with the name of a macro that the library knows, in the same number of characters."""
    for each in checking.nodes(tree.expr):
        call = each.call_expr
        if each.WhichOneof("kind") == "call_expr" and call.function == ONE and len(call.args) == 3:
            end = tree.source_info.positions.get(each.id, 0)
            if text[end - len(ONE) : end] == ONE:
                text = f"{text[: end - len(ONE)]}existsOne {text[end:]}"
    return text


def types_of(tree: Any, names: Mapping[str, str]) -> dict[str, declared.Declared]:
    """The types of objects that an expression writes, from its tree before it was checked."""
    found = {JSON_PATCH: patch_type(), OBJECT: declared.Declared("object", name=OBJECT)}
    for made in structs(tree.expr):
        name = made.message_name.lstrip(".")
        if name == OBJECT or name in names:
            kind = found.setdefault(name, declared.Declared("object", name=names.get(name, name)))
            for each in made.entries:
                kind.fields[each.field_key], kind.names[each.field_key] = declared.DYN, each.field_key
    return found


def patch_type() -> declared.Declared:
    """One operation of a JSON patch."""
    text = declared.STRING
    return declared.object_of({"op": text, "from": text, "path": text, "value": declared.DYN}, JSON_PATCH)


def structs(expr: Any) -> Iterator[Any]:
    """All objects that an expression writes."""
    for each in checking.nodes(expr):
        if each.WhichOneof("kind") == "struct_expr" and each.struct_expr.message_name:
            yield each.struct_expr


def mismatches(value: Any, path: str = OBJECT) -> Iterator[str]:
    """Objects in a value whose types aren't those of the fields that they stand in."""
    if type(value) is values.Made:
        if value.cel_type != path:
            text = "which matches field name path from root Object type"
            yield f'unexpected type name "{value.cel_type}", expected "{path}", {text}'
        for label, below in value.items():
            yield from mismatches(below, f"{path}.{label}")
    elif type(value) is dict:
        for below in value.values():
            yield from mismatches(below, path)
    elif type(value) is list:
        for below in value:
            yield from mismatches(below, path)
