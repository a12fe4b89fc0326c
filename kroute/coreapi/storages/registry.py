"""Which storage object a subresource has, or a resource whose Store alone doesn't do.

Each has a file of its own here, and a line below; status and scale are made by the catalog.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from kroute.coreapi.storages import (
    accounttokens,
    cases,
    certificates,
    jobs,
    namespaces,
    podbinding,
    podeviction,
    podparts,
    podstreams,
    priorityclasses,
    proxies,
    roles,
    scaling,
)
from kroute.kinds import mounting

Make: TypeAlias = Callable[[cases.Case], mounting.Mount]


def all_makers() -> Mapping[str, Make]:
    """What makes them, by resource and, behind a slash, subresource."""
    return {
        "certificatesigningrequests.certificates.k8s.io/approval": certificates.approval,
        "jobs.batch": jobs.storage,
        "namespaces": namespaces.storage,
        "namespaces/finalize": namespaces.finalize,
        "nodes/proxy": proxies.nodes,
        "pods/attach": podstreams.attach,
        "pods/binding": podbinding.binding,
        "pods/ephemeralcontainers": podparts.ephemeral_containers,
        "pods/eviction": podeviction.eviction,
        "pods/exec": podstreams.exec_,
        "pods/log": podstreams.log,
        "pods/portforward": podstreams.port_forward,
        "pods/proxy": proxies.pods,
        "pods/resize": podparts.resize,
        "priorityclasses.scheduling.k8s.io": priorityclasses.storage,
        "serviceaccounts/token": accounttokens.tokens,
        "services/proxy": proxies.services,
        **{f"{resource}.rbac.authorization.k8s.io": roles.storage for resource in roles.RESOURCES},
        **{f"{resource}/scale": scaling.scale for resource in scaling.SCALABLE},
    }
