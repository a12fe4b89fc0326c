"""Query strings, read as Go's `net/url` reads them.

Pairs that Go refuses (a `;` in them, a broken percent escape) are dropped, the others stand.  The order of repeated
keys is kept.  Used by whoever reads options from a request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias
from urllib.parse import unquote, unquote_plus

Values: TypeAlias = Mapping[str, Sequence[str]]

NONE: Values = {}
BROKEN_ESCAPE = re.compile(r"%(?![0-9a-fA-F]{2})")


def parse(text: str) -> Values:
    """The values of each key, in order."""
    if not text:
        return NONE
    found: dict[str, list[str]] = {}
    for pair in text.split("&"):
        if not pair or ";" in pair:
            continue
        if "%" in pair or "+" in pair:
            if BROKEN_ESCAPE.search(pair):
                continue
            key, _, value = pair.partition("=")
            key, value = unquote_plus(key), unquote_plus(value)
        else:
            key, _, value = pair.partition("=")
        found.setdefault(key, []).append(value)
    return found


def first(values: Values, key: str) -> str:
    """The first value of a key, "" when there is none."""
    found = values.get(key)
    return found[0] if found else ""


def split(target: str) -> tuple[str, str]:
    """A request target as decoded path and raw query."""
    path, _, text = target.partition("?")
    return (unquote(path) if "%" in path else path), text


def is_true(text: str) -> bool:
    """A flag as API machinery reads it: false are "false" and "0" in any case; everything else, also "", is true."""
    return text.lower() not in ("false", "0")
