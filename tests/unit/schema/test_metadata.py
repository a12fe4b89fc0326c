"""Metadata of custom objects, and of the resources embedded in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kroute.schema import godecoding

FREE = {"type": "object", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True}
TYPED = {
    "type": "object",
    "x-kubernetes-embedded-resource": True,
    "properties": {"spec": {"type": "object", "properties": {"a": {"type": "integer"}}}},
}
PROPERTIES = {"template": FREE, "typed": TYPED, "many": {"type": "array", "items": FREE}}
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"x": 1}}
INVALID, REQUIRED = "FieldValueInvalid", "FieldValueRequired"


def template(**change: Any) -> dict[str, Any]:
    return {"template": {key: value for key, value in {**POD, **change}.items() if value is not None}}


@pytest.mark.parametrize(
    "spec, causes",
    [
        (template(), []),
        (template(kind=None), [(REQUIRED, "spec.template.kind", "Required value")]),
        (template(apiVersion=None), [(REQUIRED, "spec.template.apiVersion", "Required value")]),
        (template(kind=""), [(INVALID, "spec.template.kind", 'Invalid value: "": must not be empty')]),
        (
            template(apiVersion="a/b/c"),
            [(INVALID, "spec.template.apiVersion", 'Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c')],
        ),
        (template(metadata=None), []),
        (template(metadata={"name": "Bad Name"}), []),
        ({"many": [POD, {"kind": "Pod"}]}, [(REQUIRED, "spec.many[1].apiVersion", "Required value")]),
        (
            {"template": {}},
            [
                (REQUIRED, "spec.template.apiVersion", "Required value"),
                (REQUIRED, "spec.template.kind", "Required value"),
            ],
        ),
    ],
)
def test_an_embedded_resource_says_what_it_is(custom: Callable[..., Any], spec: Any, causes: list[Any]) -> None:
    assert custom(PROPERTIES).causes(spec) == causes


def test_a_kind_looks_like_a_kind(custom: Callable[..., Any]) -> None:
    ((reason, field, message),) = custom(PROPERTIES).causes(template(kind="Not A Kind"))
    assert (reason, field) == (INVALID, "spec.template.kind")
    assert message.startswith('Invalid value: "Not A Kind": may have mixed case, but should otherwise match: ')


def test_embedded_metadata_is_typed(custom: Callable[..., Any]) -> None:
    with pytest.raises(godecoding.DecodeError) as caught:
        custom(PROPERTIES).take({"spec": template(metadata={"labels": {"a": 1}})})
    assert str(caught.value) == (
        'spec.template.metadata: Invalid value: {"labels":{"a":1}}: '
        "json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string"
    )


def test_unknown_fields_of_embedded_metadata_are_told_last(custom: Callable[..., Any]) -> None:
    spec = {"typed": {**POD, "spec": {"a": 1, "b": 2}, "other": 1}, **template(metadata={"name": "p", "unknown": "z"})}
    taken, strict = custom(PROPERTIES).take({"spec": spec, "metadata": {"colour": "red"}})
    assert taken == {"spec": {"typed": {**POD, "spec": {"a": 1}}, "template": POD}, "metadata": {}}
    paths = ["metadata.colour", "spec.typed.other", "spec.typed.spec.b", "spec.template.metadata.unknown"]
    assert strict == [f'unknown field "{path}"' for path in paths]


@pytest.mark.parametrize(
    "metadata, error",
    [
        ("text", "json: cannot unmarshal string into Go value of type v1.ObjectMeta"),
        ({"name": True}, "json: cannot unmarshal bool into Go struct field ObjectMeta.name of type string"),
        ({"labels": {"x": 1}}, "json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string"),
    ],
)
def test_metadata_of_the_wrong_type_is_refused(custom: Callable[..., Any], metadata: Any, error: str) -> None:
    with pytest.raises(godecoding.DecodeError) as caught:
        custom().take({"metadata": metadata})
    assert str(caught.value) == error


def test_empty_metadata_fields_go(custom: Callable[..., Any]) -> None:
    metadata = {"name": "x", "finalizers": [], "labels": {}, "creationTimestamp": None, "resourceVersion": ""}
    assert custom().take({"metadata": metadata}) == ({"metadata": {"name": "x"}}, [])
