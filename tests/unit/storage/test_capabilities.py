"""What a storage object can do is read from its methods, and what makes no sense is refused with advice."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.machinery import gvk
from kroute.storage import capabilities

WIDGET = gvk.GroupVersionKind("toys.example.org", "v1", "Widget")


class Named:
    namespaced = True
    kind = "Widget"


class Readable(Named):
    async def get(self, ctx: Any, name: Any, options: Any) -> Any: ...


class Listed(Readable):
    async def list(self, ctx: Any, options: Any) -> Any: ...

    async def watch(self, ctx: Any, options: Any) -> Any:
        yield None


class Connected(Named):
    connect_methods = ("GET", "POST")
    connect_subpath = True

    async def connect(self, ctx: Any, name: Any, path: Any, request: Any) -> Any: ...


def refusal(storage: Any, path: str = "widgets") -> str:
    with pytest.raises(capabilities.InstallError) as caught:
        capabilities.capabilities_of(storage, path=path)
    return str(caught.value)


def test_methods_are_capabilities_and_nothing_else_is() -> None:
    found = capabilities.capabilities_of(Listed(), path="widgets")
    assert (found.get, found.list, found.watch) == (True, True, True)
    assert not any((found.create, found.update, found.delete, found.connect, found.convert_to_table))
    assert (found.namespaced, found.kind) == (True, "Widget")


def test_get_and_update_make_a_patcher() -> None:
    class Patched(Readable):
        async def update(
            self, ctx: Any, name: Any, update: Any, *, validate: Any, options: Any, allow_create: bool = False
        ) -> Any: ...

    assert capabilities.capabilities_of(Patched(), path="widgets").patch
    assert not capabilities.capabilities_of(Readable(), path="widgets").patch


def test_a_connector_tells_its_methods_and_subpath() -> None:
    found = capabilities.capabilities_of(Connected(), path="widgets/proxy")
    assert found.connect_methods == ("GET", "POST")
    assert found.connect_subpath


def test_names_and_kinds_are_taken_over() -> None:
    class Full(Readable):
        kind: Any = WIDGET
        singular_name = "widget"
        short_names = ("wd",)
        categories = ("all",)
        produces = ("text/plain",)

    found = capabilities.capabilities_of(Full(), path="widgets")
    assert (found.kind, found.singular_name) == (WIDGET, "widget")
    assert (found.short_names, found.categories, found.produces) == (("wd",), ("all",), ("text/plain",))


def test_a_subresource_may_leave_scope_and_kind_to_its_parent() -> None:
    class Part:
        async def get(self, ctx: Any, name: Any, options: Any) -> Any: ...

    found = capabilities.capabilities_of(Part(), path="widgets/part")
    assert (found.namespaced, found.kind) == (None, None)
    text = refusal(Part())
    assert "set `namespaced` to True or False" in text
    assert "set `kind`" in text


def test_a_get_that_is_no_coroutine_is_refused() -> None:
    class Sync(Named):
        def get(self, ctx: Any, name: Any, options: Any) -> Any: ...

    assert refusal(Sync()) == "widgets: `get` is not a coroutine: write `async def get`"


def test_a_list_that_is_a_generator_is_refused() -> None:
    class Generating(Named):
        async def list(self, ctx: Any, options: Any) -> Any:
            yield None

    assert "`list` is an async generator" in refusal(Generating())


def test_a_watch_that_is_a_coroutine_is_refused() -> None:
    class Awaited(Readable):
        async def watch(self, ctx: Any, options: Any) -> Any: ...

    assert "`watch` is a coroutine" in refusal(Awaited())


def test_a_watch_may_be_a_plain_function() -> None:
    class Plain(Readable):
        def watch(self, ctx: Any, options: Any) -> Any: ...

    assert capabilities.capabilities_of(Plain(), path="widgets").watch


def test_a_method_with_other_parameters_is_refused() -> None:
    class Short(Named):
        async def get(self, ctx: Any, name: Any) -> Any: ...

    class WithoutKeywords(Named):
        async def create(self, ctx: Any, obj: Any) -> Any: ...

    assert "`get` must take (self, ctx, name, options)" in refusal(Short())
    assert "`create` must take (self, ctx, obj, *, validate, options)" in refusal(WithoutKeywords())


def test_an_inherited_protocol_method_is_no_capability() -> None:
    class Inheriting(Named, capabilities.Getter):
        pass

    assert "`get` is inherited from a protocol" in refusal(Inheriting())  # type: ignore[abstract]


def test_an_attribute_in_a_methods_place_is_refused() -> None:
    class Odd(Readable):
        list = "no method"

    assert "`list` is not a method" in refusal(Odd())


def test_two_forms_of_one_capability_are_refused() -> None:
    class Twice(Readable):
        get_options: Any = None

        async def get_with_options(self, ctx: Any, name: Any, options: Any, path: Any) -> Any: ...

        async def create(self, ctx: Any, obj: Any, *, validate: Any, options: Any) -> Any: ...

        async def create_named(self, ctx: Any, name: Any, obj: Any, *, validate: Any, options: Any) -> Any: ...

    text = refusal(Twice())
    assert "`get` and `get_with_options` are both there" in text
    assert "`create` and `create_named` are both there" in text


@pytest.mark.parametrize(
    "methods, said",
    [
        (None, "needs `connect_methods`"),
        ((), "needs `connect_methods`"),
        ("GET", "needs `connect_methods`"),
        (("GET", "FETCH"), "`connect_methods` has FETCH"),
    ],
)
def test_connect_methods_must_be_http_methods(methods: Any, said: str) -> None:
    storage = Connected()
    storage.connect_methods = methods
    assert said in refusal(storage)


def test_methods_that_would_never_be_called_are_pointed_out() -> None:
    class Hopeful(Readable):
        async def patch(self) -> None: ...

    assert "a storage with `get` and `update` can be patched" in refusal(Hopeful())


def test_a_class_and_an_empty_object_are_refused() -> None:
    assert refusal(Readable) == "widgets: Readable is a class: mount an instance of it"
    assert "Named has none of the methods" in refusal(Named())


@pytest.mark.parametrize("kind", ["widget", "", 5, "Wid get"])
def test_a_kind_is_a_capitalised_word(kind: Any) -> None:
    storage = Readable()
    storage.kind = kind
    assert "`kind` must be a name such as Widget" in refusal(storage)


def test_a_string_is_no_list_of_names() -> None:
    storage = Readable()
    storage.short_names = "wd"  # type: ignore[attr-defined]
    assert "`short_names` must be a sequence of strings" in refusal(storage)


def test_all_that_is_wrong_is_said_at_once() -> None:
    class Bad:
        def get(self) -> Any: ...

        def list(self, ctx: Any, options: Any) -> Any: ...

    text = refusal(Bad())
    assert text.startswith("widgets: ")
    assert text.count(";") >= 4


def test_an_install_error_is_a_value_error() -> None:
    assert issubclass(capabilities.InstallError, ValueError)
