"""The resource customresourcedefinitions, and how its definitions look."""

from __future__ import annotations

from collections.abc import Sequence

from kroute.aio import clocks
from kroute.extensions import strategy
from kroute.kinds import definition
from kroute.machinery import context, gvk, objects
from kroute.schema import forgetting, structural
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


def resource(
    schema: structural.Structural, forget: forgetting.Forget, clock: clocks.Clock | None = None
) -> definition.Resource:
    """The record of the resource; `schema` is that of the kind."""
    return definition.Resource(
        group=KIND.group,
        kind=KIND.kind,
        plural=PLURAL,
        singular="customresourcedefinition",
        namespaced=False,
        short_names=("crd", "crds"),
        categories=("api-extensions",),
        strategy=strategy.DefinitionStrategy(forget),
        status_strategy=strategy.StatusStrategy(forget),
        typed=True,
        registry_path=f"/registry/{KIND.group}/{PLURAL}",
        versions=[
            definition.Version(
                name=KIND.version,
                schema=schema,
                storage=True,
                status=True,
                defaults=strategy.default,
                table=Columns(clock),
                reset_fields={"f:status": {}},
                status_reset_fields={"f:spec": {}},
            )
        ],
    )
