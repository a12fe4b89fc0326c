"""Priority and fairness as a whole: finds a request's level and queue, and follows the objects that say which.

Objects are looked at from time to time on the way of requests, so that nothing runs while nothing is asked.
Mirrors `apf_controller.go` of `k8s.io/apiserver/pkg/util/flowcontrol`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import perf_counter
from typing import NamedTuple

from kroute.flowcontrol import configuring, dealing, estimating, queueing, sharing
from kroute.machinery import context, objects
from kroute.storage import core, following

GROUP = "flowcontrol.apiserver.k8s.io"
SCHEMAS, LEVELS = "flowschemas", "prioritylevelconfigurations"
LOOK_SECONDS = 0.2
"""How often the objects are looked at."""

REMEMBERED = 4096
"""How many kinds of requests are remembered with their class."""

CoreOf = Callable[[str, str], core.Core | None]


class State:
    """A level at work."""

    def __init__(self, level: configuring.Level, bounds: sharing.Bounds, clock: Callable[[], float]) -> None:
        self.level, self.bounds = level, bounds
        self.demand = sharing.Demand(clock())
        self._clock = clock
        self.queues = queueing.Queues(max(1, bounds.nominal), level.queuing, clock=clock, changed=self._note)

    def _note(self, seats: int) -> None:
        self.demand.note(seats, self._clock())


class Class(NamedTuple):
    """What is known of a kind of request: its schema and level, the queues of its flow, and the answer's headers."""

    schema: configuring.Schema
    state: State
    hand: Sequence[int]
    headers: str


class Counts:
    """What is counted, by level and schema."""

    def __init__(self) -> None:
        self.dispatched: Counter[tuple[str, str]] = Counter()
        self.rejected: Counter[tuple[str, str, str]] = Counter()


class Followed:
    """The objects of one resource, by key."""

    def __init__(self, at: core.Core) -> None:
        self._follower = following.Follower(at)
        self.objects: dict[str, objects.Object] = {}

    def changed(self) -> bool:
        """Take in what is new; whether there was anything."""
        news = self._follower.news()
        if news is None or not (news.changes or news.anew):
            return False
        if news.anew:
            self.objects.clear()
        for key, obj in news.changes:
            if obj is None:
                self.objects.pop(key, None)
            else:
                self.objects[key] = obj
        return True


