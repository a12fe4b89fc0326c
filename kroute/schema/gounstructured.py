"""Why a map can't become a Go struct, where no text is decoded.

Strategic merge patches make objects this way: the struct's fields are gone through in their order, and what is spoken
of are Go's kinds of values, not JSON's.  Mirrors `k8s.io/apimachinery/pkg/runtime/converter.go`.
"""

from __future__ import annotations

from typing import Any

from kroute.schema import gobase64, gostrict, gotypes

GO_KINDS = {dict: "map", list: "slice", str: "string", bool: "bool", int: "int64", float: "float64"}
ACCEPTED = {"string": (str,), "bool": (bool,), "int": (int,), "float": (int, float)}
CONVERTED = {("int", float), ("string", int)}
"""What Go could convert, but JSON means otherwise."""
RESTORED = {"struct": "struct from:", "map": "map from", "slice": "slice from"}


class Unfit(ValueError):
    """The value can't become one of the type; the text says why."""


def check(kind: gotypes.Type, value: Any) -> None:
    """Raise Unfit for the first thing that is wrong, in the order of the type's fields."""
    if value is None or kind.kind in ("any", "raw"):
        return
    if kind.kind in ACCEPTED:
        check_scalar(kind, value)
    elif kind.kind == "bytes" and type(value) is str:
        if text := gostrict.problem(gobase64.canonical, value):
            raise Unfit(f"error decoding from json: {text}")
    elif kind.kind in gostrict.PARSERS or kind.kind.startswith("schema-or-"):
        if text := gostrict.inspect(kind, value).error:
            raise Unfit(text)
    else:
        check_container(kind, value)


def check_container(kind: gotypes.Type, value: Any) -> None:
    found = GO_KINDS[type(value)]
    if found != ("slice" if kind.kind in ("slice", "bytes") else "map"):
        raise Unfit(f"cannot restore {RESTORED.get(kind.kind, 'slice from')} {found}")
    if kind.kind == "struct":
        for name, field in kind.fields.items():
            check(field.type, value.get(name))
    elif kind.element is not None:
        for item in value.values() if kind.kind == "map" else value:
            check(kind.element, item)


def check_scalar(kind: gotypes.Type, value: Any) -> None:
    """Raise Unfit for a value of another kind."""
    if type(value) in ACCEPTED[kind.kind] or (kind.kind == "int" and type(value) is float and value.is_integer()):
        return
    if (kind.kind, type(value)) in CONVERTED:
        raise Unfit(f"cannot convert {GO_KINDS[type(value)]} to {kind.shown}")
    underlying = {"int": f"int{kind.bits}", "float": "float64"}.get(kind.kind, kind.kind)
    raise Unfit(f"unrecognized type: {underlying}")
