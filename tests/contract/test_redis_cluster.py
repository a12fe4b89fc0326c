"""A Redis cluster of two nodes passes the suite, also while a slot moves from one to the other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

import pytest

from kroute.storage.backend import base, factory
from kroute.testing import backends, watches
from tests.tools import redis_server

SLOTS = 16384


class Cluster(NamedTuple):
    first: redis_server.RedisServer
    second: redis_server.RedisServer

    @property
    def url(self) -> str:
        return f"redis+cluster://127.0.0.1:{self.first.port},127.0.0.1:{self.second.port}"

    def node_id(self, place: int) -> str:
        return self[place].command("CLUSTER MYID").splitlines()[-1]


def wait_for_agreement(cluster: Cluster) -> None:
    end = time.monotonic() + backends.PATIENCE
    while time.monotonic() < end:
        states = [node.command("CLUSTER INFO") for node in cluster]
        if all("cluster_state:ok" in state and "cluster_known_nodes:2" in state for state in states):
            return
        time.sleep(0.02)
    raise TimeoutError("the nodes of the cluster don't agree")


@pytest.fixture(scope="module")
def cluster(redis_flavour: redis_server.Flavour) -> Iterator[Cluster]:
    options = {"cluster-enabled": "yes", "cluster-node-timeout": "2000"}
    with (
        redis_server.RedisServer(redis_flavour.path, options=options, tcp=True) as first,
        redis_server.RedisServer(redis_flavour.path, options=options, tcp=True) as second,
    ):
        found = Cluster(first, second)
        first.command(f"CLUSTER ADDSLOTSRANGE 0 {SLOTS // 2 - 1}")
        second.command(f"CLUSTER ADDSLOTSRANGE {SLOTS // 2} {SLOTS - 1}")
        second.command(f"CLUSTER MEET 127.0.0.1 {first.port}")
        wait_for_agreement(found)
        yield found


@pytest.fixture
def unopened(cluster: Cluster) -> base.Backend:
    for node in cluster:
        node.command("FLUSHALL")
    return factory.open_backend(cluster.url)


@pytest.fixture
async def backend(unopened: base.Backend) -> AsyncIterator[base.Backend]:
    async with unopened as opened:
        yield opened


class TestWrites(backends.WriteContract):
    pass


class TestReads(backends.ReadContract):
    pass


class TestWatches(watches.WatchContract):
    pass


class TestEnd(watches.EndContract):
    pass


async def test_logs_on_both_nodes_are_watched_together(backend: base.Backend, cluster: Cluster) -> None:
    logs = [backend.log(f"log{n}") for n in range(8)]
    following = [log.watch(await log.current_revision()) for log in logs]
    readers = [asyncio.create_task(backends.events(watch, 1)) for watch in following]
    for log in logs:
        await log.create("a", backends.draft(log.name))
    for log, reader in zip(logs, readers, strict=True):
        (event,) = await reader
        assert event.value == backends.value(event.revision, log.name)
    assert all(not node.command("DBSIZE").startswith(":0") for node in cluster)
    for watch in following:
        await watch.aclose()


async def test_nothing_is_lost_while_a_slot_moves(backend: base.Backend, cluster: Cluster) -> None:
    log = backend.log("widgets")
    start = await log.current_revision()
    watch = log.watch(start)
    reader = asyncio.create_task(backends.events(watch, 60))
    for count in range(20):
        await log.create(f"before/{count}", backends.draft())
    move(cluster, "{kroute:widgets}")
    await asyncio.gather(*[log.create(f"after/{count}", backends.draft()) for count in range(40)])
    found = await reader
    assert len((await log.list()).records) == 60
    assert [event.revision for event in found] == sorted(event.revision for event in found)
    await watch.aclose()


def move(cluster: Cluster, tag: str) -> None:
    """Move the slot of a hash tag to the other node, as redis-cli would."""
    slot = int(cluster.first.command(f"CLUSTER KEYSLOT {tag}")[1:])
    source, target = (0, 1) if slot < SLOTS // 2 else (1, 0)
    cluster[target].command(f"CLUSTER SETSLOT {slot} IMPORTING {cluster.node_id(source)}")
    cluster[source].command(f"CLUSTER SETSLOT {slot} MIGRATING {cluster.node_id(target)}")
    for part in ("objects", "events", "meta", "deadlines"):
        cluster[source].command(f"MIGRATE 127.0.0.1 {cluster[target].port} {tag}:{part} 0 5000")
    for node in (cluster[target], cluster[source]):
        node.command(f"CLUSTER SETSLOT {slot} NODE {cluster.node_id(target)}")
