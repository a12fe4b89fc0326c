"""The resource apiservices, and how its objects look."""

from __future__ import annotations

from collections.abc import Sequence

from kroute.aggregator import conditions, strategy
from kroute.aio import clocks
from kroute.machinery import context, gvk, objects
from kroute.server import onekind
from kroute.storage import capabilities, options, table

KIND = gvk.GroupVersionKind("apiregistration.k8s.io", "v1", "APIService")
PLURAL = "apiservices"
RESOURCE = gvk.GroupVersionResource(KIND.group, KIND.version, PLURAL)
COLUMNS = (
    table.NAME_COLUMN,
    table.column("Service", "string", "The reference to the service that hosts this API endpoint."),
    table.column("Available", "string", "Whether this service is available."),
    table.column("Age", "string", table.CREATED_DESCRIPTION),
)


class Columns:
    """A TableConverter: the name, the Service, whether it can be reached, the age."""

    def __init__(self, clock: clocks.Clock | None = None) -> None:
        self._clock = clock or clocks.SystemClock()

    async def convert_to_table(
        self, ctx: context.RequestContext, items: Sequence[objects.Object], options: options.TableOptions
    ) -> capabilities.Table:
        now = self._clock.now()
        rows = [
            (
                (table.name_of(item), service_cell(item), available_cell(item), table.age(table.created_of(item), now)),
                item,
            )
            for item in items
        ]
        return capabilities.Table(COLUMNS if options.headers else (), rows)


def service_cell(obj: objects.Object) -> str:
    service = (obj.get("spec") or {}).get("service")
    return "Local" if service is None else f"{service.get('namespace') or ''}/{service.get('name') or ''}"


def available_cell(obj: objects.Object) -> str:
    found = conditions.find(obj)
    if found is None:
        return "Unknown"
    status, reason = found.get("status") or "", found.get("reason")
    return f"{status} ({reason})" if reason and status != "True" else status


OWN = onekind.Kind(
    kind=KIND,
    plural=PLURAL,
    singular="apiservice",
    go_type="apiregistration.v1.APIService",
    strategies=(strategy.APIServiceStrategy, strategy.StatusStrategy),
    default=strategy.default,
    table=Columns,
    status_reset={"f:metadata": {}, "f:spec": {}},
)
