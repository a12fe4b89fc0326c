"""A test of one's own server: the fixtures are there wherever kroute is installed.

    python -m pytest examples/test_toys.py

`kroute_server` is a running server of what the fixture `kroute_resources` gives: memory store, free port of this
machine, plain HTTP, ready in a few hundredths of a second.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any

import pytest

import kroute
from examples import toys

WIDGETS = "/apis/toys.example.org/v1/namespaces/default/widgets"


@pytest.fixture
def kroute_resources() -> Sequence[Any]:
    return [toys.Widget]


def test_widgets_are_red_unless_they_say_otherwise(kroute_server: kroute.Running) -> None:
    created = post(kroute_server, widget({"size": 3}))
    assert created["spec"] == {"size": 3, "colour": "red"}


def test_widgets_without_size_are_refused(kroute_server: kroute.Running) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        post(kroute_server, widget({"colour": "blue"}))
    with refused.value as answer:
        assert answer.code == 422
        assert json.load(answer)["details"]["causes"][0]["field"] == "spec.size"


def widget(spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "toys.example.org/v1", "kind": "Widget", "metadata": {"name": "a"}, "spec": spec}


def post(server: kroute.Running, obj: dict[str, Any]) -> Any:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(server.url + WIDGETS, json.dumps(obj).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)
