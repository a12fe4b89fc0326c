"""What the checks of the standards share: the containers of a pod, and how what is wrong is said."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from kroute.machinery import objects

Check: TypeAlias = Callable[[objects.Object, objects.Object], "Problem | None"]
"""Looks at the metadata and the spec of a pod."""


class Problem(NamedTuple):
    """Why a pod is not allowed: in a few words, and with the names of what is to blame."""

    reason: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.reason} ({self.detail})" if self.detail else self.reason


def containers(spec: objects.Object) -> Iterator[objects.Object]:
    """All containers of a pod, in the order in which they are told."""
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        yield from spec.get(kind) or ()


def security(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    """The security context of a pod's spec or of a container."""
    return holder.get("securityContext") or {}


def quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def plural(one: str, several: str, of: Collection[Any]) -> str:
    return one if len(of) == 1 else several


def named(names: Sequence[str]) -> str:
    """`container "a"` or `containers "a", "b"`."""
    return f"{plural('container', 'containers', names)} {quoted(names)}"


def name_of(container: Mapping[str, Any]) -> str:
    return str(container.get("name") or "")


def setters(pod: bool, blamed: Sequence[str]) -> str:
    """Who is to blame, the pod itself or some of its containers; "" for nobody."""
    return " and ".join([*(["pod"] if pod else ()), *([named(blamed)] if blamed else ())])


def is_windows(spec: objects.Object) -> bool:
    return (spec.get("os") or {}).get("name") == "windows"


def has_own_users(spec: objects.Object) -> bool:
    """Whether the pod runs in a user namespace, where root is nobody outside."""
    return spec.get("hostUsers") is False
