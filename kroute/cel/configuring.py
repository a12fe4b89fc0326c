"""What the CEL library is told of the environment: macros, and functions beyond its standard library."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping
from typing import Any, Final

import orjson

from kroute.cel.library import overloads, tables

MISSING: Final = "expressions (CEL) can't be compiled: cel-expr-python isn't installed (pip install kroute[server])"
BINDINGS: Final = ("cel.lib.ext.bindings",)
EXTENSIONS: Final = ("cel.lib.ext.comprev2", "cel.lib.ext.lists", "cel.lib.ext.sets", "optional")


class Unavailable(Exception):
    """There is no CEL library."""

    def __init__(self) -> None:
        super().__init__(MISSING)


@functools.cache
def engine() -> Any:
    """The module of the CEL library; raises Unavailable."""
    try:
        return importlib.import_module("cel_expr_python.cel")
    except ImportError:
        raise Unavailable from None


@functools.cache
def configuration(*, patching: bool = False, binding: bool = False) -> Any:
    """The environment without variables, as the library keeps it; what it reads is YAML, of which JSON is a part."""
    return engine().NewEnvConfigFromYaml(orjson.dumps(described(patching=patching, binding=binding)).decode())


def with_variables(variables: Mapping[str, str], *, patching: bool = False, binding: bool = False) -> Any:
    """The environment with some variables, which is slower to make."""
    base = described(patching=patching, binding=binding)
    found = [{"name": name, **written(overloads.shape(kind))} for name, kind in variables.items()]
    whole = {**base, "variables": [*base["variables"], *found]}
    return engine().NewEnvConfigFromYaml(orjson.dumps(whole).decode())


@functools.cache
def described(*, patching: bool, binding: bool) -> dict[str, Any]:
    """The environment in the words of the library's configuration."""
    library = tables.library(patching=patching)
    functions: dict[str, list[dict[str, Any]]] = {}
    for each in library.declared:
        functions.setdefault(each.function, []).append(overload(each))
    return {
        "name": "kroute",
        "stdlib": {"exclude_functions": [{"name": name} for name in library.excluded]},
        "extensions": [{"name": name} for name in (*EXTENSIONS, *(BINDINGS if binding else ()))],
        "variables": [{"name": name, **written(overloads.shape(f"type<{name}>"))} for name in tables.TYPES],
        "functions": [{"name": name, "overloads": found} for name, found in functions.items()],
    }


def overload(each: overloads.Overload) -> dict[str, Any]:
    arguments = [written(overloads.shape(kind)) for kind in each.arguments]
    found: dict[str, Any] = {"id": each.id, "return": written(overloads.shape(each.result))}
    if each.member:
        found["target"] = arguments.pop(0)
    return {**found, "args": arguments}


def written(shape: overloads.Shape) -> dict[str, Any]:
    """A type in the library's configuration."""
    found: dict[str, Any] = {"type_name": shape.name.removeprefix("~")}
    if shape.name.startswith("~"):
        found["is_type_param"] = True
    if shape.parameters:
        found["params"] = [written(each) for each in shape.parameters]
    return found
