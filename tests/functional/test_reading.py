"""GET of objects and collections, over HTTP."""

from __future__ import annotations

import gzip
import json

from tests.fixtures import serving, widgets

ITEMS, BASE = serving.ITEMS, serving.BASE
WIDGET = {"apiVersion": "toys.example.org/v1", "kind": "Widget", "metadata": {"name": "a"}, "spec": {"size": 1}}


async def test_an_object_is_answered_as_json(client: serving.Client) -> None:
    await client.send("POST", ITEMS, WIDGET)
    found = await client.get(f"{ITEMS}/a")
    assert (found.status, found.headers["Content-Type"]) == (200, "application/json")
    assert found.headers["Cache-Control"] == "no-cache, private"
    assert found.body["kind"] == "Widget"
    assert found.body["metadata"]["namespace"] == "play"
    assert found.body["spec"] == {"size": 1, "color": "red"}
