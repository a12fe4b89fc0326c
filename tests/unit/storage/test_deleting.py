"""Deleting: finalizers, propagation, preconditions, grace periods, collections, and what is answered."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.machinery import errors, labels
from kroute.storage import collecting, options, strategy
from tests.unit.storage.benches import Bench, Made, allow

HOLD = {"metadata": {"finalizers": ["example.com/hold"]}}
KIND = 'Operation cannot be fulfilled on Widget.toys.example.org "a": '


def finalizers(*names: str) -> Any:
    def change(obj: Any) -> None:
        if names:
            obj["metadata"]["finalizers"] = list(names)
        else:
            obj["metadata"].pop("finalizers", None)

    return change


async def test_a_deletion_is_answered_with_a_status(bench: Bench) -> None:
    made = await bench.create("a")
    result = await bench.delete("a")
    assert result.gone
    assert result.obj == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {
            "name": "a",
            "group": "toys.example.org",
            "kind": "widgets",
            "uid": made["metadata"]["uid"],
        },
    }
    with pytest.raises(errors.NotFound):
        await bench.get("a")
    with pytest.raises(errors.NotFound):
        await bench.delete("a")


async def test_a_strategy_may_want_the_object_answered(make: Made) -> None:
    class Returning(strategy.Strategy):
        returns_deleted = True

    bench = make(Returning())
    made = await bench.create("a", spec={"size": 1})
    result = await bench.delete("a")
    assert result.obj["spec"] == {"size": 1}
    assert int(result.obj["metadata"]["resourceVersion"]) > int(made["metadata"]["resourceVersion"])


async def test_finalizers_hold_a_deletion(bench: Bench) -> None:
    await bench.create("a", metadata={"finalizers": ["example.com/hold"], "generation": 1})
    result = await bench.delete("a")
    assert not result.gone
    metadata = result.obj["metadata"]
    assert metadata["deletionTimestamp"] == "2023-11-14T22:13:20Z"
    assert (metadata["deletionGracePeriodSeconds"], metadata["generation"]) == (0, 2)
    again = await bench.delete("a")
    assert (again.gone, again.obj) == (False, result.obj)
    assert await bench.get("a") == result.obj


async def test_an_object_under_deletion_can_be_edited_but_not_kept(bench: Bench) -> None:
    await bench.create("a", **HOLD)
    await bench.delete("a")

    def edit(obj: Any) -> None:
        obj["spec"] = {"edited": True}
        del obj["metadata"]["deletionTimestamp"]
        del obj["metadata"]["deletionGracePeriodSeconds"]

    edited = await bench.update("a", edit)
    assert edited["metadata"]["deletionTimestamp"]
    assert edited["metadata"]["deletionGracePeriodSeconds"] == 0
    with pytest.raises(errors.Invalid, match="no new finalizers can be added if the object is being deleted"):
        await bench.update("a", finalizers("example.com/hold", "example.com/more"))


async def test_the_last_finalizer_takes_the_object_with_it(bench: Bench) -> None:
    await bench.create("a", metadata={"finalizers": ["example.com/a", "example.com/b"]})
    await bench.delete("a")
    assert (await bench.update("a", finalizers("example.com/b")))["metadata"]["finalizers"] == ["example.com/b"]
    would = await bench.update("a", finalizers(), dry_run=True)
    assert "finalizers" not in would["metadata"]
    assert (await bench.get("a"))["metadata"]["finalizers"] == ["example.com/b"]
    last = await bench.update("a", finalizers())
    assert "finalizers" not in last["metadata"]
    with pytest.raises(errors.NotFound):
        await bench.get("a")
    await bench.create("a")


async def test_a_strategy_may_keep_what_lost_its_last_finalizer(make: Made) -> None:
    class Keeping(strategy.Strategy):
        def may_delete_on_update(self, obj: Any, old: Any) -> bool:
            return False

    bench = make(Keeping())
    await bench.create("a", **HOLD)
    await bench.delete("a")
    await bench.update("a", finalizers())
    assert (await bench.get("a"))["metadata"]["deletionTimestamp"]


@pytest.mark.parametrize(
    "asked, added",
    [
        ({"propagation_policy": "Foreground"}, "foregroundDeletion"),
        ({"propagation_policy": "Orphan"}, "orphan"),
        ({"orphan_dependents": True}, "orphan"),
    ],
)
async def test_a_propagation_policy_becomes_a_finalizer(bench: Bench, asked: dict[str, Any], added: str) -> None:
    await bench.create("a")
    await bench.create("b", **HOLD)
    for name, kept in (("a", []), ("b", ["example.com/hold"])):
        result = await bench.delete(name, **asked)
        assert not result.gone
        assert result.obj["metadata"]["finalizers"] == [*kept, added]


@pytest.mark.parametrize("asked", [{"propagation_policy": "Background"}, {"orphan_dependents": False}, {}])
async def test_in_the_background_nothing_holds_the_object(bench: Bench, asked: dict[str, Any]) -> None:
    await bench.create("a")
    assert (await bench.delete("a", **asked)).gone


async def test_an_explicit_policy_replaces_a_finalizer_of_the_other(bench: Bench) -> None:
    await bench.create("a", metadata={"finalizers": ["orphan"]})
    result = await bench.delete("a", propagation_policy="Foreground")
    assert result.obj["metadata"]["finalizers"] == ["foregroundDeletion"]
    await bench.create("b", metadata={"finalizers": ["orphan"]})
    assert not (await bench.delete("b")).gone
    assert (await bench.delete("b", propagation_policy="Background")).gone


async def test_a_kind_that_is_not_garbage_collected_gets_no_finalizer(make: Made) -> None:
    class Uncollected(strategy.Strategy):
        def default_propagation_policy(self, ctx: Any) -> str:
            return ""

    class Orphaning(strategy.Strategy):
        def default_propagation_policy(self, ctx: Any) -> str:
            return "Orphan"

    bench = make(Uncollected())
    await bench.create("a")
    assert (await bench.delete("a", propagation_policy="Foreground")).gone
    bench = make(Orphaning())
    await bench.create("a")
    result = await bench.delete("a")
    assert result.obj["metadata"]["finalizers"] == ["orphan"]


async def test_preconditions_are_kept(bench: Bench) -> None:
    old = (await bench.create("a"))["metadata"]
    new = (await bench.update("a", finalizers("example.com/x")))["metadata"]
    stale, uid = options.Preconditions(resource_version=old["resourceVersion"]), old["uid"]
    with pytest.raises(errors.Conflict) as caught:
        await bench.delete("a", preconditions=stale)
    assert caught.value.message == (
        f"{KIND}the ResourceVersion in the precondition ({old['resourceVersion']}) does not match "
        f"the ResourceVersion in record ({new['resourceVersion']}). The object might have been modified"
    )
    for wrong in ("other", ""):
        with pytest.raises(errors.Conflict) as caught:
            await bench.delete("a", preconditions=options.Preconditions(uid=wrong))
        assert caught.value.message == (
            f"{KIND}the UID in the precondition ({wrong}) does not match the UID in record ({uid}). "
            "The object might have been deleted and then recreated"
        )
    right = options.Preconditions(uid, new["resourceVersion"])
    assert not (await bench.delete("a", preconditions=right)).gone


async def test_admission_can_refuse(bench: Bench) -> None:
    async def refuse(obj: Any, old: Any) -> None:
        assert obj == old
        raise errors.Forbidden("no")

    await bench.create("a")
    await bench.create("b", **HOLD)
    for name in ("a", "b"):
        with pytest.raises(errors.Forbidden):
            await bench.delete(name, validate=refuse)
    assert await bench.names() == ["a", "b"]
    assert "deletionTimestamp" not in (await bench.get("b"))["metadata"]


async def test_a_dry_run_deletes_nothing(bench: Bench) -> None:
    await bench.create("a")
    await bench.create("b", **HOLD)
    assert (await bench.delete("a", dry_run=True)).gone
    held = await bench.delete("b", dry_run=True)
    assert held.obj["metadata"]["deletionTimestamp"]
    would = await bench.delete("a", dry_run=True, propagation_policy="Foreground")
    assert would.obj["metadata"]["finalizers"] == ["foregroundDeletion"]
    assert await bench.names() == ["a", "b"]
    assert "deletionTimestamp" not in (await bench.get("b"))["metadata"]


class Graceful(strategy.Strategy):
    """As pods: a deletion waits 30 seconds unless it says otherwise."""

    graceful = True
    returns_deleted = True
    gone: list[str]

    def __init__(self) -> None:
        self.gone = []

    def grace_period(self, ctx: Any, obj: Any, options: options.DeleteOptions) -> int | None:
        if (obj.get("spec") or {}).get("done"):
            return None
        return 30 if options.grace_period_seconds is None else options.grace_period_seconds

    async def after_delete(self, ctx: Any, obj: Any) -> None:
        self.gone.append(obj["metadata"]["name"])


async def test_a_graceful_deletion_tells_the_object_first(make: Made) -> None:
    own = Graceful()
    bench = make(own)
    await bench.create("a", metadata={"generation": 1})
    result = await bench.delete("a")
    assert not result.gone
    metadata = result.obj["metadata"]
    assert metadata["deletionTimestamp"] == "2023-11-14T22:13:50Z"
    assert (metadata["deletionGracePeriodSeconds"], metadata["generation"]) == (30, 2)
    again = await bench.delete("a")
    assert (again.gone, again.obj) == (False, result.obj)
    longer = await bench.delete("a", grace_period_seconds=60)
    assert longer.obj == result.obj
    assert own.gone == []


async def test_a_grace_period_can_be_made_shorter(make: Made) -> None:
    bench = make(Graceful())
    await bench.create("a")
    await bench.delete("a")
    shorter = await bench.delete("a", grace_period_seconds=10)
    assert shorter.obj["metadata"]["deletionTimestamp"] == "2023-11-14T22:13:30Z"
    assert shorter.obj["metadata"]["deletionGracePeriodSeconds"] == 10
    await bench.clock.advance(20)
    past = await bench.delete("a", grace_period_seconds=5)
    assert past.obj["metadata"]["deletionTimestamp"] == "2023-11-14T22:13:40Z"
    assert past.obj["metadata"]["deletionGracePeriodSeconds"] == 1


async def test_without_grace_the_object_goes_at_once(make: Made) -> None:
    own = Graceful()
    bench = make(own)
    await bench.create("a")
    await bench.create("b", spec={"done": True})
    await bench.create("c")
    await bench.delete("c")
    for name in ("a", "b", "c"):
        result = await bench.delete(name, grace_period_seconds=0)
        assert result.gone
        assert result.obj["metadata"]["name"] == name
    assert own.gone == ["a", "b", "c"]
    assert await bench.names() == []


async def test_a_negative_grace_period_is_one_second(make: Made) -> None:
    bench = make(Graceful())
    await bench.create("a")
    result = await bench.delete("a", grace_period_seconds=-5)
    assert result.obj["metadata"]["deletionGracePeriodSeconds"] == 1


async def test_a_version_precondition_holds_until_the_end(make: Made) -> None:
    """Deleting at once writes twice, and the second write's version is not the one asked for."""
    bench = make(Graceful())
    made = await bench.create("a")
    wanted = options.Preconditions(resource_version=made["metadata"]["resourceVersion"])
    assert (await bench.delete("a", grace_period_seconds=0, preconditions=wanted)).gone


