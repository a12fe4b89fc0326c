"""Whatever decodes can be given defaults and checked: nothing breaks, and defaults stay as they are."""

from __future__ import annotations

import pytest

from kroute.coreapi import rows
from kroute.coreapi.validation import podsubresources, registry
from kroute.machinery import gvk
from kroute.schema import builtin, gotypes
from tests.unit.coreapi import anything, harness

TYPES = gotypes.Types.load()
DEFINITIONS = builtin.Definitions.kubernetes()
CHECKS = registry.all_checks()
ROWS = {row.gvk(version): row for row in rows.Rows.load() if row.stored for version in row.versions}
CHECKED = [kind for kind, row in ROWS.items() if str(row.group_resource) in CHECKS]
STORED = [kind for kind, row in ROWS.items() if kind.version == row.versions[0]]
SEEDS = range(40)


def some(kind: gvk.GroupVersionKind, seed: int, make: harness.Maker) -> harness.Object:
    name = DEFINITIONS.name_of(kind)
    assert name is not None
    body = anything.Anything(seed, fill=(0.15, 0.35, 0.6)[seed % 3]).value(TYPES.get(gotypes.name_of(name)))
    body["metadata"] = {**(body.get("metadata") or {}), "name": "web"}
    return make(f"{kind.api_version}/{kind.kind}", {k: v for k, v in body.items() if k not in ("apiVersion", "kind")})


@pytest.mark.parametrize("kind", ROWS, ids=str)
def test_what_has_its_defaults_gets_no_others(kind: gvk.GroupVersionKind, make: harness.Maker) -> None:
    for seed in SEEDS:
        obj = some(kind, seed, make)
        assert make(f"{kind.api_version}/{kind.kind}", obj) == obj


@pytest.mark.parametrize("kind", [kind for kind in CHECKED if kind in STORED], ids=str)
def test_no_object_breaks_what_checks_it(kind: gvk.GroupVersionKind, make: harness.Maker) -> None:
    checks = CHECKS[str(ROWS[kind].group_resource)]
    for seed in SEEDS:
        new, old = some(kind, seed, make), some(kind, 1000 + seed, make)
        found = [*checks.create(new), *checks.update(new, old), *checks.status_update(new, old)]
        assert all(error.cause()["message"] for error in found)
        assert all(isinstance(text, str) for text in (*checks.warnings(new, None), *checks.warnings(new, old)))


def test_no_pod_breaks_what_checks_its_subresources(make: harness.Maker) -> None:
    kind = gvk.GroupVersionKind("", "v1", "Pod")
    for seed in SEEDS:
        new, old = some(kind, seed, make), some(kind, 1000 + seed, make)
        for check in (podsubresources.validate_resize, podsubresources.validate_ephemeral_containers):
            assert all(error.cause()["message"] for error in (*check(new, old), *check(new, new)))
