"""Field errors: what is wrong with one field of an object, in kube-apiserver's words.

Validators yield them; `errors.Invalid` makes a Status of a list of them.
Mirrors `k8s.io/apimachinery/pkg/util/validation/field`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from typing import Any

from kroute.machinery import goformat

REQUIRED = "FieldValueRequired"
INVALID = "FieldValueInvalid"
NOT_SUPPORTED = "FieldValueNotSupported"
DUPLICATE = "FieldValueDuplicate"
FORBIDDEN = "FieldValueForbidden"
NOT_FOUND = "FieldValueNotFound"
TOO_LONG = "FieldValueTooLong"
TOO_MANY = "FieldValueTooMany"
TOO_FEW = "FieldValueTooFew"
TOO_SHORT = "FieldValueTooShort"
TYPE_INVALID = "FieldValueTypeInvalid"
INTERNAL = "InternalError"

TITLES = {
    REQUIRED: "Required value",
    INVALID: "Invalid value",
    NOT_SUPPORTED: "Unsupported value",
    DUPLICATE: "Duplicate value",
    FORBIDDEN: "Forbidden",
    NOT_FOUND: "Not found",
    TOO_LONG: "Too long",
    TOO_MANY: "Too many",
    TOO_FEW: "Too few",
    TOO_SHORT: "Too short",
    TYPE_INVALID: "Invalid value",
    INTERNAL: "Internal error",
}


class Omitted:
    """Stands for a value that the message leaves out."""


OMITTED = Omitted()


class FieldError(Exception):
    """One wrong field: `kind` (one of the reasons above), the field's path, the offending value, and what is wanted."""

    def __init__(self, kind: str, path: str, value: Any = OMITTED, detail: str = "") -> None:
        super().__init__(path, detail)
        self.kind, self.path, self.value, self.detail = kind, path, value, detail

    def body(self) -> str:
        """The message without the path: `Invalid value: "x": must be ...`."""
        text = TITLES[self.kind]
        if self.value is not OMITTED and self.kind not in (REQUIRED, FORBIDDEN, TOO_LONG, TOO_SHORT, INTERNAL):
            text = f"{text}: {show(self.value)}"
        return f"{text}: {self.detail}" if self.detail else text

    def __str__(self) -> str:
        return f"{self.path}: {self.body()}"

    def cause(self) -> dict[str, str]:
        """The error as a cause of a Status."""
        cause = {"reason": self.kind, "message": self.body()}
        if self.path:
            cause["field"] = self.path
        return cause


def show(value: Any) -> str:
    """A value as Go prints it in such messages: quoted strings, plain numbers, compact JSON for the rest."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return goformat.quote(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return goformat.number(value)
    return goformat.compact_json(value)


def aggregate(found: Sequence[FieldError]) -> str:
    """Several errors as one text: the single one, or `[a, b]` with repeated texts once."""
    texts = list(dict.fromkeys(str(error) for error in found))
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def required(path: str, detail: str = "") -> FieldError:
    return FieldError(REQUIRED, path, "", detail)


def invalid(path: str, value: Any, detail: str = "") -> FieldError:
    return FieldError(INVALID, path, value, detail)


def forbidden(path: str, detail: str = "") -> FieldError:
    return FieldError(FORBIDDEN, path, "", detail)


def duplicate(path: str, value: Any) -> FieldError:
    return FieldError(DUPLICATE, path, value)


def not_found(path: str, value: Any) -> FieldError:
    return FieldError(NOT_FOUND, path, value)


def not_supported(path: str, value: Any, supported: Iterable[str]) -> FieldError:
    """The supported values are listed as given; those of a set are sorted."""
    ordered = sorted(supported) if isinstance(supported, Set) else supported
    listed = ", ".join(goformat.quote(item) for item in ordered)
    return FieldError(NOT_SUPPORTED, path, value, f"supported values: {listed}" if listed else "")


def too_long(path: str, limit: int) -> FieldError:
    return FieldError(TOO_LONG, path, "", f"may not be more than {counted(limit, 'byte')}")


def too_long_characters(path: str, limit: int) -> FieldError:
    return FieldError(TOO_LONG, path, "", f"may not be more than {counted(limit, 'character')}")


def too_short(path: str, limit: int) -> FieldError:
    return FieldError(TOO_SHORT, path, "", f"must be at least {counted(limit, 'character')}")


def too_many(path: str, actual: int, limit: int) -> FieldError:
    return FieldError(TOO_MANY, path, actual, f"must have at most {counted(limit, 'item')}")


def too_few(path: str, actual: int, limit: int) -> FieldError:
    return FieldError(TOO_FEW, path, actual, f"must have at least {counted(limit, 'item')}")


def counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def type_invalid(path: str, value: Any, detail: str = "") -> FieldError:
    return FieldError(TYPE_INVALID, path, value, detail)


def internal(path: str, detail: str) -> FieldError:
    return FieldError(INTERNAL, path, OMITTED, detail)
