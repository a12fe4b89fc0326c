"""How the objects of each endpoint travel: from the storage's version to the endpoint's and back.

Whoever looks at objects in a version that isn't the request's own (webhooks, policies) finds here which versions there
are.  The endpoints themselves hold their forms; one that is no longer served is forgotten.
Mirrors `EquivalentResourceMapper` of `k8s.io/apimachinery/pkg/runtime`.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence

from kroute.machinery import gvk, objects
from kroute.patch.managedfields import objectmeta, shapes
from kroute.schema import structural
from kroute.storage import core

SAME = {
    gvk.GroupResource("events.k8s.io", "events"): gvk.GroupResource("", "events"),
    gvk.GroupResource("extensions", "ingresses"): gvk.GroupResource("networking.k8s.io", "ingresses"),
}
"""Resources of one group whose objects are those of another's."""


class Unreadable(ValueError):
    """A document is no object of the kind; the text says why."""


class Form:
    """One endpoint.

    `outward` makes a copy of a stored object in its version; `inward` makes an object of its version one as the
    storage works with, and may change it.  `read` makes a decoded document an object, defaults included, and told to
    be strict takes no fields that a built-in kind doesn't have; raises Unreadable.  `core` has the objects, where they
    are stored; `schema` is that of the version."""

    __slots__ = (
        "__weakref__", "_shape", "core", "inward", "kind", "namespaced", "outward", "read", "related", "resource",
        "schema", "subresource",
    )  # fmt: skip

    def __init__(
        self,
        *,
        kind: gvk.GroupVersionKind,
        resource: gvk.GroupVersionResource,
        subresource: str,
        namespaced: bool,
        outward: Callable[[objects.Object], objects.Object],
        inward: Callable[[objects.Object], objects.Object],
        read: Callable[[objects.JSON, bool], objects.Object],
        schema: structural.Structural,
        core: core.Core | None,
    ) -> None:
        self.kind, self.resource, self.subresource, self.namespaced = kind, resource, subresource, namespaced
        self.outward, self.inward, self.read, self.core = outward, inward, read, core
        self.schema = schema
        self._shape: shapes.Shape | None = None
        self.related: Forms | None = None
        """All forms of the server."""

    def shape(self) -> shapes.Shape:
        """What merging has to know of the schema; made when it is first asked for."""
        if self._shape is None:
            self._shape = shapes.Shapes().root(self.schema, objectmeta.OBJECT_META)
        return self._shape


class Forms:
    """The forms of all endpoints that are served."""

    def __init__(self) -> None:
        self._forms: weakref.WeakValueDictionary[tuple[gvk.GroupVersionResource, str], Form] = (
            weakref.WeakValueDictionary()
        )
        self.generation = 0
        """Grows when an endpoint is added; what was worked out before then may be out of date."""

    def add(self, form: Form) -> None:
        form.related = self
        self._forms[form.resource, form.subresource] = form
        self.generation += 1

    def of(self, resource: gvk.GroupVersionResource, subresource: str = "") -> Form | None:
        return self._forms.get((resource, subresource))

    def equivalents(self, form: Form) -> list[Form]:
        """The other forms of the same objects."""
        mine = owner(form.resource.group_resource)
        return [
            each
            for (resource, subresource), each in self._all()
            if subresource == form.subresource and resource != form.resource and owner(resource.group_resource) == mine
        ]

    def of_kind(self, kind: gvk.GroupVersionKind) -> Form | None:
        """The form of a kind's own resource, with stored objects."""
        for (_, subresource), each in self._all():
            if not subresource and each.kind == kind and each.core is not None:
                return each
        return None

    def resources_of(self, kind: gvk.GroupVersionKind) -> Sequence[tuple[gvk.GroupResource, bool]]:
        """The resources of a kind, and whether they are namespaced."""
        return [
            (resource.group_resource, each.namespaced)
            for (resource, subresource), each in self._all()
            if not subresource and each.kind == kind
        ]

    def _all(self) -> list[tuple[tuple[gvk.GroupVersionResource, str], Form]]:
        return list(self._forms.items())


def owner(resource: gvk.GroupResource) -> gvk.GroupResource:
    return SAME.get(resource, resource)
