"""`pods/ephemeralcontainers` and `pods/resize`: changes of a running pod that its own endpoint doesn't take.

Mirrors EphemeralContainersREST and ResizeREST of `pkg/registry/core/pod/storage`.
"""

from __future__ import annotations

from kroute.coreapi.storages import cases
from kroute.coreapi.strategies import pods
from kroute.kinds import mounting
from kroute.storage import status


def ephemeral_containers(case: cases.Case) -> mounting.Mount:
    chosen = pods.EphemeralContainers(case.facts, case.checks, case.form)
    return case.part(status.StatusStorage(case.core(chosen)), "ephemeralcontainers")


def resize(case: cases.Case) -> mounting.Mount:
    chosen = pods.Resize(case.facts, case.checks, case.form)
    return case.part(status.StatusStorage(case.core(chosen)), "resize")
