"""What is true of each built-in kind, as far as data can say it: `data/facts.json`.

Strategies are made from these facts; a kind without an entry behaves as the defaults of `Facts` say.
Mirrors what the `strategy.go` and `storage.go` files of Kubernetes' registry differ in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

import orjson

from kroute.machinery import gvk

STATUS_RESET: Final = ("status",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One resource.

    `generation` names the fields (paths) whose changes the generation counts; () where there is no generation.
    `create_on_update`: a PUT may create.  `unconditional_update`: an update needs no resourceVersion.
    `returns_deleted`: a deletion is answered with the object.
    `created_with_status`: a status that an object is created with stays.
    `keeps` are paths that an update of the resource leaves as they are, besides the status; `status_keeps` those that
    an update of the status leaves.  `reset` and `status_reset` are the paths that field managers can't own there; None
    for what is kept.
    `deprecated` is what every request is warned of.  `registry` is the place in etcd that some messages show.
    `ttl` is in seconds.
    `selectable` are field selectors: a name, or `NAME=PATH` where another path is meant; `PATH|PATH` is the first of
    these that is there.
    `shares` names the resource whose objects these are; `selectable` are then the names of its field selectors.
    """

    generation: Sequence[str] = ()
    create_on_update: bool = False
    unconditional_update: bool = True
    returns_deleted: bool = False
    created_with_status: bool = False
    keeps: Sequence[str] = ()
    status_keeps: Sequence[str] = ("spec",)
    reset: Sequence[str] | None = None
    status_reset: Sequence[str] | None = None
    deprecated: str = ""
    registry: str = ""
    ttl: float | None = None
    selectable: Sequence[str] = ()
    shares: str = ""


class AllFacts:
    """The facts of all resources."""

    def __init__(self, known: Mapping[str, Facts]) -> None:
        self._known = known

    @classmethod
    def load(cls) -> AllFacts:
        data = orjson.loads(resources.files("kroute.coreapi").joinpath("data", "facts.json").read_bytes())
        return cls({name: Facts(**entry) for name, entry in data.items()})

    @property
    def names(self) -> Collection[str]:
        """The resources that have an entry."""
        return self._known.keys()

    def of(self, resource: gvk.GroupResource) -> Facts:
        return self._known.get(str(resource), Facts())


def field_set(paths: Sequence[str]) -> Mapping[str, Any]:
    """Paths in FieldsV1 form: `metadata.labels` is `{"f:metadata": {"f:labels": {}}}`."""
    found: dict[str, Any] = {}
    for path in paths:
        at = found
        for part in path.split("."):
            at = at.setdefault(f"f:{part}", {})
    return found
