"""What `--controllers` chooses."""

from __future__ import annotations

import pytest

from kroute.controllers import choosing, running

KNOWN = running.known()
SOME = "namespace-controller"


@pytest.mark.parametrize(
    "selectors, chosen",
    [
        (["*"], set(KNOWN)),
        (["-*"], set()),
        ([], set()),
        ([SOME], {SOME}),
        (["*", f"-{SOME}"], set(KNOWN) - {SOME}),
        (["*", "-garbagecollector"], set(KNOWN) - {"garbage-collector-controller"}),
        ([f"-{SOME}", "*", SOME], set(KNOWN) - {SOME}),
        (["namespace", ""], {SOME}),
    ],
)
def test_names_stars_and_what_is_left_out(selectors: list[str], chosen: set[str]) -> None:
    assert set(choosing.choose(selectors, KNOWN)) == chosen


@pytest.mark.parametrize("name", ["nope", "-nope", "**"])
def test_what_is_no_controller_is_refused_with_the_names_of_all(name: str) -> None:
    with pytest.raises(choosing.ChoiceError, match=r"is not in the list of known controllers: .*namespace-controller"):
        choosing.choose(["*", name], KNOWN)
