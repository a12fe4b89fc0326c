"""Strategic merge patch: a merge patch that knows which lists are merged, and by which key.

What a list is comes from the schema (`merge_key`, `patch_strategies`); the directives `$patch`, `$retainKeys`,
`$deleteFromPrimitiveList/FIELD` and `$setElementOrder/FIELD` come with the patch.
Mirrors `k8s.io/apimachinery/pkg/util/strategicpatch`.
"""

from __future__ import annotations

from typing import Any

from kroute.machinery import errors, goformat, objects
from kroute.patch import failures, gosyntax, strategic_lists
from kroute.schema import structural

DIRECTIVE = "$patch"
RETAIN_KEYS = "$retainKeys"
DELETE_FROM_LIST = "$deleteFromPrimitiveList"
SET_ORDER = "$setElementOrder"
UNKNOWN = structural.Structural()


def check(body: objects.JSON) -> None:
    """Raise BadRequest unless the decoded patch is an object or null."""
    if body is not None and not isinstance(body, dict):
        raise errors.BadRequest(goformat.cannot_unmarshal(body, "map[string]interface {}"))


def describe(patch: objects.JSON) -> str:
    """The patch as messages about an unusable result show it."""
    return gosyntax.plain({} if patch is None else patch)


def apply(document: objects.Object, patch: objects.Object | None, schema: structural.Structural) -> objects.Object:
    """The document after the patch; it isn't changed, and both may share parts with the result.

    The patch loses the parts that are used up on the way, as messages about an unusable result show.

    Raises BadRequest or Invalid for malformed directives, and what the reference answers with a bare 500.
    """
    try:
        return merge_map(document, patch or {}, schema)
    except RecursionError as error:
        raise failures.too_deep() from error


def merge_map(original: dict[str, Any], patch: dict[str, Any], schema: structural.Structural) -> dict[str, Any]:
    """One object with its patch merged in."""
    if DIRECTIVE in patch:
        return replaced(patch)
    if not patch:
        return original
    original = dict(original)
    if RETAIN_KEYS in patch:
        retain_keys(original, patch)
    for key in [key for key in patch if key.startswith(SET_ORDER)]:
        merge_in_order(original, patch, key, schema)
    for key, value in patch.items():
        if key.startswith(DELETE_FROM_LIST):
            merge_deletions(original, directive_field(key, DELETE_FROM_LIST), value, schema)
        elif value is None:
            original.pop(key, None)
        else:
            merge_field(original, key, value, schema)
    return original


def replaced(patch: dict[str, Any]) -> dict[str, Any]:
    """What an object becomes when its patch holds a directive for the whole of it."""
    directive = patch[DIRECTIVE]
    if directive == "replace":
        return {key: value for key, value in patch.items() if key != DIRECTIVE}
    if directive == "delete":
        return {}
    raise failures.unknown_directive(directive, patch)


def merge_field(original: dict[str, Any], key: str, value: Any, schema: structural.Structural) -> None:
    """Merge one field's patch (not null) into the copied object."""
    current = original.get(key)
    if isinstance(current, dict) and isinstance(value, dict):
        field = declared(schema, key)
        replace = strategy(field) == "replace"
        original[key] = value if replace else merge_map(current, value, field)
    elif isinstance(current, list) and isinstance(value, list):
        original[key] = merge_list_field(current, value, declared(schema, key))
    else:
        set_field(original, key, value)


def set_field(original: dict[str, Any], key: str, value: Any) -> None:
    """Take the patch's value as it is, freed of nulls and directives; a value that is a directive removes the field."""
    if isinstance(value, dict) and DIRECTIVE in value:
        original.pop(key, None)
    else:
        original[key] = without_directives(without_nulls(value))


def merge_list_field(current: list[Any], value: list[Any], field: structural.Structural) -> list[Any]:
    if strategy(field) != "merge":
        return value
    return merge_list(current, value, field)


def merge_list(current: list[Any], value: list[Any], field: structural.Structural) -> list[Any]:
    """Merge a list by its merge key, or as a set of scalars; the order is the patch's, then the live one's."""
    if not current and not value:
        return current
    if not strategic_lists.holds_objects(current, value):
        merged = strategic_lists.union(current, value)
        return strategic_lists.in_order(merged, value, current, "")
    key = field.merge_key
    if not key:
        raise failures.Plain("cannot merge lists without merge key for struct")
    current, value = strategic_lists.without_special_items(current, value, key)
    items = field.items or UNKNOWN
    merged = strategic_lists.merge_items(current, value, key, lambda one, other: merge_map(one, other, items))
    return strategic_lists.in_order(merged, value, current, key)


