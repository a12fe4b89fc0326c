"""The queues of one priority level: requests wait here for seats, and flows get them in turns.

Fairness is in virtual time: each queue has the moment at which its next request would begin if all busy queues were
served at once; the request that would end first is next.  While nobody waits, all of this costs a comparison.
Mirrors `k8s.io/apiserver/pkg/util/flowcontrol/fairqueuing/queueset`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kroute.flowcontrol import dealing

SERVICE_SECONDS = 0.003
"""How long a request is assumed to take until it has."""

QUEUE_FULL, TIMED_OUT, NO_SEAT = "queue-full", "time-out", "concurrency-limit"
"""Reasons to refuse a request."""


class Rejected(Exception):
    """The request isn't to be worked on; `reason` is one of the above."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Queuing:
    """How requests may wait: in `queues` of at most `length` each, of which a flow has `hand`."""

    queues: int = 64
    hand: int = 8
    length: int = 50


class Work:
    """A request that waits or is worked on.  `extra` is how many seconds its seats are kept when it has ended."""

    __slots__ = ("arrival", "began", "extra", "future", "queue", "seats")

    def __init__(self, seats: int, extra: float = 0.0) -> None:
        self.seats, self.extra = seats, extra
        self.arrival = self.began = 0.0
        self.queue: Queue | None = None
        self.future: asyncio.Future[None] | None = None

    @property
    def size(self) -> float:
        """In seconds of one seat."""
        return self.seats * (SERVICE_SECONDS + self.extra)


class Queue:
    """One queue: who waits in it, and what of it is worked on."""

    __slots__ = ("executing", "next", "size", "waiting")

    def __init__(self) -> None:
        self.waiting: deque[Work] = deque()
        self.size = self.next = 0.0
        self.executing = 0

    @property
    def busy(self) -> bool:
        return bool(self.executing or self.waiting)


