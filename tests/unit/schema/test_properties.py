"""What holds for any schema and any JSON value."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kroute.machinery import objects
from kroute.schema import (
    accepting,
    coercing,
    compiling,
    defaulting,
    explaining,
    godecoding,
    gostrict,
    gotypes,
    pruning,
    validation,
)

NAMES = st.sampled_from(["a", "b", "c", "metadata", "kind"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from([2**31, 2**63, 10**30, 0.5, 2.0, -1.5, 1e300])
    | st.text(max_size=3)
)
JSON = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(NAMES, JSON, max_size=5)


def limits(low: str, high: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={low: st.integers(0, 3), high: st.integers(0, 3)})


def merged(*parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(*parts).map(lambda found: {key: value for part in found for key, value in part.items()})


COMMON = st.fixed_dictionaries(
    {}, optional={"nullable": st.booleans(), "enum": st.lists(SCALARS, min_size=1, max_size=3)}
)
NUMBER_RULES = st.fixed_dictionaries(
    {},
    optional={
        "minimum": st.sampled_from([0, 1, 0.5, -1.0]),
        "maximum": st.sampled_from([2, 1.5, 3]),
        "exclusiveMinimum": st.booleans(),
        "multipleOf": st.sampled_from([2, 0.5]),
    },
)
LEAVES = st.one_of(
    merged(st.just({"type": "string"}), limits("minLength", "maxLength"), COMMON),
    merged(st.just({"type": "string", "pattern": "^[a-f0-9]*$"}), COMMON),
    merged(st.just({"type": "string"}), st.fixed_dictionaries({"format": st.sampled_from(["date", "uuid", "byte"])})),
    merged(st.just({"type": "integer"}), NUMBER_RULES, COMMON),
    merged(st.just({"type": "integer", "format": "int32"}), NUMBER_RULES),
    merged(st.just({"type": "number"}), NUMBER_RULES, COMMON),
    merged(st.just({"type": "boolean"}), COMMON),
    st.just({"x-kubernetes-int-or-string": True}),
    st.just({"x-kubernetes-preserve-unknown-fields": True}),
    st.just({}),
)


def bigger(below: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    with_default = st.tuples(below, st.none() | JSON).map(
        lambda found: found[0] if found[1] is None else {**found[0], "default": found[1]}
    )
    properties = st.fixed_dictionaries(
        {"type": st.just("object")},
        optional={
            "properties": st.dictionaries(NAMES, with_default, max_size=3),
            "additionalProperties": below,
            "required": st.lists(NAMES, max_size=2, unique=True),
            "nullable": st.booleans(),
            "x-kubernetes-preserve-unknown-fields": st.booleans(),
        },
    )
    arrays = merged(
        st.fixed_dictionaries(
            {"type": st.just("array"), "items": below},
            optional={"uniqueItems": st.booleans(), "x-kubernetes-list-type": st.sampled_from(["set", "atomic"])},
        ),
        limits("minItems", "maxItems"),
    )
    combined = st.fixed_dictionaries(
        {},
        optional={
            "anyOf": st.lists(below, min_size=1, max_size=2),
            "oneOf": st.lists(below, min_size=1, max_size=2),
            "allOf": st.lists(below, min_size=2, max_size=2),
            "not": below,
        },
    )
    return properties | arrays | merged(below, combined)


SCHEMAS = st.recursive(LEAVES, bigger, max_leaves=6)
ROOTS = st.dictionaries(NAMES, SCHEMAS, max_size=4).map(lambda found: {"type": "object", "properties": found})
DECODER = godecoding.Decoder(gotypes.Types.load())


@given(SCHEMAS, JSON)
@settings(max_examples=400)
def test_what_is_accepted_quickly_has_no_error(schema: dict[str, Any], value: Any) -> None:
    node = compiling.compile_schema(schema)
    errors = explaining.explain(node, value)
    if accepting.Acceptor(node).accepts(value):
        assert [str(error) for error in errors] == []


@given(ROOTS, OBJECTS, OBJECTS)
@settings(max_examples=200)
def test_validation_raises_nothing_and_tolerates_the_unchanged(schema: dict[str, Any], obj: Any, old: Any) -> None:
    node = compiling.compile_schema(schema)
    validator = validation.Validator(node, decoder=DECODER, check_metadata=lambda meta, path: ())
    new = {error.cause()["field"] for error in validator.validate(obj)}
    assert {error.cause()["field"] for error in validator.validate(obj, old)} <= new | {"<nil>"}


@given(ROOTS, OBJECTS)
@settings(max_examples=200)
def test_pruning_twice_prunes_nothing_more(schema: dict[str, Any], obj: Any) -> None:
    pruner = pruning.Pruner(compiling.compile_schema(schema))
    pruner.prune(obj)
    once = objects.copy(obj)
    assert pruner.prune(obj) == []
    assert obj == once


@given(ROOTS, OBJECTS)
@settings(max_examples=200)
def test_defaulting_twice_changes_nothing_more(schema: dict[str, Any], obj: Any) -> None:
    node = compiling.compile_schema(schema)
    defaulter = defaulting.Defaulter(node)
    defaulter.default(obj)
    once = objects.copy(obj)
    defaulter.default(obj)
    assert obj == once


@given(ROOTS, OBJECTS)
@settings(max_examples=100)
def test_any_object_is_taken_or_refused(schema: dict[str, Any], obj: Any) -> None:
    coercer = coercing.Coercer(compiling.compile_schema(schema), DECODER)
    try:
        coercer.coerce(obj)
    except godecoding.DecodeError:
        return
    coercer.default(obj)


KINDS = st.sampled_from(
    ["core.v1.Pod", "core.v1.Service", "coordination.v1.Lease", "meta.v1.ObjectMeta", "core.v1.Secret"]
)


@st.composite
def typed(draw: st.DrawFn) -> tuple[str, Any]:
    """A value that has something of the type's shape."""
    name = draw(KINDS)

    def value(kind: gotypes.Type, depth: int) -> Any:
        if depth > 4 or draw(st.integers(0, 9)) == 0:
            return draw(JSON)
        if kind.kind == "struct":
            chosen = draw(st.lists(st.sampled_from(sorted(kind.fields) or ["x"]), max_size=3))
            return {key: value(kind.fields[key].type, depth + 1) for key in chosen if key in kind.fields}
        if kind.kind == "slice" and kind.element is not None:
            return [value(kind.element, depth + 1)]
        if kind.kind == "map" and kind.element is not None:
            return {"k": value(kind.element, depth + 1)}
        return draw(st.sampled_from(["", "x", "5", "aGk=", "2020-01-01T00:00:00Z", 0, 7, True, None, 1.5]))

    return name, value(DECODER.types.get(name), 0)


@given(typed())
@settings(max_examples=400)
def test_both_ways_of_decoding_agree(case: tuple[str, Any]) -> None:
    name, value = case
    found = gostrict.inspect(DECODER.types.get(name), value)
    decoded, error = attempt(name, value)
    assert error == found.error
    if decoded is not None:
        assert decoded.strict == found.strict
        assert attempt(name, decoded.obj) == (godecoding.Decoded(decoded.obj, []), None)


def attempt(name: str, value: Any) -> tuple[godecoding.Decoded | None, str | None]:
    """What decoding gives: an object or an error."""
    try:
        return DECODER.decode(name, value), None
    except godecoding.DecodeError as error:
        return None, str(error)
