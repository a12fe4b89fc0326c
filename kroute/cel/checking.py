"""What is wrong with an expression: the CEL library's messages as cel-go words them, and checks that it lacks.

Mirrors the validators that `k8s.io/apiserver/pkg/cel/environment` adds: literal timestamps, durations and patterns
must be such, and the items of literal lists and maps of one type.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from kroute.cel.library import times
from kroute.schema import patterns

STATUS: Final = re.compile(r"^[A-Z_]+: (.*?)(?: \[[A-Z_]+\])?$", re.DOTALL)
ISSUE: Final = re.compile(r"^ERROR: <input>:(\d+):(\d+): ", re.MULTILINE)
UNDECLARED: Final = re.compile(
    r"ERROR: <input>:(\d+):(\d+): undeclared reference to '(\w+(?:\.\w+)+)'([^\n]*)\n \| ([^\n]*)\n \| [^\n]*$"
)
WORDINGS: Final = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"(undefined field '[^'\n]*') not found in struct '[^'\n]*'", r"\1"),
        (r"no viable alternative at input '\.(true|false|null|in)'", r"mismatched input '\1' expecting IDENTIFIER"),
        (
            r"expression of type ('[^'\n]*') cannot be the operand of a select operation",
            r"type \1 does not support field selection",
        ),
        (r"(?:map|filter)\(\) variable name must be a simple identifier", "argument is not an identifier"),
        (r"(?:all|exists|exists_one)\(\) variable name must be a simple identifier", "argument must be a simple name"),
        (r"\w+\(\) (?:first|second) variable name must be a simple identifier", "argument must be a simple name"),
        (r"\w+\(\) \w* ?variable name cannot be \w+", "iteration variable overwrites accumulator variable"),
        (r"has\(\) argument must be a field selection", "invalid argument to has() macro"),
        (r"'\\u003F'", "'?'"),
    )
)
APPLIED: Final = re.compile(r"applied to '[^'\n]*'")
OVERLOAD: Final = re.compile(
    r"ERROR: <input>:(\d+):(\d+): found no matching overload for '([A-Za-z][\w.]*)' applied to '\(([^'\n]*)\)'"
)
PRIMITIVES: Final = {1: "bool", 2: "int", 3: "uint", 4: "double", 5: "string", 6: "bytes"}
WELL_KNOWN: Final = {1: "any", 2: "timestamp", 3: "duration"}
SHOWN: Final = {"timestamp": "google.protobuf.Timestamp", "duration": "google.protobuf.Duration"}
CONSTANTS: Final = {"timestamp": times.parse_timestamp, "duration": times.parse_duration}


class Issue(NamedTuple):
    """A problem at a node."""

    id: int
    text: str


def message(text: str) -> str:
    """The library's message in cel-go's words, issues in the order of their places."""
    found = STATUS.match(text)
    text = found[1] if found else text
    for pattern, words in WORDINGS:
        text = pattern.sub(words, text)
    text = APPLIED.sub(lambda each: each[0].replace("null_type", "null"), text)
    starts = [each.start() for each in ISSUE.finditer(text)]
    issues = [text[start:end].rstrip("\n") for start, end in zip(starts, [*starts[1:], len(text)], strict=False)]
    return "\n".join(sorted(map(at_root, issues), key=place_of)) or text


def members(text: str, source: str, tree: Any) -> str:
    """A message with functions that are called on something shown so: `'list(string).()'`."""
    offsets: dict[tuple[str, int], bool] = {}
    for expr in nodes(tree.expr):
        if expr.WhichOneof("kind") == "call_expr" and expr.id in tree.source_info.positions:
            offsets[expr.call_expr.function, tree.source_info.positions[expr.id]] = expr.call_expr.HasField("target")
    starts = [0, *(found.end() for found in re.finditer("\n", source))]

    def shown_call(found: re.Match[str]) -> str:
        line, column = int(found[1]), int(found[2])
        offset = starts[line - 1] + column - 1 if 0 < line <= len(starts) else -1
        if not offsets.get((found[3], offset)):
            return found[0]
        target, rest = first_type(found[4])
        return f"{found[0][: found.start(4) - found.start() - 1]}{target}.({rest})'"

    return OVERLOAD.sub(shown_call, text)


def first_type(types: str) -> tuple[str, str]:
    """The first of some types, and the others."""
    depth = 0
    for place, char in enumerate(types):
        depth += (char in "(<") - (char in ")>")
        if char == "," and depth == 0:
            return types[:place], types[place + 1 :].lstrip()
    return types, ""


def at_root(issue: str) -> str:
    """An undeclared `a.b` is told of as an undeclared `a`."""
    found = UNDECLARED.match(issue)
    if found is None:
        return issue
    line, column, name, rest, shown_line = found[1], int(found[2]), found[3], found[4], found[5]
    chain = r"\s*\.\s*".join(map(re.escape, name.split(".")[:-1]))
    before = re.search(rf"{chain}\s*$", shown_line[: column - 1])
    column = column if before is None else before.start() + 1
    root = name.partition(".")[0]
    text = f"ERROR: <input>:{line}:{column}: undeclared reference to '{root}'{rest}"
    return f"{text}\n | {shown_line}\n | {'.' * (column - 1)}^"


def place_of(issue: str) -> tuple[int, int]:
    found = ISSUE.match(issue)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def problems(tree: Any, source: str, others: Iterable[Issue] = ()) -> str:
    """What the checks here find, and others have found, as a message; "" for nothing."""
    found = sorted((shown(tree, source, each) for each in (*literals(tree, tree.expr), *others)), key=place_of)
    return "\n".join(found)


def shown(tree: Any, source: str, issue: Issue) -> str:
    offset = tree.source_info.positions.get(issue.id, 0)
    line = source.count("\n", 0, offset) + 1
    column = offset - (source.rfind("\n", 0, offset) + 1)
    text = source.split("\n")[line - 1]
    return f"ERROR: <input>:{line}:{column + 1}: {issue.text}\n | {text}\n | {'.' * column}^"


def literals(tree: Any, expr: Any, *, exempt: bool = False) -> Iterator[Issue]:
    """Wrong literals; `exempt`: the items of lists may be of any types, as they are to be formatted."""
    kind = expr.WhichOneof("kind")
    if kind is None or kind in ("const_expr", "ident_expr"):
        return
    part = getattr(expr, kind)
    if kind == "call_expr":
        yield from constants(part)
        exempt = exempt or part.function == "format"
        if part.HasField("target"):
            yield from literals(tree, part.target, exempt=exempt)
        below = list(part.args)
    elif kind == "list_expr":
        below = list(part.elements)
        if not exempt:
            yield from mixed(tree, [each for place, each in enumerate(below) if place not in part.optional_indices])
    elif kind == "struct_expr":
        below = [each.value for each in part.entries]
        if not part.message_name:
            below += [each.map_key for each in part.entries]
        if not part.message_name and not exempt:
            yield from mixed(tree, [each.map_key for each in part.entries])
            yield from mixed(tree, [each.value for each in part.entries if not each.optional_entry])
    elif kind == "comprehension_expr":
        below = [part.iter_range, part.accu_init, part.loop_condition, part.loop_step, part.result]
    else:
        below = [part.operand]
    for each in below:
        yield from literals(tree, each, exempt=exempt)


def constants(call: Any) -> Iterator[Issue]:
    """Texts that aren't what they are converted to."""
    if not call.args or call.args[-1].WhichOneof("kind") != "const_expr":
        return
    last = call.args[-1]
    if call.function == "timestamp" and last.const_expr.WhichOneof("kind") == "int64_value":
        if not times.EARLIEST <= last.const_expr.int64_value * times.SECOND <= times.LATEST:
            yield Issue(last.id, "invalid timestamp argument")
        return
    if last.const_expr.WhichOneof("kind") != "string_value":
        return
    text = last.const_expr.string_value
    parse = CONSTANTS.get(call.function)
    if parse is not None:
        if len(call.args) == 1 and parse(text) is None:
            yield Issue(last.id, f"invalid {call.function} argument")
    elif call.function == "matches":
        try:
            patterns.compiled(text)
        except ValueError:
            yield Issue(last.id, "invalid matches argument")


