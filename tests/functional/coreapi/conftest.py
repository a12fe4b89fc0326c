"""Pods, workloads and what goes with them, served once for a module; each test has a namespace of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from kroute import app
from kroute.testing import serving
from tests.fixtures import guestbooks

NAMES = [
    "namespaces", "nodes", "pods", "serviceaccounts", "secrets", "poddisruptionbudgets", "jobs", "daemonsets",
    "deployments", "replicationcontrollers", "horizontalpodautoscalers", "events",
]  # fmt: skip
NUMBERS = itertools.count(1)
MERGE = "application/merge-patch+json"


class Core(guestbooks.Book):
    """A client with one namespace; paths begin at `/api/v1/namespaces/NAMESPACE` unless they are absolute."""

    def path(self, path: str, api: str = "/api/v1") -> str:
        return path if path.startswith("/") else f"{api}/namespaces/{self.namespace}/{path}"

    def create(self, path: str, body: Any, *, api: str = "/api/v1") -> guestbooks.Answer:
        return self.send("POST", self.path(path, api), body)

    def read(self, path: str, *, api: str = "/api/v1") -> Any:
        found = self.get(self.path(path, api))
        assert found.status == 200, found.body
        return found.body

    def patch(self, path: str, body: Any, *, api: str = "/api/v1") -> guestbooks.Answer:
        return self.send("PATCH", self.path(path, api), body, content_type=MERGE)

    def pod(self, name: str, *, node: str = "", containers: int = 1, **spec: Any) -> Any:
        """A new pod, assigned to a node or not."""
        made = [{"name": f"c{number}", "image": "app:1"} for number in range(containers)]
        body = {"metadata": {"name": name, "labels": {"app": "web"}}, "spec": {"containers": made, **spec}}
        if node:
            body["spec"]["nodeName"] = node
        answer = self.create("pods", body)
        assert answer.status == 201, answer.body
        return answer.body


@pytest.fixture(scope="module")
def core_server() -> Iterator[app.Running]:
    with serving.running(app.APIServer(core=NAMES), controllers=["-*"]) as running:
        yield running


@pytest.fixture
def core(core_server: app.Running) -> Core:
    made = Core(core_server, f"ns-{next(NUMBERS)}")
    assert made.send("POST", "/api/v1/namespaces", {"metadata": {"name": made.namespace}}).status == 201
    assert made.create("serviceaccounts", {"metadata": {"name": "default"}}).status == 201
    return made
