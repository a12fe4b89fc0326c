"""Bodies in a version that is converted before it is stored: conversion functions expect objects that fit."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from examples import versions as example
from kroute.testing import serving
from tests.fixtures.guestbooks import Book

GROUP = "/apis/kitchen.example.org"
OLD, NEW = f"{GROUP}/v1beta1/namespaces/default/ovens", f"{GROUP}/v1/namespaces/default/ovens"


def oven(version: str, spec: Any) -> dict[str, Any]:
    return {"apiVersion": f"kitchen.example.org/{version}", "kind": "Oven", "metadata": {"name": "big"}, "spec": spec}


@pytest.fixture
def kitchen(caplog: pytest.LogCaptureFixture) -> Iterator[Book]:
    with serving.running(example.server) as running:
        yield Book(running, "default")
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


SPECS = [None, 7, "180C", [], {}, {"temperature": 180}, {"temperature": None}, {"temperature": "hot"}, {"celsius": 180}]


@pytest.mark.parametrize("spec", SPECS)
def test_what_cannot_be_converted_is_invalid_as_the_schema_says(kitchen: Book, spec: Any) -> None:
    found = kitchen.send("POST", OLD, oven("v1beta1", spec))
    assert (found.status, found.body["reason"]) == (422, "Invalid")
    assert found.message.startswith('Oven.kitchen.example.org "big" is invalid: spec')
    assert kitchen.send("POST", OLD, oven("v1beta1", {"temperature": "180C"})).status == 201
    for method, content_type in (("PUT", "application/json"), ("PATCH", "application/merge-patch+json")):
        found = kitchen.send(method, f"{OLD}/big", oven("v1beta1", spec), content_type=content_type)
        assert found.status == (200 if method == "PATCH" and spec in ({}, {"celsius": 180}) else 422), found
    assert kitchen.get(f"{NEW}/big").body["spec"] == {"celsius": 180}


@pytest.mark.parametrize("spec", [{"temperature": "180C"}, {"celsius": 301}, {"celsius": "180"}, {"celsius": 2**70}])
def test_what_does_not_fit_the_stored_version_is_told_in_its_own_terms(kitchen: Book, spec: Any) -> None:
    found = kitchen.send("POST", NEW, oven("v1", spec))
    assert (found.status, found.body["reason"]) == (422, "Invalid")
    assert "spec.celsius" in found.message


def test_clients_are_held_to_the_version_that_they_speak(kitchen: Book) -> None:
    assert kitchen.send("POST", OLD, oven("v1beta1", {"temperature": "999C"})).status == 201
    assert kitchen.get(f"{NEW}/big").body["spec"] == {"celsius": 999}
    found = kitchen.send("PUT", f"{NEW}/big", kitchen.get(f"{NEW}/big").body | {"spec": {"celsius": 998}})
    assert found.message.endswith("spec.celsius in body should be less than or equal to 300")


def test_a_body_of_another_version_is_read_by_that_versions_schema(kitchen: Book) -> None:
    found = kitchen.send("POST", OLD, oven("v1", {"celsius": 180}))
    assert (found.status, found.message) == (
        400,
        "the API version in the data (kitchen.example.org/v1) does not match the expected API version "
        "(kitchen.example.org/v1beta1)",
    )
    assert "unknown field" not in found.headers.get("Warning", "")
    found = kitchen.send("POST", OLD, oven("v7", {"celsius": 180}))
    assert 'unknown field \\"spec\\"' in found.headers["Warning"]
