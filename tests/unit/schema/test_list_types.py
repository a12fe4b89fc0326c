"""Sets and list maps: nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
PORT = {
    "type": "object",
    "properties": {"name": TEXT, "proto": {"type": "string", "default": "TCP"}, "port": NUMBER},
    "required": ["name", "port"],
}
CONDITION = {"type": "object", "properties": {"type": TEXT, "v": TEXT}}


def list_of(items: Any, kind: str, *keys: str) -> dict[str, Any]:
    found = {"type": "array", "items": items, "x-kubernetes-list-type": kind}
    return {**found, "x-kubernetes-list-map-keys": list(keys)} if keys else found


PROPERTIES = {
    "ports": list_of(PORT, "map", "port", "proto"),
    "conds": list_of(CONDITION, "map", "type"),
    "set": list_of(TEXT, "set"),
    "nums": list_of(NUMBER, "set"),
    "at": list_of(TEXT, "atomic"),
    "many": {"type": "object", "additionalProperties": list_of(TEXT, "set")},
    "any": {**list_of({"x-kubernetes-preserve-unknown-fields": True}, "set")},
}


def twice(path: str, value: str) -> tuple[str, str, str]:
    return "FieldValueDuplicate", path, f"Duplicate value: {value}"


@pytest.mark.parametrize(
    "spec, causes",
    [
        ({"conds": [{"type": "A"}, {"type": "B"}, {"type": "A", "v": "2"}]}, [twice("spec.conds[2]", '{"type":"A"}')]),
        ({"conds": [{"v": "1"}, {"v": "2"}]}, [twice("spec.conds[1]", "{}")]),
        (
            {"ports": [{"name": "x", "port": 80}, {"name": "y", "port": 80, "proto": "TCP"}]},
            [twice("spec.ports[1]", '{"port":80,"proto":"TCP"}')],
        ),
        ({"ports": [{"name": "x", "port": 80}, {"name": "y", "port": 80, "proto": "UDP"}]}, []),
        ({"set": ["a", "b", "a"]}, [twice("spec.set[2]", '"a"')]),
        ({"nums": [1, 2, 2]}, [twice("spec.nums[2]", "2")]),
        ({"set": ["a", "a", "b", "b"]}, [twice("spec.set[1]", '"a"'), twice("spec.set[3]", '"b"')]),
        ({"set": ["a", "a", "a"]}, [twice("spec.set[1]", '"a"')]),
        ({"at": ["a", "a"]}, []),
        ({"many": {"k": ["a", "a"]}}, [twice("spec.many[k][1]", '"a"')]),
        ({"any": [1, True, 1.5, "1", None, None]}, [twice("spec.any[5]", "null")]),
        ({"any": [{"a": 1, "b": 2}, {"b": 2, "a": 1}]}, [twice("spec.any[1]", '{"a":1,"b":2}')]),
    ],
)
def test_repeated_items(custom: Callable[..., Any], spec: Any, causes: list[Any]) -> None:
    assert custom(PROPERTIES).causes(spec) == causes


def test_items_of_a_list_map_are_objects(custom: Callable[..., Any]) -> None:
    made = custom({"l": list_of({"x-kubernetes-preserve-unknown-fields": True}, "map", "a")})
    message = "Invalid value: 5: must be an object for an array of list-type map"
    assert made.causes({"l": [{"a": 1}, 5]}) == [("FieldValueInvalid", "spec.l[1]", message)]
