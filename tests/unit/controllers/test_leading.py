"""Leader election: one at a time, and somebody always."""

from __future__ import annotations

import asyncio

import pytest

from kroute.aio import clocks, tasks
from kroute.controllers import leading
from kroute.machinery import errors
from kroute.server import loopback
from tests.unit.controllers import serving

KINDS = ("namespaces", "leases.coordination.k8s.io")
QUICK = leading.Times(duration=1, renew=0.02, retry=0.02)


class Candidate:
    """Runs for the Lease, and notes when it leads."""

    def __init__(self, client: loopback.Client, identity: str, leading_now: set[str]) -> None:
        self.identity, self.terms, self._now = identity, 0, leading_now
        self.elector = leading.Elector(client, name="test", identity=identity, intervals=QUICK)

    async def work(self, scope: tasks.Scope) -> None:
        self.terms += 1
        scope.spawn(self._go_on(), name="work")

    async def _go_on(self) -> None:
        self._now.add(self.identity)
        try:
            await asyncio.Event().wait()
        finally:
            self._now.discard(self.identity)


async def test_one_leads_and_another_takes_over_when_it_ends() -> None:
    now: set[str] = set()
    async with serving.served(KINDS) as served:
        candidates = [Candidate(served.client, name, now) for name in "abc"]
        running = {each.identity: asyncio.ensure_future(each.elector.run(each.work)) for each in candidates}
        seen = []
        for _ in range(3):
            await serving.eventually(lambda: told(len(now) == 1))
            (leader,) = now
            seen.append(leader)
            running.pop(leader).cancel()
            await serving.eventually(lambda leader=leader: told(leader not in now))  # type: ignore[misc]
        assert sorted(seen) == ["a", "b", "c"]
        lease = await served.client.get(serving.LEASES, "test", namespace="kube-system")
        assert lease["spec"]["holderIdentity"] == ""
        assert lease["spec"]["leaseTransitions"] == 2


async def told(value: bool) -> bool:
    return value


async def test_a_dead_leader_is_followed_once_its_lease_is_over() -> None:
    now: set[str] = set()
    async with serving.served(KINDS) as served:
        dead = {"holderIdentity": "dead", "leaseDurationSeconds": 1, "leaseTransitions": 7}
        await served.create(serving.LEASES, "test", "kube-system", spec=dead)
        candidate = Candidate(served.client, "a", now)
        async with tasks.Scope("test") as scope:
            begun = asyncio.get_running_loop().time()
            scope.spawn(candidate.elector.run(candidate.work), name="a")
            await serving.eventually(lambda: told(now == {"a"}))
            assert asyncio.get_running_loop().time() - begun >= 1.0
            lease = await served.client.get(serving.LEASES, "test", namespace="kube-system")
            assert lease["spec"]["leaseTransitions"] == 8


async def test_who_can_not_renew_stops_before_others_may_begin() -> None:
    now: set[str] = set()

    class Failing(loopback.Client):
        broken = False

        async def request(self, *args: object, **rest: object) -> loopback.Answer:
            if self.broken:
                raise errors.ServiceUnavailable("the store is lost")
            return await super().request(*args, **rest)  # type: ignore[arg-type]

    async with serving.served(KINDS) as served:
        client = Failing()
        client._connection = served.client._connection
        candidate = Candidate(client, "a", now)
        async with tasks.Scope("test") as scope:
            scope.spawn(candidate.elector.run(candidate.work), name="a")
            await serving.eventually(lambda: told(now == {"a"}))
            client.broken = True
            broken = asyncio.get_running_loop().time()
            await serving.eventually(lambda: told(not now))
            assert asyncio.get_running_loop().time() - broken < QUICK.duration
            client.broken = False
            await serving.eventually(lambda: told(now == {"a"}))
    assert candidate.terms == 2


async def test_work_that_can_not_start_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    tries = 0
    done = asyncio.Event()

    async def work(scope: tasks.Scope) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise RuntimeError("not yet")
        done.set()

    async with serving.served(KINDS) as served, tasks.Scope("test") as scope:
        elector = leading.Elector(served.client, name="test", identity="a", intervals=QUICK, clock=clocks.SystemClock())
        scope.spawn(elector.run(work), name="a")
        await asyncio.wait_for(done.wait(), 10)
    assert "not yet" in caplog.text
