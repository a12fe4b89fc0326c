"""OwnerReferencesPermissionEnforcement: who gives an object an owner could have deleted it, and could hold its owner.

Not among the plugins that are on by default.
Mirrors `k8s.io/kubernetes/plugin/pkg/admission/gc`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kroute.admission import asking, attributes
from kroute.machinery import errors, gvk

CREATE, UPDATE = attributes.Operation.CREATE, attributes.Operation.UPDATE


class OwnerReferencesPermissionEnforcement:
    operations = (CREATE, UPDATE)

    def __init__(self, ask: asking.Ask) -> None:
        self._ask = ask

    async def validate(self, found: attributes.Attributes) -> None:
        """Raises Forbidden."""
        now, then = owners(found.obj), owners(found.old)
        if now == then:
            return
        resource = found.resource.group_resource
        if found.subresource == "status" and resource == gvk.GroupResource("", "pods"):
            return  # which can't change owners
        asked = asking.about(
            "delete",
            resource.resource,
            group=resource.group,
            version=found.resource.version,
            subresource=found.subresource,
            namespace=found.namespace,
            name=found.name,
        )
        answer = await self._ask(found.user, asked)
        if not answer.allowed:
            why = f"cannot set an ownerRef on a resource you can't delete: {answer}"
            raise errors.Forbidden.of(resource, found.name, why)
        for reference in newly_blocking(now, then):
            await self._check_owner(found, reference)

    async def _check_owner(self, found: attributes.Attributes, reference: Mapping[str, Any]) -> None:
        resource = found.resource.group_resource
        version, kind = reference.get("apiVersion") or "", reference.get("kind") or ""
        forms = found.form.related if found.form is not None else None
        wanted = gvk.GroupVersionKind(*gvk.GroupVersion.parse(version), kind)
        known = () if forms is None else forms.resources_of(wanted)
        if not known:
            why = (
                "cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion "
                f'{version} Kind {kind}: no matches for kind "{kind}" in version "{version}"'
            )
            raise errors.Forbidden.of(resource, found.name, why)
        for owner, namespaced in known:
            asked = asking.about(
                "update",
                owner.resource,
                group=owner.group,
                version=gvk.GroupVersion.parse(version).version,
                subresource="finalizers",
                namespace=found.namespace if namespaced else "",
                name=reference.get("name") or "",
            )
            answer = await self._ask(found.user, asked)
            if not answer.allowed:
                why = (
                    "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set "
                    f"finalizers on: {answer}"
                )
                raise errors.Forbidden.of(resource, found.name, why)


def owners(obj: Mapping[str, Any] | None) -> Sequence[Mapping[str, Any]]:
    return ((obj or {}).get("metadata") or {}).get("ownerReferences") or []


def newly_blocking(now: Sequence[Mapping[str, Any]], then: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Owners that are to wait for the object, and had not to before."""
    blocked = {each.get("uid") for each in then if each.get("blockOwnerDeletion")}
    for each in now:
        if each.get("blockOwnerDeletion") and each.get("uid") not in blocked:
            yield each
