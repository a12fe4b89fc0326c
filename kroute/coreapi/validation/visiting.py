"""All containers of a pod with their paths, in the order in which kube-apiserver visits them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Object = Mapping[str, Any]
KINDS = ("initContainers", "containers", "ephemeralContainers")


def containers(spec: Object, path: str) -> Iterator[tuple[Object, str]]:
    """Initial, regular and ephemeral containers; `path` is the spec's."""
    for kind in KINDS:
        for index, container in enumerate(spec.get(kind) or ()):
            yield container, f"{path}.{kind}[{index}]"
