"""Field errors in kube-apiserver's words."""

from __future__ import annotations

import pytest

from kroute.machinery import fielderrors


@pytest.mark.parametrize(
    "error, message",
    [
        (fielderrors.required("a"), "a: Required value"),
        (fielderrors.required("a", "say why"), "a: Required value: say why"),
        (fielderrors.invalid("a", "x\n", "no"), 'a: Invalid value: "x\\n": no'),
        (fielderrors.invalid("a", True, "no"), "a: Invalid value: true: no"),
        (fielderrors.invalid("a", 1.5, "no"), "a: Invalid value: 1.5: no"),
        (fielderrors.invalid("a", None, "no"), "a: Invalid value: null: no"),
        (fielderrors.invalid("a", ["<", 1], "no"), 'a: Invalid value: ["\\u003c",1]: no'),
        (fielderrors.type_invalid("a", "x", "no"), 'a: Invalid value: "x": no'),
        (fielderrors.forbidden("a", "no"), "a: Forbidden: no"),
        (fielderrors.duplicate("a", "x"), 'a: Duplicate value: "x"'),
        (fielderrors.not_found("a", "x"), 'a: Not found: "x"'),
        (fielderrors.not_supported("a", "x", ["c", "b"]), 'a: Unsupported value: "x": supported values: "c", "b"'),
        (fielderrors.not_supported("a", "x", {"c", "b"}), 'a: Unsupported value: "x": supported values: "b", "c"'),
        (fielderrors.not_supported("a", "x", []), 'a: Unsupported value: "x"'),
        (fielderrors.too_long("a", 128), "a: Too long: may not be more than 128 bytes"),
        (fielderrors.too_long("a", 1), "a: Too long: may not be more than 1 byte"),
        (fielderrors.too_long_characters("a", 2), "a: Too long: may not be more than 2 characters"),
        (fielderrors.too_short("a", 1), "a: Too short: must be at least 1 character"),
        (fielderrors.too_many("a", 5, 3), "a: Too many: 5: must have at most 3 items"),
        (fielderrors.too_few("a", 0, 1), "a: Too few: 0: must have at least 1 item"),
        (fielderrors.internal("a", "broken"), "a: Internal error: broken"),
    ],
)
def test_an_error_reads_as_the_reference(error: fielderrors.FieldError, message: str) -> None:
    assert str(error) == message


def test_a_cause_without_a_field_names_none() -> None:
    assert fielderrors.required("").cause() == {"reason": "FieldValueRequired", "message": "Required value"}


def test_errors_together_are_told_once_each() -> None:
    first, second = fielderrors.required("a"), fielderrors.required("b")
    assert fielderrors.aggregate([first, first]) == "a: Required value"
    assert fielderrors.aggregate([first, second, first]) == "[a: Required value, b: Required value]"
