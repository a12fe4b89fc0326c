"""What authentication reads of a request's headers, and which of them nobody after it may see."""

from __future__ import annotations

from collections.abc import Iterator
from urllib import parse

import multidict

Headers = multidict.MultiMapping[str]
"""Headers of a request: names are looked up in any case, and may come several times."""


REMEMBERED, MOST = 512, 32
"""Of how many requests the names of headers are remembered, and how many each may have."""


def readable(value: str) -> str:
    """A header's value with a mark in the place of what is no UTF-8."""
    if value.isascii():
        return value
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def values(headers: Headers, name: str) -> list[str]:
    """All values of a header, readable."""
    return [readable(value) for value in headers.getall(name, [])]


def with_prefix(headers: Headers, prefix: str) -> Iterator[tuple[str, str]]:
    """What comes after a lower-case prefix in the names of headers, in lower case and unescaped, with each value."""
    size = len(prefix)
    for name, value in headers.items():
        if len(name) >= size and name[:size].lower() == prefix:
            yield unescaped(name[size:].lower()), readable(value)


def unescaped(key: str) -> str:
    """A key whose odd characters are percent-encoded; one that isn't encoded well is taken as it is."""
    if "%" not in key:
        return key
    for part in key.split("%")[1:]:
        if len(part) < 2 or not set(part[:2]) <= HEX:
            return key
    return parse.unquote(key, errors="replace")


HEX = frozenset("0123456789abcdefABCDEF")


class Hidden:
    """Headers by name, and by the beginnings of names; all in lower case.

    Clients send the same headers all the time, so what was found among their names is remembered."""

    def __init__(self, names: frozenset[str], prefixes: tuple[str, ...]) -> None:
        self.names, self.prefixes = names, prefixes
        self._known: dict[tuple[str, ...], tuple[str, ...]] = {}

    def found(self, headers: Headers) -> tuple[str, ...]:
        """The names of those that a request has."""
        key = tuple(headers)
        found = self._known.get(key)
        if found is None:
            found = tuple(name for name in key if self._is_one(name.lower()))
            if len(key) <= MOST:
                if len(self._known) >= REMEMBERED:
                    self._known.clear()
                self._known[key] = found
        return found

    def _is_one(self, name: str) -> bool:
        return name in self.names or name.startswith(self.prefixes)


CREDENTIALS = Hidden(
    frozenset(("authorization", "x-remote-user", "x-remote-uid", "x-remote-group")), ("x-remote-extra-",)
)
"""The headers that hold credentials, wherever they are not called otherwise."""
