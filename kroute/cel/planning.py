"""From a checked syntax tree to functions that evaluate it.

Expressions are compiled by the CEL library and evaluated here, because its evaluator would copy a whole object for each
rule, has no values for types such as URLs and quantities, doesn't know of sets and list maps, and can't be stopped.

Each node becomes a function of the frame: a list whose first item is the number of steps that are left, followed by the
variables and by what comprehensions bind.  Values that JSON has as other values (timestamps, durations, bytes) are
converted where an expression reads them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kroute.cel import checking, comparing, comprehensions, declared, running, values
from kroute.cel.comprehensions import Node
from kroute.cel.library import operators, optionals, overloads, tables, weights
from kroute.cel.running import Run

STRING: Final = 5
SIMPLE: Final = {
    "bool": declared.BOOL,
    "int": declared.INT,
    "uint": declared.UINT,
    "double": declared.DOUBLE,
    "string": declared.STRING,
    "bytes": declared.BYTES,
    "google.protobuf.Timestamp": declared.TIMESTAMP,
    "google.protobuf.Duration": declared.DURATION,
}
PLAIN: Final = frozenset((1, 2, 4, 5))  # bool, int, double and string, as the tree numbers simple types


class Planner:
    """Makes the function of one expression.

    `variables` are the declared ones with their types, `objects` the declared objects by the names of their messages.
    A variable `a.b` may be a member of what is given as `a`.
    """

    def __init__(
        self,
        tree: Any,
        variables: Mapping[str, declared.Declared],
        objects: Mapping[str, declared.Declared],
        library: tables.Library,
    ) -> None:
        self.tree, self.objects, self.library, self.variables = tree, objects, library, variables
        known = dict.fromkeys((*variables, *(name.partition(".")[0] for name in variables)))
        self.slots = {name: index for index, name in enumerate(known, 1)}
        self.size = len(self.slots) + 1
        self.bound: dict[str, tuple[int, declared.Declared | None]] = {}
        self.used: set[str] = set()
        self.loops = 0

    def plan(self) -> Run:
        """The function of the whole expression."""
        return self.node(self.tree.expr).run

    def output(self) -> declared.Declared:
        """The type of the whole expression's values, for variables that are to have them."""
        expr = self.tree.expr
        return self.whole_type(self.tree.type_map[expr.id]) if expr.id in self.tree.type_map else declared.DYN

    def whole_type(self, found: Any) -> declared.Declared:
        kind = found.WhichOneof("kind")
        if kind == "list_type":
            return declared.list_of(self.whole_type(found.list_type.elem_type))
        if kind == "map_type":
            simple = found.map_type.key_type.primitive == STRING
            return declared.map_of(self.whole_type(found.map_type.value_type)) if simple else declared.DYN
        if kind == "message_type":
            return self.objects.get(found.message_type, declared.DYN)
        if kind == "abstract_type":
            name = found.abstract_type.name
            if name == "optional_type":
                return declared.optional_of(self.whole_type(found.abstract_type.parameter_types[0]))
            return declared.opaque(name)
        return SIMPLE.get(checking.type_name(found), declared.DYN)

    def node(self, expr: Any) -> Node:
        kind = expr.WhichOneof("kind")
        part = getattr(expr, kind)
        if kind == "const_expr":
            return Node(running.constant(literal(part)))
        if kind == "ident_expr":
            made = self.ident(part.name, self.reference(expr) or part.name)
        elif kind == "select_expr":
            made = self.select(expr, part)
        elif kind == "call_expr":
            made = self.call(expr, part)
        elif kind == "list_expr":
            made = self.list(part)
        elif kind == "struct_expr":
            made = self.struct(part)
        else:
            made = comprehensions.plan(self, part)
        return made if made.kind is not None else Node(made.run, self.known(expr))

    def bind(self, name: str, kind: declared.Declared | None) -> int:
        """A place in the frame for a name that an expression binds."""
        slot, self.size = self.size, self.size + 1
        self.bound = {**self.bound, name: (slot, kind)}
        return slot

    def known(self, expr: Any) -> declared.Declared | None:
        """The type that the compiler found for a node, if it leads to objects."""
        return self.declared_of(self.tree.type_map[expr.id]) if expr.id in self.tree.type_map else None

    def declared_of(self, found: Any) -> declared.Declared | None:
        kind = found.WhichOneof("kind")
        if kind == "message_type":
            return self.objects.get(found.message_type)
        if kind == "list_type":
            element = self.declared_of(found.list_type.elem_type)
            return None if element is None else declared.list_of(element)
        if kind == "map_type":
            element = self.declared_of(found.map_type.value_type)
            return None if element is None else declared.map_of(element)
        if kind == "abstract_type" and found.abstract_type.name == "optional_type":
            element = self.declared_of(found.abstract_type.parameter_types[0])
            return None if element is None else declared.optional_of(element)
        return None

    # names and fields

    def reference(self, expr: Any) -> str:
        found: str = self.tree.reference_map[expr.id].name if expr.id in self.tree.reference_map else ""
        return found.lstrip(".")

    def ident(self, written: str, name: str) -> Node:
        bound = self.bound.get(written)
        if bound is not None:
            return Node(running.bound(bound[0]), bound[1])
        kind = self.variables.get(name)
        if kind is None:
            return Node(running.constant(values.TypeName(name)))
        root, dot, _ = name.partition(".")
        self.used.add(name)
        slot = self.slots[name]
        read = running.member(slot, self.slots[root], name) if dot else running.variable(slot, name)
        return Node(running.converted(read, kind), kind)

    def select(self, expr: Any, part: Any) -> Node:
        name = self.reference(expr)
        if name:
            return self.ident("", name)
        operand = self.node(part.operand)
        label, kind = field_of(operand.kind, part.field)
        of_schema = operand.kind is not None and operand.kind.node is not None and operand.kind.kind == "object"
        if part.test_only:
            return Node((running.given if of_schema else running.tested)(operand.run, label))
        read = (running.field if of_schema else running.selected)(operand.run, label)
        return Node(running.converted(read, kind), kind)

    # lists and maps

    def list(self, part: Any) -> Node:
        if part.elements and all(each.WhichOneof("kind") == "const_expr" for each in part.elements):
            return Node(running.constant([literal(each.const_expr) for each in part.elements]))
        items = [self.node(each).run for each in part.elements]
        return Node(running.listing(items, frozenset(part.optional_indices)))

    def struct(self, part: Any) -> Node:
        entries: list[tuple[Run, Run, bool]] = []
        kind = self.objects.get(part.message_name)
        for each in part.entries:
            if part.message_name:
                key = running.constant(field_of(kind, each.field_key)[0])
            else:
                key = self.node(each.map_key).run
            entries.append((key, self.node(each.value).run, each.optional_entry))
        if part.message_name:
            name = part.message_name.lstrip(".") if kind is None else kind.name
            return Node(running.writing(entries, name), kind)
        return Node(running.mapping(entries))

    # calls

    def call(self, expr: Any, part: Any) -> Node:
        name, operands = part.function, list(part.args)
        if part.HasField("target"):
            qualified = self.qualified(part)
            if qualified:
                name = qualified
            else:
                operands.insert(0, part.target)
        nodes = [self.node(each) for each in operands]
        return self.special(name, nodes, operands) or self.applied(expr, name, nodes, operands)

    def special(self, name: str, nodes: Sequence[Node], operands: Sequence[Any]) -> Node | None:
        """What isn't just a function of values."""
        runs = [each.run for each in nodes]
        if name == "_&&_":
            return Node(running.both(*runs))
        if name == "_||_":
            return Node(running.either(*runs))
        if name == "_?_:_":
            return Node(running.choosing(*runs), nodes[1].kind or nodes[2].kind)
        if name in ("or", "orValue"):
            return Node(running.alternative(*runs, unwrap=name == "orValue"))
        if name == "_[?_]":
            return Node(running.optional_index(*runs), optionals.result_kind(name, [each.kind for each in nodes]))
        if name == "_?._":
            return self.optional_field(nodes[0], operands[1].const_expr.string_value)
        if name in running.COMPARISONS and self.plain(operands, texts=not self.loops):
            return Node(running.COMPARISONS[name](*runs))
        if name == "matches" and operands[1].WhichOneof("kind") == "const_expr":
            return Node(running.matching(runs[0], operands[1].const_expr.string_value))
        if name == "@in":
            texts = texts_of(operands[1])
            return None if texts is None else Node(running.among(runs[0], texts))
        return None

    def optional_field(self, operand: Node, field: str) -> Node:
        label, kind = field_of(operand.kind, field)
        wrapped = None if kind is None else declared.optional_of(kind)
        of_schema = operand.kind is not None and operand.kind.node is not None and operand.kind.kind == "object"
        read = running.optional_index(operand.run, running.constant(label), nulls=not of_schema)
        return Node(running.converted_inside(read, kind), wrapped)

    def applied(self, expr: Any, name: str, nodes: Sequence[Node], operands: Sequence[Any]) -> Node:
        runs, kinds = [each.run for each in nodes], [each.kind for each in nodes]
        if name in ("_==_", "_!=_", "_+_") and len(nodes) == 2:
            aware = comparing.aware(name, *kinds)
            if aware is not None:
                return Node(self.weighed(name, aware[0], runs), aware[1])
        function = self.implementation(expr, name, sure=self.sure(operands))
        return Node(self.weighed(name, function, runs), optionals.result_kind(name, kinds))

    def weighed(self, name: str, function: overloads.Implementation, runs: Sequence[Run]) -> Run:
        """A function of values, whose steps are counted where there may be many."""
        weigh = weights.WEIGHTS.get(name) or (weights.IN_LOOPS.get(name) if self.loops else None)
        result = name in weights.RESULTS
        if weigh is None and not result:
            return running.applied(function, runs)
        return running.charged(function, runs, weigh or weights.text, result=result)

    def sure(self, operands: Sequence[Any]) -> bool:
        """Whether the types of values are known before there are any."""
        return not any(checking.type_name(self.tree.type_map[each.id]) == "dyn" for each in operands)

    def implementation(self, expr: Any, name: str, *, sure: bool) -> overloads.Implementation:
        found = operators.OPERATORS.get(name)
        if found is not None:
            return found
        wanted = self.tree.reference_map[expr.id].overload_id if expr.id in self.tree.reference_map else ()
        candidates = [self.library.by_id[each] for each in wanted if each in self.library.by_id]
        candidates = candidates or list(self.library.by_name[name])
        only = candidates[0].run if sure and len(candidates) == 1 else overloads.dispatch(candidates)
        return overloads.guarded(only)

    def qualified(self, part: Any) -> str:
        """The whole name of a function in a namespace; "" for a member of a value."""
        namespace = namespace_of(part.target)
        if not namespace or namespace.partition(".")[0] in self.bound:
            return ""
        name = f"{namespace}.{part.function}"
        return name if name in self.library.by_name else ""

    def plain(self, operands: Sequence[Any], *, texts: bool) -> bool:
        """Whether two operands are of the same simple type, whatever their values; `texts`: which may be string."""
        kinds = []
        for each in operands:
            found = self.tree.type_map.get(each.id)
            if found is None or found.WhichOneof("kind") != "primitive" or found.primitive not in PLAIN:
                return False
            if found.primitive == STRING and not texts:
                return False
            kinds.append(found.primitive)
        return len(kinds) == 2 and kinds[0] == kinds[1]