def merge_deletions(original: dict[str, Any], key: str, value: Any, schema: structural.Structural) -> None:
    """`$deleteFromPrimitiveList/FIELD`: take scalars out of a list."""
    if value is None:
        original.pop(key, None)
        return
    current = original.get(key)
    if not isinstance(current, list) or not isinstance(value, list):
        return
    field = declared(schema, key)
    if not current and not value:
        return
    if strategic_lists.holds_objects(current, value):
        original[key] = merge_list(current, value, field)
    else:
        original[key] = strategic_lists.difference(current, value)


def merge_in_order(
    original: dict[str, Any], patch: dict[str, Any], directive: str, schema: structural.Structural
) -> None:
    """`$setElementOrder/FIELD`: merge that field's list and put it in the order that the patch gives.

    The directive and the field are taken out of the patch, so that they aren't merged again.
    """
    order = patch.pop(directive)
    if not isinstance(order, list):
        raise bad_type(order)
    key = directive_field(directive, SET_ORDER)
    for holder in (original, patch):
        if key in holder and not isinstance(holder[key], list):
            raise bad_type(holder[key])
    current, value = original.get(key), patch.get(key)
    field = declared(schema, key)
    strategic_lists.check_order(value or [], order, field.merge_key)
    if current is None and value is None:
        return
    if value is None:
        merged = current or []
    elif current is None:
        merged = without_directives(value)
    else:
        merged = merge_list_field(current, value, field)
    strategic_lists.holds_objects(current or [], value or [])
    original[key] = strategic_lists.in_order(merged, order, current or [], field.merge_key)
    patch.pop(key, None)


def retain_keys(original: dict[str, Any], patch: dict[str, Any]) -> None:
    """`$retainKeys`: drop the object's other fields.  Every field that the patch sets must be among the keys."""
    keys = patch.pop(RETAIN_KEYS)
    if not isinstance(keys, list) or any(isinstance(key, dict | list) for key in keys):
        raise errors.BadRequest("invalid patch format of retainKeys")
    retained = set(keys)
    for key, value in patch.items():
        if value is None or key.startswith((DELETE_FROM_LIST, SET_ORDER)):
            continue
        if key not in retained:
            raise errors.BadRequest("invalid patch format of retainKeys")
    for key in [key for key in original if key not in retained]:
        del original[key]


def directive_field(key: str, prefix: str) -> str:
    """The field that a directive with a name in it is about."""
    found, slash, field = key.partition("/")
    if not slash or found != prefix:
        what = "primitive" if prefix == DELETE_FROM_LIST else "setElementOrder"
        raise errors.BadRequest(f"invalid patch format of {what} list")
    return field


def declared(schema: structural.Structural, key: str) -> structural.Structural:
    """The schema of a field that is merged; maps with free keys have none to merge by."""
    found = schema.properties.get(key)
    if found is not None:
        return found
    if schema.properties:
        raise failures.Plain(f"unable to find api field in struct for the json field {goformat.quote(key)}")
    raise failures.Plain("merging an object in json but data type is not struct, instead is: map")


def strategy(field: structural.Structural) -> str:
    """How a field is merged, leaving out that it retains keys: "merge", "replace" or ""."""
    left = [name for name in field.patch_strategies if name != "retainKeys"]
    return left[0] if left else ""


def bad_type(value: Any) -> failures.Plain:
    return failures.Plain(f"expected a []interface {{}}, but received a {gosyntax.type_name(value)}")


def without_nulls(value: Any) -> Any:
    """The value without the object members that are null."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value


def without_directives(value: Any) -> Any:
    """The value without the objects that are directives."""
    if isinstance(value, dict):
        return {key: without_directives(item) for key, item in value.items() if not is_directive(item)}
    if isinstance(value, list):
        return [without_directives(item) for item in value if not is_directive(item)]
    return value


def is_directive(value: Any) -> bool:
    return isinstance(value, dict) and DIRECTIVE in value
