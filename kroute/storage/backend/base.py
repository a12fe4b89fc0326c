"""The contract between kroute and where objects are kept: a revisioned key-value log for each resource.

A *backend* opens *logs*, one for each resource (`widgets.toys.example.org`).  A log is a map of keys
(`namespace/name`, or `name` for cluster scope; any text that UTF-8 can hold) to JSON values, and the ordered record
of every change to it.  Each change has a *revision*: a whole number that grows within the log, never goes back and is
never used twice, not even after a restart or a restore.  It is a hybrid clock, `max(last + 1, ticks since the epoch)`
(ten microseconds each), taken inside the store together with the write; fifteen digits.

The value holds its own revision as `metadata.resourceVersion`.  As only the store knows the revision, a writer
gives the value in two halves and the store puts the fifteen digits between them: stored = head + revision + tail.
`head` is the same for every object of one resource version, so the place of the digits is known
(`len(head)`); a deletion is recorded as the last value with the deletion's revision in that place.

Backends know nothing of Kubernetes.  `kroute.testing` has the suite that every backend must pass.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Literal, NamedTuple, Protocol, Self

DIGITS = 15
"""How many decimal digits a revision has in a stored value."""

TICKS = 100_000
"""How many ticks of the clock that revisions are made of are in a second.  Ten microseconds each keep revisions well
below what clients make up when they mean "later than anything", and exact as doubles for some two thousand years."""


def ticks() -> int:
    """The wall clock that revisions are made of: ticks since the epoch."""
    return time.time_ns() // (1_000_000_000 // TICKS)


EventType = Literal["ADDED", "MODIFIED", "DELETED"]


class Draft(NamedTuple):
    """A value to be written, without its revision: stored is `head + revision + tail`."""

    head: bytes
    tail: bytes

    def at(self, revision: int) -> bytes:
        return b"%b%d%b" % (self.head, revision, self.tail)


class Record(NamedTuple):
    """A stored value.  `offset` is where the revision's digits begin in `value`."""

    key: str
    revision: int
    value: bytes
    offset: int


class Event(NamedTuple):
    """A change.  For DELETED, `value` is the last value with the deletion's revision in it."""

    type: EventType
    key: str
    revision: int
    value: bytes
    offset: int


def moved(record: Record, revision: int) -> Record:
    """The record with another revision, also in its value: how a deletion is recorded."""
    place, value = record.offset, record.value
    return Record(record.key, revision, b"%b%d%b" % (value[:place], revision, value[place + DIGITS :]), place)


ENCRYPTED = b"k8s:enc:"
"""What a value begins with, as clients never see it, that is not readable: encrypted, or found to be unreadable.

It goes on with three parts and the revision, each behind a colon but the first: `k8s:enc:aesgcm:v1:key1:REVISION`."""


def unreadable(record: Record, why: str) -> Record:
    """The record with a value that says why its own can't be read."""
    head = b"%bunreadable:v1:%b:" % (ENCRYPTED, why.replace(":", " ").encode())
    return Record(record.key, record.revision, b"%b%d" % (head, record.revision), len(head))


def why_unreadable(value: bytes) -> tuple[int, str]:
    """The revision of a value that begins with ENCRYPTED, and why it can't be read."""
    _, _, provider, _, why, rest = value.split(b":", 5)
    return int(rest[:DIGITS]), why.decode() if provider == b"unreadable" else "it is encrypted, and there is no key"


class Listing(NamedTuple):
    """All records of a log, sorted by key, and the log's revision that they show."""

    records: Sequence[Record]
    revision: int


class Watch(Protocol):
    """The changes of a log as they come: an async iterator of non-empty batches, without end."""

    def __aiter__(self) -> Self: ...

    async def __anext__(self) -> Sequence[Event]:
        """The next changes, at once where there are some.

        Raises RevisionExpired when the log no longer holds all that follows the last one given, or has lost (by a
        failover, a restored copy) what was given; Unavailable when the store is closed or lost for good."""
        ...

    def take(self) -> Sequence[Event]:
        """What this process has already received of the next changes, without waiting; often nothing.

        May be called while `__anext__` waits; each change is given by one of them, in order.  Never raises."""
        ...

    async def aclose(self) -> None: ...


class Log(Protocol):
    """The revisioned map of one resource.  Methods may be called concurrently."""

    name: str

    async def create(self, key: str, draft: Draft, *, ttl: float | None = None) -> Record:
        """Store a new key.  `ttl` (seconds) has it deleted, with a real DELETED event, once they have passed.

        Raises KeyExists."""
        ...

    async def get(self, key: str) -> Record | None:
        """The current record, read from the store itself: never older than the last acknowledged write."""
        ...

    async def update(self, key: str, draft: Draft, *, expected: int, ttl: float | None = None) -> Record:
        """Replace the value if the key's revision is `expected`.  `ttl` None keeps a deadline that the key has.

        Raises KeyNotFound, RevisionConflict."""
        ...

    async def delete(self, key: str, *, expected: int) -> Record:
        """Remove the key if its revision is `expected`; gives the last value at the deletion's revision.

        Raises KeyNotFound, RevisionConflict."""
        ...

    async def list(self) -> Listing:
        """Every record at one revision."""
        ...

    async def current_revision(self) -> int:
        """The revision of the newest change; for a log never written to, that of its making.

        Never 0, and reflects every write acknowledged before the call, by any process."""
        ...

    def watch(self, after: int) -> Watch:
        """Every change with a revision above `after`, once, in order, without end; close it with `aclose`.

        `after` is a revision that the log gave out: of a record, an event, a listing, or the current one."""
        ...

    async def compact(self, before: int) -> None:
        """Forget changes with a revision below `before`; current values stay."""
        ...


class Backend(Protocol):
    """Where logs are kept.  An async context manager: entering connects, leaving flushes and closes."""

    shared: bool
    """Whether other processes may write to it.  If not, `current_revision` is local knowledge and costs nothing."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def log(self, name: str) -> Log:
        """The log of that name; the same object for the same name."""
        ...

    async def check(self) -> None:
        """A cheap round trip; raises Unavailable.  For health checks."""
        ...

    def warnings(self) -> Sequence[str]:
        """What about the store's configuration could lose data, in plain words; found while connecting."""
        ...
