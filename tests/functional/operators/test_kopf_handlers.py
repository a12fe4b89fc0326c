"""Operators made with kopf: handlers of creation, changes and deletion, as in kopf's own examples."""

from __future__ import annotations

import json
import logging
from typing import Any

import kopf
import pytest

from tests.functional.operators import manifests, operating

KIND = "kopfexamples"
FINALIZER = "kopf.zalando.org/KopfFinalizerMarker"
LAST = "kopf.zalando.org/last-handled-configuration"


def changing(seen: operating.Seen) -> kopf.OperatorRegistry:
    """Handlers of an object's whole life, in the loop and in threads."""
    registry = kopf.OperatorRegistry()

    @kopf.on.create(KIND, id="made", registry=registry)
    def made(spec: kopf.Spec, patch: kopf.Patch, **_: Any) -> Any:
        patch.status["ready"] = True
        patch.metadata.labels["made"] = "yes"
        return {"duration": spec["duration"]}

    @kopf.on.create(KIND, backoff=0.1, id="slowly", registry=registry)
    async def slowly(retry: int, **_: Any) -> Any:
        if not retry:
            raise kopf.TemporaryError("not yet", delay=0.1)
        if retry == 1:
            raise RuntimeError("an accident")
        return retry

    @kopf.on.create(KIND, id="never", registry=registry)
    async def never(name: str, **_: Any) -> None:
        seen("never", name)
        raise kopf.PermanentError("not at all")

    @kopf.on.create(KIND, labels={"tier": "front"}, id="filtered", registry=registry)
    async def filtered(name: str, **_: Any) -> None:
        seen("filtered", name)

    @kopf.on.update(KIND, labels={"made": kopf.PRESENT}, id="updated", registry=registry)
    def updated(name: str, diff: kopf.Diff, **_: Any) -> None:
        for operation, field, old, new in diff:
            seen("updated", name, operation, field, old, new)

    @kopf.on.field(KIND, field="spec.field", id="field", registry=registry)
    async def field(name: str, old: Any, new: Any, **_: Any) -> None:
        seen("field", name, old, new)

    @kopf.on.delete(KIND, id="gone", registry=registry)
    def gone(name: str, **_: Any) -> None:
        seen("gone", name)

    @kopf.on.delete(KIND, id="gone_too", registry=registry, optional=True)
    async def gone_too(name: str, **_: Any) -> None:
        seen("gone too", name)

    return registry


@pytest.mark.parametrize("streaming", [False, True], ids=["listed", "streamed"])
def test_an_objects_life(cluster: operating.Cluster, seen: operating.Seen, streaming: bool) -> None:
    settings = kopf.OperatorSettings()
    settings.watching.initial_streaming = streaming
    cluster.example("before", duration="1m", field="a")  # it is found when the operator starts
    with operating.operating(changing(seen), settings=settings, namespaces=[cluster.namespace]):
        cluster.example("one", labels={"tier": "front"}, duration="2m", field="a")
        for name, duration in ("before", "1m"), ("one", "2m"):
            found = cluster.until(
                cluster.examples,
                lambda _, obj, name=name: (  # type: ignore[misc]
                    obj["metadata"]["name"] == name and obj.get("status", {}).get("slowly") is not None
                ),
            )
            assert found["status"] == {"ready": True, "made": {"duration": duration}, "slowly": 2}
            assert found["metadata"]["finalizers"] == [FINALIZER]
            assert found["metadata"]["generation"] == 1
            assert json.loads(found["metadata"]["annotations"][LAST])["spec"] == {"duration": duration, "field": "a"}
            seen.wait("field", name, None, "a")
        cluster.patch(f"{cluster.examples}/one", {"spec": {"field": "b", "items": [1]}})
        seen.wait("updated", "one", "change", ("spec", "field"), "a", "b")
        seen.wait("updated", "one", "add", ("spec", "items"), None, [1])
        seen.wait("field", "one", "a", "b")
        cluster.delete(f"{cluster.examples}/one")
        cluster.until_gone(cluster.examples, found)
        seen.wait("gone", "one")
        seen.wait("gone too", "one")
        cluster.delete(f"{cluster.examples}/before")
        seen.wait("gone", "before")
    assert seen.found.count(("never", "one")) == 1
    assert [each for each in seen.found if each[0] == "filtered"] == [("filtered", "one")]


