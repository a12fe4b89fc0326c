"""Small checks that validators of built-in kinds are put together from.

Each takes a value and the path of its field, and yields what is wrong with it, in kube-apiserver's words; a good value
costs next to nothing.  Objects are plain dicts after typed decoding, so a missing key is an unset field.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from kroute.machinery import fielderrors, intstr, labelselector, metavalidation, names, quantity

Found: TypeAlias = Iterator[fielderrors.FieldError]
Rule: TypeAlias = Callable[[str], Iterable[str]]
"""What is wrong with a text, as `machinery.names` has such rules."""

LARGEST_INT32 = 2**31 - 1
LARGEST_FILE_MODE = 0o777
SLOPPY_IPV4 = re.compile(r"0*([0-9]{1,3})\.0*([0-9]{1,3})\.0*([0-9]{1,3})\.0*([0-9]{1,3})")
NOT_NEGATIVE = "must be greater than or equal to 0"
POSITIVE = "must be greater than zero"
BAD_IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"

non_negative_number = metavalidation.validate_not_negative
label_selector = labelselector.validate
labels = labelselector.validate_labels
label_name = labelselector.validate_label_name


def below(path: str, field: str) -> str:
    """The path of a field of the object at `path`, which is "" for the object as a whole."""
    return f"{path}.{field}" if path else field


def required(value: Any, path: str, detail: str = "") -> Found:
    """Something must be there: no empty text, list or object."""
    if not value:
        yield fielderrors.required(path, detail)


def required_fields(obj: Mapping[str, Any], path: str, *fields: str) -> Found:
    for field in fields:
        if not obj.get(field):
            yield fielderrors.required(below(path, field))


def forbidden_fields(obj: Mapping[str, Any], path: str, detail: str, *fields: str) -> Found:
    """Fields that may not be set at all."""
    for field in fields:
        if obj.get(field) is not None:
            yield fielderrors.forbidden(below(path, field), detail)


def one_of(value: Any, allowed: Collection[str], path: str) -> Found:
    """One of the allowed texts, which are listed as they are given."""
    if value not in allowed:
        yield fielderrors.not_supported(path, value, allowed)


def optional_one_of(value: Any, allowed: Collection[str], path: str) -> Found:
    if value is not None and value not in allowed:
        yield fielderrors.not_supported(path, value, allowed)


def required_one_of(value: Any, allowed: Collection[str], path: str) -> Found:
    if not value:
        yield fielderrors.required(path)
    elif value not in allowed:
        yield fielderrors.not_supported(path, value, allowed)


def text(value: str, rule: Rule, path: str) -> Found:
    """A text that a rule of names accepts."""
    for wrong in rule(value):
        yield fielderrors.invalid(path, value, wrong)


def optional_text(value: str | None, rule: Rule, path: str) -> Found:
    """A text that the rule accepts, or none."""
    if value:
        for wrong in rule(value):
            yield fielderrors.invalid(path, value, wrong)


def required_text(value: str | None, rule: Rule, path: str) -> Found:
    if not value:
        yield fielderrors.required(path)
    else:
        for wrong in rule(value):
            yield fielderrors.invalid(path, value, wrong)


def non_negative(obj: Mapping[str, Any], path: str, *fields: str) -> Found:
    """Numbers that must not be negative where they are set."""
    for field in fields:
        value = obj.get(field)
        if value is not None and value < 0:
            yield fielderrors.invalid(below(path, field), value, NOT_NEGATIVE)


def positive(value: int, path: str) -> Found:
    if value <= 0:
        yield fielderrors.invalid(path, value, POSITIVE)


def in_range(value: int | None, low: int, high: int, path: str) -> Found:
    """A number between two others, both included, or none."""
    if value is not None and not low <= value <= high:
        yield fielderrors.invalid(path, value, names.range_error(low, high))


def user_id(value: int | None, path: str) -> Found:
    """A user or group of Linux."""
    return in_range(value, 0, LARGEST_INT32, path)


def file_mode(value: int | None, path: str) -> Found:
    if value is not None and not 0 <= value <= LARGEST_FILE_MODE:
        yield fielderrors.invalid(path, value, "must be a number between 0 and 0777 (octal), both inclusive")


def port(value: int, path: str) -> Found:
    if not 1 <= value <= 65535:
        yield fielderrors.invalid(path, value, names.range_error(1, 65535))


def port_number_or_name(value: intstr.IntOrString, path: str) -> Found:
    if isinstance(value, int):
        yield from port(value, path)
    else:
        yield from text(value, names.port_name, path)


def number_or_percentage(value: intstr.IntOrString, path: str) -> Found:
    """A number that is not negative, or a percentage."""
    if isinstance(value, int):
        yield from non_negative_number(value, path)
    else:
        yield from text(value, names.percent, path)


def at_most_all(value: intstr.IntOrString, path: str) -> Found:
    """A percentage of 100 at most."""
    if amount_of(value) > 100 and not isinstance(value, int):
        yield fielderrors.invalid(path, value, "must not be greater than 100%")


def amount_of(value: intstr.IntOrString | None) -> int:
    """The number, with or without a percent sign; 0 for any other text."""
    if isinstance(value, int):
        return value
    return (intstr.percent(value) or 0) if value and not names.percent(value) else 0


def quantity_not_negative(value: str, path: str) -> Found:
    if quantity.parse(value).nanos < 0:
        yield fielderrors.invalid(path, value, NOT_NEGATIVE)


def quantity_positive(value: str, path: str) -> Found:
    if quantity.parse(value).nanos <= 0:
        yield fielderrors.invalid(path, value, POSITIVE)


def relative_path(value: str, path: str) -> Found:
    """A path that stays below where it starts."""
    if value.startswith("/"):
        yield fielderrors.invalid(path, value, "must be a relative path")
    yield from no_backsteps(value, path)


def no_backsteps(value: str, path: str) -> Found:
    if ".." in value and ".." in value.split("/"):
        yield fielderrors.invalid(path, value, "must not contain '..'")


def file_below(value: str, path: str) -> Found:
    """A relative path whose name is not reserved: files that begin with two dots belong to the volume itself."""
    yield from relative_path(value, path)
    if value.startswith("..") and not value.startswith("../"):
        yield fielderrors.invalid(path, value, "must not start with '..'")


def ip_address(value: str, path: str, *, known: Collection[str] = ()) -> Found:
    """An IP address; `known` ones were there before and stay good."""
    if value in known:
        return
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        octets = SLOPPY_IPV4.fullmatch(value)
        sloppy = octets is not None and all(int(octet) < 256 for octet in octets.groups())
        yield fielderrors.invalid(path, value, "must not have leading 0s" if sloppy else BAD_IP)
        return
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            yield fielderrors.invalid(path, value, BAD_IP)
        elif address.ipv4_mapped is not None:
            yield fielderrors.invalid(path, value, "must not be an IPv4-mapped IPv6 address")


def immutable(new: Mapping[str, Any], old: Mapping[str, Any], path: str, *fields: str) -> Found:
    """Fields that may not change."""
    for field in fields:
        if not same(new.get(field), old.get(field)):
            yield fielderrors.invalid(below(path, field), new.get(field), metavalidation.IMMUTABLE)


def same(one: Any, other: Any) -> bool:
    """Whether two decoded values mean the same; an empty text, list or object is as good as none."""
    return one == other or (unset(one) and unset(other))


def unset(value: Any) -> bool:
    return value is None or (not value and not isinstance(value, int))


def not_decremented(new: Mapping[str, Any], old: Mapping[str, Any], path: str, field: str) -> Found:
    """A counter that only grows, once it is there."""
    before, after = old.get(field), new.get(field)
    if before is not None and (after is None or after < before):
        yield fielderrors.invalid(f"{path}.{field}", after or 0, "cannot be decremented")


def at_most(obj: Mapping[str, Any], path: str, field: str, limit: str, detail: str) -> Found:
    """A number that another one limits."""
    value = obj.get(field) or 0
    if value > (obj.get(limit) or 0):
        yield fielderrors.invalid(f"{path}.{field}", value, detail)


def capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def same_fields(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two objects have the same fields, the unset ones left aside."""
    return one == other or all(same(one.get(key), other.get(key)) for key in {*one, *other})
