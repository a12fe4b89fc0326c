"""Which requests are recorded, and how much of them: the policy file (`audit.k8s.io/v1` Policy).

Rules are tried in order, the first that matches decides; what no rule matches isn't recorded.
Mirrors `k8s.io/apiserver/pkg/audit/policy`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kroute.machinery import context, fielderrors, names


class Level(enum.IntEnum):
    """How much of a request is recorded; each level has all of those below."""

    NONE = 0
    METADATA = 1
    REQUEST = 2
    REQUEST_RESPONSE = 3


class Stage(enum.StrEnum):
    """When an event is made."""

    REQUEST_RECEIVED = "RequestReceived"
    RESPONSE_STARTED = "ResponseStarted"
    RESPONSE_COMPLETE = "ResponseComplete"
    PANIC = "Panic"


LEVELS = {
    "None": Level.NONE,
    "Metadata": Level.METADATA,
    "Request": Level.REQUEST,
    "RequestResponse": Level.REQUEST_RESPONSE,
}
LEVEL_NAMES = {level: name for name, level in LEVELS.items()}
STAGES = tuple(stage.value for stage in Stage)
VERSION, KIND = "audit.k8s.io/v1", "Policy"
TOP_FIELDS = frozenset(("apiVersion", "kind", "metadata", "rules", "omitStages", "omitManagedFields"))
LISTS = ("users", "userGroups", "verbs", "resources", "namespaces", "nonResourceURLs", "omitStages")
RULE_FIELDS = frozenset(("level", "omitManagedFields", *LISTS))
RESOURCE_FIELDS = frozenset(("group", "resources", "resourceNames"))


class PolicyError(ValueError):
    """The policy can't be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is recorded of a request."""

    level: Level
    omit_stages: frozenset[Stage] = frozenset()
    omit_managed_fields: bool = False


class Resources:
    """One entry of a rule's `resources`: resources of a group, perhaps of certain names."""

    __slots__ = ("_all", "_exact", "_group", "_names", "_of_any", "_with_all")

    def __init__(self, entry: Mapping[str, Any]) -> None:
        self._group: str = entry.get("group") or ""
        wanted: Sequence[str] = entry.get("resources") or ()
        self._all = not wanted or "*" in wanted
        self._exact = frozenset(wanted)
        self._of_any = frozenset(one[2:] for one in wanted if one.startswith("*/"))
        self._with_all = frozenset(one[:-2] for one in wanted if one.endswith("/*"))
        self._names = frozenset(entry.get("resourceNames") or ())

    def match(self, info: context.RequestInfo) -> bool:
        if self._group not in (info.group, "*"):
            return False
        if self._names and info.name not in self._names:
            return False
        if self._all:
            return True
        if not info.subresource:
            return info.resource in self._exact or info.resource in self._with_all
        whole = f"{info.resource}/{info.subresource}"
        return whole in self._exact or info.subresource in self._of_any or info.resource in self._with_all


class Rule:
    """One rule, made for matching."""

    __slots__ = ("_groups", "_namespaces", "_of_resources", "_paths", "_resources", "_users", "_verbs", "decision")

    def __init__(self, rule: Mapping[str, Any], policy: Mapping[str, Any]) -> None:
        omitted = frozenset(Stage(one) for one in (*(policy.get("omitStages") or ()), *(rule.get("omitStages") or ())))
        bare = rule.get("omitManagedFields")
        if bare is None:
            bare = policy.get("omitManagedFields", False)
        self.decision = Decision(LEVELS[rule["level"]], omitted, bool(bare))
        self._users = frozenset(rule.get("users") or ())
        self._groups = frozenset(rule.get("userGroups") or ())
        self._verbs = frozenset(rule.get("verbs") or ())
        self._namespaces = frozenset(rule.get("namespaces") or ())
        self._resources = [Resources(entry) for entry in rule.get("resources") or ()]
        self._of_resources = bool(self._namespaces or self._resources)
        self._paths: Sequence[str] = tuple(rule.get("nonResourceURLs") or ())

    def match(self, user: context.User, info: context.RequestInfo) -> bool:
        if self._users and user.name not in self._users:
            return False
        if self._groups and self._groups.isdisjoint(user.groups):
            return False
        if self._verbs and info.verb not in self._verbs:
            return False
        if self._of_resources:
            if not info.is_resource or (self._namespaces and info.namespace not in self._namespaces):
                return False
            return not self._resources or any(entry.match(info) for entry in self._resources)
        if self._paths:
            return not info.is_resource and any(_path_matches(info.path, spec) for spec in self._paths)
        return True


NOT_RECORDED = Decision(Level.NONE)