async def collect(bench: Bench, selection: options.ListOptions, **given: Any) -> Any:
    return await bench.store.delete_collection(
        given.pop("ctx", bench.ctx), validate=allow, options=options.DeleteOptions(**given), selection=selection
    )


async def test_a_collection_is_deleted_by_its_selectors(bench: Bench) -> None:
    for name, group in (("a", "1"), ("b", "1"), ("c", "2")):
        await bench.create(name, metadata={"labels": {"g": group}})
    await bench.create("a", ctx=bench.within("other"), metadata={"labels": {"g": "1"}})
    one = options.ListOptions(label_selector=labels.parse("g=1"))
    assert len((await collect(bench, one, dry_run=True)).items) == 2
    result = await collect(bench, one)
    assert [item.obj["metadata"]["name"] for item in result.items] == ["a", "b"]
    assert int(result.resource_version) > 0
    assert await bench.names() == ["c"]
    assert await bench.names(ctx=bench.within("other")) == ["a"]


async def test_a_collection_keeps_what_finalizers_hold(bench: Bench) -> None:
    await bench.create("a", **HOLD)
    await bench.create("b")
    result = await collect(bench, options.ListOptions())
    assert [item.obj["metadata"].get("deletionTimestamp") for item in result.items] == [None, None]
    assert await bench.names() == ["a"]
    assert (await bench.get("a"))["metadata"]["deletionTimestamp"]


async def test_a_limit_deletes_one_page(bench: Bench) -> None:
    for name in "abc":
        await bench.create(name)
    page = await collect(bench, options.ListOptions(limit=2))
    assert page.continue_
    assert await bench.names() == ["c"]
    last = await collect(bench, options.ListOptions(limit=2, continue_=page.continue_))
    assert not last.continue_
    assert await bench.names() == []


async def test_a_large_collection_is_deleted_page_by_page(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "PAGE", 2)
    for name in "abcde":
        await bench.create(name)
    result = await collect(bench, options.ListOptions())
    assert (len(result.items), result.continue_, result.remaining) == (5, "", None)
    assert await bench.names() == []


async def test_a_collection_everywhere_is_deleted_where_it_is(bench: Bench) -> None:
    for namespace in ("x", "y"):
        await bench.create("a", ctx=bench.within(namespace))
    result = await collect(bench, options.ListOptions(), ctx=bench.within(""))
    assert len(result.items) == 2
    assert await bench.names(ctx=bench.within("")) == []