def test_handlers_of_an_objects_parts(cluster: operating.Cluster, seen: operating.Seen) -> None:
    registry = kopf.OperatorRegistry()

    @kopf.on.create("kex", id="made", registry=registry)
    async def made(spec: kopf.Spec, **_: Any) -> None:
        for item in spec["items"]:

            @kopf.subhandler(id=item)
            async def part(item: str = item, **_: Any) -> Any:
                seen("part", item)
                return item.upper()

    with operating.operating(registry, namespaces=[cluster.namespace]):
        cluster.example("one", items=["a", "b", "c"])
        found = cluster.until(cluster.examples, lambda _, obj: "made/c" in obj.get("status", {}))
    assert found["status"] == {"made/a": "A", "made/b": "B", "made/c": "C"}
    assert sorted(seen.found) == [("part", "a"), ("part", "b"), ("part", "c")]
    assert "finalizers" not in found["metadata"]


def test_what_an_operator_tells_in_events(cluster: operating.Cluster, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "kopf.objects")
    registry = kopf.OperatorRegistry()

    @kopf.on.create(KIND, id="made", registry=registry)
    def made(body: kopf.Body, logger: kopf.Logger, **_: Any) -> None:
        kopf.event(body, type="SomeType", reason="SomeReason", message="Some message")
        kopf.info(body, reason="Informed", message="x" * 2000)
        kopf.warn(body, reason="Warned")
        try:
            raise RuntimeError("Exception text.")
        except RuntimeError:
            kopf.exception(body, reason="Failed", message="Some exception:")
        logger.info("It is made.")

    settings = kopf.OperatorSettings()
    settings.posting.loggers = True
    wanted = {
        ("SomeType", "SomeReason"),
        ("Normal", "Informed"),
        ("Warning", "Warned"),
        ("Error", "Failed"),
        ("Normal", "Logging"),
    }
    found: dict[tuple[str, str], Any] = {}

    def all_told(_: str, event: Any) -> bool:
        found[event["type"], event["reason"]] = event
        return wanted <= set(found)

    with operating.operating(registry, settings=settings, namespaces=[cluster.namespace]):
        made_object = cluster.example("one")
        cluster.until(f"{cluster.core}/events", all_told)
    told_of = found["SomeType", "SomeReason"]
    assert (told_of["message"], told_of["source"]) == ("Some message", {"component": "kopf"})
    assert told_of["involvedObject"] == {
        "apiVersion": "kopf.dev/v1",
        "kind": "KopfExample",
        "name": "one",
        "namespace": cluster.namespace,
        "uid": made_object["metadata"]["uid"],
    }


