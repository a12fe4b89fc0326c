"""What the tests of field managers share: managers of the shared schemas, and a short form of managedFields."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from kroute.patch.managedfields import manager
from tests.unit.patch import schemas

VERSION = "toys.example.org/v1"
NOW, LATER, LATEST = "2030-01-01T00:00:00Z", "2030-01-01T00:00:01Z", "2030-01-01T00:00:02Z"


def obj(kind: str = "Workload", **fields: Any) -> dict[str, Any]:
    return {"apiVersion": VERSION, "kind": kind, "metadata": {"name": "a", **fields.pop("metadata", {})}, **fields}


class World:
    """An object, changed by one manager after the other; nothing that is handed over may be changed."""

    def __init__(self, kind: str = "Workload", **options: Any) -> None:
        schema = schemas.config() if kind == "Config" else schemas.workload()
        self.kind = kind
        self.manager = manager.FieldManager({VERSION: schema}, kind=kind, **options)
        self.live: dict[str, Any] | None = None
        self.clock = clock()

    def update(self, who: str = "updater", subresource: str = "", *, now: str = "", **fields: Any) -> dict[str, Any]:
        """Write the whole object; give metadata to change that, else it stays as it is."""
        metadata = fields.pop("metadata", None)
        new = obj(self.kind, **fields)
        if metadata is not None:
            new["metadata"].update(metadata)
        elif self.live is not None:
            new["metadata"] = copy.deepcopy(self.live["metadata"])
        given, before = copy.deepcopy(new), copy.deepcopy(self.live)
        result = self.manager.update(
            self.live, new, manager=who, api_version=VERSION, subresource=subresource, now=now or next(self.clock)
        )
        assert (given, before) == (new, self.live), "nothing given may be changed"
        return self.keep(result)

    def apply(
        self, who: str, subresource: str = "", *, force: bool = False, now: str = "", **fields: Any
    ) -> dict[str, Any]:
        patch = obj(self.kind, **fields)
        given, before = copy.deepcopy(patch), copy.deepcopy(self.live)
        result = self.manager.apply(
            self.live,
            patch,
            manager=who,
            force=force,
            api_version=VERSION,
            subresource=subresource,
            now=now or next(self.clock),
        )
        assert (given, before) == (patch, self.live), "nothing given may be changed"
        return self.keep(result)

    def keep(self, result: dict[str, Any]) -> dict[str, Any]:
        self.live = copy.deepcopy(result)
        self.live["metadata"].setdefault("uid", "1")
        return result

    def owners(self) -> dict[str, Any]:
        """Who owns what: `NAME` appliers, `NAME/update` others, `NAME@SUBRESOURCE` through one."""
        return owners(self.live or {})


def clock() -> Iterator[str]:
    for second in range(3600):
        yield f"2030-01-01T00:{second // 60:02}:{second % 60:02}Z"


def owners(found: dict[str, Any]) -> dict[str, Any]:
    result = {}
    for entry in found["metadata"].get("managedFields", []):
        name = entry["manager"] + ("" if entry["operation"] == "Apply" else "/update")
        result[name + ("@" + entry["subresource"] if "subresource" in entry else "")] = entry["fieldsV1"]
    return result
