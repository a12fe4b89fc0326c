"""What the table says of a pod: how many containers are ready, the word for its state, how often it was restarted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kroute.coreapi import cells
from kroute.coreapi.cells import metadata
from kroute.machinery import objects
from kroute.storage import table

GATED: Final = "SchedulingGated"
NODE_LOST: Final = "NodeLost"
CONDITIONS: Final[Mapping[str, Sequence[Mapping[str, str]]]] = {
    phase: ({"type": "Completed", "status": "True", "reason": phase, "message": message},)
    for phase, message in (
        ("Succeeded", "The pod has completed successfully."),
        ("Failed", "The pod failed."),
    )
}
"""What a table says of a row beside its cells: that the pod is done."""


class Summary:
    """Walks over a pod's container statuses and counts."""

    def __init__(self, pod: objects.Object) -> None:
        self.spec: Mapping[str, Any] = pod.get("spec") or {}
        self.status: Mapping[str, Any] = pod.get("status") or {}
        self.total = len(self.spec.get("containers") or ())
        self.ready = self.restarts = 0
        self.last_restart = ""
        self.word: str = self.status.get("reason") or self.status.get("phase") or ""
        if any(
            found.get("type") == "PodScheduled" and found.get("reason") == GATED
            for found in self.status.get("conditions") or ()
        ):
            self.word = GATED
        sidecars = {
            container["name"]
            for container in self.spec.get("initContainers") or ()
            if container.get("restartPolicy") == "Always"
        }
        self.total += len(sidecars)
        if not self.initialize(sidecars) or self.has_condition("Initialized"):
            self.run(sidecars)
        if metadata.is_deleted(pod):
            if self.status.get("reason") == NODE_LOST:
                self.word = "Unknown"
            elif self.status.get("phase") not in CONDITIONS:
                self.word = "Terminating"

    def has_condition(self, kind: str) -> bool:
        return any(
            found.get("type") == kind and found.get("status") == "True" for found in self.status.get("conditions") or ()
        )

    def count(self, container: Mapping[str, Any]) -> None:
        """Count a container's restarts."""
        self.restarts += container.get("restartCount") or 0
        terminated = (container.get("lastState") or {}).get("terminated") or {}
        self.last_restart = max(self.last_restart, terminated.get("finishedAt") or "")

    def initialize(self, sidecars: set[str]) -> bool:
        """Look at the init containers up to the first that isn't done; says whether there is one."""
        for index, container in enumerate(self.status.get("initContainerStatuses") or ()):
            self.count(container)
            state = container.get("state") or {}
            terminated, waiting = state.get("terminated"), state.get("waiting") or {}
            if terminated is not None and not terminated.get("exitCode"):
                continue
            if container.get("name") in sidecars and container.get("started"):
                self.ready += bool(container.get("ready"))
                continue
            if terminated is not None:
                self.word = f"Init:{ending(terminated)}"
            elif waiting.get("reason") and waiting["reason"] != "PodInitializing":
                self.word = f"Init:{waiting['reason']}"
            else:
                self.word = f"Init:{index}/{len(self.spec.get('initContainers') or ())}"
            return True
        return False

    def run(self, sidecars: set[str]) -> None:
        """Look at the containers proper, the last first; restarts of done init containers don't count."""
        self.restarts, self.last_restart = 0, ""
        for container in self.status.get("initContainerStatuses") or ():
            if container.get("name") in sidecars:
                self.count(container)
        running = False
        for container in reversed(self.status.get("containerStatuses") or ()):
            self.count(container)
            state = container.get("state") or {}
            waiting, terminated = state.get("waiting") or {}, state.get("terminated")
            if waiting.get("reason"):
                self.word = waiting["reason"]
            elif terminated is not None:
                self.word = ending(terminated)
            elif container.get("ready") and state.get("running") is not None:
                running = True
                self.ready += 1
        if self.word == "Completed" and running:
            self.word = "Running" if self.has_condition("Ready") else "NotReady"


def ending(terminated: Mapping[str, Any]) -> str:
    """How a container ended."""
    if terminated.get("reason"):
        return str(terminated["reason"])
    if terminated.get("signal"):
        return f"Signal:{terminated['signal']}"
    return f"ExitCode:{terminated.get('exitCode', 0)}"


def summary(pod: objects.Object, now: float) -> Sequence[str]:
    """Ready containers of all, the word for the state, restarts."""
    found = Summary(pod)
    restarts = str(found.restarts)
    if found.restarts and found.last_restart:
        restarts += f" ({table.age(found.last_restart, now)} ago)"
    return f"{found.ready}/{found.total}", found.word, restarts


def address(pod: objects.Object, now: float) -> str:
    addresses = (pod.get("status") or {}).get("podIPs")
    return (addresses[0].get("ip") if addresses else "") or cells.NONE


def readiness_gates(pod: objects.Object, now: float) -> str:
    """How many of the pod's readiness gates are open."""
    gates = (pod.get("spec") or {}).get("readinessGates")
    if not gates:
        return cells.NONE
    states: dict[str, Any] = {}
    for condition in (pod.get("status") or {}).get("conditions") or ():
        states.setdefault(condition.get("type"), condition.get("status"))
    opened = sum(states.get(gate.get("conditionType")) == "True" for gate in gates)
    return f"{opened}/{len(gates)}"


def conditions(pod: objects.Object) -> Sequence[Mapping[str, str]]:
    """The conditions of a pod's row."""
    return CONDITIONS.get((pod.get("status") or {}).get("phase") or "", ())
