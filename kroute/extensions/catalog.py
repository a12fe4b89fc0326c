"""The resource customresourcedefinitions, and how its definitions look."""

from __future__ import annotations

from collections.abc import Sequence

from kroute.aio import clocks
from kroute.extensions import strategy
from kroute.machinery import context, gvk, objects
from kroute.server import onekind
from kroute.storage import capabilities, options, table

KIND = gvk.GroupVersionKind("apiextensions.k8s.io", "v1", "CustomResourceDefinition")
PLURAL = "customresourcedefinitions"
TYPE = "apiextensions.v1.CustomResourceDefinition"
COLUMNS = (
    table.NAME_COLUMN,
    table.column("Created At", "date", table.CREATED_DESCRIPTION),
)


class Columns:
    """A TableConverter: the name, and when a definition was made."""

    def __init__(self, clock: clocks.Clock | None = None) -> None:
        self._clock = clock or clocks.SystemClock()

    async def convert_to_table(
        self, ctx: context.RequestContext, items: Sequence[objects.Object], options: options.TableOptions
    ) -> capabilities.Table:
        rows = [([table.name_of(item), item["metadata"].get("creationTimestamp")], item) for item in items]
        return capabilities.Table(COLUMNS if options.headers else (), rows)


OWN = onekind.Kind(
    kind=KIND,
    plural=PLURAL,
    singular="customresourcedefinition",
    go_type=TYPE,
    short_names=("crd", "crds"),
    strategies=(strategy.DefinitionStrategy, strategy.StatusStrategy),
    default=strategy.default,
    table=Columns,
    status_reset={"f:spec": {}},
)
