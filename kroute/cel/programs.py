"""Compiling expressions and evaluating them: the interface for rules, policies and match conditions.

    environment = programs.Environment({"object": declared.DYN, "oldObject": declared.DYN})
    program = environment.compile("object.spec.replicas <= 5", wanted=programs.BOOL)
    program.evaluate({"object": obj, "oldObject": old})  # True or False; raises values.EvaluationError

An environment is made once for a set of variables and compiles any number of expressions; a program may be evaluated
any number of times, and by several threads at once.  Making an environment takes about a millisecond, compiling about
a tenth of one, evaluating some microseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from kroute.cel import (
    checking,
    configuring,
    costs,
    declared,
    descriptors,
    planning,
    running,
    syntax,
    templates,
    values,
    writing,
)
from kroute.cel.library import tables

ANY: Final[frozenset[str]] = frozenset()
BOOL: Final = frozenset(("bool",))
STRING: Final = frozenset(("string",))
STRING_OR_NULL: Final = frozenset(("string", "null_type"))

OPTIONAL: Final = "optional_type"
STEPS: Final = 1_000_000
LONGEST: Final = 64 * 1024


class CompileError(Exception):
    """An expression that doesn't compile; the text is kube-apiserver's, without the words before it."""


class NotInstantiable(CompileError):
    """An expression that is in order but for a literal that no program can be made with."""


class WrongType(CompileError):
    """An expression that compiles but gives values of another type than is wanted: `output`, as `list(string)`."""

    def __init__(self, output: str) -> None:
        super().__init__(f"evaluates to {output}")
        self.output = output


class Program:
    """A compiled expression.

    `output` is the type of its values as `map(string, int)`, `kind` the same for declaring a variable that is to have
    them; `used` are the variables that it reads; `cost` is the most that an evaluation costs, if it was estimated."""

    def __init__(
        self, source: str, output: str, kind: declared.Declared, run: running.Run, planner: planning.Planner
    ) -> None:
        self.source, self.output, self.kind, self.cost = source, output, kind, 0
        self.used = frozenset(planner.used)
        self._run, self._slots = run, tuple(planner.slots)
        self._rest: list[Any] = [None] * (planner.size - len(planner.slots) - 1)

    def evaluate(self, variables: Mapping[str, Any], *, steps: int = STEPS) -> Any:
        """The value of the expression.

        Variables are decoded JSON, by name; one that is missing is an error where it is read.  What expressions have
        and JSON hasn't comes as the classes of `values`.  Raises EvaluationError: CostExceeded when it takes more than
        this many steps."""
        return self.metered(variables, steps)[0]

    def metered(self, variables: Mapping[str, Any], steps: int = STEPS) -> tuple[Any, int]:
        """As `evaluate`, with the number of steps that are left."""
        unset = running.UNSET
        frame: list[Any] = [steps, *[variables.get(name, unset) for name in self._slots], *self._rest]
        try:
            return self._run(frame), frame[0]
        except RecursionError:
            raise values.EvaluationError("expression is too deep") from None


class Environment:
    """What expressions may use: declared variables, and Kubernetes' functions.

    A variable may be named `a.b`; where it isn't given under that name it is looked up in what is given for `a`, which
    may be any mapping, also one that evaluates only what is asked for.  `patching`: expressions may write the objects
    that patches are made of (`Object{...}`, `JSONPatch{...}`; `values.Made`); `binding`: they may give values names
    (`cel.bind`).
    Raises configuring.Unavailable where there is no CEL library.
    """

    def __init__(
        self, variables: Mapping[str, declared.Declared], *, patching: bool = False, binding: bool = False
    ) -> None:
        self._variables, self._patching, self._binding = dict(variables), patching, binding
        self._library = tables.library(patching=patching)
        self._plain = self._made({})

    def compile(
        self,
        expression: str,
        *,
        wanted: Iterable[str] = ANY,
        sizes: declared.Declared | None = None,
    ) -> Program:
        """Compiles an expression; with `sizes`, the type of its variables as a schema limits it, its cost is estimated.

        Raises CompileError with what is wrong with it (`ERROR: <input>:1:6: undefined field ...`), WrongType when
        its values are of none of the types that are wanted."""
        if not self._patching:
            return self._compiled(self._plain, expression, expression, wanted, sizes)
        text, names = writing.renamed(expression)
        try:
            parsed = self._plain.env.compile(text, disable_check=True)
            made = self._made(writing.types_of(syntax.parse(parsed.serialize()), names))
            return self._compiled(made, text, expression, wanted, sizes)
        except RuntimeError as error:
            raise CompileError(writing.restored(checking.message(str(error)), names)) from None
        except WrongType as error:
            raise WrongType(writing.restored(error.output, names)) from None
        except CompileError as error:
            raise type(error)(writing.restored(str(error), names)) from None

    def _compiled(
        self,
        made: Made,
        text: str,
        expression: str,
        wanted: Iterable[str],
        sizes: declared.Declared | None,
    ) -> Program:
        try:
            tree = syntax.parse(made.env.compile(text).serialize())
        except RuntimeError as error:
            respelled = self._respelled(made, text) if writing.ONE in text else text
            if respelled != text:
                return self._compiled(made, respelled, expression, wanted, sizes)
            raise CompileError(self._message(made, text, str(error))) from None
        problems = checking.problems(tree, text, templates.issues(tree))
        if problems:
            raise CompileError(problems)
        output = checking.output_of(tree)
        if wanted and output not in frozenset(wanted):
            raise WrongType(output)
        unusable = checking.unusable(tree.expr)
        if unusable:
            raise NotInstantiable(unusable)
        planner = planning.Planner(tree, self._variables, made.objects.by_name, self._library)
        program = Program(expression, output, planner.output(), planner.plan(), planner)
        if sizes is not None:
            program.cost = costs.most(tree, sizes)
        return program

    def _respelled(self, made: Made, text: str) -> str:
        """An expression with `existsOne` for the `exists_one` of two variables, which the library doesn't know."""
        try:
            parsed = made.env.compile(text, disable_check=True)
        except RuntimeError:
            return text
        return writing.respelled(text, syntax.parse(parsed.serialize()))

    def _message(self, made: Made, text: str, error: str) -> str:
        """What is wrong with an expression; which functions are called on something is seen in its tree."""
        found = checking.message(error)
        if "found no matching overload" not in found:
            return found
        return checking.members(found, text, syntax.parse(made.env.compile(text, disable_check=True).serialize()))

    def _made(self, types: Mapping[str, declared.Declared]) -> Made:
        engine = configuring.engine()
        variables = self._variables
        objects = descriptors.Objects(variables.values(), types)
        optionals = {name: objects.signature(kind) for name, kind in variables.items() if kind.kind == OPTIONAL}
        if optionals:
            config = configuring.with_variables(optionals, patching=self._patching, binding=self._binding)
        else:
            config = configuring.configuration(patching=self._patching, binding=self._binding)
        others = {name: kind for name, kind in variables.items() if kind.kind != OPTIONAL}
        env = engine.NewEnv(
            descriptor_pool=descriptors.pool_of(objects),
            config=config,
            variables={name: type_of(engine.Type, kind, objects) for name, kind in others.items()},
        )
        return Made(env, objects)


class Made(NamedTuple):
    """An environment of the library, and the objects that it knows."""

    env: Any
    objects: descriptors.Objects


def type_of(types: Any, kind: declared.Declared, objects: descriptors.Objects) -> Any:
    """A declared type as the library has it; optional ones it knows only from its configuration."""
    if kind.kind == "list":
        return types.List(type_of(types, kind.element or declared.DYN, objects))
    if kind.kind == "map":
        return types.Map(types.STRING, type_of(types, kind.element or declared.DYN, objects))
    if kind.kind == "object":
        return types(objects.name_of(kind))
    simple = getattr(types, kind.kind.upper(), None)
    return types.AbstractType(kind.kind) if simple is None else simple
