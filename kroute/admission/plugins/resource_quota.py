"""ResourceQuota: what is created or grows in a namespace fits its quotas, and is charged to them.

How much an object uses, evaluators say; what a quota has left is in its status.
Mirrors `k8s.io/apiserver/pkg/admission/plugin/resourcequota`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeAlias

from kroute.admission import attributes, limiting
from kroute.machinery import errors, gvk, objects, quantity
from kroute.storage import lookups

Amounts: TypeAlias = Mapping[str, quantity.Quantity]
CREATE, UPDATE = attributes.Operation.CREATE, attributes.Operation.UPDATE


class Scope(NamedTuple):
    """One requirement on the objects that a quota counts."""

    name: str
    operator: str = "Exists"
    values: Collection[str] = ()

    def takes(self, name: str) -> bool:
        """Whether the operator is content with a name; "" for none."""
        match self.operator:
            case "In":
                return name in self.values
            case "NotIn":
                return name not in self.values
            case "DoesNotExist":
                return not name
        return bool(name)


class Evaluator(Protocol):
    """Measures the objects of one resource."""

    def handles(self, found: attributes.Attributes) -> bool:
        """Whether the request may change what is used."""
        ...

    def counted(self, names: Iterable[str]) -> set[str]:
        """Which of these names are of something that the objects use."""
        ...

    def fits(self, scope: Scope, obj: objects.Object) -> bool: ...

    def missing(self, names: Collection[str], obj: objects.Object) -> str:
        """What an object must say so that it can be counted; "" for nothing."""
        ...

    def usage(self, obj: objects.Object) -> Amounts: ...


EvaluatorOf: TypeAlias = Callable[[gvk.GroupResource], Evaluator | None]
"""Gives the evaluator of a resource; None for one that isn't counted."""

Charge: TypeAlias = Callable[[str, str, Callable[[objects.Object], Mapping[str, str]]], Awaitable[None]]
"""Writes what is used: namespace and name of a quota, and what makes the new amounts of the quota as it is.

Called again when somebody else was faster.  Raises what the function raises."""


class ResourceQuota:
    operations = (CREATE, UPDATE)

    def __init__(
        self,
        quotas: lookups.Lookup,
        *,
        evaluator_of: EvaluatorOf,
        charge: Charge,
        limited: Sequence[limiting.Limited] = (),
    ) -> None:
        self._quotas, self._evaluator_of, self._charge = quotas, evaluator_of, charge
        self._limited = limited

    async def validate(self, found: attributes.Attributes) -> None:
        """Raises Forbidden."""
        if not found.namespace or found.obj is None:
            return
        quotas = await self._quotas.all(found.namespace)
        if not quotas and not self._limited:
            return
        evaluator = self._evaluator_of(found.resource.group_resource)
        if evaluator is None or not evaluator.handles(found):
            return
        concerned = [quota for quota in quotas if concerns(found, evaluator, quota)]
        usage = usage_of(found, evaluator)
        self._check_limited(found, evaluator, usage, concerned)
        charges = [(quota, change_of(found, evaluator, usage, quota)) for quota in concerned]
        due = [(quota, delta) for quota, delta in charges if delta and charged(found, quota, delta)]
        if found.dry_run:
            return
        for quota, delta in due:
            await self._charge(found.namespace, quota["metadata"]["name"], charging(found, delta))

    def _check_limited(
        self, found: attributes.Attributes, evaluator: Evaluator, usage: Amounts, concerned: Sequence[objects.Object]
    ) -> None:
        """Raises Forbidden where something is used that no quota has any of, though that is asked for."""
        limited = [each for each in self._limited if each.resource == found.resource.group_resource]
        if not limited or not grown(found, evaluator, usage):
            return
        names = {name for each in limited for name in each.names(usage)}
        for quota in concerned:
            names -= evaluator.counted((quota.get("status") or {}).get("hard") or ())
        if names:
            raise refused(found, f"insufficient quota to consume: {','.join(sorted(names))}")


