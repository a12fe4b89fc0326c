"""A quota that two servers over one Redis charge at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent import futures

import pytest

from kroute import app
from kroute.testing import serving
from tests.functional.admission.conftest import Cluster

NAMES = ["namespaces", "configmaps", "resourcequotas"]
MERGE = "application/merge-patch+json"


@pytest.fixture
def two(redis_url: str) -> Iterator[tuple[Cluster, Cluster]]:
    with (
        serving.running(app.APIServer(core=NAMES), storage=redis_url, controllers=["-*"]) as first,
        serving.running(app.APIServer(core=NAMES), storage=redis_url, controllers=["-*"]) as second,
    ):
        yield Cluster(first, "shared"), Cluster(second, "shared")


def test_two_servers_together_let_in_what_a_quota_has(two: tuple[Cluster, Cluster]) -> None:
    first, second = two
    hard = {"count/configmaps": "10"}
    assert first.send("POST", "/api/v1/namespaces", {"metadata": {"name": "shared"}}).status == 201
    assert first.create("resourcequotas", {"metadata": {"name": "q"}, "spec": {"hard": hard}}).status == 201
    status = {"status": {"hard": hard, "used": {"count/configmaps": "0"}}}
    patched = first.send("PATCH", first.path("resourcequotas/q/status"), status, content_type=MERGE)
    version = patched.body["metadata"]["resourceVersion"]
    known = f"?resourceVersion={version}&resourceVersionMatch=NotOlderThan"
    assert second.get(second.path("resourcequotas") + known).status == 200  # which waits until it knows
    with futures.ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda number: two[number % 2].config(f"c{number}"), range(50)))
    assert len(first.get(first.path("configmaps")).body["items"]) == 10
    assert sorted(answer.status for answer in answers) == [201] * 10 + [403] * 40
    assert first.get(first.path("resourcequotas/q")).body["status"]["used"] == {"count/configmaps": "10"}