def namespace_of(target: Any) -> str:
    """What a function is called on as a dotted name; "" for anything that isn't one."""
    names: list[str] = []
    while target.WhichOneof("kind") == "select_expr":
        names.insert(0, target.select_expr.field)
        target = target.select_expr.operand
    if target.WhichOneof("kind") != "ident_expr":
        return ""
    return ".".join((target.ident_expr.name, *names))


def literal(const: Any) -> Any:
    kind = const.WhichOneof("kind")
    if kind is None or kind == "null_value":
        return None
    value = getattr(const, kind)
    return values.Uint(value) if kind == "uint64_value" else value


def texts_of(expr: Any) -> frozenset[str] | None:
    """The strings that a list is written with; None for other lists."""
    if expr.WhichOneof("kind") != "list_expr" or not expr.list_expr.elements:
        return None
    found = []
    for each in expr.list_expr.elements:
        if each.WhichOneof("kind") != "const_expr" or each.const_expr.WhichOneof("kind") != "string_value":
            return None
        found.append(each.const_expr.string_value)
    return frozenset(found)


def field_of(kind: declared.Declared | None, field: str) -> tuple[str, declared.Declared | None]:
    """The name of a field in the data, and its type."""
    if kind is not None and kind.kind == "optional_type":
        kind = kind.element
    if kind is None:
        return field, None
    if kind.kind == "object":
        return kind.names.get(field, field), kind.fields.get(field)
    return field, kind.element if kind.kind == "map" else None