def test_children_are_collected_when_their_owner_goes(cluster: operating.Cluster, seen: operating.Seen) -> None:
    registry = kopf.OperatorRegistry()

    @kopf.on.create(KIND, id="made", registry=registry)
    def made(spec: kopf.Spec, **_: Any) -> Any:
        container = {"name": "the-only-one", "image": "busybox", "env": [{"name": "FIELD", "value": spec["field"]}]}
        pod: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [container]}}
        kopf.adopt(pod)
        return {"children": [cluster.post(f"{cluster.core}/pods", pod)["metadata"]["uid"]]}

    @kopf.on.event("pods", id="pod", registry=registry)
    async def pod(type: str | None, labels: kopf.Labels, **_: Any) -> None:  # noqa: A002
        seen("pod", type, labels.get("tier"))

    with operating.operating(registry, namespaces=[cluster.namespace]):
        owner = cluster.example("one", labels={"tier": "front"}, field="value")
        child = cluster.until(f"{cluster.core}/pods", lambda kind, _: kind == "ADDED")
        seen.wait("pod", "ADDED", "front")
        found = cluster.until(cluster.examples, lambda _, obj: "made" in obj.get("status", {}))
        assert found["status"]["made"] == {"children": [child["metadata"]["uid"]]}
        assert child["metadata"]["ownerReferences"] == [
            {
                "apiVersion": "kopf.dev/v1",
                "kind": "KopfExample",
                "name": "one",
                "uid": owner["metadata"]["uid"],
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ]
        cluster.delete(f"{cluster.examples}/one")
        cluster.until_gone(f"{cluster.core}/pods", child)
        seen.wait("pod", "DELETED", "front")


def test_an_operator_that_starts_again_goes_on(cluster: operating.Cluster, seen: operating.Seen) -> None:
    def handlers(run: str) -> kopf.OperatorRegistry:
        registry = kopf.OperatorRegistry()

        @kopf.on.resume(KIND, id="resumed", registry=registry)
        async def resumed(name: str, **_: Any) -> None:
            seen(run, "resumed", name)

        @kopf.on.create(KIND, id="made", registry=registry)
        async def made(name: str, **_: Any) -> None:
            seen(run, "made", name)

        @kopf.on.update(KIND, field="spec.field", id="updated", registry=registry)
        async def updated(name: str, old: Any, new: Any, **_: Any) -> None:
            seen(run, "updated", name, old, new)

        @kopf.on.delete(KIND, id="gone", registry=registry)
        async def gone(name: str, **_: Any) -> None:
            seen(run, "gone", name)

        return registry

    with operating.operating(handlers("first"), namespaces=[cluster.namespace]):
        for name in "one", "two":
            cluster.example(name, field="a")
            made = cluster.until(
                cluster.examples,
                lambda _, obj, name=name: (  # type: ignore[misc]
                    obj["metadata"]["name"] == name and LAST in obj["metadata"].get("annotations", {})
                ),
            )
    cluster.patch(f"{cluster.examples}/one", {"spec": {"field": "b"}})
    cluster.delete(f"{cluster.examples}/two")
    assert cluster.is_there(f"{cluster.examples}/two")  # it waits for its operator
    with operating.operating(handlers("second"), namespaces=[cluster.namespace]):
        seen.wait("second", "resumed", "one")
        seen.wait("second", "updated", "one", "a", "b")
        seen.wait("second", "gone", "two")
        cluster.until_gone(cluster.examples, made)
    assert not {("first", "resumed", "one"), ("second", "made", "one")} & set(seen.found)


def test_a_definition_that_comes_and_goes_while_an_operator_runs(
    cluster: operating.Cluster, seen: operating.Seen
) -> None:
    registry = kopf.OperatorRegistry()

    @kopf.on.create("kopflates", id="made", registry=registry)
    async def made(name: str, **_: Any) -> None:
        seen("made", name)

    @kopf.on.delete("kopflates", id="gone", registry=registry)
    async def gone(name: str, **_: Any) -> None:
        seen("gone", name)

    definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    lates = f"/apis/kopf.dev/v1/namespaces/{cluster.namespace}/kopflates"

    def established(_: str, obj: Any) -> bool:
        conditions = {each["type"]: each["status"] for each in obj.get("status", {}).get("conditions") or ()}
        return obj["spec"]["names"]["kind"] == "KopfLate" and conditions.get("Established") == "True"

    with operating.operating(registry, namespaces=[cluster.namespace]):
        for turn in 1, 2:
            cluster.post(definitions, manifests.definition("KopfLate", spec=True))
            definition = cluster.until(definitions, established)
            late = cluster.post(lates, {**operating.example("one"), "kind": "KopfLate"})
            seen.wait("made", "one", times=turn)
            cluster.delete(f"{lates}/one")
            cluster.until_gone(lates, late)
            seen.wait("gone", "one", times=turn)
            cluster.delete(f"{definitions}/kopflates.kopf.dev")
            cluster.until_gone(definitions, definition)
