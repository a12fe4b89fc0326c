"""NamespaceLifecycle: objects are created in namespaces that exist and aren't going; some namespaces never go.

Mirrors `k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle`.
"""

from __future__ import annotations

from kroute.admission import attributes
from kroute.machinery import errors, gvk, objects
from kroute.storage import lookups

NAMESPACE = gvk.GroupKind("", "Namespace")
NAMESPACES = gvk.GroupResource("", "namespaces")
ACCESS_REVIEWS = gvk.GroupResource("authorization.k8s.io", "localsubjectaccessreviews")
IMMORTAL = frozenset({"default", "kube-system", "kube-public"})
CREATE, UPDATE, DELETE = attributes.Operation.CREATE, attributes.Operation.UPDATE, attributes.Operation.DELETE


class NamespaceLifecycle:
    operations = (CREATE, UPDATE, DELETE)

    def __init__(self, namespaces: lookups.Lookup) -> None:
        self._namespaces = namespaces

    async def admit(self, found: attributes.Attributes) -> None:
        """Raises Forbidden, NotFound."""
        resource = found.resource.group_resource
        if found.kind.group_kind == NAMESPACE:
            if found.operation is DELETE and found.name in IMMORTAL:
                raise errors.Forbidden.of(resource, found.name, "this namespace may not be deleted")
            return
        if not found.namespace or found.operation is DELETE or resource == ACCESS_REVIEWS:
            return
        namespace = self._namespaces.cached(found.namespace)
        if namespace is None or (found.operation is CREATE and is_terminating(namespace)):
            # the cache may be behind: somebody may have made the namespace just now, or made it anew
            namespace = await self._namespaces.get(found.namespace)
        if namespace is None:
            raise errors.NotFound.of(NAMESPACES, found.namespace)
        if found.operation is CREATE and is_terminating(namespace):
            raise terminating(found)


class NamespaceExists:
    """Objects are in namespaces that exist; NamespaceLifecycle sees to that too.  Not on by default."""

    operations = (CREATE, UPDATE, DELETE)

    def __init__(self, namespaces: lookups.Lookup) -> None:
        self._namespaces = namespaces

    async def validate(self, found: attributes.Attributes) -> None:
        """Raises NotFound."""
        if not found.namespace or found.kind.group_kind == NAMESPACE:
            return
        if await self._namespaces.find(found.namespace) is None:
            raise errors.NotFound.of(NAMESPACES, found.namespace)


def is_terminating(namespace: objects.Object) -> bool:
    return (namespace.get("status") or {}).get("phase") == "Terminating"


def terminating(found: attributes.Attributes) -> errors.Forbidden:
    why = f"unable to create new content in namespace {found.namespace} because it is being terminated"
    error = errors.Forbidden.of(found.resource.group_resource, found.name, why)
    cause = {
        "reason": "NamespaceTerminating",
        "message": f"namespace {found.namespace} is being terminated",
        "field": "metadata.namespace",
    }
    error.details = {**(error.details or {}), "causes": [cause]}
    return error
