"""resourceVersions as text: read as kube-apiserver reads them, refused in its words.

To clients a resourceVersion is opaque; inside it is the revision of the backend.  "" and "0" both read as 0.
"""

from __future__ import annotations

from kroute.machinery import errors, fielderrors, goformat, objects

LARGEST = 2**64 - 1


def parse(text: str, *, bare: bool) -> int:
    """A resourceVersion of a get or watch.  Raises Plain where errors are `bare` (see `core.Core`), else BadRequest."""
    problem = _problem(text)
    if problem:
        raise _refused(str(fielderrors.invalid("resourceVersion", text, problem)), bare)
    return number(text)


def of_list(text: str) -> int:
    """A resourceVersion of a list.  Raises BadRequest."""
    problem = _problem(text)
    if problem:
        found = fielderrors.invalid("resourceVersion", text, problem)
        raise errors.BadRequest(f"invalid resource version: {found}")
    return number(text)


def of(obj: objects.Object, *, bare: bool) -> int:
    """The resourceVersion that an object carries, 0 when it has none.  Raises as `parse` does."""
    text = obj["metadata"].get("resourceVersion") or ""
    problem = _problem(text)
    if problem:
        raise _refused(problem, bare)
    return number(text)


def _refused(text: str, bare: bool) -> errors.APIError:
    """The reference gives errors of this sort no status, which makes them 500; what users declare doesn't follow it."""
    return errors.Plain(text) if bare else errors.BadRequest(text)


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
