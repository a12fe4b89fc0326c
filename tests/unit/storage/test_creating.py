"""Creating: system fields, names, namespaces, what is refused, and dry run."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import Any

import pytest

from kroute.machinery import errors, fielderrors
from kroute.storage import options, stored, strategy
from tests.unit.storage.benches import Bench, Made


async def test_a_new_object_gets_system_fields(bench: Bench) -> None:
    made = await bench.create("a", spec={"size": 1})
    metadata = made["metadata"]
    assert (metadata["name"], metadata["namespace"]) == ("a", "ns")
    assert metadata["creationTimestamp"] == "2023-11-14T22:13:20Z"
    assert len(metadata["uid"]) == 36
    assert int(metadata["resourceVersion"]) > 0
    assert await bench.get("a") == made


async def test_what_clients_may_not_set_is_dropped(bench: Bench) -> None:
    preset = {
        "uid": "mine",
        "creationTimestamp": "2001-02-03T04:05:06Z",
        "deletionTimestamp": "2001-02-03T04:05:06Z",
        "deletionGracePeriodSeconds": 30,
        "selfLink": "/x",
        "resourceVersion": "0",
        "generation": 7,
    }
    metadata = (await bench.create("a", metadata=preset))["metadata"]
    assert metadata["uid"] != "mine"
    assert metadata["creationTimestamp"] == "2023-11-14T22:13:20Z"
    assert not {"deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"} & set(metadata)
    assert metadata["generation"] == 7


async def test_the_stored_bytes_are_the_answer(bench: Bench) -> None:
    await bench.create("a", spec={"size": 1})
    found = await bench.store.get(bench.ctx, "a", options.GetOptions())
    assert isinstance(found, stored.Stored)
    head = b'{"kind":"Widget","apiVersion":"toys.example.org/v1",'
    assert found.value[: found.cut] == head
    assert found.value.startswith(head + b'"metadata":{"name":"a",')
    assert b',"resourceVersion":"%d","creationTimestamp":' % found.revision in found.value


async def test_a_name_is_taken_once(bench: Bench) -> None:
    await bench.create("a")
    with pytest.raises(errors.AlreadyExists, match=r'widgets.toys.example.org "a" already exists'):
        await bench.create("a")
    await bench.create("a", ctx=bench.within("other"))


async def test_a_name_under_deletion_says_so(bench: Bench) -> None:
    await bench.create("a", metadata={"finalizers": ["example.com/hold"]})
    await bench.delete("a")
    with pytest.raises(errors.AlreadyExists) as caught:
        await bench.create("a")
    assert caught.value.message == 'object is being deleted: widgets.toys.example.org "a" already exists'


async def test_a_name_is_generated(bench: Bench) -> None:
    metadata = (await bench.create(metadata={"generateName": "web-"}))["metadata"]
    assert metadata["name"].startswith("web-")
    assert len(metadata["name"]) == 9
    assert metadata["generateName"] == "web-"


async def test_another_name_is_generated_when_one_is_taken(make: Made) -> None:
    class Numbered(strategy.Strategy):
        suffixes = iter("aaab")

        def generate_name(self, base: str) -> str:
            return base + next(self.suffixes)

    bench = make(Numbered())
    names = [(await bench.create(metadata={"generateName": "web-"}))["metadata"]["name"] for _ in range(2)]
    assert names == ["web-a", "web-b"]


async def test_generating_gives_up_with_a_retryable_answer(make: Made) -> None:
    class Stubborn(strategy.Strategy):
        tries = 0

        def generate_name(self, base: str) -> str:
            self.tries += 1
            return f"{base}x"

    own = Stubborn()
    bench = make(own)
    await bench.create(metadata={"generateName": "web-"})
    with pytest.raises(errors.AlreadyExists) as caught:
        await bench.create(metadata={"generateName": "web-"})
    assert own.tries == 9
    assert caught.value.message.endswith("the server was not able to generate a unique name for the object")
    assert caught.value.details is not None
    assert caught.value.details["retryAfterSeconds"] == 1


async def test_a_given_name_wins_over_a_prefix(bench: Bench) -> None:
    made = await bench.create("fixed", metadata={"generateName": "web-"})
    assert made["metadata"]["name"] == "fixed"
    with pytest.raises(errors.AlreadyExists, match="not able to generate"):
        await bench.create("fixed", metadata={"generateName": "web-"})


async def test_a_namespace_must_be_that_of_the_path(bench: Bench) -> None:
    await bench.create("a", metadata={"namespace": "ns"})
    with pytest.raises(errors.BadRequest, match="does not match the namespace sent on the request"):
        await bench.create("b", metadata={"namespace": "other"})


async def test_a_cluster_scoped_object_loses_its_namespace(make: Made) -> None:
    bench = make(namespaced=False)
    made = await bench.create("a", metadata={"namespace": "other"}, ctx=bench.within(""))
    assert "namespace" not in made["metadata"]


@pytest.mark.parametrize(
    "metadata, field",
    [
        ({}, "metadata.name"),
        ({"name": "Bad_Name"}, "metadata.name"),
        ({"name": "a", "labels": {"-x": "y"}}, "metadata.labels"),
        ({"name": "a", "annotations": {"a b": "y"}}, "metadata.annotations"),
        ({"name": "a", "finalizers": ["x y"]}, "metadata.finalizers"),
    ],
)
async def test_bad_metadata_is_refused(bench: Bench, metadata: dict[str, Any], field: str) -> None:
    with pytest.raises(errors.Invalid) as caught:
        await bench.create(metadata=metadata)
    assert caught.value.details is not None
    assert [cause["field"] for cause in caught.value.details["causes"]] == [field]
    assert caught.value.details["kind"] == "Widget"


async def test_a_resource_version_is_refused_but_only_a_real_one(bench: Bench) -> None:
    with pytest.raises(errors.BadRequest, match="resourceVersion should not be set on objects to be created"):
        await bench.create("a", metadata={"resourceVersion": "12"})
    await bench.create("a", metadata={"resourceVersion": "abc"})


async def test_what_json_cannot_hold_is_refused(bench: Bench) -> None:
    for value in (2**70, {1: 2}, "\ud800", object()):
        with pytest.raises(errors.BadRequest, match="can't be written as JSON"):
            await bench.create("a", spec=value)
    deep: Any = {}
    for _ in range(400):
        deep = {"x": deep}
    with pytest.raises(errors.BadRequest, match="can't be written as JSON"):
        await bench.create("a", spec=deep)


async def test_hooks_run_in_order_around_admission(make: Made) -> None:
    seen: list[str] = []

    class Told(strategy.Strategy):
        async def prepare_for_create(self, ctx: Any, obj: Any) -> None:
            seen.append("prepare")
            obj["spec"] = {"prepared": True}

        def validate(self, ctx: Any, obj: Any) -> Any:
            seen.append("validate")
            return []

        def warnings_on_create(self, ctx: Any, obj: Any) -> Any:
            seen.append("warn")
            return ["be careful"]

        def canonicalize(self, obj: Any) -> None:
            seen.append("canonicalize")

    async def admission(obj: Any, old: Any) -> None:
        seen.append("admission")
        assert old is None
        assert obj["spec"] == {"prepared": True}

    bench = make(Told())
    await bench.create("a", validate=admission)
    assert seen == ["prepare", "validate", "warn", "canonicalize", "admission"]
    assert bench.ctx.warnings == ["be careful"]


async def test_field_errors_and_admission_refuse(make: Made) -> None:
    class Strict(strategy.Strategy):
        def validate(self, ctx: Any, obj: Any) -> Any:
            yield fielderrors.invalid("spec.size", 0, "must be at least 1")

    async def never(obj: Any, old: Any) -> None:
        raise errors.Forbidden("no")

    with pytest.raises(errors.Invalid) as caught:
        await make(Strict()).create("a", validate=never)
    assert caught.value.message == (
        'Widget.toys.example.org "a" is invalid: spec.size: Invalid value: 0: must be at least 1'
    )
    bench = make()
    with pytest.raises(errors.Forbidden):
        await bench.create("a", validate=never)
    assert await bench.names() == []


async def test_a_dry_run_says_what_would_be(bench: Bench) -> None:
    made = await bench.create("a", dry_run=True, spec={"size": 1})
    assert "resourceVersion" not in made["metadata"]
    assert made["metadata"]["uid"]
    assert await bench.names() == []
    await bench.create("a")
    with pytest.raises(errors.AlreadyExists):
        await bench.create("a", dry_run=True)


async def test_what_is_put_around_a_write_learns_how_it_ends(make: Made) -> None:
    seen: list[str] = []

    class Around(strategy.Strategy):
        def around_write(self, ctx: Any, obj: Any, old: Any, *, dry_run: bool) -> Any:
            @asynccontextmanager
            async def around() -> Any:
                obj["spec"] = {"port": 1}
                try:
                    yield
                    seen.append("kept")
                except errors.APIError:
                    seen.append("given back")
                    raise

            return around()

    bench = make(Around())
    assert (await bench.create("a"))["spec"] == {"port": 1}
    with pytest.raises(errors.AlreadyExists):
        await bench.create("a")
    assert seen == ["kept", "given back"]


async def test_an_object_with_a_time_to_live_deletes_itself(make: Made) -> None:
    class Brief(strategy.Strategy):
        def ttl(self, obj: Any) -> float | None:
            return 0.01 if obj["spec"]["brief"] else None

    bench = make(Brief())
    await bench.create("lasting", spec={"brief": False})
    watch = bench.watch(resource_version=(await bench.list()).resource_version)
    await bench.create("brief", spec={"brief": True})
    assert await watch.told(2) == [("ADDED", "brief"), ("DELETED", "brief")]
    await watch.aclose()
    assert await bench.names() == ["lasting"]
