"""Why an operation of a JSON patch doesn't apply, as the errors of webhooks and policies tell it.

Mirrors the texts of `gopkg.in/evanphx/json-patch.v4`.
"""

from __future__ import annotations

from typing import Any

from kroute.machinery import goformat, objects
from kroute.patch import json_patch

MISSING, BAD_INDEX = "missing value", "invalid index referenced"


class PatchFailed(Exception):
    """An operation doesn't apply; the text says why.  `tested`: it is a test, and what it tests isn't so."""

    def __init__(self, text: str, *, tested: bool = False) -> None:
        super().__init__(text)
        self.tested = tested


def apply(document: objects.JSON, operations: list[Any]) -> objects.JSON:
    """The document after all operations, which is not changed itself.  Raises PatchFailed."""
    editor = json_patch.Editor(document)
    for operation in operations:
        try:
            editor.run(operation)
        except json_patch.DoesNotApply as error:
            raise failure(editor, operation, str(error)) from error
        except RecursionError as error:
            raise PatchFailed("the document is too deep") from error
    return editor.root


def failure(editor: json_patch.Editor, operation: Any, otherwise: str) -> PatchFailed:
    """What is said of an operation that didn't apply to the document as the editor has it."""
    kind, path, source = (operation.get(name) for name in ("op", "path", "from"))
    if kind not in editor.verbs:
        return PatchFailed(f"Unexpected kind: {kind if isinstance(kind, str) else 'unknown'}")
    if not isinstance(path, str):
        return PatchFailed(f"{kind} operation failed to decode path: {MISSING}")
    if kind in ("move", "copy"):
        if not isinstance(source, str):
            return PatchFailed(f"{kind} operation failed to decode from: {MISSING}")
        if not has_container(editor, source):
            return PatchFailed(f"{kind} operation does not apply: doc is missing from path: {source}: {MISSING}")
        if kind == "move" and (why := member_problem(editor, source)):
            return PatchFailed(f"error in move for path: '{source}': {why}")
        if not has_container(editor, path):
            text = f"{kind} operation does not apply: doc is missing destination path: {path}: {MISSING}"
            return PatchFailed(text)
        return PatchFailed(f"error in {kind} for path: '{path}': {member_problem(editor, path) or otherwise}")
    if not has_container(editor, path):
        shown = goformat.quote(path) if kind in ("add", "remove") else path
        what = "is missing path" if kind == "test" else "doc is missing path"
        return PatchFailed(f"{kind} operation does not apply: {what}: {shown}: {MISSING}")
    if kind == "test":
        return PatchFailed(f"testing path {path} failed: test failed", tested=True)
    if kind == "replace":
        return PatchFailed(f"replace operation does not apply: doc is missing key: {path}: {MISSING}")
    return PatchFailed(f"error in {kind} for path: '{path}': {member_problem(editor, path) or otherwise}")


def has_container(editor: json_patch.Editor, path: str) -> bool:
    """Whether there is something for the last part of a path to be in."""
    try:
        editor.find(path, change=False)
    except json_patch.DoesNotApply:
        return False
    return True


def member_problem(editor: json_patch.Editor, path: str) -> str:
    """What is wrong with the last part of a path; "" for nothing."""
    container, key = editor.find(path, change=False)
    if isinstance(container, dict):
        return "" if key in container else f"Unable to remove nonexistent key: {key}: {MISSING}"
    try:
        index = int(key)
    except ValueError:
        return f"strconv.Atoi: parsing {goformat.quote(key)}: invalid syntax"
    if -len(container) <= index < len(container):
        return ""
    return f"Unable to access invalid index: {index}: {BAD_INDEX}"
