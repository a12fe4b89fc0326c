"""JSON patch (RFC 6902), with the leniencies that kube-apiserver has.

A member that isn't there reads as null; `replace` creates it; a missing value is null; indices may be negative; a
path need not begin with a slash (its first part is dropped).  Why an operation failed is not told to the client.
Mirrors `gopkg.in/evanphx/json-patch.v4`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from kroute.machinery import codecs, errors, goformat, objects
from kroute.patch import failures

MAX_OPERATIONS = 10_000
MAX_COPIED = 3 * 1024 * 1024
"""How many bytes of JSON all copies of one patch may come to; a few that double each other would fill any memory."""

STRINGS = ("op", "path", "from")
INDEX = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)

Operation: TypeAlias = dict[str, Any]
Container: TypeAlias = dict[str, Any] | list[Any]


class Missing:
    """Stands for "no value given"."""


MISSING = Missing()


class Parsed(NamedTuple):
    """A patch that may be tried, and what a strict reader finds wrong with it (texts for warnings)."""

    operations: list[Operation]
    complaints: list[str]


class DoesNotApply(Exception):
    """An operation failed."""


def parse(body: objects.JSON, *, ignore_unknown: bool = False) -> Parsed:
    """Read a decoded patch.

    `ignore_unknown` is for `fieldValidation=Ignore`, where the reference reads the patch less strictly.
    Raises BadRequest, or RequestEntityTooLarge above 10,000 operations.
    """
    operations = [] if body is None else body
    if not isinstance(operations, list):
        expected = "jsonpatch.Patch" if ignore_unknown else "[]handlers.jsonPatchOp"
        raise wrong_type(goformat.cannot_unmarshal(body, expected), ignore_unknown)
    complaints: list[str] = []
    for index, operation in enumerate(operations):
        if operation is not None and not isinstance(operation, dict):
            expected = "jsonpatch.Operation" if ignore_unknown else "handlers.jsonPatchOp"
            raise wrong_type(goformat.cannot_unmarshal(operation, expected), ignore_unknown)
        if not ignore_unknown:
            complaints += inspect(index, operation or {})
    if len(operations) > MAX_OPERATIONS:
        found = f"The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {len(operations)}"
        raise errors.RequestEntityTooLarge(f"Request entity too large: {found}")
    return Parsed([operation or {} for operation in operations], complaints)


def wrong_type(text: str, ignore_unknown: bool) -> errors.BadRequest:
    return errors.BadRequest(text if ignore_unknown else f"error decoding patch: {text}")


def inspect(index: int, operation: Operation) -> list[str]:
    """Complaints about the unknown members of one operation; raises BadRequest when a known one has the wrong type."""
    complaints = []
    for name, value in operation.items():
        if name in STRINGS:
            if value is not None and not isinstance(value, str):
                field = f"Go struct field jsonPatchOp.{name} of type string"
                raise errors.BadRequest(
                    f"error decoding patch: json: cannot unmarshal {goformat.kind(value)} into {field}"
                )
        elif name != "value":
            complaints.append(f'json patch unknown field "[{index}].{name}"')
    return complaints


def apply(document: objects.JSON, operations: list[Operation]) -> objects.JSON:
    """The document after all operations; neither argument is changed, and both may share parts with the result.

    Raises Invalid (422) when an operation doesn't apply; then none of them did.
    """
    editor = Editor(document)
    try:
        for operation in operations:
            editor.run(operation)
    except DoesNotApply as error:
        raise failures.unprocessable() from error
    except RecursionError as error:
        raise failures.too_deep() from error
    return editor.root


class Editor:
    """One document under change.  Containers are copied once, before their first change."""

    def __init__(self, document: objects.JSON) -> None:
        self.root = document
        # by id; the values keep the copies alive, so that no id is used twice
        self.copies: dict[int, Container] = {}
        self.copied = 0
        self.verbs: dict[str, Callable[[Operation], None]] = {
            "add": self.add,
            "remove": self.remove,
            "replace": self.replace,
            "move": self.move,
            "copy": self.copy,
            "test": self.test,
        }

    def run(self, operation: Operation) -> None:
        kind = operation.get("op")
        verb = self.verbs.get(kind) if isinstance(kind, str) else None
        if verb is None:
            raise DoesNotApply("unexpected kind")
        verb(operation)

    def add(self, operation: Operation) -> None:
        container, key = self.find(pointer(operation, "path"), change=True)
        insert(container, key, operation.get("value"))

    def remove(self, operation: Operation) -> None:
        container, key = self.find(pointer(operation, "path"), change=True)
        delete(container, key)

    def replace(self, operation: Operation) -> None:
        path = pointer(operation, "path")
        value = operation.get("value")
        if path == "":
            if not isinstance(value, dict | list):
                raise DoesNotApply("the whole document can only be an object or a list")
            self.root = value
            return
        container, key = self.find(path, change=True)
        if isinstance(container, dict):
            container[key] = value
        else:
            container[position(container, key)] = value

    def move(self, operation: Operation) -> None:
        container, key = self.find(pointer(operation, "from"), change=True)
        value = read(container, key)
        delete(container, key)
        container, key = self.find(pointer(operation, "path"), change=True)
        insert(container, key, None if value is MISSING else value)

    def copy(self, operation: Operation) -> None:
        container, key = self.find(pointer(operation, "from"), change=False)
        value = read(container, key)
        container, key = self.find(pointer(operation, "path"), change=True)
        value = None if value is MISSING else objects.copy(value)
        self.copied += len(codecs.encode(value))
        if self.copied > MAX_COPIED:
            raise DoesNotApply("too much is copied")
        insert(container, key, value)

    def test(self, operation: Operation) -> None:
        path = pointer(operation, "path")
        expected = operation.get("value", MISSING)
        if path == "":
            if not same(self.root, expected):
                raise DoesNotApply("test failed")
            return
        container, key = self.find(path, change=False)
        found = read(container, key)
        if found is MISSING or found is None:
            if expected is not MISSING and expected is not None:
                raise DoesNotApply("test failed")
        elif not same(found, expected):
            raise DoesNotApply("test failed")

    def find(self, path: str, *, change: bool) -> tuple[Container, str]:
        """The container that the pointer's last part names a member of, and that part."""
        parts = path.split("/")
        if len(parts) < 2 or not isinstance(self.root, dict | list):
            raise DoesNotApply("no such path")
        if change:
            self.root = self.own(self.root)
        container: Container = self.root
        for part in parts[1:-1]:
            key = decode(part)
            child = read(container, key)
            if not isinstance(child, dict | list):
                raise DoesNotApply("no such path")
            if change:
                owned = self.own(child)
                if owned is not child:
                    write(container, key, owned)
                child = owned
            container = child
        return container, decode(parts[-1])

    def own(self, container: Container) -> Container:
        """A container that may be changed in place."""
        if id(container) in self.copies:
            return container
        copied = container.copy()
        self.copies[id(copied)] = copied
        return copied


