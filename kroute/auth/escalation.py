"""Nobody grants what they don't hold: whether rules cover others, and what is missing, in kube-apiserver's words.

The rules to be granted are broken down to single ones (a verb, a group, a resource, a name), each of which some rule
of the granter must cover.
Mirrors `component-helpers/auth/rbac/validation` and `pkg/registry/rbac/validation` of `k8s.io/kubernetes`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from kroute.auth import policyrules
from kroute.machinery import context, goformat, objects

ALL = policyrules.ALL
LARGEST = 50_000
"""How many single rules are looked at; a role that comes to more isn't one that anybody means."""


class Single(NamedTuple):
    """One verb on one resource, or on one URL; None where a part isn't asked for."""

    verb: str
    group: str | None = None
    resource: str | None = None
    name: str | None = None
    url: str | None = None


def broken_down(rule: objects.Object) -> Iterator[Single]:
    """The single rules that a rule is made of, in kube-apiserver's order."""
    texts = policyrules.texts
    verbs = texts(rule, "verbs")
    names: Sequence[str | None] = texts(rule, "resourceNames") or (None,)
    for group, resource, verb, name in itertools.product(
        texts(rule, "apiGroups"), texts(rule, "resources"), verbs, names
    ):
        yield Single(verb, group, resource, name)
    for url, verb in itertools.product(texts(rule, "nonResourceURLs"), verbs):
        yield Single(verb, url=url)


def uncovered(held: Iterable[objects.Object], wanted: Iterable[objects.Object]) -> list[Single]:
    """The single rules of `wanted` that no rule of `held` covers."""
    owned = list(held)
    singles = (single for rule in wanted for single in broken_down(rule))
    return [single for single in singles if not any(covers(rule, single) for rule in owned)]


def size(rules: Iterable[objects.Object]) -> int:
    """How many single rules there are."""
    texts, total = policyrules.texts, 0
    for rule in rules:
        each = len(texts(rule, "apiGroups")) * len(texts(rule, "resources")) * max(1, len(texts(rule, "resourceNames")))
        total += len(texts(rule, "verbs")) * (each + len(texts(rule, "nonResourceURLs")))
    return total


def covers(rule: objects.Object, single: Single) -> bool:
    texts = policyrules.texts
    verbs, groups = texts(rule, "verbs"), texts(rule, "apiGroups")
    if ALL not in verbs and single.verb not in verbs:
        return False
    if single.url is not None:
        return any(url_covers(url, single.url) for url in texts(rule, "nonResourceURLs"))
    assert single.resource is not None
    if ALL not in groups and single.group not in groups:
        return False
    names = texts(rule, "resourceNames")
    return (not names or single.name in names) and resource_covers(texts(rule, "resources"), single.resource)


def resource_covers(resources: Sequence[str], resource: str) -> bool:
    if ALL in resources or resource in resources:
        return True
    _, slash, subresource = resource.partition("/")
    return bool(slash) and f"*/{subresource}" in resources


def url_covers(held: str, wanted: str) -> bool:
    return held == wanted or (held.endswith(ALL) and wanted.startswith(held.rstrip(ALL)))


def compact(missing: Iterable[Single]) -> list[str]:
    """What is missing as texts, sorted: one for each resource, or name of it, with all its verbs."""
    verbs: dict[Single, list[str]] = {}
    for single in missing:
        key = single if single.url is not None else single._replace(verb="")
        verbs.setdefault(key, []).append(single.verb)
    return sorted({shown(single, found) for single, found in verbs.items()})


def shown(single: Single, verbs: Sequence[str]) -> str:
    parts = (
        ("APIGroups", single.group),
        ("Resources", single.resource),
        ("NonResourceURLs", single.url),
        ("ResourceNames", single.name),
    )
    texts = [f"{name}:[{goformat.quote(value)}]" for name, value in parts if value is not None]
    return "{" + ", ".join([*texts, f"Verbs:{quoted(verbs)}"]) + "}"


def quoted(texts: Iterable[str]) -> str:
    return f"[{' '.join(map(goformat.quote, texts))}]"


def refusal(
    user: context.User, held: Iterable[objects.Object], wanted: Sequence[objects.Object], errors: str = ""
) -> str:
    """Why a user who holds these rules may not grant those; "" when nothing is against it.

    `errors` are about roles of theirs that aren't there."""
    who = f"user {goformat.quote(user.name)} (groups={quoted(user.groups)})"
    if size(wanted) > LARGEST:
        return f"{who} is attempting to grant more than {LARGEST} RBAC permissions at once"
    missing = uncovered(held, wanted)
    if not missing:
        return ""
    text = f"{who} is attempting to grant RBAC permissions not currently held:\n" + "\n".join(compact(missing))
    return f"{text}; resolution errors: [{errors}]" if errors else text
