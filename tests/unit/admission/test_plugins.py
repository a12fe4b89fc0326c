"""Objects that can't be admission plugins are refused with what to mend."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.admission import attributes, chain

CREATE = attributes.Operation.CREATE


class Good:
    operations = (CREATE,)

    async def validate(self, found: attributes.Attributes) -> None: ...


class Lame:
    operations = (CREATE,)


class Plain:
    operations = (CREATE,)

    def admit(self, found: attributes.Attributes) -> None: ...


class Silent:
    async def validate(self, found: attributes.Attributes) -> None: ...


class Worded(Silent):
    operations = ("CREATE", "SLEEP")


@pytest.mark.parametrize(
    "plugin, complaint",
    [
        (Good, "is a class: give an instance of it"),
        (Lame(), "has neither `admit` nor `validate`"),
        (Plain(), "has a `admit` that is not a coroutine: write `async def admit`"),
        (Silent(), r"needs `operations`, such as \(Operation.CREATE, Operation.UPDATE\)"),
        (Worded(), r"needs `operations`, such as \(Operation.CREATE, Operation.UPDATE\)"),
    ],
)
def test_what_cannot_be_a_plugin_is_refused(plugin: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        chain.AdmissionChain([plugin])


def test_a_plugin_is_asked_for_its_operations_alone() -> None:
    made = chain.AdmissionChain([Good()])
    assert made.handles(CREATE)
    assert not made.handles(attributes.Operation.DELETE)
    assert not made.mutates(CREATE)
