"""Lists under a strategic merge patch: which items belong together, and in which order they end up.

Scalars are matched by value, objects by their merge key.  Used by `strategic` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from kroute.machinery import errors
from kroute.patch import failures, gosyntax


def holds_objects(*lists: list[Any]) -> bool:
    """Whether the lists' items are objects; they must all be of one type, and may not be lists."""
    kinds = {type(item) for items in lists for item in items}
    if not kinds:
        raise failures.Plain("no elements in any of the given slices")
    if kinds == {list}:
        raise failures.unprocessable()
    if len(kinds) > 1:
        shown = " ".join(gosyntax.plain(items) for items in lists)
        raise failures.Plain(f"list element types are not identical: [{shown}]")
    return kinds == {dict}


def token(item: Any) -> Hashable:
    """What a scalar is matched by: true is not 1."""
    if isinstance(item, dict | list):
        raise failures.Plain(f"cannot match by a value of type {gosyntax.type_name(item)}")
    return isinstance(item, bool), item


def key_token(item: Any, key: str) -> Hashable:
    """What an object is matched by: the value of its merge key, which it must have."""
    if not isinstance(item, dict):
        raise failures.Plain(f"expected a map[string]interface {{}}, but received a {gosyntax.type_name(item)}")
    if key not in item:
        raise failures.Plain(f"map: {gosyntax.plain(item)} does not contain declared merge key: {key}")
    return token(item[key])


def places(items: list[Any], key: str) -> dict[Hashable, int]:
    """Where each item stands first."""
    found: dict[Hashable, int] = {}
    for index, item in enumerate(items):
        found.setdefault(key_token(item, key) if key else token(item), index)
    return found


def union(current: list[Any], added: list[Any]) -> list[Any]:
    found: dict[Hashable, Any] = {}
    for item in [*current, *added]:
        found.setdefault(token(item), item)
    return list(found.values())


def difference(current: list[Any], removed: list[Any]) -> list[Any]:
    gone = {token(item) for item in removed}
    return [item for item in current if token(item) not in gone]


def without_special_items(
    current: list[dict[str, Any]], value: list[dict[str, Any]], key: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Obey the items that are directives: the live list without deleted items, and the patch's other items.

    With `$patch: replace` the patch's items become the list.
    """
    plain = [item for item in value if "$patch" not in item]
    if len(plain) == len(value):
        return current, value
    deleted: set[Hashable] = set()
    replace = False
    for item in value:
        if "$patch" not in item:
            continue
        directive = item["$patch"]
        if directive == "delete":
            deleted.add(key_token(item, key))
        elif directive == "replace":
            replace = True
        elif directive == "merge":
            raise failures.Plain("merging lists cannot yet be specified in the patch")
        else:
            raise failures.unknown_directive(directive, item)
    if replace:
        return plain, []
    return [item for item in current if key not in item or token(item[key]) not in deleted], plain


def merge_items(
    current: list[dict[str, Any]],
    value: list[dict[str, Any]],
    key: str,
    merge: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]],
) -> list[dict[str, Any]]:
    """Merge each item of the patch into the one with its key, or append it."""
    merged = list(current)
    found = {token(item[key]): index for index, item in reversed(list(enumerate(current))) if key in item}
    for item in value:
        match = key_token(item, key)
        if match in found:
            merged[found[match]] = merge(merged[found[match]], item)
        else:
            found[match] = len(merged)
            merged.append(item)
    return merged


def check_order(value: list[Any], order: list[Any], key: str) -> None:
    """Refuse a patch whose list has items that its order doesn't name, or names in another order."""
    if not value or not order:
        return
    items = value
    if key:
        items = [item for item in value if not isinstance(item, dict) or "$patch" not in item]
    elif any(isinstance(item, dict | list) for item in [*value, *order]):
        raise errors.BadRequest("invalid patch format of setElementOrder list")
    wanted = iter([key_token(item, key) if key else token(item) for item in order])
    for item in items:
        match = key_token(item, key) if key else token(item)
        if match not in wanted:  # goes on behind the last match
            shown = f"{gosyntax.plain(value)}\n doesn't match $setElementOrder list:\n{gosyntax.plain(order)}\n"
            raise failures.Plain(f"The order in patch list:\n{shown}")


def in_order(merged: list[Any], order: list[Any], live: list[Any], key: str) -> list[Any]:
    """Items that `order` names, in that order, with the other ones put among them as they stand in the live list."""
    ordered, before = places(order, key), places(live, key)
    matched = [(key_token(item, key) if key else token(item), item) for item in merged]
    named = sorted((pair for pair in matched if pair[0] in ordered), key=lambda pair: ordered[pair[0]])
    others = sorted((pair for pair in matched if pair[0] not in ordered), key=lambda pair: before.get(pair[0], -1))
    result: list[Any] = []
    waiting = 0
    for match, item in named:
        place = before.get(match, -1)
        while waiting < len(others) and 0 <= before.get(others[waiting][0], -1) < place:
            result.append(others[waiting][1])
            waiting += 1
        result.append(item)
    return result + [item for _, item in others[waiting:]]
