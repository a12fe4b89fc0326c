"""Volumes, access and reviews, served once for a module; each test has a namespace of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from kroute import app
from kroute.testing import serving
from tests.fixtures import guestbooks

NAMES = [
    "namespaces", "persistentvolumes", "persistentvolumeclaims", "storageclasses", "volumeattachments", "csidrivers",
    "certificatesigningrequests", "roles", "clusterroles", "flowschemas", "resourceclaims", "componentstatuses",
    "tokenreviews", "selfsubjectreviews", "subjectaccessreviews", "localsubjectaccessreviews",
    "selfsubjectaccessreviews", "selfsubjectrulesreviews",
]  # fmt: skip
NUMBERS = itertools.count(1)
MERGE = "application/merge-patch+json"


class Cluster(guestbooks.Book):
    """A client with one namespace; `unique` names are for what belongs to no namespace."""

    def unique(self, name: str) -> str:
        return f"{name}-{self.namespace}"

    def create(self, path: str, body: Any) -> guestbooks.Answer:
        return self.send("POST", path, body)

    def made(self, path: str, body: Any) -> Any:
        answer = self.create(path, body)
        assert answer.status == 201, answer.body
        return answer.body

    def patch(self, path: str, body: Any) -> guestbooks.Answer:
        return self.send("PATCH", path, body, content_type=MERGE)


@pytest.fixture(scope="module")
def cluster_server() -> Iterator[app.Running]:
    with serving.running(app.APIServer(core=NAMES), controllers=["-*"]) as running:
        yield running


@pytest.fixture
def cluster(cluster_server: app.Running) -> Cluster:
    made = Cluster(cluster_server, f"ns-{next(NUMBERS)}")
    assert made.send("POST", "/api/v1/namespaces", {"metadata": {"name": made.namespace}}).status == 201
    return made
