"""Names of resources that containers, quotas and limits count: `cpu`, `hugepages-2Mi`, `example.com/gpu`.

Mirrors the resource helpers of `pkg/apis/core/helper`.
"""

from __future__ import annotations

from kroute.machinery import names, quantity

HUGE_PAGES = "hugepages-"
REQUESTS = "requests."
NATIVE = "kubernetes.io/"
CONTAINER = frozenset({"cpu", "memory", "ephemeral-storage"})
COUNTED = frozenset({
    "pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps", "persistentvolumeclaims",
    "services.nodeports", "services.loadbalancers",
})  # fmt: skip
QUOTA = COUNTED | {
    "cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.storage",
    "requests.ephemeral-storage", "limits.cpu", "limits.memory", "limits.ephemeral-storage",
}  # fmt: skip
STANDARD = QUOTA | {"storage"}


def is_native(name: str) -> bool:
    """A resource of Kubernetes itself: without a prefix, or below kubernetes.io."""
    return "/" not in name or NATIVE in name


def is_huge_pages(name: str) -> bool:
    return name.startswith(HUGE_PAGES)


def is_standard(name: str) -> bool:
    """Known without a prefix."""
    return name in STANDARD or name.startswith((HUGE_PAGES, REQUESTS + HUGE_PAGES))


def is_for_quota(name: str) -> bool:
    return name in QUOTA or name.startswith((HUGE_PAGES, REQUESTS + HUGE_PAGES))


def is_for_containers(name: str) -> bool:
    return name in CONTAINER or is_huge_pages(name)


def is_extended(name: str) -> bool:
    """A resource of somebody else, with a prefix, and short enough to be named in quotas."""
    return not is_native(name) and not name.startswith(REQUESTS) and not names.qualified_name(REQUESTS + name)


def is_whole(name: str) -> bool:
    """Whether there are no fractions of the resource."""
    return name in COUNTED or is_extended(name)


def may_overcommit(name: str) -> bool:
    """Whether limits may be higher than requests."""
    return is_native(name) and not is_huge_pages(name)


def at_pod_level(name: str) -> bool:
    """Whether a pod may ask for the resource as a whole."""
    return name in ("cpu", "memory") or is_huge_pages(name)


def page_size(name: str) -> int:
    """The size of huge pages in bytes; 0 if the name has none."""
    try:
        size = quantity.parse(name.removeprefix(HUGE_PAGES))
    except quantity.QuantityError:
        return 0
    return 0 if size.nanos <= 0 or size.nanos % quantity.NANOS else size.value
