"""Component statuses: whether the parts of a control plane can be reached.

Mirrors `pkg/registry/core/componentstatus`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from kroute.coreapi.stateless import cases
from kroute.machinery import context, errors, gvk, objects
from kroute.storage import capabilities, options, stored, table

PORTS = {"scheduler": 10259, "controller-manager": 10257}
STORE = "etcd-0"
PATIENCE = 1.0
RESOURCE = gvk.GroupResource("", "componentstatus")


class ComponentStatuses:
    """Looks at each component when it is asked; the store is well when this server answers."""

    namespaced = False

    def __init__(self, case: cases.Case) -> None:
        self.kind, self.singular_name = case.kind, case.row.singular
        self.short_names, self.categories = case.row.short_names, case.row.categories
        self.convert_to_table = table.DefaultTable(clock=case.environment.clock).convert_to_table

    async def get(self, ctx: context.RequestContext, name: str, options: options.GetOptions) -> stored.Result:
        if name not in (*PORTS, STORE):
            raise errors.NotFound.of(RESOURCE, name)
        return await self._look(name)

    async def list(self, ctx: context.RequestContext, options: options.ListOptions) -> capabilities.ListResult:
        found: Sequence[objects.Object] = await asyncio.gather(*map(self._look, (*PORTS, STORE)))
        labels, fields = options.label_selector, options.field_selector
        return capabilities.ListResult(
            [obj for obj in found if labels.matches({}) and fields.matches({"metadata.name": obj["metadata"]["name"]})]
        )

    async def _look(self, name: str) -> objects.Object:
        wrong = await unreachable(PORTS[name]) if name in PORTS else ""
        condition = {"type": "Healthy", "status": "False" if wrong else "True", "message": wrong or "ok"}
        return {
            "kind": self.kind.kind,
            "apiVersion": self.kind.api_version,
            "metadata": {"name": name},
            "conditions": [condition],
        }


async def unreachable(port: int) -> str:
    """Why nothing on this machine answers at a port; "" if something does."""
    where = f'Get "https://127.0.0.1:{port}/healthz": dial tcp 127.0.0.1:{port}: connect:'
    try:
        async with asyncio.timeout(PATIENCE):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
    except TimeoutError:
        return f"{where} connection timed out"
    except OSError:
        return f"{where} connection refused"
    writer.close()
    return ""
