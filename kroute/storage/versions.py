"""resourceVersions as text: read as kube-apiserver reads them, refused in its words.

To clients a resourceVersion is opaque; inside it is the revision of the backend.  "" and "0" both read as 0.
"""

from __future__ import annotations

from kroute.machinery import errors, fielderrors, goformat, objects

LARGEST = 2**64 - 1


def parse(text: str, *, of_list: bool = False) -> int:
    """A resourceVersion of a get or watch; one of a list is refused with a few more words.  Raises BadRequest."""
    problem = _problem(text)
    if problem:
        found = str(fielderrors.invalid("resourceVersion", text, problem))
        raise errors.BadRequest(f"invalid resource version: {found}" if of_list else found)
    return number(text)


def of(obj: objects.Object) -> int:
    """The resourceVersion that an object carries, 0 when it has none.  Raises BadRequest."""
    text = obj["metadata"].get("resourceVersion") or ""
    problem = _problem(text)
    if problem:
        raise errors.BadRequest(problem)
    return number(text)


def number(text: str) -> int:
    """A resourceVersion that is known to be one."""
    return int(text.lstrip("0") or "0")


def _problem(text: str) -> str:
    """What Go's strconv says against a number, "" when it is one."""
    if not text:
        return ""
    if not (text.isascii() and text.isdigit()):
        return f"strconv.ParseUint: parsing {goformat.quote(text)}: invalid syntax"
    digits = text.lstrip("0") or "0"
    if len(digits) > 20 or int(digits) > LARGEST:
        return f"strconv.ParseUint: parsing {goformat.quote(text)}: value out of range"
    return ""
