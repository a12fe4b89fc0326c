"""Webhook configurations, parsed once, and which of their webhooks a request concerns.

Mirrors `plugin/webhook/generic` of `k8s.io/apiserver/pkg/admission`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from kroute.admission import asking, attributes, deriving, forms, rules
from kroute.admission.expressions import conditions, declaring, inputs
from kroute.machinery import errors, labels, labelselector, objects
from kroute.storage import core, lookups
from kroute.webhook import config

MOST_REMEMBERED = 10_000
TIMEOUT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """One webhook of a configuration.  `id` tells it from all others; `timeout` is in seconds.

    `equivalent`: asked also where an equivalent resource was named, in the version that its rules have.
    `reinvocable`: asked again where others have changed the object after it."""

    id: str
    name: str
    configuration: str
    client: config.ClientConfig
    rules: Sequence[rules.Rule]
    namespace_selector: labels.Selector
    object_selector: labels.Selector
    conditions: conditions.Conditions
    equivalent: bool
    ignore: bool
    reinvocable: bool
    side_effects: str
    timeout: float
    versions: Sequence[str]


class Invocation(NamedTuple):
    """A webhook that a request may concern, and in which form it wants the objects; None: as they are."""

    hook: Hook
    form: forms.Form | None


class Hooks:
    """All webhooks of one kind of configuration, by the names of these."""

    def __init__(self, at: core.Core, *, namespaces: lookups.Lookup | None, ask: asking.Ask | None) -> None:
        environments = declaring.Environments()
        self._derived = deriving.Derived(at, lambda obj: list(parsed(obj, environments)))
        self._selecting = rules.Selecting(namespaces)
        self._ask = ask
        self._version = (-1, -1)
        self._hooks: list[Hook] = []
        self._candidates: dict[Any, Sequence[Invocation]] = {}

    def any(self) -> bool:
        """Whether there are webhooks at all."""
        return bool(self._derived.present())

    def candidates(self, found: attributes.Attributes) -> Sequence[Invocation]:
        """The webhooks whose rules a request is for, in order; whatever their selectors and conditions say."""
        known = found.form.related if found.form is not None else None
        present = self._derived.present()
        version = (self._derived.version, 0 if known is None else known.generation)
        if version != self._version:
            self._version, self._candidates = version, {}
            self._hooks = [hook for hooks in present.values() for hook in hooks]
        key = (found.operation, found.resource, found.subresource, bool(found.namespace))
        candidates = self._candidates.get(key)
        if candidates is None:
            candidates = [each for hook in self._hooks if (each := invocation(hook, found)) is not None]
            if len(self._candidates) < MOST_REMEMBERED:
                self._candidates[key] = candidates
        return candidates

    async def concerns(self, candidate: Invocation, found: attributes.Attributes) -> bool:
        """Whether selectors and conditions let a webhook be asked.  Raises Forbidden."""
        hook = candidate.hook
        if not self._selecting.obj(hook.object_selector, found):
            return False
        if not await self._selecting.in_namespace(hook.namespace_selector, found):
            return False
        if not hook.conditions.any:
            return True
        try:
            return await hook.conditions.match(inputs.Input(found, candidate.form or found.form, self._ask))
        except conditions.Unmatched as error:
            raise errors.Forbidden.of(found.resource.group_resource, found.name, str(error)) from error


def invocation(hook: Hook, found: attributes.Attributes) -> Invocation | None:
    """How a webhook would be asked about a request; None when none of its rules is for it."""
    if any(rule.covers(found, found.resource) for rule in hook.rules):
        return Invocation(hook, found.form)
    if not hook.equivalent or found.form is None or found.form.related is None:
        return None
    others = found.form.related.equivalents(found.form)
    for rule in hook.rules:
        for form in others:
            if rule.covers(found, form.resource):
                return Invocation(hook, form)
    return None


def parsed(configuration: objects.Object, environments: declaring.Environments) -> Iterator[Hook]:
    """The webhooks of a configuration, which was validated and has its defaults."""
    name = configuration["metadata"]["name"]
    seen: dict[str, int] = {}
    for given in configuration.get("webhooks") or ():
        number = seen[given["name"]] = seen.get(given["name"], -1) + 1
        yield hook_of(given, f"{name}/{given['name']}/{number}", name, environments)


def hook_of(given: Mapping[str, Any], key: str, configuration: str, environments: declaring.Environments) -> Hook:
    ignore = given.get("failurePolicy") == "Ignore"
    wanted = declaring.Wanted()
    return Hook(
        id=key,
        name=given["name"],
        configuration=configuration,
        client=config.ClientConfig.of(given.get("clientConfig") or {}),
        rules=[rules.of(each) for each in given.get("rules") or ()],
        namespace_selector=labelselector.compiled(given.get("namespaceSelector") or {}),
        object_selector=labelselector.compiled(given.get("objectSelector") or {}),
        conditions=conditions.compiled(given.get("matchConditions"), environments, wanted, ignore=ignore),
        equivalent=given.get("matchPolicy") != "Exact",
        ignore=ignore,
        reinvocable=given.get("reinvocationPolicy") == "IfNeeded",
        side_effects=given.get("sideEffects") or "",
        timeout=float(given.get("timeoutSeconds") or TIMEOUT),
        versions=given.get("admissionReviewVersions") or (),
    )
