"""What an API object is here: a plain dict as JSON has it.

Objects that come out of storage are shared and read-only; whoever changes one copies it first
(`copy` below is a deep copy by way of JSON, which is the fastest).
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import orjson

Object: TypeAlias = dict[str, Any]
JSON: TypeAlias = Any

OPTIONS: Final = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS
"""What is no JSON is not made into any."""


def copy(value: JSON) -> JSON:
    """A deep copy of a JSON value; scalars are shared, or equal."""
    if type(value) is not dict and type(value) is not list:
        return value
    try:
        return orjson.loads(orjson.dumps(value, option=OPTIONS))
    except (TypeError, orjson.JSONDecodeError):  # what only Python can hold: huge numbers, lone surrogates
        return copy_slowly(value)


def copy_slowly(value: JSON) -> JSON:
    if type(value) is dict:
        return {key: copy_slowly(item) for key, item in value.items()}
    return [copy_slowly(item) for item in value] if type(value) is list else value


def metadata(obj: Object) -> Object:
    """The object's metadata, made when it is absent or null.  The object is changed."""
    found = obj.get("metadata")
    if not isinstance(found, dict):
        found = obj["metadata"] = {}
    return found
