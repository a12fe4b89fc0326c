"""AlwaysPullImages: a pod's images are always pulled, so that only who may pull them uses them.  Not on by default.

Mirrors `k8s.io/kubernetes/plugin/pkg/admission/alwayspullimages`.
"""

from __future__ import annotations

from collections.abc import Iterator

from kroute.admission import attributes
from kroute.machinery import errors, fielderrors, gvk, objects

PODS = gvk.GroupResource("", "pods")
CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
CREATE, UPDATE = attributes.Operation.CREATE, attributes.Operation.UPDATE


class AlwaysPullImages:
    operations = (CREATE, UPDATE)
    resources = (PODS,)

    async def admit(self, found: attributes.Attributes) -> None:
        if concerns(found):
            assert found.obj is not None
            for _, container in containers(found.obj):
                container["imagePullPolicy"] = "Always"

    async def validate(self, found: attributes.Attributes) -> None:
        """Raises Forbidden."""
        if not concerns(found):
            return
        assert found.obj is not None
        wrong = [
            fielderrors.not_supported(f"{path}.imagePullPolicy", container.get("imagePullPolicy") or "", ["Always"])
            for path, container in containers(found.obj)
            if container.get("imagePullPolicy") != "Always"
        ]
        if wrong:
            raise errors.Forbidden.of(PODS, found.name, fielderrors.aggregate(wrong))


def concerns(found: attributes.Attributes) -> bool:
    """Whether the request may bring images that weren't there."""
    if found.subresource not in ("", "ephemeralcontainers") or found.obj is None:
        return False
    if found.old is None:
        return True
    known = {container.get("image") for _, container in containers(found.old)}
    return any(container.get("image") not in known for _, container in containers(found.obj))


def containers(pod: objects.Object) -> Iterator[tuple[str, objects.Object]]:
    for kind in CONTAINERS:
        for index, container in enumerate((pod.get("spec") or {}).get(kind) or ()):
            yield f"spec.{kind}[{index}]", container