def pointer(operation: Operation, name: str) -> str:
    value = operation.get(name)
    if not isinstance(value, str):
        raise DoesNotApply(f"operation missing {name} field")
    return value


def decode(part: str) -> str:
    """Undo the escapes of RFC 6901."""
    return part.replace("~1", "/").replace("~0", "~") if "~" in part else part


def number(key: str) -> int:
    if not INDEX.fullmatch(key):
        raise DoesNotApply("not an index")
    return int(key)


def position(items: list[Any], key: str) -> int:
    """The place of an existing item; negative ones count from the end."""
    index = number(key)
    if not -len(items) <= index < len(items):
        raise DoesNotApply("no such index")
    return index


def read(container: Container, key: str) -> Any:
    if isinstance(container, dict):
        return container.get(key, MISSING)
    return container[position(container, key)]


def write(container: Container, key: str, value: Any) -> None:
    if isinstance(container, dict):
        container[key] = value
    else:
        container[position(container, key)] = value


def insert(container: Container, key: str, value: Any) -> None:
    """Set a member, or put an item before the one at the index; `-` and the length append, `-1` as well."""
    if isinstance(container, dict):
        container[key] = value
        return
    if key == "-":
        container.append(value)
        return
    index, places = number(key), len(container) + 1
    if not -places <= index < places:
        raise DoesNotApply("no such index")
    container.insert(index if index >= 0 else index + places, value)


def delete(container: Container, key: str) -> None:
    if isinstance(container, list):
        del container[position(container, key)]
    elif container.pop(key, MISSING) is MISSING:
        raise DoesNotApply("no such member")


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are written alike: 1, 1.0 and true all differ."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)
