"""What calls of functions cost at most, by the sizes of what they are called with.

Mirrors the estimators of cel-go's standard library and extensions, and of `k8s.io/apiserver/pkg/cel/library/cost.go`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from kroute.cel.ranges import MOST, NOTHING, ONE, UNKNOWN, Range, fixed

TRAVERSAL, PATTERN = 0.1, 0.25
LIST_BASE: Final = 10
NAMED_FORMAT: Final = 128 * PATTERN
LONGEST_FORMAT: Final = 64


class Operand(NamedTuple):
    """What a function is called with: its size if that is known, what its items are like, its type, a literal's value.

    `item` and `item_kind` are the size and type of a list's items; the kind is "" for what has none."""

    size: Range | None
    kind: str
    literal: Any = None
    item: Range = UNKNOWN
    item_kind: str = ""

    @property
    def sized(self) -> Range:
        return UNKNOWN if self.size is None else self.size


class Cost(NamedTuple):
    """What a call costs without its arguments, and the size of its result if that is known."""

    cost: Range
    size: Range | None = None


Estimate: TypeAlias = Callable[[str, Operand | None, Sequence[Operand]], Cost | None]


def flat(function: str, target: Operand | None, args: Sequence[Operand]) -> Cost:
    return Cost(ONE)


def check(function: str, target: Operand | None, args: Sequence[Operand]) -> Cost:
    return Cost(fixed(350_000))


def selector(function: str, target: Operand | None, args: Sequence[Operand]) -> Cost | None:
    if len(args) != 1:
        return None
    count = args[0].sized.scaled(0.5)
    return Cost(fixed(LIST_BASE).plus(args[0].sized.scaled(TRAVERSAL)).plus(count.scaled(50)))


def of_items(function: str, target: Operand | None, args: Sequence[Operand]) -> Cost | None:
    if target is None:
        return None
    if not target.item_kind:
        return Cost(target.sized.scaled(TRAVERSAL))
    each = ONE.plus(target.item.scaled(TRAVERSAL)) if target.item_kind in ("string", "bytes") else ONE
    return Cost(target.sized.times(each))


def of_argument(factor: float, *, keeps_size: bool = False) -> Estimate:
    def estimate(function: str, target: Operand | None, args: Sequence[Operand]) -> Cost | None:
        if not args:
            return None
        return Cost(args[0].sized.scaled(factor), args[0].sized if keeps_size else None)

    return estimate


def of_target(function: str, target: Operand | None, args: Sequence[Operand]) -> Cost | None:
    return None if target is None else Cost(target.sized.scaled(TRAVERSAL), target.sized)


def replace(function: str, target: Operand | None, args: Sequence[Operand]) -> Cost | None:
    if target is None or len(args) < 2:
        return None
    size, old, new = target.sized, args[0].sized, args[1].sized
    most, kept_most = 0, 0
    if old.least == 0:
        most, kept_most = min(size.most + 1, MOST), size.most
    elif new.most <= old.least:
        kept_most = size.most
    else:
        most = math.ceil(float(size.most) / float(old.least))
    least, kept_least = 0, 0
    if old.most == 0:
        least, kept_least = min(size.least + 1, MOST), size.least
    elif old.most <= new.least:
        kept_least = size.least
    else:
        least = math.ceil(float(size.least) / float(old.most))
    result = Range(least, min(most, MOST)).times(new).plus(Range(kept_least, kept_most))
    return Cost(size.scaled(2 * TRAVERSAL), result)


def split(function: str, target: Operand | None, args: Sequence[Operand]) -> Cost | None:
    if target is None:
        return None
    most = target.sized.most
    if len(args) > 1 and type(args[1].literal) is int:
        most = args[1].literal % 2**64
    return Cost(target.sized.scaled(2 * TRAVERSAL), Range(0, most))


def join(function: str, target: Operand | None, args: Sequence[Operand]) -> Cost | None:
    if target is None:
        return None
    count = target.sized
    size = count.times(target.item) if target.item_kind else NOTHING
    if args:
        size = size.plus(args[0].sized.times(Range(max(count.least - 1, 0), max(count.most - 1, 0))))
    return Cost(size.scaled(TRAVERSAL), size)


def find(function: str, target: Operand | None, args: Sequence[Operand]) -> Cost | None:
    if target is None or not args:
        return None
    cost = target.sized.plus(ONE).scaled(TRAVERSAL).times(args[0].sized.scaled(PATTERN))
    return Cost(cost, Range(0, target.sized.most))


def address(function: str, target: Operand | None, args: Sequence[Operand]) -> Cost | None:
    return Cost(ONE) if target is not None else of_argument(TRAVERSAL)(function, target, args)


def within(function: str, target: Operand | None, args: Sequence[Operand]) -> Cost | None:
    if not args:
        return None
    cost = Range(8, 32).scaled(TRAVERSAL)
    if function == "containsCIDR":
        cost = cost.plus(Range(4, 16).scaled(TRAVERSAL)).plus(ONE)
    if args[0].kind == "string":
        cost = cost.plus(args[0].sized.scaled(TRAVERSAL))
    return Cost(cost)


def validate(function: str, target: Operand | None, args: Sequence[Operand]) -> Cost | None:
    return Cost(args[0].sized.scaled(TRAVERSAL).scaled(NAMED_FORMAT)) if args else None


def equality(function: str, target: Operand | None, args: Sequence[Operand]) -> Cost | None:
    """Of values of types that Kubernetes has added."""
    if len(args) != 2 or args[0].kind != args[1].kind:
        return None
    if args[0].kind == "kubernetes.NamedFormat":
        return Cost(Range(1, LONGEST_FORMAT).scaled(TRAVERSAL))
    return Cost(ONE) if args[0].kind.startswith(("net.", "kubernetes.")) else None


