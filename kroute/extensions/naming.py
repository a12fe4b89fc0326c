"""Which of the names that a definition asks for it gets: those that no other of its group has.

Mirrors `pkg/controller/status` of `k8s.io/apiextensions-apiserver`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from kroute.extensions import conditions
from kroute.machinery import goformat, objects

ACCEPTED = conditions.Condition(conditions.NAMES_ACCEPTED, "True", "NoConflicts", "no conflicts found")
NOT_ACCEPTED = conditions.Condition(conditions.ESTABLISHED, "False", "NotAccepted", "not all names are accepted")
INSTALLING = conditions.Condition(conditions.ESTABLISHED, "False", "Installing", "the initial names have been accepted")


class Verdict(NamedTuple):
    """The names that a definition has now, and the conditions that say so; `established` None: it stays as it is."""

    names: dict[str, Any]
    accepted: conditions.Condition
    established: conditions.Condition | None


def judge(crd: objects.Object, others: Iterable[objects.Object]) -> Verdict:
    """Compare what a definition asks for with what the others of its group have."""
    resources, kinds = taken(others)
    wanted, had = crd["spec"]["names"], (crd.get("status") or {}).get("acceptedNames") or {}
    names, conflict = dict(had), None
    for key, reason, used in (
        ("plural", "PluralConflict", resources),
        ("singular", "SingularConflict", resources),
        ("shortNames", "ShortNamesConflict", resources),
        ("kind", "KindConflict", kinds),
        ("listKind", "ListKindConflict", kinds),
    ):
        value, mine = wanted.get(key), had.get(key)
        clashes = conflicts(value, mine, used)
        if clashes:
            conflict = conditions.Condition(conditions.NAMES_ACCEPTED, "False", reason, aggregate(clashes))
        else:
            put(names, key, value)
    put(names, "categories", wanted.get("categories"))
    accepted = conflict or ACCEPTED
    if conditions.is_true(crd, conditions.ESTABLISHED):
        return Verdict(names, accepted, None)
    if accepted.status == "True":
        return Verdict(names, accepted, INSTALLING)
    return Verdict(names, accepted, None if conditions.find(crd, conditions.ESTABLISHED) else NOT_ACCEPTED)


def taken(others: Iterable[objects.Object]) -> tuple[set[str], set[str]]:
    """The names of resources and of kinds that definitions have."""
    resources: set[str] = set()
    kinds: set[str] = set()
    for other in others:
        names = (other.get("status") or {}).get("acceptedNames") or {}
        resources.update((names.get("plural") or "", names.get("singular") or "", *(names.get("shortNames") or ())))
        kinds.update((names.get("kind") or "", names.get("listKind") or ""))
    return resources - {""}, kinds - {""}


def conflicts(wanted: Any, mine: Any, used: set[str]) -> list[str]:
    """The names that somebody else has."""
    names = wanted if isinstance(wanted, list) else [wanted or ""]
    own = mine if isinstance(mine, list) else [mine or ""]
    return [name for name in names if name not in own and name in used]


def aggregate(names: list[str]) -> str:
    texts = list(dict.fromkeys(f"{goformat.quote(name)} is already in use" for name in names))
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def put(names: dict[str, Any], key: str, value: Any) -> None:
    if value:
        names[key] = value
    elif key in ("plural", "kind"):
        names[key] = value or ""
    else:
        names.pop(key, None)
