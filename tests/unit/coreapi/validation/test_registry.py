"""The registry of checks, and what kube-apiserver was seen to refuse (`recorded_rejections*.json`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kroute.coreapi import rows
from kroute.coreapi.validation import registry
from tests.unit.coreapi import harness

RECORDED = [
    case
    for path in sorted(Path(__file__).parent.glob("recorded_rejections*.json"))
    for case in json.loads(path.read_text("utf-8"))
]
CHECKS = registry.all_checks()
RESOURCES = {str(row.group_resource): row for row in rows.Rows.load()}
BY_KIND = {row.gvk(version): name for name, row in RESOURCES.items() for version in row.versions}


def checks_of(kind: str) -> Any:
    return next(CHECKS[name] for known, name in BY_KIND.items() if f"{known.api_version}/{known.kind}" == kind)


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: case["about"])
def test_what_was_refused_is_refused_in_the_same_words(case: Mapping[str, Any], make: harness.Maker) -> None:
    obj = make(case["kind"], case["body"])
    assert harness.texts(checks_of(case["kind"]).create(obj)) == case["errors"]


@pytest.mark.parametrize("kind", harness.MINIMAL)
def test_the_least_that_is_right_is_accepted(kind: str, make: harness.Maker) -> None:
    obj = make.minimal(kind)
    assert not harness.texts(checks_of(kind).create(obj))
    assert not harness.texts(checks_of(kind).update(obj, make.minimal(kind)))
    assert not harness.texts(checks_of(kind).status_update(obj, make.minimal(kind)))
    assert not list(checks_of(kind).warnings(obj, None))


@pytest.mark.parametrize("kind", harness.MINIMAL)
def test_checking_changes_nothing(kind: str, make: harness.Maker) -> None:
    obj, old = make.minimal(kind), make.minimal(kind)
    for found in (checks_of(kind).create(obj), checks_of(kind).update(obj, old), checks_of(kind).warnings(obj, old)):
        list(found)
    assert obj == old == make.minimal(kind)


@pytest.mark.parametrize("kind", harness.MINIMAL)
def test_an_object_with_nothing_in_it_is_refused_but_breaks_nothing(kind: str, make: harness.Maker) -> None:
    obj = make(kind, {"metadata": {"name": "web"}})
    list(checks_of(kind).create(obj))
    list(checks_of(kind).update(obj, make.minimal(kind)))
    list(checks_of(kind).update(make.minimal(kind), obj))
    list(checks_of(kind).status_update(obj, obj))
    list(checks_of(kind).warnings(obj, None))


def test_only_resources_that_exist_have_checks() -> None:
    assert CHECKS.keys() <= RESOURCES.keys()
