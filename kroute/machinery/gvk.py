"""Names of types and endpoints: group, version, kind and resource.

A *kind* names a type (`Pod`), a *resource* names an endpoint (`pods`); the two are never mixed.
The legacy core group is the empty string.  Mirrors `k8s.io/apimachinery/pkg/runtime/schema`.
"""

from __future__ import annotations

from typing import NamedTuple


class GroupVersion(NamedTuple):
    """A group and one of its versions; `str()` gives the `apiVersion` that objects carry."""

    group: str
    version: str

    def __str__(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @classmethod
    def parse(cls, api_version: str) -> GroupVersion:
        """Split an `apiVersion`; raises ValueError when it has more than one slash."""
        group, slash, version = api_version.partition("/")
        if "/" in version:
            raise ValueError(f"unexpected GroupVersion string: {api_version}")
        return cls(group, version) if slash else cls("", group)


class GroupKind(NamedTuple):
    """A kind in any version; `str()` gives `Kind.group`, the form used in messages."""

    group: str
    kind: str

    def __str__(self) -> str:
        return f"{self.kind}.{self.group}" if self.group else self.kind


class GroupResource(NamedTuple):
    """A resource in any version; `str()` gives `plural.group`, the form used in messages."""

    group: str
    resource: str

    def __str__(self) -> str:
        return f"{self.resource}.{self.group}" if self.group else self.resource


class GroupVersionKind(NamedTuple):
    """The full name of a type."""

    group: str
    version: str
    kind: str

    @property
    def group_version(self) -> GroupVersion:
        return GroupVersion(self.group, self.version)

    @property
    def group_kind(self) -> GroupKind:
        return GroupKind(self.group, self.kind)

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version


class GroupVersionResource(NamedTuple):
    """The full name of an endpoint."""

    group: str
    version: str
    resource: str

    @property
    def group_version(self) -> GroupVersion:
        return GroupVersion(self.group, self.version)

    @property
    def group_resource(self) -> GroupResource:
        return GroupResource(self.group, self.resource)
