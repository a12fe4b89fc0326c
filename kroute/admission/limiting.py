"""Resources that nobody uses unless a quota of his namespace has some for him: ResourceQuotaConfiguration.

Mirrors `k8s.io/apiserver/pkg/admission/plugin/resourcequota/apis/resourcequota`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from kroute.machinery import gvk

GROUP, KIND = "apiserver.config.k8s.io", "ResourceQuotaConfiguration"


class Limited(NamedTuple):
    """`contains` are parts of names of what is limited: `.storageclass.storage.k8s.io/requests.storage`."""

    resource: gvk.GroupResource
    contains: Sequence[str]

    def names(self, used: Iterable[str]) -> set[str]:
        """What of this is limited."""
        return {name for name in used if any(part in name for part in self.contains)}


def read(document: Mapping[str, Any]) -> list[Limited]:
    """Raises ValueError."""
    found = []
    for index, each in enumerate(document.get("limitedResources") or ()):
        path = f"limitedResources[{index}]"
        if not isinstance(each, dict) or not isinstance(each.get("resource"), str):
            raise ValueError(f"{path} has no resource")
        if each.get("matchScopes"):
            raise ValueError(f"{path}.matchScopes are not known here")
        contains = each.get("matchContains") or []
        if not isinstance(contains, list) or not all(isinstance(part, str) for part in contains):
            raise ValueError(f"{path}.matchContains is no list of texts")
        found.append(Limited(gvk.GroupResource(str(each.get("apiGroup") or ""), each["resource"]), contains))
    return found
