"""Conflicts: fields that an applier wants to change and that others own.

Mirrors `managedfields/internal/conflict.go`.
"""

from __future__ import annotations

from collections.abc import Mapping

from kroute.machinery import errors, goformat
from kroute.patch.managedfields import entries, fieldsets


class Conflicts(Exception):
    """What an apply without force would take from others: the fields of each manager, and the manager's version."""

    def __init__(self, found: Mapping[entries.Identity, fieldsets.FieldSet]) -> None:
        super().__init__("conflicts")
        self.found = dict(sorted(found.items(), key=lambda item: entries.token(item[0])))

    def fields(self) -> fieldsets.FieldSet:
        """All fields in conflict."""
        result: fieldsets.FieldSet = {}
        for owned in self.found.values():
            result = fieldsets.union(result, owned)
        return result

    def beyond(self, allowed: fieldsets.FieldSet) -> Conflicts:
        """The conflicts about other fields than these."""
        left = {who: fieldsets.difference(owned, allowed) for who, owned in self.found.items()}
        return Conflicts({who: owned for who, owned in left.items() if owned})

    def error(self) -> errors.Conflict:
        """The answer: every conflict as a cause, and all of them in the message, by manager."""
        listed = [(who, [fieldsets.show(path) for path in fieldsets.paths(owned)]) for who, owned in self.found.items()]
        causes = [
            {"reason": "FieldManagerConflict", "message": f"conflict with {show(who)}", "field": path}
            for who, paths in listed
            for path in paths
        ]
        if len(causes) == 1:
            message = f"Apply failed with 1 conflict: {causes[0]['message']}: {causes[0]['field']}"
        else:
            lines = []
            for who, paths in listed:
                lines += [f"conflicts with {show(who)}:", *(f"- {path}" for path in paths)]
            message = f"Apply failed with {len(causes)} conflicts: " + "\n".join(lines)
        return errors.Conflict(message, details={"causes": causes})


def show(who: entries.Identity) -> str:
    """A manager as messages name it."""
    text = goformat.quote(who.manager)
    if who.subresource:
        text += f" with subresource {goformat.quote(who.subresource)}"
    return f"{text} using {who.api_version}" if who.operation == entries.UPDATE else text
