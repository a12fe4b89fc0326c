"""The admission chain: plugins that may change an object before it is stored, then plugins that may refuse it.

Mutating plugins all run before the first validating one; each kind in the order given.  Plugins may run several times
for one request (an update is tried again after a conflict), so they must be idempotent.
Mirrors `MutationInterface`, `ValidationInterface` and `chainAdmissionHandler` of `k8s.io/apiserver/pkg/admission`.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeAlias, runtime_checkable

from kroute.admission import attributes
from kroute.machinery import gvk
from kroute.storage import capabilities

Step: TypeAlias = Callable[[attributes.Attributes], Awaitable[None]]
Key: TypeAlias = tuple[attributes.Operation, gvk.GroupVersionResource]
MOST_REMEMBERED = 10_000
"""Resources come and go with their definitions; beyond this many nothing more is remembered."""


class Choosy(NamedTuple):
    """A step, and the resources that it is for; None for all."""

    step: Step
    resources: frozenset[gvk.GroupResource] | None

    def cares_for(self, resource: gvk.GroupResource) -> bool:
        return self.resources is None or resource in self.resources


class Plugin(Protocol):
    """An admission plugin: has `operations`, and `admit`, `validate` or both.

    One that has `resources` (group resources, without subresources) too is asked about those alone."""

    operations: Collection[attributes.Operation]


@runtime_checkable
class Mutating(Protocol):
    async def admit(self, found: attributes.Attributes) -> None:
        """Change `found.obj` in place, or raise an APIError to refuse."""
        ...


@runtime_checkable
class Validating(Protocol):
    async def validate(self, found: attributes.Attributes) -> None:
        """Raise an APIError to refuse; change nothing."""
        ...


class AdmissionChain:
    """Plugins in order.  Raises InstallError for one that can't be asked."""

    __slots__ = ("_admit", "_admitting", "_validate", "_validating")

    def __init__(self, plugins: Iterable[Plugin] = ()) -> None:
        plugins = list(plugins)
        for plugin in plugins:
            if problem := _problem(plugin):
                raise capabilities.InstallError(f"admission plugin {plugin!r} {problem}")
        self._admit = _by_operation(plugins, lambda plugin: plugin.admit if isinstance(plugin, Mutating) else None)
        self._validate = _by_operation(
            plugins, lambda plugin: plugin.validate if isinstance(plugin, Validating) else None
        )
        self._admitting: dict[Key, Sequence[Step]] = {}
        self._validating: dict[Key, Sequence[Step]] = {}

    def handles(self, operation: attributes.Operation) -> bool:
        """Whether any plugin cares for the operation."""
        return operation in self._admit or operation in self._validate

    def mutates(self, operation: attributes.Operation) -> bool:
        """Whether any plugin may change objects of the operation."""
        return operation in self._admit

    async def admit(self, found: attributes.Attributes) -> None:
        """Run the mutating plugins, twice if one asks for it.  Raises what the first that refuses raises."""
        key = (found.operation, found.resource)
        steps = self._admitting.get(key)
        if steps is None:
            steps = _remember(self._admitting, key, self._admit)
        for step in steps:
            await step(found)
        if found.rounds is not None and found.rounds.asked and not found.rounds.second:
            found.rounds.second = True
            for step in steps:
                await step(found)

    async def validate(self, found: attributes.Attributes) -> None:
        """Run the validating plugins.  Raises what the first that refuses raises."""
        key = (found.operation, found.resource)
        steps = self._validating.get(key)
        if steps is None:
            steps = _remember(self._validating, key, self._validate)
        for step in steps:
            await step(found)


def _problem(plugin: object) -> str:
    """Why an object can't be a plugin; "" if it can."""
    if isinstance(plugin, type):
        return "is a class: give an instance of it"
    steps = [name for name in ("admit", "validate") if hasattr(plugin, name)]
    if not steps:
        return "has neither `admit` nor `validate`"
    for name in steps:
        if not inspect.iscoroutinefunction(getattr(plugin, name)):
            return f"has a `{name}` that is not a coroutine: write `async def {name}`"
    operations = getattr(plugin, "operations", None)
    if not operations or not all(isinstance(one, attributes.Operation) for one in operations):
        return "needs `operations`, such as (Operation.CREATE, Operation.UPDATE)"
    return ""


def _by_operation(
    plugins: Iterable[Plugin], step_of: Callable[[Plugin], Step | None]
) -> Mapping[attributes.Operation, Sequence[Choosy]]:
    found: dict[attributes.Operation, list[Choosy]] = {}
    for plugin in plugins:
        step = step_of(plugin)
        if step is not None:
            only = getattr(plugin, "resources", None)
            for operation in plugin.operations:
                found.setdefault(operation, []).append(Choosy(step, None if only is None else frozenset(only)))
    return found


def _remember(
    known: dict[Key, Sequence[Step]], key: Key, all_steps: Mapping[attributes.Operation, Sequence[Choosy]]
) -> Sequence[Step]:
    """The steps for a resource, to be found at once the next time."""
    operation, resource = key
    steps = [each.step for each in all_steps.get(operation, ()) if each.cares_for(resource.group_resource)]
    if len(known) < MOST_REMEMBERED:
        known[key] = steps
    return steps
