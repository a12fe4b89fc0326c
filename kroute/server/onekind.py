"""A source whose server is about one kind of its own, by whose objects it serves more: definitions, APIServices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from kroute.actions import decoding, media
from kroute.aio import clocks
from kroute.kinds import definition
from kroute.machinery import gvk, objects
from kroute.schema import builtin, forgetting, godecoding, gotypes, structural
from kroute.storage import capabilities, strategy

StrategyOf: TypeAlias = Callable[[forgetting.Forget], strategy.Strategy]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """The kind, cluster-wide and with a status.

    `go_type` is what Go calls it, with its package; `strategies` make those of the whole and of the status,
    `table` a TableConverter; `default` fills in what a new object leaves out."""

    kind: gvk.GroupVersionKind
    plural: str
    singular: str
    go_type: str
    short_names: Sequence[str] = ()
    strategies: tuple[StrategyOf, StrategyOf]
    default: Callable[[objects.Object], None]
    table: Callable[[clocks.Clock], capabilities.TableConverter]
    status_reset: Mapping[str, Any]

    def resource(
        self, definitions: builtin.Definitions, decoder: godecoding.Decoder, clock: clocks.Clock
    ) -> definition.Resource:
        """The record of the resource."""
        schema = definitions.kind(self.kind)
        forget = forgetting.Forgetter(decoder.types).of(self.go_type)
        whole, status = (make(forget) for make in self.strategies)
        return definition.Resource(
            group=self.kind.group,
            kind=self.kind.kind,
            plural=self.plural,
            singular=self.singular,
            namespaced=False,
            short_names=self.short_names,
            categories=("api-extensions",),
            strategy=whole,
            status_strategy=status,
            typed=True,
            registry_path=f"/registry/{self.kind.group}/{self.plural}",
            versions=[
                definition.Version(
                    name=self.kind.version,
                    schema=structural.Structural(type="object", preserve_unknown=True) if schema is None else schema,
                    storage=True,
                    status=True,
                    defaults=self.default,
                    table=self.table(clock),
                    reset_fields={"f:status": {}},
                    status_reset_fields=self.status_reset,
                )
            ],
        )


class OneKind:
    """What sources of such servers have in common; `priority` is that of the kind's group in discovery."""

    scheme: decoding.Scheme | None = None

    def __init__(
        self, kind: Kind, definitions: builtin.Definitions, *, priority: int, clock: clocks.Clock | None = None
    ) -> None:
        self.definitions = definitions
        self.priorities: Mapping[str, int] = {kind.kind.group: priority}
        self.version_priorities: Mapping[gvk.GroupVersion, int] = {}
        self.clock = clock or clocks.SystemClock()
        self._kind = kind

    def codecs(self, types: gotypes.Types) -> Sequence[media.Codec]:
        """None beside the usual ones."""
        return ()

    def resource(self, decoder: godecoding.Decoder) -> definition.Resource:
        """The record of the kind's resource."""
        return self._kind.resource(self.definitions, decoder, self.clock)
