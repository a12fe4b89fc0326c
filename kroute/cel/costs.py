"""What evaluating an expression costs at most, estimated from its tree and the sizes that a schema allows.

Mirrors `checker/cost.go` of cel-go, as kube-apiserver uses it: rules that could cost too much are refused with their
definition, so what is estimated here is part of the API.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from kroute.cel import callcosts, checking, declared, planning
from kroute.cel.callcosts import Cost, Operand
from kroute.cel.ranges import EMPTY, NOTHING, ONE, UNKNOWN, Range, fixed

MAP_BASE, STRUCT_BASE = 30, 40
SCALARS: Final = frozenset(("bool", "double", "int", "uint", "google.protobuf.Timestamp", "google.protobuf.Duration"))
Path = tuple[str, ...]


class Entry(NamedTuple):
    """The sizes of the keys and values of a container; a list's keys are its places."""

    is_list: bool
    key: Range
    value: Range


class Local(NamedTuple):
    """A name that an expression binds: where its value comes from, its size, and that of its entries."""

    path: Path
    size: Range | None
    entry: Entry | None = None


def most(tree: Any, root: declared.Declared) -> int:
    """The highest cost of an expression whose variables are of this type."""
    return Estimator(tree, root).cost(tree.expr).most


class Estimator:
    """Estimates one expression.

    All names that it doesn't bind are taken for variables of the root's type, which is how kube-apiserver does it."""

    def __init__(self, tree: Any, root: declared.Declared | None) -> None:
        self._tree, self._root = tree, root
        self._paths: dict[int, Path] = {}
        self._locals: dict[str, list[Local]] = {}
        self._sizes: dict[int, Range] = {}
        self._entries: dict[int, Entry] = {}

    def cost(self, expr: Any) -> Range:
        kind = expr.WhichOneof("kind")
        if kind == "ident_expr":
            name = expr.ident_expr.name
            local = self._local(name)
            self._paths[expr.id] = (name,) if local is None else local.path
            return ONE
        if kind == "select_expr":
            return self._select(expr, expr.select_expr)
        if kind == "call_expr":
            return self._call(expr, expr.call_expr)
        if kind == "list_expr":
            return self._list(expr, expr.list_expr)
        if kind == "struct_expr":
            return self._struct(expr, expr.struct_expr)
        if kind == "comprehension_expr":
            return self._comprehension(expr, expr.comprehension_expr)
        return NOTHING

    def _local(self, name: str) -> Local | None:
        found = self._locals.get(name)
        return found[-1] if found else None

    def _select(self, expr: Any, select: Any) -> Range:
        total = self.cost(select.operand)
        if select.test_only:
            return total
        kind = self._type(select.operand).WhichOneof("kind")
        if kind in ("map_type", "message_type", "type_param"):
            total = total.plus(ONE)
        self._paths[expr.id] = (*self._path(select.operand), select.field)
        return total

    def _list(self, expr: Any, made: Any) -> Range:
        total, size = NOTHING, EMPTY if made.elements else Range(0, 0)
        for each in made.elements:
            total = total.plus(self.cost(each))
            size = size.union(self._sized(each))
        self._entries[expr.id] = Entry(True, ONE, size)
        return total.plus(fixed(callcosts.LIST_BASE))

    def _struct(self, expr: Any, made: Any) -> Range:
        total = NOTHING
        if made.message_name:
            for each in made.entries:
                total = total.plus(self.cost(each.value))
            return total.plus(fixed(STRUCT_BASE))
        key = value = EMPTY if made.entries else Range(0, 0)
        for each in made.entries:
            total = total.plus(self.cost(each.map_key)).plus(self.cost(each.value))
            key, value = key.union(self._sized(each.map_key)), value.union(self._sized(each.value))
        self._entries[expr.id] = Entry(False, key, value)
        return total.plus(fixed(MAP_BASE))

    # calls

    def _call(self, expr: Any, call: Any) -> Range:
        if call.function == "dyn":
            total = self.cost(call.args[0]).plus(ONE)
            self._copy(expr, call.args[0])
            return total
        costs = [self.cost(each) for each in call.args]
        args = [self._operand(each) for each in call.args]
        reference = self._tree.reference_map.get(expr.id)
        if reference is None or not reference.overload_id:
            return NOTHING
        total, target, name = NOTHING, None, call.function
        if call.HasField("target"):
            namespace = planning.namespace_of(call.target)
            if namespace and call.target.id not in self._tree.type_map:
                name = f"{namespace}.{name}"
            else:
                total = self.cost(call.target)
                target = self._operand(call.target)
        most, size = EMPTY, None
        for overload in reference.overload_id:
            found = self._overload(expr, call, name, overload, target, args, costs)
            most = most.union(found.cost)
            if found.size is not None:
                size = found.size if size is None else size.union(found.size)
            if overload in ("index_list", "index_map") and call.args:
                entry = self._entry(call.args[0])
                size = None if entry is None else entry.value
                step = "@items" if overload == "index_list" else "@values"
                self._paths[expr.id] = (*self._path(call.args[0]), step)
            if size is None:
                size = self._size(expr)
        if size is not None:
            self._sizes[expr.id] = size
        return total.plus(most)

    def _overload(
        self,
        expr: Any,
        call: Any,
        name: str,
        overload: str,
        target: Operand | None,
        args: Sequence[Operand],
        costs: Sequence[Range],
    ) -> Cost:
        if overload in ("logical_and", "logical_or"):
            return Cost(Range(costs[0].least, costs[0].plus(costs[1]).most))
        if overload == "conditional":
            one, other = self._entry(call.args[1]), self._entry(call.args[2])
            self._unite(expr, one, other)
            return Cost(costs[0].plus(costs[1].union(costs[2])), args[1].sized.union(args[2].sized))
        if overload in ("add_string", "add_bytes", "add_list"):
            self._unite(expr, self._entry(call.args[0]), self._entry(call.args[1]))
        estimate = callcosts.ESTIMATES.get(name)
        found = estimate(name, target, args) if estimate is not None else None
        found = found or callcosts.standard(overload, target, args)
        total = found.cost
        for each in costs:
            total = total.plus(each)
        return Cost(total, found.size)

    def _unite(self, expr: Any, one: Entry | None, other: Entry | None) -> None:
        if one is not None and other is not None:
            self._entries[expr.id] = Entry(one.is_list, one.key.union(other.key), one.value.union(other.value))

    # comprehensions

    def _comprehension(self, expr: Any, made: Any) -> Range:
        if self._binds(made):
            return self._binding(expr, made)
        total = self.cost(made.iter_range).plus(self.cost(made.accu_init))
        self._push(made.accu_var, self._value_of(made.accu_init))
        if made.iter_var2:
            self._push(made.iter_var, self._round(made.iter_range, keys=True))
            self._push(made.iter_var2, self._round(made.iter_range, keys=False))
        else:
            self._push(made.iter_var, self._round(made.iter_range, keys=not self._is_list(made.iter_range)))
        each = self.cost(made.loop_condition)
        each = self.cost(made.loop_step).plus(each)
        self._locals[made.iter_var].pop()
        if made.iter_var2:
            self._locals[made.iter_var2].pop()
        total = total.plus(self.cost(made.result))
        self._locals[made.accu_var].pop()
        count = self._sized(made.iter_range)
        kind = made.accu_init.WhichOneof("kind")
        if kind == "const_expr":
            size = self._size(made.accu_init)
            if size is not None:
                self._sizes[expr.id] = size
        elif kind in ("list_expr", "struct_expr"):
            self._sizes[expr.id] = count
            entry = self._entry(made.loop_step)
            if entry is not None:
                self._entries[expr.id] = entry
        return total.plus(count.times(each))

    def _binds(self, made: Any) -> bool:
        over, condition = made.iter_range, made.loop_condition
        return bool(
            over.WhichOneof("kind") == "list_expr"
            and not over.list_expr.elements
            and condition.WhichOneof("kind") == "const_expr"
            and condition.const_expr.WhichOneof("kind") == "bool_value"
            and not condition.const_expr.bool_value
            and not made.accu_var.startswith(("@", "__"))
        )

    def _binding(self, expr: Any, made: Any) -> Range:
        total = self.cost(made.iter_range).plus(self.cost(made.accu_init))
        self._push(made.accu_var, self._value_of(made.accu_init))
        total = total.plus(self.cost(made.result))
        self._locals[made.accu_var].pop()
        self._copy(expr, made.result)
        return total

    def _push(self, name: str, local: Local) -> None:
        self._locals.setdefault(name, []).append(local)

    def _value_of(self, expr: Any) -> Local:
        return Local(self._path(expr), self._size(expr), self._entry(expr))

    def _is_list(self, expr: Any) -> bool:
        entry = self._entry(expr)
        return entry.is_list if entry is not None else self._type(expr).WhichOneof("kind") == "list_type"

    def _round(self, expr: Any, *, keys: bool) -> Local:
        entry, is_list = self._entry(expr), self._is_list(expr)
        if keys:
            step, size = "@indices" if is_list else "@keys", None if entry is None else entry.key
        else:
            step, size = "@items" if is_list else "@values", None if entry is None else entry.value
        return Local((*self._path(expr), step), size)

    # sizes

    def _type(self, expr: Any) -> Any:
        return self._tree.type_map[expr.id]

    def _path(self, expr: Any) -> Path:
        if expr.WhichOneof("kind") == "ident_expr":
            local = self._local(expr.ident_expr.name)
            if local is not None:
                return local.path
        return self._paths.get(expr.id, ())

    def _sized(self, expr: Any) -> Range:
        found = self._size(expr)
        return UNKNOWN if found is None else found

    def _size(self, expr: Any) -> Range | None:
        if expr.id in self._sizes:
            return self._sizes[expr.id]
        found = literal_size(expr)
        if found is not None:
            return found
        found = self._declared_size(self._path(expr))
        if found is not None:
            self._sizes[expr.id] = found
            return found
        if is_scalar(self._type(expr)):
            return ONE
        local = self._local(expr.ident_expr.name) if expr.WhichOneof("kind") == "ident_expr" else None
        return None if local is None else local.size

    def _declared_size(self, path: Path) -> Range | None:
        """The size of what is declared at a path."""
        kind = self._root if path else None
        for step in path[1:]:
            if kind is None:
                return None
            if step == "@keys":
                kind = declared.STRING if kind.kind == "map" else None
            elif step in ("@items", "@values"):
                kind = kind.element
            else:
                kind = kind.fields.get(step)
        return None if kind is None else Range(0, kind.size)

    def _entry(self, expr: Any) -> Entry | None:
        if expr.id in self._entries:
            return self._entries[expr.id]
        local = self._local(expr.ident_expr.name) if expr.WhichOneof("kind") == "ident_expr" else None
        return None if local is None else local.entry

    def _copy(self, to: Any, expr: Any) -> None:
        size, entry = self._size(expr), self._entry(expr)
        if size is not None:
            self._sizes[to.id] = size
        if entry is not None:
            self._entries[to.id] = entry

    def _operand(self, expr: Any) -> Operand:
        kind, item_kind, item = self._type(expr), "", UNKNOWN
        parameter = kind.list_type.elem_type if kind.WhichOneof("kind") == "list_type" else None
        if kind.WhichOneof("kind") == "map_type":
            parameter = kind.map_type.key_type
        if parameter is not None:
            item_kind = checking.type_name(parameter)
            path = self._path(expr)
            item = (self._declared_size((*path, "@items")) if path else None) or UNKNOWN
        value = planning.literal(expr.const_expr) if expr.WhichOneof("kind") == "const_expr" else None
        return Operand(self._size(expr), checking.type_name(kind), value, item, item_kind)


def literal_size(expr: Any) -> Range | None:
    kind = expr.WhichOneof("kind")
    if kind == "const_expr":
        value = planning.literal(expr.const_expr)
        return fixed(len(value) if isinstance(value, str | bytes) else 1)
    if kind == "list_expr":
        return fixed(len(expr.list_expr.elements))
    if kind == "struct_expr" and not expr.struct_expr.message_name:
        return fixed(len(expr.struct_expr.entries))
    return None


def is_scalar(kind: Any) -> bool:
    if kind.WhichOneof("kind") == "abstract_type" and kind.abstract_type.name == "optional_type":
        return is_scalar(kind.abstract_type.parameter_types[0])
    return checking.type_name(kind) in SCALARS
