"""The scheme: which kinds there are, for what is said of a body of another kind than expected.

Mirrors the parts of `k8s.io/apimachinery/pkg/runtime` that name kinds in messages.
"""

from __future__ import annotations

from kroute.coreapi import rows
from kroute.machinery import goformat, gvk

META_KINDS = (
    "CreateOptions", "DeleteOptions", "GetOptions", "ListOptions", "PatchOptions", "UpdateOptions", "WatchEvent",
)  # fmt: skip
"""Kinds of meta/v1 that are known in every group-version."""

NAME = "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"
"""What kube-apiserver calls its scheme."""

UNSERVED = {
    "admissionregistration.k8s.io": ("v1alpha1", "v1beta1"),
    "apps": ("v1beta1", "v1beta2"),
    "authentication.k8s.io": ("v1alpha1", "v1beta1"),
    "authorization.k8s.io": ("v1beta1",),
    "batch": ("v1beta1",),
    "certificates.k8s.io": ("v1alpha1", "v1beta1"),
    "coordination.k8s.io": ("v1alpha2", "v1beta1"),
    "discovery.k8s.io": ("v1beta1",),
    "events.k8s.io": ("v1beta1",),
    "flowcontrol.apiserver.k8s.io": ("v1beta1", "v1beta2", "v1beta3"),
    "networking.k8s.io": ("v1beta1",),
    "node.k8s.io": ("v1alpha1", "v1beta1"),
    "policy": ("v1beta1",),
    "rbac.authorization.k8s.io": ("v1alpha1", "v1beta1"),
    "resource.k8s.io": ("v1alpha3", "v1beta1", "v1beta2"),
    "scheduling.k8s.io": ("v1alpha1", "v1beta1"),
    "storage.k8s.io": ("v1alpha1", "v1beta1"),
}
"""Versions of the groups that kube-apiserver can read but doesn't serve by default."""

UNVERSIONED = ("Status", "APIVersions", "APIGroup", "APIGroupList", "APIResourceList")


class Scheme:
    """The built-in kinds.  Mirrors `runtime.Scheme` as far as bodies are concerned."""

    def __init__(self, known: rows.Rows) -> None:
        self._kinds: set[gvk.GroupVersionKind] = {gvk.GroupVersionKind("", "v1", kind) for kind in UNVERSIONED}
        self._versions: set[gvk.GroupVersion] = set()
        for row in known:
            for version in (*row.versions, *UNSERVED.get(row.group, ())):
                kind = row.gvk(version)
                self._kinds |= {kind, kind._replace(kind=f"{kind.kind}List")}
                self._kinds |= {part.gvk(kind) for part in row.subresources}
                self._versions.add(kind.group_version)
        for group_version in self._versions:
            self._kinds |= {gvk.GroupVersionKind(*group_version, kind) for kind in META_KINDS}

    def mismatch(self, found: gvk.GroupVersionKind, expected: gvk.GroupVersionKind) -> str | None:
        """Why `found` can't be read as `expected`; None when it could, being another version of the same kind."""
        if found not in self._kinds:
            return (
                f"no kind {goformat.quote(found.kind)} is registered for version {goformat.quote(found.api_version)} "
                f"in scheme {goformat.quote(NAME)}"
            )
        if internal(found) == internal(expected):
            return None
        return f"converting ({found.version}.{found.kind}) to ({internal(expected)}): unknown conversion"


def internal(kind: gvk.GroupVersionKind) -> str:
    """The type that Kubernetes converts a kind to: `core.Pod`.  Events are one type in both groups."""
    group = kind.group.partition(".")[0] or "core"
    if group == "events":
        group = "core"
    return f"{group}.{kind.kind}"
