"""Tells of objects in Events; the same thing told again is counted.

Mirrors the event recorder of `k8s.io/client-go/tools/record`.
"""

from __future__ import annotations

import hashlib
import logging

from kroute.machinery import errors, gvk, objects, times
from kroute.server import loopback

log = logging.getLogger("kroute.controllers")

EVENTS = gvk.GroupVersionResource("", "v1", "events")


class Recorder:
    """Records Events of one component.  What can't be recorded is told the log; nobody waits for it to be."""

    def __init__(self, client: loopback.Client, component: str) -> None:
        self._client, self._component = client, component

    async def warn(self, about: objects.Object, reason: str, message: str) -> None:
        """Record a warning about an object, which has its kind and apiVersion."""
        metadata = about["metadata"]
        log.warning("%s %s: %s", about["kind"], metadata["name"], message)
        namespace = metadata.get("namespace") or "default"
        digest = hashlib.sha256(f"{metadata.get('uid')} {reason} {message}".encode()).hexdigest()[:16]
        name, now = f"{metadata['name']}.{digest}", times.now()
        event = {
            "metadata": {"name": name, "namespace": namespace},
            "involvedObject": {
                "kind": about["kind"],
                "apiVersion": about["apiVersion"],
                "namespace": metadata.get("namespace", ""),
                "name": metadata["name"],
                "uid": metadata.get("uid", ""),
                "resourceVersion": metadata.get("resourceVersion", ""),
            },
            "reason": reason,
            "message": message,
            "source": {"component": self._component},
            "reportingComponent": self._component,
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
            "type": "Warning",
        }
        try:
            await self._client.create(EVENTS, event, namespace=namespace)
        except errors.AlreadyExists:
            await self._again(name, namespace, now)
        except errors.APIError as error:
            log.debug("the event could not be recorded: %s", error)

    async def _again(self, name: str, namespace: str, now: str) -> None:
        def change(event: objects.Object) -> bool:
            event["count"], event["lastTimestamp"] = (event.get("count") or 0) + 1, now
            return True

        try:
            await self._client.change(EVENTS, name, change, namespace=namespace)
        except errors.APIError as error:
            log.debug("the event could not be counted: %s", error)