class Policy:
    """The rules of a policy.  Raises PolicyError for what is none."""

    def __init__(self, document: Any) -> None:
        if problems := list(_problems(document)):
            raise PolicyError(fielderrors.aggregate(problems))
        self._rules = [Rule(rule, document) for rule in document.get("rules") or ()]

    @classmethod
    def read(cls, path: Path) -> Policy:
        """The policy in a file.  Raises OSError, PolicyError."""
        try:
            document = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise PolicyError(f"the audit policy {path} is no YAML: {error}") from error
        try:
            found = cls(document)
        except PolicyError as error:
            raise PolicyError(f"the audit policy {path} can't be used: {error}") from error
        if not found._rules:
            raise PolicyError(f"the audit policy {path} can't be used: loaded illegal policy with 0 rules")
        return found

    def decide(self, user: context.User, info: context.RequestInfo) -> Decision:
        """What is recorded of a user's request."""
        for rule in self._rules:
            if rule.match(user, info):
                return rule.decision
        return NOT_RECORDED


def _path_matches(path: str, spec: str) -> bool:
    return spec in ("*", path) or (spec.endswith("*") and path.startswith(spec.rstrip("*")))


def _problems(document: Any) -> Iterator[fielderrors.FieldError]:
    if not isinstance(document, dict):
        yield fielderrors.type_invalid("policy", document, "must be an object")
        return
    if document.get("apiVersion") != VERSION:
        yield fielderrors.not_supported("apiVersion", document.get("apiVersion"), [VERSION])
    if document.get("kind") != KIND:
        yield fielderrors.not_supported("kind", document.get("kind"), [KIND])
    yield from _unknown(document, TOP_FIELDS, "")
    yield from _texts(document, "omitStages", "")
    rules = [] if document.get("rules") is None else document["rules"]
    if not isinstance(rules, list):
        yield fielderrors.type_invalid("rules", rules, "must be a list")
        return
    yield from _stage_problems(document.get("omitStages"), "omitStages")
    for index, rule in enumerate(rules):
        yield from _rule_problems(rule, f"rules[{index}]")


def _rule_problems(rule: Any, path: str) -> Iterator[fielderrors.FieldError]:
    if not isinstance(rule, dict):
        yield fielderrors.type_invalid(path, rule, "must be an object")
        return
    yield from _unknown(rule, RULE_FIELDS, f"{path}.")
    wrong = [problem for field in LISTS if field != "resources" for problem in _texts(rule, field, f"{path}.")]
    if wrong:
        yield from wrong
        return
    level = rule.get("level")
    if not level:
        yield fielderrors.required(f"{path}.level")
    elif level not in LEVELS:
        yield fielderrors.not_supported(f"{path}.level", level, LEVELS)
    urls = rule.get("nonResourceURLs") or []
    yield from _url_problems(urls, f"{path}.nonResourceURLs")
    yield from _resource_problems(rule.get("resources"), f"{path}.resources")
    yield from _stage_problems(rule.get("omitStages"), f"{path}.omitStages")
    if urls and (rule.get("resources") or rule.get("namespaces")):
        both = "rules cannot apply to both regular resources and non-resource URLs"
        yield fielderrors.invalid(f"{path}.nonResourceURLs", urls, both)


def _url_problems(urls: Sequence[str], path: str) -> Iterator[fielderrors.FieldError]:
    for index, url in enumerate(urls):
        if url == "*":
            continue
        if not url.startswith("/"):
            begin = "non-resource URL rules must begin with a '/' character"
            yield fielderrors.invalid(f"{path}[{index}]", url, begin)
        if "*" in url[:-1]:
            last = "non-resource URL wildcards '*' must be the final character of the rule"
            yield fielderrors.invalid(f"{path}[{index}]", url, last)


def _resource_problems(entries: Any, path: str) -> Iterator[fielderrors.FieldError]:
    for index, entry in enumerate(entries if isinstance(entries, list) else [entries] if entries else ()):
        if not isinstance(entry, dict):
            yield fielderrors.type_invalid(f"{path}[{index}]", entry, "must be an object")
            continue
        yield from _unknown(entry, RESOURCE_FIELDS, f"{path}[{index}].")
        wrong = [problem for field in ("resources", "resourceNames") for problem in _texts(entry, field, f"{path}.")]
        yield from wrong
        group = entry.get("group") or ""
        if group and group != "*" and (why := names.dns1123_subdomain(str(group))):
            yield fielderrors.invalid(f"{path}.group", group, ",".join(why))
        if entry.get("resourceNames") and not entry.get("resources"):
            alone = "using resourceNames requires at least one resource"
            yield fielderrors.invalid(f"{path}.resourceNames", entry["resourceNames"], alone)


def _stage_problems(stages: Any, path: str) -> Iterator[fielderrors.FieldError]:
    for index, stage in enumerate(stages or ()):
        if stage not in STAGES:
            yield fielderrors.invalid(f"{path}[{index}]", stage, f"allowed stages are {','.join(STAGES)}")


def _texts(holder: Mapping[str, Any], field: str, path: str) -> Iterator[fielderrors.FieldError]:
    value = holder.get(field)
    if value is not None and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
        yield fielderrors.type_invalid(f"{path}{field}", value, "must be a list of strings")


def _unknown(holder: Mapping[str, Any], known: frozenset[str], path: str) -> Iterator[fielderrors.FieldError]:
    for field in holder:
        if field not in known:
            yield fielderrors.forbidden(f"{path}{field}", "unknown field")
