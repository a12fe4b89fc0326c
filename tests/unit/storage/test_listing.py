"""Lists: revisions, pages, selectors, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.machinery import errors, fields, labels
from kroute.storage import continuing, options, stored
from tests.unit.storage.benches import Bench, Made

FUTURE = "999999999999999999"


async def filled(bench: Bench, names: str = "abcde") -> list[str]:
    """Objects of these names, every other one labelled; their resourceVersions."""
    return [
        (await bench.create(name, metadata={"labels": {"p": "x"}} if index % 2 == 0 else {}))["metadata"][
            "resourceVersion"
        ]
        for index, name in enumerate(names)
    ]


async def test_a_list_is_sorted_and_of_one_namespace(bench: Bench) -> None:
    for namespace, name in (("ns", "b"), ("ns", "a"), ("ns-2", "c"), ("n", "d")):
        await bench.create(name, ctx=bench.within(namespace))
    assert await bench.names() == ["a", "b"]
    assert await bench.names(ctx=bench.within("none")) == []
    everywhere = await bench.list(ctx=bench.within(""))
    assert [(item["metadata"]["namespace"], item["metadata"]["name"]) for item in everywhere.items] == [
        ("n", "d"),
        ("ns-2", "c"),
        ("ns", "a"),
        ("ns", "b"),
    ]


async def test_a_list_is_as_new_as_the_last_write(bench: Bench) -> None:
    made = await bench.create("a")
    found = await bench.list()
    assert int(found.resource_version) >= int(made["metadata"]["resourceVersion"])
    await bench.delete("a")
    assert int((await bench.list()).resource_version) > int(found.resource_version)


async def test_items_are_stored_bytes(bench: Bench) -> None:
    await bench.create("a", spec={"size": 1})
    found = await bench.store.list(bench.ctx, options.ListOptions())
    item = found.items[0]
    assert isinstance(item, stored.Stored)
    assert item.value.startswith(b'{"kind":"Widget","apiVersion":"toys.example.org/v1","metadata":{"name":"a",')


async def test_pages_follow_each_other(bench: Bench) -> None:
    await filled(bench)
    first = await bench.list(limit=2)
    assert first.remaining == 3
    second = await bench.list(limit=2, continue_=first.continue_)
    assert (second.remaining, second.resource_version) == (1, first.resource_version)
    last = await bench.list(limit=2, continue_=second.continue_)
    assert (last.remaining, last.continue_) == (None, "")
    names = [item["metadata"]["name"] for page in (first, second, last) for item in page.items]
    assert names == list("abcde")
    assert await bench.names(continue_=first.continue_) == ["c", "d", "e"]
    assert await bench.names(limit=1, continue_=first.continue_) == ["c"]


@pytest.mark.parametrize("limit", [0, -1, 5, 500])
async def test_a_limit_that_cuts_nothing_gives_no_token(bench: Bench, limit: int) -> None:
    await filled(bench)
    found = await bench.list(limit=limit)
    assert (len(found.items), found.continue_, found.remaining) == (5, "", None)


async def test_pages_show_one_moment(bench: Bench) -> None:
    await filled(bench)
    first = await bench.list(limit=2)
    await bench.delete("d")
    await bench.create("cc")
    await bench.update("e", lambda obj: obj.update(spec={"new": True}))
    await bench.delete("a")
    rest = await bench.list(limit=5, continue_=first.continue_)
    assert [item["metadata"]["name"] for item in rest.items] == ["c", "d", "e"]
    assert "spec" not in rest.items[2]
    assert rest.resource_version == first.resource_version
    assert await bench.names() == ["b", "c", "cc", "e"]


async def test_pages_over_all_namespaces(bench: Bench) -> None:
    for namespace in ("x", "y", "z"):
        for name in "ab":
            await bench.create(name, ctx=bench.within(namespace))
    found, token = [], ""
    while True:
        page = await bench.list(ctx=bench.within(""), limit=1, continue_=token)
        found += [f"{item['metadata']['namespace']}/{item['metadata']['name']}" for item in page.items]
        token = page.continue_
        if not token:
            break
    assert found == ["x/a", "x/b", "y/a", "y/b", "z/a", "z/b"]


async def test_selected_pages_do_not_say_how_many_remain(bench: Bench) -> None:
    await filled(bench)
    wanted = labels.parse("p=x")
    found, token = [], ""
    for more in (True, True, False):
        page = await bench.list(limit=1, label_selector=wanted, continue_=token)
        token = page.continue_
        assert (page.remaining, bool(token)) == (None, more)
        found += [item["metadata"]["name"] for item in page.items]
    assert found == ["a", "c", "e"]
    none = await bench.list(limit=1, label_selector=labels.parse("p=y"))
    assert (none.items, none.continue_) == ([], "")


async def test_versions_choose_how_old_a_list_may_be(bench: Bench) -> None:
    _, second, *_ = await filled(bench, "abc")
    everything = ["a", "b", "c"]
    assert await bench.names(resource_version="0") == everything
    assert await bench.names(resource_version=second) == everything
    assert await bench.names(resource_version=second, resource_version_match="NotOlderThan") == everything
    exact = await bench.list(resource_version=second, resource_version_match="Exact")
    assert [item["metadata"]["name"] for item in exact.items] == ["a", "b"]
    assert exact.resource_version == second
    limited = await bench.list(resource_version=second, limit=1)
    assert (limited.resource_version, limited.remaining) == (second, 1)
    assert await bench.names(continue_=limited.continue_) == ["b"]
    assert await bench.names(resource_version="0", limit=1) == everything
    newest = await bench.list(resource_version=second, resource_version_match="NotOlderThan", limit=1)
    assert newest.remaining == 2


async def test_an_exact_list_shows_what_was_deleted_since(bench: Bench) -> None:
    await bench.create("a", spec={"k": 1})
    then = (await bench.create("b"))["metadata"]["resourceVersion"]
    await bench.update("a", lambda obj: obj.update(spec={"k": 2}))
    await bench.delete("b")
    await bench.create("c", metadata={"labels": {"l": "x"}})
    at_that = {"resource_version": then, "resource_version_match": "Exact"}
    found = await bench.list(**at_that)
    assert [item["metadata"]["name"] for item in found.items] == ["a", "b"]
    assert found.items[0]["spec"] == {"k": 1}
    assert await bench.names(label_selector=labels.parse("l"), **at_that) == []
    assert await bench.names(field_selector=fields.parse("metadata.name=b"), **at_that) == ["b"]


async def test_a_forgotten_revision_is_gone(bench: Bench) -> None:
    await filled(bench)
    with pytest.raises(errors.Expired, match="The resourceVersion for the provided list is too old"):
        await bench.list(resource_version="1", resource_version_match="Exact")
    with pytest.raises(continuing.TooOld) as caught:
        await bench.list(limit=1, continue_=continuing.encode("b", 1))
    again = caught.value.again
    page = await bench.list(limit=1, continue_=again)
    assert [item["metadata"]["name"] for item in page.items] == ["c"]
    assert page.remaining == 2
    assert await bench.names(continue_=page.continue_) == ["d", "e"]


@pytest.mark.parametrize("match", ["", "Exact", "NotOlderThan"])
async def test_a_revision_to_come_is_too_large(bench: Bench, match: str) -> None:
    await bench.create("a")
    with pytest.raises(errors.Timeout) as caught:
        await bench.list(resource_version=FUTURE, resource_version_match=match)
    assert caught.value.message.startswith(f"Timeout: Too large resource version: {FUTURE}, current: ")
    with pytest.raises(errors.Timeout):
        await bench.list(continue_=continuing.encode("a", int(FUTURE)))
    with pytest.raises(errors.Timeout):
        await bench.get("a", FUTURE)


async def test_bad_versions_and_tokens_are_refused(bench: Bench) -> None:
    await filled(bench)
    token = (await bench.list(limit=1)).continue_
    for given, said in (
        ({"resource_version": "abc"}, "invalid resource version: resourceVersion: Invalid value"),
        ({"continue_": "garbage"}, "invalid continue token: continue key is not valid"),
        ({"continue_": token, "resource_version": "5"}, "specifying resource version is not allowed when using"),
    ):
        with pytest.raises(errors.BadRequest, match=said):
            await bench.list(**given)
    assert await bench.names(continue_=token, resource_version="0", limit=1) == ["b", "c", "d", "e"]


async def test_one_object_can_be_selected_by_name(bench: Bench) -> None:
    await filled(bench, "abc")
    await bench.create("ab")
    by_name = fields.parse("metadata.name=a")
    assert await bench.names(field_selector=by_name) == ["a"]
    assert await bench.names(field_selector=by_name, limit=1) == ["a"]
    assert await bench.names(field_selector=fields.parse("metadata.name=z")) == []
    assert await bench.names(field_selector=fields.parse("metadata.name!=a")) == ["ab", "b", "c"]
    assert await bench.names(field_selector=by_name, label_selector=labels.parse("p=y")) == []
    assert await bench.names(field_selector=fields.parse("metadata.name=a,metadata.name=b")) == []
    assert await bench.names(field_selector=fields.parse("metadata.name=")) == []


async def test_a_namespace_can_be_selected(bench: Bench) -> None:
    for namespace in ("x", "y"):
        await bench.create("a", ctx=bench.within(namespace))
    all_of = bench.within("")
    assert await bench.names(ctx=all_of, field_selector=fields.parse("metadata.namespace=x")) == ["a"]
    both = fields.parse("metadata.namespace=x,metadata.name=a")
    assert await bench.names(ctx=all_of, field_selector=both) == ["a"]
    assert await bench.names(ctx=bench.within("x"), field_selector=fields.parse("metadata.namespace=y")) == []
    assert await bench.names(ctx=all_of, field_selector=fields.parse("metadata.namespace=")) == []


async def test_fields_can_be_selected_that_the_kind_has(make: Made) -> None:
    bench = make(fields={"spec.color": "color"})
    for name, color in (("a", "red"), ("b", "blue"), ("c", "red")):
        await bench.create(name, spec={"color": color})
    await bench.create("d")
    assert await bench.names(field_selector=fields.parse("spec.color=red")) == ["a", "c"]
    assert await bench.names(field_selector=fields.parse("spec.color!=red")) == ["b", "d"]
    assert await bench.names(field_selector=fields.parse("spec.color=")) == ["d"]
    assert await bench.names(field_selector=fields.parse("metadata.name=a,spec.color=blue")) == []
    await bench.update("a", lambda obj: obj["spec"].update(color="blue"))
    assert await bench.names(field_selector=fields.parse("spec.color=red")) == ["c"]


@pytest.mark.parametrize(
    "typed, supported, said",
    [
        (False, {}, "field label not supported: spec.x"),
        (True, {"spec.color": "color"}, "field label not supported: spec.x"),
        (True, {}, '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"'),
    ],
)
async def test_other_fields_are_refused(make: Made, typed: bool, supported: Any, said: str) -> None:
    bench = make(fields=supported, typed=typed)
    for use in (bench.list, bench.watch):
        with pytest.raises(errors.BadRequest) as caught:
            waiting = use(field_selector=fields.parse("spec.x=y"))
            await waiting  # type: ignore[misc]
        assert caught.value.message == said


async def test_cluster_scoped_objects_are_listed(make: Made) -> None:
    bench = make(namespaced=False)
    bench.ctx = bench.within("")
    await filled(bench, "abc")
    assert await bench.names(limit=2) == ["a", "b"]
    assert await bench.names(field_selector=fields.parse("metadata.name=b")) == ["b"]


async def test_an_object_can_be_read_from_the_cache(bench: Bench) -> None:
    made = await bench.create("a")
    for text in ("0", "1", made["metadata"]["resourceVersion"], ""):
        assert await bench.get("a", text) == made
    with pytest.raises(errors.NotFound):
        await bench.get("z", "0")
    with pytest.raises(errors.BadRequest, match=r"^resourceVersion: Invalid value"):
        await bench.get("a", "abc")