def concerns(found: attributes.Attributes, evaluator: Evaluator, quota: objects.Object) -> bool:
    """Whether a quota counts the object.  Raises Forbidden where that can't be told."""
    assert found.obj is not None
    status, name = quota.get("status") or {}, quota["metadata"]["name"]
    names = evaluator.counted(status.get("hard") or ())
    if not names or not all(evaluator.fits(scope, found.obj) for scope in scopes_of(quota)):
        return False
    missing = evaluator.missing(names, found.obj)
    if missing:
        raise refused(found, f"failed quota: {name}: must specify {missing}")
    unknown = [each for each in names if each not in (status.get("used") or {})]
    if unknown:
        raise refused(found, f"status unknown for quota: {name}, resources: {','.join(sorted(names))}")
    return True


def scopes_of(quota: objects.Object) -> list[Scope]:
    spec = quota.get("spec") or {}
    selected = (spec.get("scopeSelector") or {}).get("matchExpressions") or ()
    return [
        *(Scope(name) for name in spec.get("scopes") or ()),
        *(Scope(each["scopeName"], each.get("operator") or "", each.get("values") or ()) for each in selected),
    ]


def usage_of(found: attributes.Attributes, evaluator: Evaluator) -> Amounts:
    """What is used by the object as it is to be.  Raises Forbidden for less than nothing."""
    assert found.obj is not None
    usage = evaluator.usage(found.obj)
    negative = sorted(name for name, amount in usage.items() if amount < quantity.ZERO)
    if negative:
        raise refused(found, f"quota usage is negative for resource(s): {','.join(negative)}")
    return usage


def grown(found: attributes.Attributes, evaluator: Evaluator, usage: Amounts) -> Amounts:
    """How much more that is than before; what is given back, others see to."""
    before = {} if found.old is None else evaluator.usage(found.old)
    change = {name: amount - before[name] if name in before else amount for name, amount in usage.items()}
    return {name: amount for name, amount in change.items() if amount > quantity.ZERO}


def change_of(found: attributes.Attributes, evaluator: Evaluator, usage: Amounts, quota: objects.Object) -> Amounts:
    """How much more is used of a quota; all of it where the object wasn't counted before."""
    if found.old is not None and all(evaluator.fits(scope, found.old) for scope in scopes_of(quota)):
        return grown(found, evaluator, usage)
    return {name: amount for name, amount in usage.items() if amount}


def charging(found: attributes.Attributes, delta: Amounts) -> Callable[[objects.Object], Mapping[str, str]]:
    """What makes the new amounts of a quota as it is."""
    return lambda current: charged(found, current, delta)


def charged(found: attributes.Attributes, quota: objects.Object, delta: Amounts) -> dict[str, str]:
    """What is used of a quota after the request; {} when that is as before.  Raises Forbidden for too much."""
    status = quota.get("status") or {}
    hard = {name: quantity.from_json(text) for name, text in (status.get("hard") or {}).items()}
    used = {name: quantity.from_json(text) for name, text in (status.get("used") or {}).items()}
    requested = {name: amount for name, amount in delta.items() if name in hard}
    if not requested:
        return {}
    after = {**used, **{name: used.get(name, quantity.ZERO) + amount for name, amount in requested.items()}}
    exceeded = [name for name in requested if hard[name] < after[name]]
    if exceeded:
        parts = (("requested", requested), ("used", used), ("limited", hard))
        told = ", ".join(f"{word}: {show(amounts, exceeded)}" for word, amounts in parts)
        raise refused(found, f"exceeded quota: {quota['metadata']['name']}, {told}")
    return {name: str(amount) for name, amount in after.items()}


def show(amounts: Amounts, names: Collection[str]) -> str:
    return ",".join(f"{name}={amounts[name]}" for name in sorted(names) if name in amounts)


def refused(found: attributes.Attributes, why: str) -> errors.Forbidden:
    return errors.Forbidden.of(found.resource.group_resource, found.name, why)
