"""Says in the status of each FlowSchema whether the priority level is there that it refers to.

Mirrors the status updates of `apf_controller.go` of `k8s.io/apiserver/pkg/util/flowcontrol`.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from kroute.aio import tasks
from kroute.flowcontrol import controller
from kroute.machinery import errors, goformat, gvk, objects, times
from kroute.server import loopback

HOOK = "priority-and-fairness-config-consumer"
MANAGER = "api-priority-and-fairness-config-consumer-v1"
RESOURCE = gvk.GroupVersionResource(controller.GROUP, "v1", controller.SCHEMAS)
INTERVAL, LONGEST = 0.25, 60.0
"""Seconds between two looks whether anything has changed; the longest pause after a failure."""

log = logging.getLogger("kroute.server")


class Statuses:
    """Keeps the statuses; `run` is a post-start hook."""

    def __init__(self, found: controller.Controller, client: loopback.Client) -> None:
        self._controller, self._client = found, client.named(MANAGER)

    async def run(self, scope: tasks.Scope) -> None:
        scope.spawn(self._keep(), name=HOOK, eternal=True)

    async def _keep(self) -> None:
        seen, pause = -1, INTERVAL
        while True:
            self._controller.look()
            if self._controller.generation != seen:
                seen = self._controller.generation
                try:
                    await self.update()
                    pause = INTERVAL
                except errors.APIError as error:
                    log.warning("the status of a FlowSchema could not be written: %s", error)
                    seen, pause = -1, min(LONGEST, pause * 2)
            await asyncio.sleep(pause)

    async def update(self) -> None:
        """Write the conditions that are not as they should be.  Raises APIError."""
        for obj, level, dangling in self._controller.dangling():
            wanted = condition(level, dangling=dangling)
            if is_said(obj, wanted):
                continue
            name = obj["metadata"]["name"]
            status = {
                "kind": "FlowSchema",
                "apiVersion": f"{controller.GROUP}/v1",
                "metadata": {"name": name},
                "status": {"conditions": [{**wanted, "lastTransitionTime": times.now()}]},
            }
            try:
                await self._client.apply(RESOURCE, status, subresource="status")
            except errors.NotFound:
                continue  # deleted meanwhile


def condition(level: str, *, dangling: bool) -> dict[str, Any]:
    """What is to be said, without the time."""
    found = "but there is no such object" if dangling else "and it exists"
    text = f"This FlowSchema references the PriorityLevelConfiguration object named {goformat.quote(level)} {found}"
    return {
        "type": "Dangling",
        "status": "True" if dangling else "False",
        "reason": "NotFound" if dangling else "Found",
        "message": text,
    }


def is_said(obj: objects.Object, wanted: dict[str, Any]) -> bool:
    for one in (obj.get("status") or {}).get("conditions") or ():
        if one.get("type") == wanted["type"]:
            return all(one.get(field) == value for field, value in wanted.items())
    return False
