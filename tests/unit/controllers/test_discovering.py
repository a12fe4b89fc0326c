"""What controllers know of what is served, and what becomes of namespaces when some of it can't be asked."""

from __future__ import annotations

from kroute.aio import tasks
from kroute.controllers import discovering, room
from kroute.controllers.namespaces import conditions, controller
from kroute.machinery import gvk
from tests.unit.controllers import serving

NAMES = ("namespaces", "configmaps", "deployments.apps", "horizontalpodautoscalers.autoscaling")
LOST = gvk.GroupVersion("metrics.example.org", "v1")


async def test_resources_are_found_by_kind_in_any_version_and_by_name_in_the_preferred_one() -> None:
    async with serving.served(NAMES) as served:
        found = await served.resources.of_kind("autoscaling/v1", "HorizontalPodAutoscaler")
        assert found is not None
        assert (found.gvr, found.namespaced) == (
            gvk.GroupVersionResource("autoscaling", "v1", "horizontalpodautoscalers"),
            True,
        )
        named = await served.resources.named("horizontalpodautoscalers.autoscaling")
        assert named is not None
        assert named.gvr.version == "v2"
        namespaces = await served.resources.of_kind("v1", "Namespace")
        assert namespaces is not None
        assert not namespaces.namespaced
        for api_version, kind in (("v1", "Nothing"), ("apps/v1beta1", "Deployment"), ("a/b/c", "Deployment")):
            assert await served.resources.of_kind(api_version, kind) is None


class Partly(discovering.Resources):
    """One group-version can't be asked until it is."""

    lost = True

    async def found(self, *, fresh: bool = False) -> discovering.Found:
        found = await super().found(fresh=fresh)
        return found._replace(stale=[LOST]) if self.lost else found


async def test_a_namespace_stays_as_long_as_not_everything_in_it_can_be_known() -> None:
    async with serving.served(NAMES) as served, tasks.Scope("test") as scope:
        resources = Partly(served.client, served.caches)
        await controller.start(room.Room(client=served.client, caches=served.caches, resources=resources), scope)
        await served.create(serving.NAMESPACES, "one")
        await served.create(serving.CONFIGMAPS, "c", "one")
        await served.client.delete(serving.NAMESPACES, "one")
        told: list[dict[str, str]] = []

        async def check() -> bool:
            status = (await served.client.get(serving.NAMESPACES, "one"))["status"]
            told[:] = [each for each in status.get("conditions") or () if each["type"] == conditions.DISCOVERY]
            return bool(told)

        await serving.eventually(check)
        assert (told[0]["status"], told[0]["reason"]) == ("True", "DiscoveryFailed")
        assert told[0]["message"] == (
            "Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: "
            "metrics.example.org/v1: stale GroupVersion discovery: metrics.example.org/v1"
        )
        assert not await served.is_there(serving.CONFIGMAPS, "c", "one")
        resources.lost = False
        await served.gone(serving.NAMESPACES, "one")
