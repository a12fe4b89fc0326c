"""resourceVersions are read as numbers, and refused in Go's words."""

from __future__ import annotations

import pytest

from kroute.machinery import errors
from kroute.storage import versions


@pytest.mark.parametrize(
    "text, number", [("", 0), ("0", 0), ("7", 7), ("007", 7), ("0" * 5000 + "7", 7), (str(2**64 - 1), 2**64 - 1)]
)
def test_a_number_is_read(text: str, number: int) -> None:
    assert versions.parse(text, bare=False) == versions.of_list(text) == number
    assert versions.of({"metadata": {"resourceVersion": text}}, bare=True) == number


@pytest.mark.parametrize(
    "text, said",
    [
        ("abc", "invalid syntax"),
        ("-1", "invalid syntax"),
        ("1.5", "invalid syntax"),
        (" 1", "invalid syntax"),
        ("1_0", "invalid syntax"),
        ("٣", "invalid syntax"),
        (str(2**64), "value out of range"),
        ("9" * 5000, "value out of range"),
    ],
)
def test_anything_else_is_refused(text: str, said: str) -> None:
    with pytest.raises(errors.BadRequest) as caught:
        versions.of_list(text)
    assert caught.value.message.startswith("invalid resource version: resourceVersion: Invalid value: ")
    for bare, error in ((False, errors.BadRequest), (True, errors.Plain)):
        with pytest.raises(error) as found:
            versions.parse(text, bare=bare)
        assert found.value.message.startswith("resourceVersion: Invalid value: ")
        assert found.value.message.endswith(said)
        with pytest.raises(error) as found:
            versions.of({"metadata": {"resourceVersion": text}}, bare=bare)
        assert found.value.message.startswith("strconv.ParseUint: parsing ")
        assert found.value.message.endswith(said)


def test_an_object_without_a_version_has_0() -> None:
    assert versions.of({"metadata": {}}, bare=True) == 0
