"""Lists that are sets or maps hold no item twice.

Mirrors `pkg/apiserver/schema/listtype` of apiextensions-apiserver.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from kroute.machinery import fielderrors
from kroute.schema import embedded, showing, structural


class ListTypes:
    """The sets and list maps of one schema.  Schemas without any cost nothing."""

    def __init__(self, schema: structural.Structural) -> None:
        self.schema = schema
        self.wanted = structural.holders(schema, lambda node: node.list_type != "atomic")

    def validate(self, obj: Any) -> list[fielderrors.FieldError]:
        """The repeated items of the object's sets and list maps."""
        return list(self.find(self.schema, obj, "")) if self.wanted else []

    def find(self, node: structural.Structural, value: Any, path: str) -> Iterator[fielderrors.FieldError]:
        if type(value) is dict:
            for key, item in value.items():
                if type(item) is dict or type(item) is list:
                    child = node.child(key)
                    if child is not None and id(child) in self.wanted:
                        yield from self.find(child, item, embedded.below(path, key, key in node.properties))
        elif type(value) is list:
            if node.list_type == "set":
                yield from repeated(value, path)
            elif node.list_type == "map":
                yield from repeated_keys(node.map_keys, value, path)
            if node.items is not None and id(node.items) in self.wanted:
                for index, item in enumerate(value):
                    yield from self.find(node.items, item, f"{path}[{index}]")


def repeated_keys(keys: tuple[str, ...], value: list[Any], path: str) -> Iterator[fielderrors.FieldError]:
    for index, item in enumerate(value):
        if type(item) is not dict and item is not None:
            yield fielderrors.invalid(f"{path}[{index}]", item, "must be an object for an array of list-type map")
            return
    parts = [{key: item[key] for key in keys if key in item} if item else {} for item in value]
    yield from repeated(parts, path)


def repeated(items: Sequence[Any], path: str) -> Iterator[fielderrors.FieldError]:
    """An error at the second appearance of each item."""
    if len(items) < 2:
        return
    seen: dict[Any, int] = {}
    for index, item in enumerate(items):
        key = identity(item)
        seen[key] = seen.get(key, 0) + 1
        if seen[key] == 2:
            yield fielderrors.duplicate(f"{path}[{index}]", showing.sorted_keys(item))


def identity(item: Any) -> Any:
    """Something hashable that only equal items share."""
    if type(item) is dict or type(item) is list:
        return orjson.dumps(item, option=orjson.OPT_SORT_KEYS)
    return type(item), item