class Queues:
    """The queues of one level, and its seats.  Without `queuing` nobody waits: what finds no seat is refused.

    `limit` may be changed while it is used, by `set_limit`.  `changed` is told when the demand for seats changes."""

    def __init__(
        self,
        limit: int,
        queuing: Queuing | None,
        *,
        clock: Callable[[], float],
        changed: Callable[[int], None] | None = None,
    ) -> None:
        self.limit, self.queuing = limit, queuing
        self.seats_in_use = self.executing = self.waiting = self.seats_waiting = 0
        self._clock, self._changed = clock, changed
        self._queues = [Queue() for _ in range(queuing.queues)] if queuing is not None else []
        self._active: dict[Queue, None] = {}
        self._now, self._virtual, self._dealt = clock(), 0.0, 0

    @property
    def demand(self) -> int:
        return self.seats_in_use + self.seats_waiting

    @property
    def idle(self) -> bool:
        return not (self.executing or self.waiting)

    def set_limit(self, limit: int) -> None:
        self.limit = limit
        self._dispatch()

    def reconfigure(self, queuing: Queuing | None) -> None:
        """Change the queues; those who wait go on waiting where they are."""
        if queuing == self.queuing:
            return
        self.queuing = queuing
        wanted = queuing.queues if queuing is not None else 0
        self._queues = self._queues[:wanted] + [Queue() for _ in range(wanted - len(self._queues))]

    def hand(self, flow: int) -> Sequence[int]:
        """The numbers of the queues of a flow, by its hash; to be found anew when the queues have changed."""
        if self.queuing is None:
            return ()
        return dealing.hand(flow, len(self._queues), min(self.queuing.hand, len(self._queues)))

    def begin(self, work: Work, hand: Sequence[int]) -> bool:
        """Take seats at once, if there are any and nobody waits."""
        if (self.waiting or self.seats_in_use >= self.limit or not self._fits(work)) and not self._first(work, hand):
            return False
        if hand:
            self._advance()
            self._dealt += 1
            queue = self._queues[hand[self._dealt % len(hand)]]
            if not (queue.executing or queue.waiting):
                queue.next = self._virtual
                self._active[queue] = None
            work.queue = queue
            queue.executing += 1
            queue.next += work.size
        self._take(work)
        return True

    async def wait(self, work: Work, hand: Sequence[int], patience: float) -> None:
        """Wait for seats, at most `patience` seconds.  Raises Rejected."""
        if self.queuing is None or not hand:
            raise Rejected(NO_SEAT)
        self._advance()
        queue = self._choose(hand)
        if len(queue.waiting) >= self.queuing.length and self.seats_in_use >= self.limit:
            raise Rejected(QUEUE_FULL)
        self._enqueue(work, queue)
        self._dispatch()
        future = work.future
        assert future is not None
        if future.done():
            return
        timer = asyncio.get_running_loop().call_later(patience, self._expire, work)
        try:
            await future
        except BaseException:
            if future.cancelled() or not future.done():
                self._leave(work)
            elif future.exception() is None:  # seats were given just when the request was cancelled
                self.end(work)
            raise
        finally:
            timer.cancel()

    def end(self, work: Work) -> None:
        """The request has ended: its seats are for others, perhaps a little later."""
        self.executing -= 1
        queue = work.queue
        if queue is not None:
            self._advance()
            queue.executing -= 1
            queue.next -= work.seats * (SERVICE_SECONDS - (self._clock() - work.began))
            self._bound(queue)
        if work.extra > 0:
            asyncio.get_running_loop().call_later(work.extra, self._release, work)
        else:
            self._release(work)

    def lengths(self) -> Sequence[tuple[int, int, int]]:
        """Of each busy queue: its number, how many wait in it, how many are worked on."""
        return [
            (number, len(queue.waiting), queue.executing) for number, queue in enumerate(self._queues) if queue.busy
        ]

    def _release(self, work: Work) -> None:
        self.seats_in_use -= work.seats
        queue = work.queue
        if queue is not None and not queue.busy:
            self._active.pop(queue, None)
        if self.waiting:
            self._dispatch()
        if self._changed is not None:
            self._changed(self.demand)

    def _fits(self, work: Work) -> bool:
        if work.seats > self.limit:
            return not self.executing  # the widest get all there is
        return self.seats_in_use + work.seats <= self.limit

    def _first(self, work: Work, hand: Sequence[int]) -> bool:
        """Whether a small request of a flow that has nothing here is let through beyond the limit, by a quarter of it.

        Others may hold their seats for long; nobody is to notice that by a request now and then."""
        if work.seats > 1 or not hand or self.seats_in_use >= self.limit + self.limit // 4:
            return False
        return not any(self._queues[number].busy for number in hand)

    def _take(self, work: Work) -> None:
        work.began = self._clock()
        self.executing += 1
        self.seats_in_use += work.seats
        if self._changed is not None:
            self._changed(self.demand)

    def _choose(self, hand: Sequence[int]) -> Queue:
        """The queue of a hand with the least work waiting in it."""
        self._dealt += 1
        start = self._dealt % len(hand)
        return min((self._queues[number] for number in (*hand[start:], *hand[:start])), key=lambda queue: queue.size)

    def _enqueue(self, work: Work, queue: Queue) -> None:
        if not queue.busy:
            queue.next = self._virtual
        work.queue, work.arrival = queue, self._virtual
        work.future = asyncio.get_running_loop().create_future()
        queue.waiting.append(work)
        queue.size += work.size
        self._active[queue] = None
        self._bound(queue)
        self.waiting += 1
        self.seats_waiting += work.seats
        if self._changed is not None:
            self._changed(self.demand)

    def _leave(self, work: Work) -> None:
        """Somebody doesn't wait any longer."""
        queue = work.queue
        if queue is None or work not in queue.waiting:
            return
        queue.waiting.remove(work)
        self._left(work, queue)
        if not queue.busy:
            self._active.pop(queue, None)
        self._dispatch()
        if self._changed is not None:
            self._changed(self.demand)

    def _left(self, work: Work, queue: Queue) -> None:
        queue.size = queue.size - work.size if queue.waiting else 0.0
        self.waiting -= 1
        self.seats_waiting -= work.seats

    def _expire(self, work: Work) -> None:
        future = work.future
        if future is not None and not future.done():
            self._leave(work)
            future.set_exception(Rejected(TIMED_OUT))

    def _advance(self) -> None:
        """Move the virtual clock to the present."""
        now = self._clock()
        passed, self._now = now - self._now, now
        if self._active:
            wanted = self.seats_in_use + self.seats_waiting
            self._virtual += passed * min(wanted, self.limit) / len(self._active)

    def _dispatch(self) -> None:
        self._advance()
        while self.waiting and self.seats_in_use < self.limit:
            best, best_end = None, 0.0
            for queue in self._active:
                if queue.waiting:
                    end = queue.next + queue.waiting[0].size
                    if best is None or end < best_end:
                        best, best_end = queue, end
            if best is None or not self._fits(best.waiting[0]):
                return
            self._start(best.waiting.popleft(), best)

    def _start(self, work: Work, queue: Queue) -> None:
        self._left(work, queue)
        future = work.future
        if future is None or future.done():  # cancelled, and about to say so
            return
        queue.executing += 1
        queue.next += work.size
        self._bound(queue)
        self._take(work)
        future.set_result(None)

    def _bound(self, queue: Queue) -> None:
        """A request doesn't begin before it has come, not even in virtual time."""
        if queue.waiting and queue.next < queue.waiting[0].arrival:
            queue.next = queue.waiting[0].arrival
