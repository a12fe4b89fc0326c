"""What is known of one operation on an object, as admission plugins are asked about it.

Mirrors `Attributes` of `k8s.io/apiserver/pkg/admission`.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

from kroute.admission import forms
from kroute.machinery import context, gvk, objects


class Operation(enum.StrEnum):
    """What is done to the object."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    CONNECT = "CONNECT"


@dataclass(slots=True)
class Again:
    """Mutating plugins run a second time where one of them asks for it, as others may have to see what it changed.

    `asked`: a plugin asks; `second`: this is that time.  `notes` is what plugins keep until then, by their names."""

    asked: bool = False
    second: bool = False
    notes: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Attributes:
    """One operation.

    `obj` is the object as it is to be, None for a deletion; plugins that mutate change it in place.  `old` is the
    object as it is, read-only; None for a create.  Both are in the version that the storage works with.  For CONNECT,
    `obj` holds the request's options.  `kind` and `resource` are those of the request, `resource` without the
    subresource.
    `name` is "" for a create whose name is generated, and for deletions of a collection.
    `options` are the operation's options (`storage.options`).
    `form` is how objects of the endpoint travel, where there is one.
    """

    operation: Operation
    kind: gvk.GroupVersionKind
    resource: gvk.GroupVersionResource
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    obj: objects.Object | None = None
    old: objects.Object | None = None
    options: Any = None
    dry_run: bool = False
    ctx: context.RequestContext
    form: forms.Form | None = None
    rounds: Again | None = None
    """What mutating plugins have noted; see `again`."""

    def annotate(self, key: str, value: str) -> None:
        """Add an annotation to the audit events of the request; the first one with a key stays."""
        self.ctx.add_annotation(key, value)

    @property
    def again(self) -> Again:
        """What mutating plugins note for a second time, and whether this is that."""
        if self.rounds is None:
            self.rounds = Again()
        return self.rounds

    @property
    def user(self) -> context.User:
        return self.ctx.user
