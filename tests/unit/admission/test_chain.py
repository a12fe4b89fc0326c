"""The order and choice of admission plugins."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from kroute.admission import attributes, chain
from kroute.machinery import context, errors, gvk

CREATE, UPDATE = attributes.Operation.CREATE, attributes.Operation.UPDATE


class Mutates:
    def __init__(self, name: str, log: list[str], operations: Collection[attributes.Operation] = (CREATE,)) -> None:
        self.name, self.log, self.operations = name, log, operations

    async def admit(self, found: attributes.Attributes) -> None:
        self.log.append(f"admit {self.name}")
        assert found.obj is not None
        found.obj[self.name] = True


class Validates:
    def __init__(self, name: str, log: list[str], *, refuse: bool = False) -> None:
        self.name, self.log, self.refuse = name, log, refuse
        self.operations = [CREATE]

    async def validate(self, found: attributes.Attributes) -> None:
        self.log.append(f"validate {self.name}")
        if self.refuse:
            raise errors.Forbidden("no")


class Both(Mutates):
    async def validate(self, found: attributes.Attributes) -> None:
        self.log.append(f"validate {self.name}")


def operation(kind: attributes.Operation = CREATE) -> attributes.Attributes:
    return attributes.Attributes(
        operation=kind,
        kind=gvk.GroupVersionKind("", "v1", "Widget"),
        resource=gvk.GroupVersionResource("", "v1", "widgets"),
        obj={},
        ctx=context.RequestContext(),
    )


async def test_mutating_plugins_run_before_validating_ones_each_in_order() -> None:
    log: list[str] = []
    plugins = chain.AdmissionChain([Validates("v", log), Mutates("a", log), Both("b", log)])
    found = operation()
    await plugins.admit(found)
    await plugins.validate(found)
    assert log == ["admit a", "admit b", "validate v", "validate b"]
    assert found.obj == {"a": True, "b": True}


async def test_only_plugins_for_the_operation_run() -> None:
    log: list[str] = []
    plugins = chain.AdmissionChain([Mutates("a", log), Both("b", log, (UPDATE,))])
    await plugins.admit(operation(UPDATE))
    assert log == ["admit b"]
    assert plugins.handles(CREATE)
    assert plugins.handles(UPDATE)
    assert not plugins.handles(attributes.Operation.DELETE)


async def test_the_first_refusal_ends_it() -> None:
    log: list[str] = []
    plugins = chain.AdmissionChain([Validates("a", log, refuse=True), Validates("b", log)])
    with pytest.raises(errors.Forbidden):
        await plugins.validate(operation())
    assert log == ["validate a"]


def test_whether_anything_may_be_changed_is_known() -> None:
    plugins = chain.AdmissionChain([Validates("a", []), Mutates("b", [], (UPDATE,))])
    assert not plugins.mutates(CREATE)
    assert plugins.mutates(UPDATE)


def test_a_plugin_that_does_nothing_is_refused() -> None:
    class Nothing:
        operations = (CREATE,)

    with pytest.raises(ValueError, match="neither `admit` nor `validate`"):
        chain.AdmissionChain([Nothing()])


async def test_an_empty_chain_admits_everything() -> None:
    plugins = chain.AdmissionChain()
    await plugins.admit(operation())
    await plugins.validate(operation())
    assert not plugins.handles(CREATE)


class Choosy(Mutates):
    resources = (gvk.GroupResource("", "pods"),)


class Wishful:
    """Asks for a second time."""

    operations = (CREATE,)

    async def admit(self, found: attributes.Attributes) -> None:
        found.again.asked = True


async def test_a_plugin_for_some_resources_is_not_asked_about_others() -> None:
    log: list[str] = []
    plugins = chain.AdmissionChain([Choosy("a", log), Mutates("b", log)])
    await plugins.admit(operation())
    assert log == ["admit b"]


async def test_those_that_change_run_twice_where_one_asks_for_it_and_no_oftener() -> None:
    log: list[str] = []
    await chain.AdmissionChain([Mutates("a", log), Wishful()]).admit(operation())
    assert log == ["admit a", "admit a"]