class Controller:
    """`total` is how many seats the server has."""

    def __init__(self, total: int, *, clock: Callable[[], float] = perf_counter) -> None:
        self.total, self.counts = total, Counts()
        self.estimator = estimating.Estimator()
        self._clock = clock
        self._followed: Sequence[Followed] = ()
        self._looked, self._shared = 0.0, clock()
        self.generation = 0
        """Changes whenever the objects do."""
        self._classes: dict[tuple[object, ...], Class] = {}
        self.states: dict[str, State] = {}
        self.schemas: list[configuring.Schema] = []
        levels = {level.name: level for level in (*configuring.MANDATORY_LEVELS, configuring.DEFAULT_LEVEL)}
        own = (*configuring.mandatory_schemas(), configuring.default_schema())
        self._use(levels, sorted(own, key=lambda schema: schema.precedence))

    def attach(self, core_of: CoreOf) -> None:
        """Follow the objects of the core API, where they are stored."""
        found = [core_of(name, GROUP) for name in (SCHEMAS, LEVELS)]
        if all(found):
            self._followed = [Followed(at) for at in found if at is not None]
            levels = configuring.levels(())
            self._use(levels, configuring.schemas((), levels))

    @property
    def follows(self) -> bool:
        """Whether there are objects to follow."""
        return bool(self._followed)

    def look(self) -> None:
        """Take in what the objects say now, and share seats anew when it is time."""
        self._look(self._clock())

    def classify(self, user: context.User, info: context.RequestInfo) -> Class:
        """Where a request belongs."""
        now = self._clock()
        if now - self._looked > LOOK_SECONDS:
            self._look(now)
        place = info.namespace if info.is_resource else info.path
        key = (user.name, user.groups, info.verb, info.group, info.resource, info.subresource, place)
        found = self._classes.get(key)
        if found is None:
            found = self._found(user, info)
            if len(self._classes) >= REMEMBERED:
                self._classes.clear()
            self._classes[key] = found
        return found

    def rejected(self, found: Class, reason: str) -> None:
        self.counts.rejected[found.state.level.name, found.schema.name, reason] += 1

    def dispatched(self, found: Class) -> None:
        self.counts.dispatched[found.state.level.name, found.schema.name] += 1

    def dangling(self) -> Iterator[tuple[objects.Object, str, bool]]:
        """Each stored schema, the level that it refers to, and whether that is missing."""
        if self._followed:
            known = configuring.levels(self._followed[1].objects.values())
            for obj in list(self._followed[0].objects.values()):
                name = configuring.level_name(obj)
                yield obj, name, name not in known

    def share(self) -> None:
        """Give each level anew what it may use, by what it wanted of late."""
        now = self._clock()
        self._shared = now
        wishes: dict[str, sharing.Wish] = {}
        left = sum(state.bounds.nominal for state in self.states.values())
        for name, state in self.states.items():
            peak, bounds = state.demand.renew(now), state.bounds
            if state.level.exempt:
                left -= max(bounds.least, peak)
                continue
            least = max(bounds.least, min(bounds.nominal, peak))
            wishes[name] = sharing.Wish(least, bounds.most, max(least, state.demand.smoothed))
        fewest = sum(self.states[name].bounds.least for name in wishes)
        least_now = sum(wish.least for wish in wishes.values())
        if left > least_now:
            given = sharing.allocate(left, list(wishes.values()))
        elif left <= fewest:
            given = [self.states[name].bounds.least for name in wishes]
        else:
            part = (left - fewest) / (least_now - fewest)
            given = [
                round(self.states[name].bounds.least + (wish.least - self.states[name].bounds.least) * part)
                for name, wish in wishes.items()
            ]
        for name, seats in zip(wishes, given, strict=True):
            self.states[name].queues.set_limit(max(1, seats))

    def _look(self, now: float) -> None:
        """Take in what the objects say now, and share seats anew when it is time."""
        self._looked = now
        changed = [followed.changed() for followed in self._followed]  # all of them are to look
        if any(changed):
            levels = configuring.levels(self._followed[1].objects.values())
            self._use(levels, configuring.schemas(self._followed[0].objects.values(), levels))
        if now - self._shared > sharing.PERIOD:
            self.share()

    def _use(self, levels: Mapping[str, configuring.Level], schemas: list[configuring.Schema]) -> None:
        bounds = sharing.bounds(levels, self.total)
        for name, level in levels.items():
            state = self.states.get(name)
            if state is None:
                self.states[name] = State(level, bounds[name], self._clock)
                continue
            state.level, old, state.bounds = level, state.bounds, bounds[name]
            state.queues.reconfigure(level.queuing)
            if old != state.bounds:
                state.queues.set_limit(max(1, state.bounds.nominal))
        for name in [name for name in self.states if name not in levels]:
            del self.states[name]  # whoever waits there still gets its seats
        self.schemas = schemas
        self.generation += 1
        self._classes.clear()

    def _found(self, user: context.User, info: context.RequestInfo) -> Class:
        schema = next((each for each in self.schemas if each.match(user, info)), self.schemas[-1])
        state = self.states[schema.level]
        flow = dealing.flow_hash(schema.name, schema.flow(user, info))
        return Class(schema, state, state.queues.hand(flow), headers_of(schema, state.level))


def headers_of(schema: configuring.Schema, level: configuring.Level) -> str:
    """The lines of the answer's head that name schema and level; "" where these have no objects."""
    found = ""
    if schema.uid:
        found = f"X-Kubernetes-Pf-Flowschema-Uid: {schema.uid}\r\n"
    if level.uid:
        found += f"X-Kubernetes-Pf-Prioritylevel-Uid: {level.uid}\r\n"
    return found
