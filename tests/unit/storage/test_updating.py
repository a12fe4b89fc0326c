"""Updating: versions, conflicts and retries, what stays, no-op writes, creating by update."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import Any

import pytest

from kroute.machinery import errors, fielderrors
from kroute.storage import options, strategy
from tests.unit.storage.benches import Bench, Made, Merge

MODIFIED = (
    'Operation cannot be fulfilled on widgets.toys.example.org "a": the object has been modified; '
    "please apply your changes to the latest version and try again"
)


class Unconditional(strategy.Strategy):
    allow_unconditional_update = True


def size(number: int) -> Any:
    def change(obj: Any) -> None:
        obj["spec"] = {"size": number}

    return change


def version(text: str | None) -> Any:
    def change(obj: Any) -> None:
        obj["spec"] = {"changed": True}
        obj["metadata"].pop("resourceVersion", None)
        if text is not None:
            obj["metadata"]["resourceVersion"] = text

    return change


async def test_an_update_replaces_the_object(bench: Bench) -> None:
    old = await bench.create("a", spec={"size": 1})
    new = await bench.update("a", size(2))
    assert new["spec"] == {"size": 2}
    assert int(new["metadata"]["resourceVersion"]) > int(old["metadata"]["resourceVersion"])
    assert new["metadata"]["uid"] == old["metadata"]["uid"]
    assert await bench.get("a") == new


async def test_an_update_must_know_the_latest_version(bench: Bench) -> None:
    old = await bench.create("a")
    await bench.update("a", size(2))
    for text in (old["metadata"]["resourceVersion"], "999999999999999999"):
        with pytest.raises(errors.Conflict) as caught:
            await bench.update("a", version(text))
        assert caught.value.message == MODIFIED


@pytest.mark.parametrize("text", [None, "", "0"])
async def test_an_update_without_version_needs_leave(bench: Bench, make: Made, text: str | None) -> None:
    await bench.create("a")
    with pytest.raises(errors.Invalid) as caught:
        await bench.update("a", version(text))
    assert caught.value.message == (
        'widgets.toys.example.org "a" is invalid: '
        "metadata.resourceVersion: Invalid value: 0: must be specified for an update"
    )
    free = make(Unconditional())
    await free.create("a")
    assert (await free.update("a", version(text)))["spec"] == {"changed": True}


async def test_a_version_that_is_no_number_is_refused(bench: Bench) -> None:
    await bench.create("a")
    with pytest.raises(errors.BadRequest, match=r'strconv.ParseUint: parsing "abc": invalid syntax'):
        await bench.update("a", version("abc"))


async def test_an_object_that_is_not_there_is_not_found(bench: Bench) -> None:
    with pytest.raises(errors.NotFound, match=r'widgets.toys.example.org "a" not found'):
        await bench.update("a", size(2))


@pytest.mark.parametrize("name, said", [("", "required"), ("a%b", 'invalid: "a%b": may not contain'), ("..", "'..'")])
async def test_a_name_that_cannot_be_one_is_refused(bench: Bench, name: str, said: str) -> None:
    with pytest.raises(errors.BadRequest, match=f"Name parameter .*{said}"):
        await bench.update(name, size(1))
    with pytest.raises(errors.BadRequest, match="Namespace parameter required"):
        await bench.update("a", size(1), ctx=bench.within(""))


async def test_a_no_op_update_keeps_the_version(bench: Bench) -> None:
    old = await bench.create("a", spec={"size": 1, "tags": ["x"]}, metadata={"labels": {"b": "1", "a": "2"}})

    def reordered(obj: Any) -> None:
        obj["spec"] = dict(reversed(obj["spec"].items()))
        obj["metadata"] = dict(reversed(obj["metadata"].items()))

    assert await bench.update("a", lambda obj: None) == old
    assert await bench.update("a", reordered) == old
    assert len((await bench.list()).items) == 1


@pytest.mark.parametrize("before, after", [(1, True), (1, 1.0), (0, False)])
async def test_another_type_of_the_same_value_is_a_change(bench: Bench, before: Any, after: Any) -> None:
    old = await bench.create("a", spec={"x": before})

    def change(obj: Any) -> None:
        obj["spec"]["x"] = after

    new = await bench.update("a", change)
    assert new["metadata"]["resourceVersion"] != old["metadata"]["resourceVersion"]


async def test_new_times_alone_in_managed_fields_change_nothing(bench: Bench) -> None:
    def managed(time: str, manager: str = "m") -> list[Any]:
        return [{"manager": manager, "operation": "Update", "fieldsType": "FieldsV1", "time": time}]

    old = await bench.create("a", metadata={"managedFields": managed("2023-01-01T00:00:00Z")})

    def change(entries: list[Any], **more: Any) -> Any:
        def apply(obj: Any) -> None:
            obj["metadata"]["managedFields"] = entries
            obj.update(more)

        return apply

    assert await bench.update("a", change(managed("2024-01-01T00:00:00Z"))) == old
    other = await bench.update("a", change(managed("2024-01-01T00:00:00Z"), spec={"x": 1}))
    assert other["metadata"]["managedFields"][0]["time"] == "2024-01-01T00:00:00Z"
    taken = await bench.update("a", change(managed("2025-01-01T00:00:00Z", "n")))
    assert taken["metadata"]["managedFields"][0]["manager"] == "n"


async def test_what_the_server_owns_stays(bench: Bench) -> None:
    old = await bench.create("a", metadata={"generation": 3})

    def forget(obj: Any) -> None:
        for key in ("uid", "creationTimestamp", "namespace"):
            del obj["metadata"][key]
        obj["metadata"]["generation"] = 9
        obj["spec"] = {}

    new = await bench.update("a", forget)
    for key in ("uid", "creationTimestamp", "namespace", "generation"):
        assert new["metadata"][key] == old["metadata"][key]


@pytest.mark.parametrize(
    "field, value", [("uid", "other"), ("deletionTimestamp", "2001-02-03T04:05:06Z"), ("name", "b")]
)
async def test_identity_cannot_change(bench: Bench, field: str, value: str) -> None:
    await bench.create("a")

    def change(obj: Any) -> None:
        obj["metadata"][field] = value

    with pytest.raises(errors.Invalid) as caught:
        await bench.update("a", change)
    assert caught.value.details is not None
    assert caught.value.details["causes"][0]["field"] == f"metadata.{field}"
    assert "field is immutable" in caught.value.message


async def test_causes_of_bad_metadata_are_listed_as_often_as_they_are_checked(make: Made) -> None:
    class Whole(strategy.Strategy):
        whole_metadata_on_update = True

    def label(obj: Any) -> None:
        obj["metadata"]["labels"] = {"-x": "y"}

    for own, count in ((strategy.Strategy(), 3), (Whole(), 4)):
        bench = make(own)
        await bench.create("a")
        with pytest.raises(errors.Invalid) as caught:
            await bench.update("a", label)
        assert caught.value.details is not None
        assert len(caught.value.details["causes"]) == count
        assert caught.value.message.count("metadata.labels") == 1


async def test_the_namespace_of_the_body_must_fit(bench: Bench) -> None:
    await bench.create("a")

    def change(obj: Any) -> None:
        obj["metadata"]["namespace"] = "other"

    with pytest.raises(errors.BadRequest, match="does not match the namespace sent on the request"):
        await bench.update("a", change)


async def test_preconditions_are_kept(bench: Bench) -> None:
    old = await bench.create("a")
    uid = old["metadata"]["uid"]
    await bench.update("a", Merge(size(1), preconditions=options.Preconditions(uid=uid)))
    with pytest.raises(errors.Conflict) as caught:
        await bench.update("a", Merge(size(2), preconditions=options.Preconditions(uid="other")))
    assert caught.value.message == (
        'Operation cannot be fulfilled on widgets.toys.example.org "a": StorageError: invalid object, Code: 4, '
        "Key: /registry/toys.example.org/widgets/ns/a, ResourceVersion: 0, AdditionalErrorMsg: "
        f"Precondition failed: UID in precondition: other, UID in object meta: {uid}"
    )


async def test_an_update_is_tried_again_after_a_conflict(bench: Bench) -> None:
    await bench.create("a", spec={"size": 0})
    await bench.list()

    async def count_up(obj: Any) -> None:
        obj["spec"]["size"] += 1
        if slow.tries == 1:  # somebody else is faster
            await bench.update("a", size(10))

    slow = Merge(count_up)
    assert (await bench.update("a", slow))["spec"] == {"size": 11}
    assert slow.tries == 2


async def test_a_refusal_of_an_outdated_object_is_looked_at_again(bench: Bench) -> None:
    """What the watch cache has may be old; an error counts only for what the store has."""
    await bench.create("a", spec={"size": 1})
    await bench.list()
    record = await bench.store.core.log.get("ns/a")
    assert record is not None
    draft = bench.store.core.layout.draft({"metadata": {"name": "a", "namespace": "ns"}, "spec": {"size": 2}})
    await bench.store.core.log.update("ns/a", draft, expected=record.revision)

    def only_two(obj: Any) -> None:
        if obj["spec"]["size"] != 2:
            raise errors.Forbidden("too small")
        obj["spec"]["seen"] = True

    assert (await bench.update("a", only_two))["spec"] == {"size": 2, "seen": True}


async def test_hooks_and_admission_see_both_objects(make: Made) -> None:
    seen: list[str] = []

    class Told(strategy.Strategy):
        async def prepare_for_update(self, ctx: Any, obj: Any, old: Any) -> None:
            seen.append("prepare")
            obj["spec"]["old"] = old["spec"]["size"]

        def validate_update(self, ctx: Any, obj: Any, old: Any) -> Any:
            seen.append("validate")
            if obj["spec"]["size"] < old["spec"]["size"]:
                yield fielderrors.invalid("spec.size", obj["spec"]["size"], "must not shrink")

        def warnings_on_update(self, ctx: Any, obj: Any, old: Any) -> Any:
            seen.append("warn")
            return ["careful"]

        def canonicalize(self, obj: Any) -> None:
            seen.append("canonicalize")

    async def admission(obj: Any, old: Any) -> None:
        if old is not None:
            seen.append("admission")

    bench = make(Told())
    await bench.create("a", spec={"size": 1})
    seen.clear()
    new = await bench.update("a", size(2), validate=admission)
    assert new["spec"] == {"size": 2, "old": 1}
    assert seen == ["prepare", "validate", "warn", "canonicalize", "admission"]
    with pytest.raises(errors.Invalid, match="must not shrink"):
        await bench.update("a", size(1))


async def test_an_update_creates_where_it_may(bench: Bench, make: Made) -> None:
    class Creating(strategy.Strategy):
        allow_create_on_update = True

    body = {"kind": "Widget", "apiVersion": "toys.example.org/v1", "metadata": {"name": "a", "resourceVersion": "5"}}
    for chosen, leave in ((make(Creating()), False), (bench, True)):
        made = await chosen.update_result("a", obj=body, allow_create=leave)
        assert made.created
        assert made.obj["metadata"]["uid"]
        assert not (await chosen.update_result("a", lambda obj: None, allow_create=leave)).created
    with pytest.raises(errors.Conflict, match=r"UID in object meta: $"):
        await bench.update("b", Merge(obj=body, preconditions=options.Preconditions(uid="x")), allow_create=True)


async def test_creating_by_update_meets_somebody_faster(bench: Bench) -> None:
    async def race(obj: Any) -> None:
        obj.setdefault("spec", {})["tries"] = update.tries
        if update.tries == 1:
            await bench.create("a")

    update = Merge(race)
    update.obj = None

    async def named(obj: Any) -> None:
        obj["metadata"]["name"] = "a"
        await race(obj)

    update.change = named
    made = await bench.update_result("a", update, allow_create=True)
    assert not made.created
    assert made.obj["spec"] == {"tries": 2}


async def test_a_dry_run_changes_nothing(bench: Bench) -> None:
    old = await bench.create("a", spec={"size": 1})
    would = await bench.update("a", size(2), dry_run=True)
    assert would["spec"] == {"size": 2}
    assert would["metadata"]["resourceVersion"] == old["metadata"]["resourceVersion"]
    assert await bench.get("a") == old
    made = await bench.update_result("b", obj={"metadata": {"name": "b"}}, dry_run=True, allow_create=True)
    assert made.created
    assert await bench.names() == ["a"]


class Around(strategy.Strategy):
    """Tells how each write ended that something was put around."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def around_write(self, ctx: Any, obj: Any, old: Any, *, dry_run: bool) -> Any:
        @asynccontextmanager
        async def around() -> Any:
            try:
                yield
                self.seen.append("kept")
            except Exception as error:
                self.seen.append(type(error).__name__)
                raise

        return around()

    def validate_update(self, ctx: Any, obj: Any, old: Any) -> Any:
        if obj["spec"]["size"] > 9:
            yield fielderrors.invalid("spec.size", obj["spec"]["size"], "too large")


