"""Configurations of webhooks.  Mirrors `pkg/apis/admissionregistration/validation`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kroute.coreapi import checks, semantics
from kroute.coreapi.validation import expressions, matchrules
from kroute.machinery import fielderrors, labelselector, names
from kroute.webhook import validation as webhook_validation

Object = Mapping[str, Any]
SIDE_EFFECTS = ("None", "NoneOnDryRun")
ALL_SIDE_EFFECTS = ("None", "NoneOnDryRun", "Some", "Unknown")
REVIEW_VERSIONS = ("v1", "v1beta1")
ONE_OF_VERSIONS = "v1, v1beta1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leniency:
    """What an update may keep, because the old object has it."""

    conditions: bool = False
    side_effects: bool = False
    versions: bool = False
    names: bool = False
    selector_values: bool = False


class Webhooks:
    """Checks configurations; the compiler is for their conditions."""

    def __init__(self, compiler: expressions.Compiler = expressions.UNCHECKED) -> None:
        self._compiler = compiler

    def validate(self, obj: Object) -> checks.Found:
        """A new configuration, validating or mutating."""
        return self._validate(obj, Leniency())

    def validate_update(self, obj: Object, old: Object) -> checks.Found:
        return self._validate(obj, leniency(hooks_of(obj), hooks_of(old)))

    def _validate(self, obj: Object, may: Leniency) -> checks.Found:
        seen = set()
        for index, hook in enumerate(hooks_of(obj)):
            at, name = f"webhooks[{index}]", hook.get("name") or ""
            yield from self._hook(hook, at, may)
            yield from validate_versions(hook.get("admissionReviewVersions") or [], at, may)
            if name and name in seen and not may.names:
                yield fielderrors.duplicate(f"{at}.name", name)
            seen.add(name)

    def _hook(self, hook: Object, path: str, may: Leniency) -> checks.Found:
        yield from validate_full_name(hook.get("name") or "", f"{path}.name")
        for index, rule in enumerate(hook.get("rules") or ()):
            yield from matchrules.validate_rule(rule, f"{path}.rules[{index}]")
        yield from validate_behaviour(hook, path, may)
        for field in ("namespaceSelector", "objectSelector"):
            yield from labelselector.validate(
                hook.get(field), f"{path}.{field}", allow_invalid_values=may.selector_values
            )
        policy = hook.get("reinvocationPolicy")
        yield from checks.optional_one_of(policy, matchrules.REINVOCATION_POLICIES, f"{path}.reinvocationPolicy")
        yield from webhook_validation.validate(hook.get("clientConfig") or {}, f"{path}.clientConfig")
        if not may.conditions:
            use = expressions.Use(wanted=expressions.BOOL)
            conditions = hook.get("matchConditions") or []
            yield from matchrules.validate_conditions(conditions, use, f"{path}.matchConditions", self._compiler)


def hooks_of(obj: Object) -> list[Object]:
    return obj.get("webhooks") or []


def validate_behaviour(hook: Object, path: str, may: Leniency) -> checks.Found:
    """What happens when the webhook fails, what it does itself, and for how long it is waited for."""
    yield from checks.optional_one_of(hook.get("failurePolicy"), matchrules.FAILURE_POLICIES, f"{path}.failurePolicy")
    yield from checks.optional_one_of(hook.get("matchPolicy"), matchrules.POLICIES, f"{path}.matchPolicy")
    effects, allowed = hook.get("sideEffects"), ALL_SIDE_EFFECTS if may.side_effects else SIDE_EFFECTS
    if effects is None:
        yield fielderrors.required(f"{path}.sideEffects", f"must specify one of {', '.join(allowed)}")
    else:
        yield from checks.one_of(effects, allowed, f"{path}.sideEffects")
    seconds = hook.get("timeoutSeconds")
    if seconds is not None and not 1 <= seconds <= 30:
        text = "the timeout value must be between 1 and 30 seconds"
        yield fielderrors.invalid(f"{path}.timeoutSeconds", seconds, text)


def validate_full_name(name: str, path: str) -> checks.Found:
    """A subdomain of three segments or more."""
    wrong = names.dns1123_subdomain(name)
    if not name:
        yield fielderrors.required(path)
    elif wrong:
        yield fielderrors.invalid(path, name, ",".join(wrong))
    elif name.count(".") < 2:
        yield fielderrors.invalid(path, name, "should be a domain with at least three segments separated by dots")


def validate_versions(versions: list[str], path: str, may: Leniency) -> checks.Found:
    """The versions of reviews that the webhook understands."""
    at = f"{path}.admissionReviewVersions"
    if not versions:
        yield fielderrors.required(at, f"must specify one of {ONE_OF_VERSIONS}")
        return
    seen = set()
    for index, version in enumerate(versions):
        if version in seen:
            yield fielderrors.invalid(f"{at}[{index}]", version, "duplicate version")
            continue
        seen.add(version)
        yield from checks.text(version, names.dns1035_label, f"{at}[{index}]")
    if not may.versions and not is_understood(versions):
        yield fielderrors.invalid(at, versions, f"must include at least one of {ONE_OF_VERSIONS}")


def is_understood(versions: Collection[str]) -> bool:
    return any(version in REVIEW_VERSIONS for version in versions)


def leniency(hooks: list[Object], old: list[Object]) -> Leniency:
    """What the old webhooks allow the new ones."""
    seen = [hook.get("name") or "" for hook in old]
    same_conditions = len(hooks) == len(old) and all(
        semantics.same(new.get("matchConditions"), former.get("matchConditions"))
        for new, former in zip(hooks, old, strict=True)
    )
    versions = (hook.get("admissionReviewVersions") or () for hook in old)
    return Leniency(
        conditions=same_conditions,
        side_effects=any(hook.get("sideEffects") not in SIDE_EFFECTS for hook in old),
        versions=any(each and not is_understood(each) for each in versions),
        names=len(set(seen)) < len(seen),
        selector_values=any(bad_selectors(old)),
    )


def bad_selectors(hooks: Iterable[Object]) -> Iterable[bool]:
    for hook in hooks:
        for field in ("namespaceSelector", "objectSelector"):
            yield any(labelselector.validate(hook.get(field), ""))
