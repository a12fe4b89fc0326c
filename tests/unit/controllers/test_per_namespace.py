"""Default accounts and authorities, quotas, and the protection of volumes in use."""

from __future__ import annotations

import asyncio

from kroute.controllers import pernamespace
from kroute.machinery import errors, gvk, objects
from tests.unit.controllers import serving

NAMES = ("namespaces", "configmaps", "serviceaccounts", "resourcequotas", "pods", "persistentvolumeclaims",
         "persistentvolumes", "secrets")  # fmt: skip
QUOTAS = gvk.GroupVersionResource("", "v1", "resourcequotas")
PODS = gvk.GroupVersionResource("", "v1", "pods")
CLAIMS = gvk.GroupVersionResource("", "v1", "persistentvolumeclaims")
VOLUMES = gvk.GroupVersionResource("", "v1", "persistentvolumes")
ACCOUNTS, CONFIGMAPS, ROOT = pernamespace.ACCOUNTS, serving.CONFIGMAPS, pernamespace.ROOT_CA
WANTED = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}


async def data(served: serving.Served, namespace: str) -> object:
    try:
        return (await served.client.get(CONFIGMAPS, ROOT, namespace=namespace)).get("data")
    except errors.NotFound:
        return None


async def test_every_namespace_has_its_account_and_the_authority_and_gets_them_back() -> None:
    async with serving.served(NAMES, controllers=("serviceaccount", "root-ca-cert-publisher")) as served:
        await served.create(serving.NAMESPACES, "new")

        async def complete() -> bool:
            accounts = [await served.is_there(ACCOUNTS, "default", name) for name in ("default", "kube-system", "new")]
            return all(accounts) and await data(served, "new") == {"ca.crt": "the authority"}

        await serving.eventually(complete)
        await served.client.delete(ACCOUNTS, "default", namespace="new")
        await served.client.delete(CONFIGMAPS, ROOT, namespace="new")
        await serving.eventually(complete)
        await served.client.patch(CONFIGMAPS, ROOT, {"data": {"ca.crt": "bent", "more": "x"}}, namespace="new")
        await serving.eventually(complete)


async def test_a_namespace_that_goes_gets_nothing_more() -> None:
    async with serving.served(NAMES, controllers=("*",)) as served:
        for number in range(5):
            await served.create(serving.NAMESPACES, f"n{number}")
            await served.client.delete(serving.NAMESPACES, f"n{number}")
        for number in range(5):
            await served.gone(serving.NAMESPACES, f"n{number}")
        found = (await served.client.list(ACCOUNTS))["items"]
        assert not [item for item in found if item["metadata"]["namespace"].startswith("n")]


async def used(served: serving.Served) -> dict[str, str]:
    found = await served.client.get(QUOTAS, "q", namespace="default")
    return dict((found.get("status") or {}).get("used") or {})


async def test_a_quota_counts_what_was_there_and_what_goes() -> None:
    hard = {"configmaps": "10", "count/secrets": "5", "requests.storage": "10Gi", "count/nothings.example.org": "1"}
    async with serving.served(NAMES, controllers=("resourcequota-controller",)) as served:
        for number in range(3):
            await served.create(CONFIGMAPS, f"c{number}", "default")
        await served.create(CLAIMS, "claim", "default", spec=WANTED)
        await served.create(QUOTAS, "q", "default", spec={"hard": hard})

        async def counted(configmaps: str, storage: str) -> None:
            wanted = {"configmaps": configmaps, "count/secrets": "0", "requests.storage": storage}

            async def check() -> bool:
                return await used(served) == wanted

            await serving.eventually(check)

        await counted("3", "1Gi")
        await asyncio.gather(*(served.create(CONFIGMAPS, f"d{number}", "default") for number in range(7)))
        await counted("10", "1Gi")
        for name in ("c0", "d0"):
            await served.client.delete(CONFIGMAPS, name, namespace="default")
        await served.client.patch(CLAIMS, "claim", {"metadata": {"finalizers": None}}, namespace="default")
        await served.client.delete(CLAIMS, "claim", namespace="default")
        await counted("8", "0")
        found = await served.client.get(QUOTAS, "q", namespace="default")
        assert found["status"]["hard"] == hard


async def test_a_claim_stays_while_a_pod_uses_it() -> None:
    async with serving.served(NAMES, controllers=("pvc-protection",)) as served:
        await served.create(ACCOUNTS, "default", "default")
        for name in ("used", "free", "unscheduled"):
            await served.create(CLAIMS, name, "default", spec=WANTED)
        for name, node in (("used", "n1"), ("unscheduled", "")):
            volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": name}}]
            spec: objects.Object = {"containers": [{"name": "c", "image": "i"}], "volumes": volumes}
            await served.create(PODS, name, "default", spec={**spec, **({"nodeName": node} if node else {})})
        for name in ("used", "free", "unscheduled"):
            await served.client.delete(CLAIMS, name, namespace="default")
        await served.gone(CLAIMS, "free", "default")
        await served.gone(CLAIMS, "unscheduled", "default")
        assert await served.is_there(CLAIMS, "used", "default")
        options = {"gracePeriodSeconds": 0}
        await served.client.request("DELETE", "/api/v1/namespaces/default/pods/used", options)
        await served.gone(CLAIMS, "used", "default")


async def test_a_volume_stays_while_it_is_bound() -> None:
    async with serving.served(NAMES, controllers=("pv-protection",)) as served:
        spec = {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}, "hostPath": {"path": "/x"}}
        for name in ("bound", "free"):
            await served.create(VOLUMES, name, spec=spec)
        await served.client.patch(VOLUMES, "bound", {"status": {"phase": "Bound"}}, subresource="status")
        for name in ("bound", "free"):
            await served.client.delete(VOLUMES, name)
        await served.gone(VOLUMES, "free")
        assert await served.is_there(VOLUMES, "bound")
        await served.client.patch(VOLUMES, "bound", {"status": {"phase": "Released"}}, subresource="status")
        await served.gone(VOLUMES, "bound")