async def test_what_is_put_around_an_update_learns_how_it_ends(make: Made) -> None:
    around = Around()
    bench = make(around)
    await bench.create("a", spec={"size": 1})
    around.seen.clear()
    await bench.update("a", size(2))
    with pytest.raises(errors.Invalid):
        await bench.update("a", size(10))
    assert around.seen == ["kept", "Invalid"]


async def test_what_is_put_around_an_update_is_there_until_it_is_written(make: Made) -> None:
    around = Around()
    bench = make(around)
    await bench.create("a", spec={"size": 1})
    around.seen.clear()
    disturbed = False

    async def change(obj: Any) -> None:
        nonlocal disturbed
        if not disturbed:
            disturbed = True
            await bench.update("a", size(2))
            around.seen.clear()
        obj["spec"]["other"] = 1

    made = await bench.update("a", change)
    assert made["spec"] == {"size": 2, "other": 1}
    assert around.seen == ["Conflict", "kept"]


async def test_what_is_put_around_learns_that_an_object_goes_instead(make: Made) -> None:
    around = Around()
    bench = make(around)
    await bench.create("a", spec={"size": 1}, metadata={"finalizers": ["x/y"]})
    await bench.delete("a")
    around.seen.clear()

    def let_go(obj: Any) -> None:
        del obj["metadata"]["finalizers"]

    await bench.update("a", let_go)
    assert (around.seen, await bench.names()) == (["LastFinalizerGone"], [])
