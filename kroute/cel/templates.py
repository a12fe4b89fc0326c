"""What is wrong with literal templates and what they are to be filled with: `'%d'.format(['x'])`.

Mirrors the validator of cel-go's extension for strings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from kroute.cel import checking
from kroute.cel.library import formatting

MOMENTS: Final = frozenset(("google.protobuf.Timestamp", "google.protobuf.Duration"))
TAKEN: Final = {
    "s": frozenset(("list", "map", "int", "uint", "double", "bool", "string", "bytes", "type", "null_type")) | MOMENTS,
    "d": frozenset(("int", "uint")),
    "f": frozenset(("double", "string")),
    "e": frozenset(("double", "string")),
    "b": frozenset(("int", "uint", "bool")),
    "x": frozenset(("int", "uint", "string", "bytes")),
    "X": frozenset(("int", "uint", "string", "bytes")),
    "o": frozenset(("int", "uint")),
}


def issues(tree: Any) -> Iterator[checking.Issue]:
    """What is wrong in an expression; one issue for each template."""
    for each in checking.nodes(tree.expr):
        if each.WhichOneof("kind") != "call_expr" or each.call_expr.function != "format":
            continue
        call = each.call_expr
        if not call.HasField("target") or len(call.args) != 1 or call.args[0].WhichOneof("kind") != "list_expr":
            continue
        target = call.target
        if target.WhichOneof("kind") == "const_expr" and target.const_expr.WhichOneof("kind") == "string_value":
            items = call.args[0].list_expr.elements
            found = template_issue(tree, each.id, target.const_expr.string_value, items)
            if found is not None:
                yield found


def template_issue(tree: Any, call: int, template: str, items: Sequence[Any]) -> checking.Issue | None:
    count = 0
    for clause in formatting.CLAUSE.finditer(template):
        if clause[0] == "%%":
            continue
        verb = clause[2]
        if not verb:
            return checking.Issue(call, "unexpected end of string")
        if count >= len(items):
            return checking.Issue(call, f"index {count} out of range")
        if verb not in TAKEN:
            return checking.Issue(call, f'could not parse formatting clause: unrecognized formatting clause "{verb}"')
        wrong = unfit(tree, items[count], verb)
        if wrong is not None:
            name = head(tree, wrong)
            return checking.Issue(wrong.id, f"error during formatting: {formatting.RULES[verb]}, was given {name}")
        count += 1
    if len(items) > count:
        text = f"too many arguments supplied to string.format (expected {count}, got {len(items)})"
        return checking.Issue(call, text)
    return None


def head(tree: Any, expr: Any) -> str:
    """The name of an expression's type, without its parameters."""
    found = tree.type_map.get(expr.id)
    return "dyn" if found is None else checking.type_name(found).partition("(")[0]


def unfit(tree: Any, expr: Any, verb: str) -> Any:
    """The part of an argument that a clause isn't for; None when it is for it."""
    name = head(tree, expr)
    if name != "dyn" and name not in TAKEN[verb]:
        return expr
    if verb != "s":
        return None
    kind = expr.WhichOneof("kind")
    below: list[Any] = []
    if kind == "list_expr":
        below = list(expr.list_expr.elements)
    elif kind == "struct_expr" and not expr.struct_expr.message_name:
        below = [part for each in expr.struct_expr.entries for part in (each.map_key, each.value)]
    return next((found for each in below if (found := unfit(tree, each, verb)) is not None), None)