def unusable(expr: Any) -> str:
    """Why no program can be made: a literal pattern that is none; "" for nothing."""
    for each in nodes(expr):
        if each.WhichOneof("kind") != "call_expr" or each.call_expr.function not in ("find", "findAll"):
            continue
        call = each.call_expr
        if call.HasField("target") and call.args and call.args[0].WhichOneof("kind") == "const_expr":
            try:
                patterns.compiled(call.args[0].const_expr.string_value)
            except ValueError as error:
                return f"error parsing regexp: {error}"
    return ""


def nodes(expr: Any) -> Iterator[Any]:
    """An expression and all those in it."""
    kind = expr.WhichOneof("kind")
    if kind is None:
        return
    yield expr
    part = getattr(expr, kind)
    below: list[Any] = []
    if kind == "call_expr":
        below = [*part.args, part.target]
    elif kind == "list_expr":
        below = list(part.elements)
    elif kind == "struct_expr":
        below = [each.value for each in part.entries] + [each.map_key for each in part.entries]
    elif kind == "select_expr":
        below = [part.operand]
    elif kind == "comprehension_expr":
        below = [part.iter_range, part.accu_init, part.loop_condition, part.loop_step, part.result]
    for each in below:
        yield from nodes(each)


def mixed(tree: Any, items: list[Any]) -> Iterator[Issue]:
    """An item that is of another type than the first one."""
    expected = ""
    for each in items:
        name = type_name(tree.type_map[each.id]) if each.id in tree.type_map else "dyn"
        if name == "dyn" or "dyn" in re.split(r"\W", name):
            continue
        expected = expected or name
        if name != expected:
            yield Issue(each.id, f"expected type '{expected}' but found '{name}'")
            return


def output_of(tree: Any) -> str:
    """The type of an expression's values: `bool`, `list(string)`."""
    return type_name(tree.type_map[tree.expr.id]) if tree.expr.id in tree.type_map else "dyn"


def type_name(found: Any) -> str:
    """A type as cel-go shows it."""
    kind = found.WhichOneof("kind")
    if kind == "primitive":
        return PRIMITIVES.get(found.primitive, "dyn")
    if kind == "wrapper":
        return f"wrapper({PRIMITIVES.get(found.wrapper, 'dyn')})"
    if kind == "well_known":
        name = WELL_KNOWN.get(found.well_known, "dyn")
        return SHOWN.get(name, name)
    if kind == "list_type":
        return f"list({type_name(found.list_type.elem_type)})"
    if kind == "map_type":
        return f"map({type_name(found.map_type.key_type)}, {type_name(found.map_type.value_type)})"
    if kind == "null":
        return "null_type"
    if kind == "message_type":
        return str(found.message_type)
    if kind == "type":
        return "type"
    if kind == "abstract_type":
        below = ", ".join(map(type_name, found.abstract_type.parameter_types))
        return f"{found.abstract_type.name}({below})" if below else str(found.abstract_type.name)
    return "dyn"
