"""Comprehensions: what the macros `all`, `exists`, `map`, `filter` and their kin are expanded to.

The usual forms run as loops of their own; any other form as it is written, step by step.  Each round takes steps from
the budget in the frame's first item.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, Protocol

from kroute.cel import declared
from kroute.cel.running import Run
from kroute.cel.values import CostExceeded, EvaluationError, NoSuchOverload

INSERT: Final = "cel.@mapInsert"


class Node(NamedTuple):
    """What evaluates a node, and the type that its value is known to have."""

    run: Run
    kind: declared.Declared | None = None


class Planner(Protocol):
    """What makes functions of the parts of a comprehension."""

    bound: dict[str, tuple[int, declared.Declared | None]]
    loops: int

    def node(self, expr: Any) -> Node: ...

    def bind(self, name: str, kind: declared.Declared | None) -> int: ...


class Loop(NamedTuple):
    """What a comprehension goes over: where the values come from, where each is put, and what a round costs."""

    over: Run
    first: int
    second: int  # 0: each round has one value
    cost: int

    def rounds(self, frame: list[Any]) -> Iterator[None]:
        """Puts the values of each round into the frame."""
        items = self.over(frame)
        first, second, cost = self.first, self.second, self.cost
        if isinstance(items, Mapping):
            pairs: Any = items.items() if second else items
        elif type(items) is list:
            pairs = enumerate(items) if second else items
        else:
            raise NoSuchOverload
        for each in pairs:
            frame[0] -= cost
            if frame[0] < 0:
                raise CostExceeded
            if second:
                frame[first], frame[second] = each
            else:
                frame[first] = each
            yield


def plan(planner: Planner, made: Any) -> Node:
    """The function of a comprehension."""
    over = planner.node(made.iter_range)
    init = planner.node(made.accu_init)
    before = planner.bound
    first, second = bind_rounds(planner, made, over.kind)
    accumulator = planner.bind(made.accu_var, init.kind)
    loop = Loop(over.run, first, second, 1 + size_of(made.loop_step))
    planner.loops += 1
    run, kind = usual(planner, made, loop) or general(planner, made, loop, init.run, accumulator)
    planner.loops -= 1
    planner.bound = before
    return Node(run, kind)


def bind_rounds(planner: Planner, made: Any, kind: declared.Declared | None) -> tuple[int, int]:
    element = None if kind is None else kind.element
    if made.iter_var2:
        return planner.bind(made.iter_var, None), planner.bind(made.iter_var2, element)
    is_list = kind is not None and kind.kind == "list"
    return planner.bind(made.iter_var, element if is_list else None), 0


def size_of(expr: Any) -> int:
    """How many nodes an expression has, without those in comprehensions of its own, which are counted as they run."""
    kind = expr.WhichOneof("kind")
    part = getattr(expr, kind)
    if kind == "call_expr":
        below = [*part.args, *([part.target] if part.HasField("target") else ())]
    elif kind == "select_expr":
        below = [part.operand]
    elif kind == "list_expr":
        below = list(part.elements)
    elif kind == "struct_expr":
        below = [each.value for each in part.entries]
    elif kind == "comprehension_expr":
        below = [part.iter_range, part.result]
    else:
        below = []
    return 1 + sum(map(size_of, below))


def is_call(expr: Any, function: str) -> bool:
    return bool(expr.WhichOneof("kind") == "call_expr" and expr.call_expr.function == function)


def is_name(expr: Any, name: str) -> bool:
    return bool(expr.WhichOneof("kind") == "ident_expr" and expr.ident_expr.name == name)


def usual(planner: Planner, made: Any, loop: Loop) -> Node | None:
    """The function of a form that macros have; None for others."""
    step, name = made.loop_step, made.accu_var
    if is_name(made.result, name):
        for function, decisive in (("_&&_", False), ("_||_", True)):
            if is_call(step, function) and is_name(step.call_expr.args[0], name):
                return Node(quantified(loop, planner.node(step.call_expr.args[1]).run, decisive=decisive))
        appended = appended_item(step, name)
        if appended is not None:
            return gathered(planner, loop, appended, None)
        if is_call(step, "_?_:_") and is_name(step.call_expr.args[2], name):
            appended = appended_item(step.call_expr.args[1], name)
            if appended is not None:
                return gathered(planner, loop, appended, step.call_expr.args[0])
    return None


def appended_item(step: Any, name: str) -> Any:
    """The one item that a step adds to the list so far; None for other steps."""
    if not is_call(step, "_+_") or not is_name(step.call_expr.args[0], name):
        return None
    added = step.call_expr.args[1]
    if added.WhichOneof("kind") != "list_expr" or len(added.list_expr.elements) != 1:
        return None
    return None if added.list_expr.optional_indices else added.list_expr.elements[0]


def quantified(loop: Loop, predicate: Run, *, decisive: bool) -> Run:
    """Whether a predicate has the decisive value in some round; what it raises counts only if it hasn't."""

    def run(frame: list[Any]) -> Any:
        failed: EvaluationError | None = None
        for _ in loop.rounds(frame):
            try:
                value = predicate(frame)
            except CostExceeded:
                raise
            except EvaluationError as error:
                failed = failed or error
                continue
            if value is decisive:
                return decisive
            if type(value) is not bool:
                failed = failed or NoSuchOverload()
        if failed is not None:
            raise failed
        return not decisive

    return run


def gathered(planner: Planner, loop: Loop, item: Any, condition: Any) -> Node:
    """A list of an item from each round, or from those in which a condition holds."""
    made = planner.node(item)
    take, kind = made.run, None if made.kind is None else declared.list_of(made.kind)
    if condition is None:
        return Node(lambda frame: [take(frame) for _ in loop.rounds(frame)], kind)
    holds = planner.node(condition).run

    def run(frame: list[Any]) -> list[Any]:
        found = []
        for _ in loop.rounds(frame):
            wanted = holds(frame)
            if wanted is True:
                found.append(take(frame))
            elif wanted is not False:
                raise NoSuchOverload
        return found

    return Node(run, kind)


def general(planner: Planner, made: Any, loop: Loop, init: Run, accumulator: int) -> Node:
    """Any comprehension, step by step."""
    go_on = planner.node(made.loop_condition).run
    step = planner.node(made.loop_step).run
    result = planner.node(made.result)
    finish = result.run
    copies = has_insert(made.loop_step)

    def run(frame: list[Any]) -> Any:
        value = init(frame)
        frame[accumulator] = dict(value) if copies else value
        for _ in loop.rounds(frame):
            if go_on(frame) is False:
                break
            frame[accumulator] = step(frame)
        return finish(frame)

    return Node(run, result.kind)


def has_insert(step: Any) -> bool:
    """Whether a step puts entries into the map so far, which is then a copy from the start."""
    if step.WhichOneof("kind") != "call_expr":
        return False
    return bool(step.call_expr.function == INSERT or any(map(has_insert, step.call_expr.args)))
