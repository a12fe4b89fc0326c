"""Which strategy each built-in kind has: the one that facts describe, or a refinement of it.

A kind that needs code has a file of its own here, and a line below.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from kroute.coreapi import environment, rows, semantics
from kroute.coreapi.strategies import (
    base,
    certificates,
    deviceclaims,
    events,
    leases,
    namespaces,
    networking,
    podfeatures,
    pods,
    services,
    volumes,
    workloads,
)
from kroute.storage import strategy


class Strategies(NamedTuple):
    """Of a resource itself, and of its status (None where there is none)."""

    main: strategy.Strategy
    status: strategy.Strategy | None


class Case(NamedTuple):
    """What a strategy is made from."""

    row: rows.Row
    version: str
    checks: semantics.Checks
    environment: environment.Environment

    def build(self, main: type[base.BuiltIn] = base.BuiltIn, status: type[base.Status] = base.Status) -> Strategies:
        """The pair of strategies, of these classes."""
        known = self.environment.facts.of(self.row.group_resource)
        has_status = self.row.subresource("status") is not None
        kind = self.row.gvk(self.version)
        form = base.Form(self.environment.empty(kind), self.environment.forget(kind))
        made = main(known, self.checks, form, has_status=has_status)
        made.pod_spec = podfeatures.AT.get(str(self.row.group_resource), ())
        return Strategies(
            made,
            status(known, self.checks, form) if has_status else None,
        )


Make: TypeAlias = Callable[[Case], Strategies]


def all_makers() -> Mapping[str, Make]:
    """What makes the strategies, by resource; others are made from the facts alone."""
    return {
        "persistentvolumes": lambda case: case.build(volumes.Volumes, volumes.VolumeStatus),
        "csidrivers.storage.k8s.io": lambda case: case.build(volumes.Drivers),
        "persistentvolumeclaims": lambda case: case.build(volumes.Claims),
        "certificatesigningrequests.certificates.k8s.io": lambda case: case.build(
            certificates.Requests, certificates.Status
        ),
        "resourceclaims.resource.k8s.io": lambda case: case.build(status=deviceclaims.Status),
        "events": lambda case: case.build(events.Events),
        "leases.coordination.k8s.io": lambda case: case.build(leases.Leases),
        "pods": of_pods,
        "namespaces": lambda case: case.build(namespaces.Namespaces, namespaces.Status),
        "daemonsets.apps": lambda case: case.build(workloads.DaemonSets, workloads.DaemonSetStatus),
        "jobs.batch": lambda case: case.build(workloads.Jobs),
        "replicationcontrollers": lambda case: case.build(workloads.Orphaning),
        "services": lambda case: allocating(case, services.Services, services.ServiceStatus),
        "endpointslices.discovery.k8s.io": lambda case: case.build(networking.EndpointSlices),
        "ingresses.networking.k8s.io": lambda case: case.build(status=networking.IngressStatus),
        "ipaddresses.networking.k8s.io": lambda case: allocating(case, networking.IPAddresses),
        "servicecidrs.networking.k8s.io": lambda case: case.build(networking.ServiceCIDRs),
    }


def of_pods(case: Case) -> Strategies:
    made = case.build(pods.Pods, pods.Status)
    assert isinstance(made.main, pods.Pods)
    made.main.clock = case.environment.clock
    return made


def allocating(case: Case, main: type[services.Allocating], status: type[base.Status] = base.Status) -> Strategies:
    """The strategies of a kind that has to do with allocated addresses."""
    made = case.build(main, status)
    assert isinstance(made.main, services.Allocating)
    made.main.connect(case.environment)
    return made


class Registry:
    """The strategies of all built-in kinds."""

    def __init__(self) -> None:
        self._makers = all_makers()

    def of(self, case: Case) -> Strategies:
        make = self._makers.get(str(case.row.group_resource))
        return case.build() if make is None else make(case)
