"""What is known of one operation on an object, as admission plugins are asked about it.

Mirrors `Attributes` of `k8s.io/apiserver/pkg/admission`.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

from kroute.machinery import context, gvk, objects


class Operation(enum.StrEnum):
    """What is done to the object."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    CONNECT = "CONNECT"


@dataclass(slots=True, kw_only=True)
class Attributes:
    """One operation.

    `obj` is the object as it is to be, None for a deletion; plugins that mutate change it in place.  `old` is the
    object as it is, read-only; None for a create.  Both are in the version that the storage works with.  For CONNECT,
    `obj` holds the request's options.  `kind` and `resource` are those of the request, `resource` without the
    subresource.
    `name` is "" for a create whose name is generated, and for deletions of a collection.
    `options` are the operation's options (`storage.options`).
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

    @property
    def user(self) -> context.User:
        return self.ctx.user