def sets(factor: float) -> Estimate:
    def estimate(function: str, target: Operand | None, args: Sequence[Operand]) -> Cost | None:
        if len(args) != 2:
            return None
        return Cost(args[0].sized.times(args[1].sized).scaled(factor).plus(ONE))

    return estimate


def allocating(factor: float, size: Range) -> Cost:
    return Cost(size.scaled(factor).plus(fixed(1 + LIST_BASE)), size)


def number(operand: Operand, otherwise: int) -> int:
    return operand.literal if type(operand.literal) is int and operand.literal >= 0 else otherwise


def lists(function: str, target: Operand | None, args: Sequence[Operand]) -> Cost | None:
    """The functions of cel-go's extension for lists."""
    if function == "lists.range":
        return allocating(1, fixed(number(args[0], MOST)))
    if target is None:
        return None
    size = target.sized
    if function == "slice":
        return allocating(1, fixed((number(args[1], size.most) - number(args[0], 0)) % 2**64))
    if function == "flatten":
        return allocating(number(args[0], MOST) if args else 1, size)
    if function == "distinct":
        return allocating(2, size.times(size))
    if function in ("sort", "@sortByAssociatedKeys"):
        by = args[0] if args else target
        factor = 2 + (TRAVERSAL if by.item_kind in ("string", "bytes") else 0)
        return allocating(factor, by.sized.times(by.sized))
    return allocating(1, size)


def every(estimate: Estimate, *names: str) -> dict[str, Estimate]:
    return dict.fromkeys(names, estimate)


ESTIMATES: Final[Mapping[str, Estimate]] = {
    **every(check, "check"),
    **every(
        flat, "serviceAccount", "path", "group", "resource", "subresource", "namespace", "name", "allowed", "reason",
        "error", "errored", "masked", "prefixLength", "family", "isUnspecified", "isLoopback", "isLinkLocalMulticast",
        "isLinkLocalUnicast", "isGlobalUnicast", "format.named", "sign", "asInteger", "isInteger",
        "asApproximateFloat", "isGreaterThan", "isLessThan", "compareTo", "add", "sub", "major", "minor", "patch",
        "getScheme", "getHostname", "getHost", "getPort", "getEscapedPath", "getQuery",
    ),
    **every(selector, "fieldSelector", "labelSelector"),
    **every(of_items, "isSorted", "sum", "max", "min", "indexOf", "lastIndexOf"),
    **every(of_argument(TRAVERSAL, keeps_size=True), "url", "jsonpatch.escapeKey"),
    **every(of_target, "lowerAscii", "upperAscii", "substring", "trim"),
    **every(replace, "replace"),
    **every(split, "split"),
    **every(join, "join"),
    **every(find, "find", "findAll"),
    **every(of_argument(TRAVERSAL), "cidr", "isIP", "isCIDR", "quantity", "isQuantity", "semver", "isSemver"),
    **every(address, "ip"),
    **every(of_argument(2 * TRAVERSAL), "ip.isCanonical"),
    **every(within, "containsIP", "containsCIDR"),
    **every(validate, "validate"),
    **every(equality, "_==_"),
    **every(sets(1), "sets.contains", "sets.intersects"),
    **every(sets(2), "sets.equivalent"),
    **every(lists, "slice", "flatten", "lists.range", "reverse", "distinct", "sort", "@sortByAssociatedKeys"),
}  # fmt: skip


def standard(overload: str, target: Operand | None, args: Sequence[Operand]) -> Cost:
    """What a function of the standard library costs."""
    sizes = [each.sized for each in args]
    if overload == "string_format" and target is not None:
        return Cost(target.sized.scaled(TRAVERSAL))
    if overload == "string_to_bytes":
        return Cost(sizes[0].scaled(TRAVERSAL), Range(sizes[0].least, min(sizes[0].most * 4, MOST)))
    if overload == "bytes_to_string":
        return Cost(sizes[0].scaled(TRAVERSAL), Range(sizes[0].least // 4, sizes[0].most))
    if overload == "strings_quote":
        return Cost(sizes[0].scaled(TRAVERSAL), Range(sizes[0].least + 2, min(sizes[0].most * 2 + 2, MOST)))
    if overload in ("starts_with_string", "ends_with_string") and len(args) == 1:
        return Cost(sizes[0].scaled(TRAVERSAL))
    if overload == "in_list":
        return Cost(sizes[1].scaled(1))
    if overload == "matches_string" and target is not None and len(args) == 1:
        return Cost(target.sized.plus(ONE).scaled(TRAVERSAL).times(sizes[0].scaled(PATTERN)))
    if overload == "contains_string" and target is not None:
        return Cost(target.sized.scaled(TRAVERSAL).times(sizes[0].scaled(TRAVERSAL)))
    if overload in ("add_string", "add_bytes"):
        size = sizes[0].plus(sizes[1])
        return Cost(size.scaled(TRAVERSAL), size)
    if overload == "add_list":
        return Cost(ONE, sizes[0].plus(sizes[1]))
    if overload in COMPARED:
        most = min(sizes[0].most, sizes[1].most)
        return Cost(Range(1 if most else 0, most).scaled(TRAVERSAL))
    return Cost(ONE)


COMPARED: Final = frozenset(
    (
        "equals",
        "not_equals",
        *(
            f"{each}_{kind}"
            for each in ("less", "greater", "less_equals", "greater_equals")
            for kind in ("string", "bytes")
        ),
    )
)
