"""Conversions for field managers, which compare an object in each version that one of its owners wrote.

They work without waiting; so what they lack is asked for first, and then they work again.
"""

from __future__ import annotations

from collections import OrderedDict

import orjson

from kroute.extensions.conversion import reviews
from kroute.machinery import errors, objects
from kroute.patch.managedfields import elements, versions

KEPT = 64


class Views:
    """Objects in other versions, as far as they were asked for lately."""

    def __init__(self, reviewer: reviews.Reviewer) -> None:
        self._reviewer = reviewer
        self._found: OrderedDict[tuple[str, bytes], objects.Object | errors.APIError] = OrderedDict()

    def convert(self, obj: objects.Object, version: str) -> objects.Object:
        """The object in another version.  Raises Unconverted for one that is to be fetched, ElementError for one that
        the webhook can't convert."""
        key = version, orjson.dumps(obj, option=orjson.OPT_SORT_KEYS)
        found = self._found.get(key)
        if found is None:
            raise versions.Unconverted(lambda: self._fetch(key, obj))
        if isinstance(found, errors.APIError):
            del self._found[key]
            raise elements.ElementError(str(found))
        return found

    async def _fetch(self, key: tuple[str, bytes], obj: objects.Object) -> None:
        try:
            (self._found[key],) = await self._reviewer.convert([without_version(obj)], key[0])
        except errors.APIError as error:
            self._found[key] = error
        if len(self._found) > KEPT:
            self._found.popitem(last=False)


def without_version(obj: objects.Object) -> objects.Object:
    """The object without a resourceVersion, and with metadata."""
    metadata = {key: value for key, value in (obj.get("metadata") or {}).items() if key != "resourceVersion"}
    return {**obj, "metadata": metadata}
