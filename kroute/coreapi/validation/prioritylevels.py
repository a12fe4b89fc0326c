"""Priority levels: how many requests run at a time, and which wait.  Mirrors `pkg/apis/flowcontrol/validation`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from kroute.coreapi import checks, internals, semantics
from kroute.coreapi.validation import flowschemas
from kroute.machinery import fielderrors

Object = Mapping[str, Any]
EXEMPT, LIMITED = "Exempt", "Limited"
QUEUE, REJECT = "Queue", "Reject"
MOST_QUEUES = 10_000_000
MOST_BITS = 60
PERCENT = "must be between 0 and 100, inclusive"
NOT_NEGATIVE = "must be a non-negative integer"
SPEC = "flowcontrol.v1.PriorityLevelConfigurationSpec"
CATCH_ALL: Object = {
    "type": LIMITED,
    "limited": {"nominalConcurrencyShares": 5, "lendablePercent": 0, "limitResponse": {"type": REJECT}},
}


def validate(obj: Object, old: Object | None = None) -> checks.Found:
    name, spec = obj["metadata"].get("name") or "", obj.get("spec") or {}
    yield from validate_spec(spec, name)
    if name == "exempt" and not semantics.same(without_exempt(spec), {"type": EXEMPT}):
        text = "spec of 'exempt' except the 'spec.exempt' field must equal the fixed value"
        yield fielderrors.invalid("spec", internals.encode(spec, SPEC), text)
    if name == "catch-all" and not semantics.same(spec, CATCH_ALL):
        text = "spec of 'catch-all' must equal the fixed value"
        yield fielderrors.invalid("spec", internals.encode(spec, SPEC), text)
    yield from flowschemas.validate_status(obj)


def without_exempt(spec: Object) -> Object:
    return {field: value for field, value in spec.items() if field != "exempt"}


def validate_spec(spec: Object, name: str) -> checks.Found:
    kind, limited, exempt = spec.get("type") or "", spec.get("limited"), spec.get("exempt")
    if (name == "exempt") != (kind == EXEMPT):
        yield fielderrors.invalid("spec.type", kind, "must be 'Exempt' if and only if `name` is 'exempt'")
    if kind == EXEMPT:
        yield from checks.forbidden_fields(spec, "spec", "must be nil if the type is not Limited", "limited")
        if exempt is not None:
            yield from validate_shares(exempt, "spec.exempt")
            yield from validate_percent(exempt, "spec.exempt")
    elif kind == LIMITED:
        yield from checks.forbidden_fields(spec, "spec", "must be nil if the type is Limited", "exempt")
        if limited is None:
            yield fielderrors.required("spec.limited", "must not be empty when type is Limited")
        else:
            yield from validate_limited(limited, "spec.limited")
    else:
        yield fielderrors.not_supported("spec.type", kind, (EXEMPT, LIMITED))


def validate_limited(limited: Object, path: str) -> checks.Found:
    yield from validate_shares(limited, path)
    yield from validate_response(limited.get("limitResponse") or {}, f"{path}.limitResponse")
    yield from validate_percent(limited, path)
    borrowing = limited.get("borrowingLimitPercent")
    if borrowing is not None and borrowing < 0:
        text = f"if specified, {NOT_NEGATIVE}"
        yield fielderrors.invalid(f"{path}.borrowingLimitPercent", borrowing, text)


def validate_shares(holder: Object, path: str) -> checks.Found:
    shares = holder.get("nominalConcurrencyShares")
    if shares is not None and shares < 0:
        yield fielderrors.invalid(f"{path}.nominalConcurrencyShares", shares, NOT_NEGATIVE)


def validate_percent(holder: Object, path: str) -> checks.Found:
    percent = holder.get("lendablePercent")
    if percent is not None and not 0 <= percent <= 100:
        yield fielderrors.invalid(f"{path}.lendablePercent", percent, PERCENT)


def validate_response(response: Object, path: str) -> checks.Found:
    """What happens to requests that can't run at once."""
    kind, queuing = response.get("type") or "", response.get("queuing")
    if kind == REJECT:
        text = "must be nil if limited.limitResponse.type is not Limited"
        yield from checks.forbidden_fields(response, path, text, "queuing")
    elif kind != QUEUE:
        yield fielderrors.not_supported(f"{path}.type", kind, (QUEUE, REJECT))
    elif queuing is None:
        text = "must not be empty if limited.limitResponse.type is Limited"
        yield fielderrors.required(f"{path}.queuing", text)
    else:
        yield from validate_queuing(queuing, f"{path}.queuing")


def validate_queuing(queuing: Object, path: str) -> checks.Found:
    limit, queues, hand = (queuing.get(field) or 0 for field in ("queueLengthLimit", "queues", "handSize"))
    if limit <= 0:
        yield fielderrors.invalid(f"{path}.queueLengthLimit", limit, "must be positive")
    if queues <= 0:
        yield fielderrors.invalid(f"{path}.queues", queues, "must be positive")
    elif queues > MOST_QUEUES:
        yield fielderrors.invalid(f"{path}.queues", queues, f"must not be greater than {MOST_QUEUES}")
    if hand <= 0:
        yield fielderrors.invalid(f"{path}.handSize", hand, "must be positive")
    elif hand > queues:
        yield fielderrors.invalid(f"{path}.handSize", hand, f"should not be greater than queues ({queues})")
    elif math.ceil(math.log2(queues) * hand) > MOST_BITS:
        text = f"required entropy bits of deckSize {queues} and handSize {hand} should not be greater than {MOST_BITS}"
        yield fielderrors.invalid(f"{path}.handSize", hand, text)
