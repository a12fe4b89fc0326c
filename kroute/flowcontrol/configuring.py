"""FlowSchema and PriorityLevelConfiguration objects, made for use.

The mandatory objects are there even when nobody has stored them: administrators are exempt, and all that nothing else
matches is caught.  A server that stores no such objects at all treats everybody alike and fairly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kroute.auth import groups
from kroute.flowcontrol import matching, queueing
from kroute.machinery import context, objects

EXEMPT, CATCH_ALL, DEFAULT = "exempt", "catch-all", "global-default"
BY_USER, BY_NAMESPACE = "ByUser", "ByNamespace"
EVERYBODY = ("system:authenticated", "system:unauthenticated")
LAST = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A priority level.  `lendable` is in percent of its own seats, `borrowing` too (None: as many as there are)."""

    name: str
    uid: str = ""
    exempt: bool = False
    shares: int = 0
    lendable: int = 0
    borrowing: int | None = None
    queuing: queueing.Queuing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """A flow schema.  `distinguisher` is what tells its flows apart; "" for one flow."""

    name: str
    uid: str = ""
    level: str
    precedence: int
    distinguisher: str = ""
    rules: Sequence[matching.Rule]

    def match(self, user: context.User, info: context.RequestInfo) -> bool:
        return any(rule.match(user, info) for rule in self.rules)

    def flow(self, user: context.User, info: context.RequestInfo) -> str:
        """What tells the request's flow from others of this schema."""
        if self.distinguisher == BY_USER:
            return user.name
        return info.namespace if self.distinguisher == BY_NAMESPACE else ""


def everything(*subjects: str) -> matching.Rule:
    """All that some groups can ask for."""
    every = [matching.ALL]
    return matching.Rule(
        {
            "subjects": [{"kind": "Group", "group": {"name": name}} for name in subjects],
            "resourceRules": [
                {"verbs": every, "apiGroups": every, "resources": every, "namespaces": every, "clusterScope": True}
            ],
            "nonResourceRules": [{"verbs": every, "nonResourceURLs": every}],
        }
    )


MANDATORY_LEVELS = (Level(name=EXEMPT, exempt=True), Level(name=CATCH_ALL, shares=5))
DEFAULT_LEVEL = Level(name=DEFAULT, shares=20, lendable=50, queuing=queueing.Queuing(queues=128, hand=6, length=50))


def mandatory_schemas() -> list[Schema]:
    return [
        Schema(name=EXEMPT, level=EXEMPT, precedence=1, rules=[everything(groups.MASTERS)]),
        Schema(name=CATCH_ALL, level=CATCH_ALL, precedence=LAST, distinguisher=BY_USER, rules=[everything(*EVERYBODY)]),
    ]


def default_schema() -> Schema:
    """For a server that stores no schemas."""
    return Schema(name=DEFAULT, level=DEFAULT, precedence=9900, distinguisher=BY_USER, rules=[everything(*EVERYBODY)])


def levels(found: Iterable[objects.Object]) -> dict[str, Level]:
    """The priority levels of the objects there are, and the mandatory ones."""
    made = {level.name: level for level in MANDATORY_LEVELS}
    for obj in found:
        level = level_of(obj)
        made[level.name] = level
    return made


def level_of(obj: objects.Object) -> Level:
    metadata, spec = obj["metadata"], obj.get("spec") or {}
    name, uid = metadata["name"], metadata.get("uid", "")
    if spec.get("type") == "Exempt":
        given = spec.get("exempt") or {}
        return Level(
            name=name,
            uid=uid,
            exempt=True,
            shares=_number(given, "nominalConcurrencyShares", 0),
            lendable=_number(given, "lendablePercent", 0),
        )
    given = spec.get("limited") or {}
    response = given.get("limitResponse") or {}
    queuing = None
    if response.get("type") == "Queue":
        how = response.get("queuing") or {}
        queuing = queueing.Queuing(
            queues=_number(how, "queues", 64),
            hand=_number(how, "handSize", 8),
            length=_number(how, "queueLengthLimit", 50),
        )
    return Level(
        name=name,
        uid=uid,
        shares=_number(given, "nominalConcurrencyShares", 30),
        lendable=_number(given, "lendablePercent", 0),
        borrowing=given.get("borrowingLimitPercent"),
        queuing=queuing,
    )


def schemas(found: Iterable[objects.Object], known: Mapping[str, Level]) -> list[Schema]:
    """The schemas in the order in which they are tried; those whose level is missing are left out."""
    made = {schema.name: schema for schema in mandatory_schemas()}
    for obj in found:
        schema = schema_of(obj)
        if schema.level in known:
            made[schema.name] = schema
        elif schema.name not in (EXEMPT, CATCH_ALL):
            made.pop(schema.name, None)
    return sorted(made.values(), key=lambda schema: (schema.precedence, schema.name))


def schema_of(obj: objects.Object) -> Schema:
    metadata, spec = obj["metadata"], obj.get("spec") or {}
    return Schema(
        name=metadata["name"],
        uid=metadata.get("uid", ""),
        level=level_name(obj),
        precedence=_number(spec, "matchingPrecedence", 1000),
        distinguisher=(spec.get("distinguisherMethod") or {}).get("type", ""),
        rules=[matching.Rule(rule) for rule in spec.get("rules") or ()],
    )


def level_name(schema: objects.Object) -> str:
    """The level that a FlowSchema refers to."""
    name: str = ((schema.get("spec") or {}).get("priorityLevelConfiguration") or {}).get("name", "")
    return name


def _number(holder: Mapping[str, Any], field: str, otherwise: int) -> int:
    found = holder.get(field)
    return otherwise if found is None else int(found)
