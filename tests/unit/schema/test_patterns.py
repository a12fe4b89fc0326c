"""Patterns mean what they mean in Go, with RE2 and without it."""

from __future__ import annotations

import pytest

from kroute.schema import patterns


@pytest.fixture(params=["re2", "re"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "re2":
        pytest.importorskip("re2")
    else:
        monkeypatch.setattr(patterns, "re2", None)
    return str(request.param)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    "pattern, text, found",
    [
        ("^[a-z]+$", "abc", True),
        ("^[a-z]+$", "abc\n", False),
        ("^[a-z]+$", "ABC", False),
        ("b", "abc", True),
        (r"^\d+\z", "12", True),
        (r"^\d+$", "٣", False),
        (r"^[[:alpha:]-]+$", "a-b", True),
        (r"^[$]$", "$", True),
        (r"^[]$]+$", "]$", True),
        (r"\$", "a$b", True),
        ("(?i)^abc$", "ABC", True),
        ("^ä$", "ä", True),
        ("^.$", "\ud800", False),
    ],
)
def test_what_is_found(pattern: str, text: str, found: bool) -> None:
    made = patterns.compiled(pattern)
    assert made.pattern == pattern
    if text != "\ud800":
        assert bool(made.search(text)) is found
    else:
        made.search(text)  # a lone surrogate is no character at all, but no reason to fail


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("pattern", ["(", "[", "a**", "(?=a)", r"(a)\1", "(?!x)"])
def test_what_is_no_pattern_in_go_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        patterns.compiled(pattern)
