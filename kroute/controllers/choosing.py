"""Which controllers run: their names, those of kube-controller-manager, and what `--controllers` says.

A name may also be the one that kube-controller-manager had for it in former times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from kroute.controllers import room


class ChoiceError(ValueError):
    """A name that is no controller's."""


class Entry(NamedTuple):
    """A controller, and what it was called once."""

    start: room.Controller
    former: str = ""


def choose(selectors: Sequence[str], known: Mapping[str, Entry]) -> Mapping[str, room.Controller]:
    """The controllers that are chosen: `*` are all, `NAME` is one, `-NAME` leaves one out; the first that fits counts.

    Raises ChoiceError."""
    names = {name: name for name in known} | {entry.former: name for name, entry in known.items() if entry.former}
    wanted: dict[str, bool] = {}
    every = False
    for selector in selectors:
        if not selector:
            continue
        off = selector.startswith("-")
        name = selector.removeprefix("-")
        if name == "*":
            every = every or not off
        elif name in names:
            wanted.setdefault(names[name], not off)
        else:
            listed = ", ".join(sorted(known))
            raise ChoiceError(f'"{name}" is not in the list of known controllers: {listed}')
    return {name: entry.start for name, entry in known.items() if wanted.get(name, every)}
