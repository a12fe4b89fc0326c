"""Expressions in built-in kinds: what is said of those that don't compile."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.cel import configuring
from kroute.coreapi.validation import compiling, expressions
from kroute.coreapi.validation.expressions import Use

CONDITION = Use(wanted=expressions.BOOL)
VARIABLES = {"n": "1", "m": "variables.n + 1", "broken": "("}


@pytest.fixture(scope="module")
def compiler() -> compiling.Compiling:
    return compiling.Compiling()


@pytest.mark.parametrize(
    "expression, use",
    [
        ("object.a == 1 && oldObject == null", CONDITION),
        ("request.userInfo.groups.exists(g, g == 'a') && request.operation == 'CREATE'", CONDITION),
        ("namespaceObject.metadata.labels['a'] == 'b'", CONDITION),
        ("authorizer.requestResource.check('get').allowed()", CONDITION),
        ("params.x == 1", Use(wanted=expressions.BOOL, params=True)),
        ("variables.m > 1 && variables.broken == 'x'", Use(wanted=expressions.BOOL, variables=VARIABLES)),
        ("object", Use(wanted=expressions.ANY, variables={})),
        ("null", Use(wanted=expressions.STRING_OR_NULL)),
        ("Object{spec: Object.spec{replicas: 1}}", Use(wanted=expressions.APPLY_CONFIGURATION, variables={})),
        ("[JSONPatch{op: 'remove', path: '/a'}]", Use(wanted=expressions.JSON_PATCH, variables={})),
        ("device.driver == 'a' && device.attributes['x'].y > 3", Use(wanted=expressions.DEVICE_SELECTOR)),
        ("device.capacity['x'].m.isGreaterThan(quantity('1'))", Use(wanted=expressions.DEVICE_SELECTOR)),
        ("cel.bind(a, device.attributes['x'], a.b)", Use(wanted=expressions.DEVICE_SELECTOR)),
    ],
)
def test_good_expressions_are_taken(compiler: compiling.Compiling, expression: str, use: Use) -> None:
    assert list(compiler(expression, use)) == []


@pytest.mark.parametrize(
    "expression, use, wanted",
    [
        ("1", CONDITION, "must evaluate to bool but got int"),
        ("1", Use(wanted=expressions.STRING), "must evaluate to string but got int"),
        ("1", Use(wanted=expressions.STRING_OR_NULL), "must evaluate to one of [string null_type] but got int"),
        ("[1]", Use(wanted=expressions.JSON_PATCH), "must evaluate to list(JSONPatch) but got list(int)"),
        ("'x'", Use(wanted=expressions.APPLY_CONFIGURATION), "must evaluate to Object but got string"),
        (
            "device.driver",
            Use(wanted=expressions.DEVICE_SELECTOR),
            "must evaluate to bool or the unknown type, not string",
        ),
        (
            "objekt.a",
            CONDITION,
            "compilation failed: ERROR: <input>:1:1: undeclared reference to 'objekt' (in container '')",
        ),
        ("params.x", CONDITION, "compilation failed: ERROR: <input>:1:1: undeclared reference to 'params'"),
        ("request.nope", CONDITION, "compilation failed: ERROR: <input>:1:8: undefined field 'nope'"),
        ("variables.z", Use(wanted=expressions.BOOL, variables=VARIABLES), "undefined field 'z'"),
        ("variables.m == 'x'", Use(wanted=expressions.BOOL, variables=VARIABLES), "applied to '(int, string)'"),
        (
            "authorizer.path('/')",
            Use(wanted=expressions.BOOL, authorizer=False),
            "undeclared reference to 'authorizer'",
        ),
        ("Object{}", CONDITION, "undeclared reference to 'Object'"),
    ],
)
def test_bad_expressions_are_explained(compiler: compiling.Compiling, expression: str, use: Use, wanted: str) -> None:
    (found,) = compiler(expression, use)
    assert wanted in found


def test_without_the_library_expressions_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Any:
        raise configuring.Unavailable

    monkeypatch.setattr(configuring, "engine", missing)
    assert "cel-expr-python isn't installed" in next(iter(compiling.Compiling()("true", CONDITION)))
