"""Functions of strings.  Mirrors cel-go's extension for strings (version 2), texts of errors included."""

from __future__ import annotations

from typing import Any, Final

from kroute.cel.library import formatting
from kroute.cel.library.overloads import Overload, function, member
from kroute.cel.values import EvaluationError

LARGEST: Final = 16 * 2**20
SPACE: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
UPPER: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
TO_LOWER: Final = str.maketrans(UPPER, UPPER.lower())
TO_UPPER: Final = str.maketrans(UPPER.lower(), UPPER)
ESCAPED: Final = {
    "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\", '"': '\\"',
}  # fmt: skip


def char_at(text: str, place: int) -> str:
    if place == len(text):
        return ""
    if 0 <= place < len(text):
        return text[place]
    raise EvaluationError(f"index out of range: {place}")


def index_of(text: str, wanted: str, start: int = 0) -> int:
    if not wanted:
        return start
    if start < 0 or start >= max(len(text), 1):
        if start == 0 or start == len(text):
            return -1
        raise EvaluationError(f"index out of range: {start}")
    return text.find(wanted, start)


def last_index_of(text: str, wanted: str, start: int | None = None) -> int:
    if start is None:
        return len(text) if not wanted else text.rfind(wanted)
    if not wanted:
        return start
    if start < 0 or start >= len(text):
        raise EvaluationError(f"index out of range: {start}")
    return text.rfind(wanted, 0, start + len(wanted))


def join(items: list[Any], separator: str = "") -> str:
    if any(type(item) is not str for item in items):
        raise EvaluationError("no such overload")
    bounded(sum(map(len, items)) + len(separator) * len(items))
    return separator.join(items)


def replace(text: str, old: str, new: str, limit: int = -1) -> str:
    count = text.count(old) if old else len(text) + 1
    count = count if limit < 0 else min(count, limit)
    bounded(len(text) + count * len(new))
    return text.replace(old, new, limit)


def bounded(size: int) -> None:
    """Refuses texts that no request could hold."""
    if size > LARGEST:
        raise EvaluationError("operation cancelled: actual cost limit exceeded")


def split(text: str, separator: str, limit: int = -1) -> list[str]:
    if limit == 0:
        return []
    if limit == 1:
        return [text]
    if separator:
        return text.split(separator, limit - 1 if limit > 0 else -1)
    if 0 < limit < len(text):
        return [*text[: limit - 1], text[limit - 1 :]]
    return list(text)


def substring(text: str, start: int, end: int | None = None) -> str:
    stop = len(text) if end is None else end
    if not 0 <= start <= len(text):
        raise EvaluationError(f"index out of range: {start}")
    if not 0 <= stop <= len(text):
        raise EvaluationError(f"index out of range: {stop}")
    if start > stop:
        raise EvaluationError(f"invalid substring range. start: {start}, end: {stop}")
    return text[start:stop]


def quote(text: str) -> str:
    return '"' + "".join(ESCAPED.get(char, char) for char in text) + '"'


TEXTS: Final[tuple[Overload, ...]] = (
    member("charAt", "string_char_at_int", "string; int", "string", char_at),
    member("indexOf", "string_index_of_string", "string; string", "int", index_of),
    member("indexOf", "string_index_of_string_int", "string; string; int", "int", index_of),
    member("lastIndexOf", "string_last_index_of_string", "string; string", "int", last_index_of),
    member("lastIndexOf", "string_last_index_of_string_int", "string; string; int", "int", last_index_of),
    member("join", "list_join", "list<string>", "string", join),
    member("join", "list_join_string", "list<string>; string", "string", join),
    member("lowerAscii", "string_lower_ascii", "string", "string", lambda text: text.translate(TO_LOWER)),
    member("upperAscii", "string_upper_ascii", "string", "string", lambda text: text.translate(TO_UPPER)),
    member("replace", "string_replace_string_string", "string; string; string", "string", replace),
    member("replace", "string_replace_string_string_int", "string; string; string; int", "string", replace),
    member("split", "string_split_string", "string; string", "list<string>", split),
    member("split", "string_split_string_int", "string; string; int", "list<string>", split),
    member("substring", "string_substring_int", "string; int", "string", substring),
    member("substring", "string_substring_int_int", "string; int; int", "string", substring),
    member("trim", "string_trim", "string", "string", lambda text: text.strip(SPACE)),
    member("format", "string_format", "string; list<dyn>", "string", formatting.format_text),
    function("strings.quote", "strings_quote", "string", "string", quote),
)
