"""What an API object is here: a plain dict as JSON has it.

Objects that come out of storage are shared and read-only; whoever changes one copies it first
(`copy` below is a deep copy that knows only JSON's types and so is fast).
"""

from __future__ import annotations

from typing import Any, TypeAlias

Object: TypeAlias = dict[str, Any]
JSON: TypeAlias = Any


def copy(value: JSON) -> JSON:
    """A deep copy of a JSON value; scalars are shared."""
    if type(value) is dict:
        # most items are scalars, and a call for each would be most of the work
        return {key: copy(item) if type(item) is dict or type(item) is list else item for key, item in value.items()}
    if type(value) is list:
        return [copy(item) if type(item) is dict or type(item) is list else item for item in value]
    return value


def metadata(obj: Object) -> Object:
    """The object's metadata, made when it is absent or null.  The object is changed."""
    found = obj.get("metadata")
    if not isinstance(found, dict):
        found = obj["metadata"] = {}
    return found
