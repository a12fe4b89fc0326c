"""What is there from the start, and comes back."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from kroute.bootstrap import authentication, endpoints, essentials, identity, server
from kroute.machinery import errors, gvk, objects
from kroute.storage.backend import base
from kroute.storage.backend.memory import backend as memory
from tests.unit.controllers import serving

SERVICES, ENDPOINTS, SLICES = endpoints.SERVICE, endpoints.ENDPOINTS, endpoints.SLICE
FLOW_SCHEMAS = gvk.GroupVersionResource("flowcontrol.apiserver.k8s.io", "v1", "flowschemas")
LEVELS = gvk.GroupVersionResource("flowcontrol.apiserver.k8s.io", "v1", "prioritylevelconfigurations")
OPTIONS = {"service_ranges": ["10.96.0.0/16"], "cluster_ip": "10.96.0.1", "address": "10.1.2.3", "port": 6443}
TRUST = authentication.Trust(client_ca="-----BEGIN CERTIFICATE-----\nours\n-----END CERTIFICATE-----\n")


@contextlib.asynccontextmanager
async def bootstrapped(backend: base.Backend | None = None, **options: object) -> AsyncIterator[serving.Served]:
    made = server.Bootstrap(server.Options(**{"trust": lambda: TRUST, **OPTIONS, **options}))  # type: ignore[arg-type]
    async with serving.served(backend=backend, beside=[made]) as served:
        await serving.eventually(served.ready)
        yield served


async def changed(
    served: serving.Served,
    resource: gvk.GroupVersionResource,
    name: str,
    check: Callable[[objects.Object], object],
    namespace: str = "",
) -> objects.Object:
    """Wait until an object is there and is as it should be."""
    found: list[objects.Object] = []

    async def look() -> bool:
        try:
            found[:] = [await served.client.get(resource, name, namespace=namespace)]
        except errors.NotFound:
            return False
        return bool(check(found[0]))

    await serving.eventually(look)
    return found[0]


async def test_everything_is_there_once_the_server_is_ready() -> None:
    async with bootstrapped() as served:
        names = {item["metadata"]["name"] for item in (await served.client.list(serving.NAMESPACES))["items"]}
        assert names == {"default", "kube-system", "kube-public", "kube-node-lease"}
        service = await served.client.get(SERVICES, "kubernetes", namespace="default")
        assert service["spec"]["clusterIP"] == "10.96.0.1"
        assert service["spec"]["ports"] == [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}]
        found = await served.client.get(ENDPOINTS, "kubernetes", namespace="default")
        assert found["subsets"] == [
            {"addresses": [{"ip": "10.1.2.3"}], "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}]}
        ]
        found = await served.client.get(SLICES, "kubernetes", namespace="default")
        assert [each["addresses"] for each in found["endpoints"]] == [["10.1.2.3"]]
        assert len((await served.client.list(FLOW_SCHEMAS))["items"]) == 11
        assert len((await served.client.list(LEVELS))["items"]) == 8
        assert len((await served.client.list(essentials.PRIORITY_CLASS))["items"]) == 2
        trust = await served.client.get(
            essentials.CONFIG_MAP, "extension-apiserver-authentication", namespace="kube-system"
        )
        assert trust["data"] == {"client-ca-file": TRUST.client_ca}
        await served.client.get(essentials.SERVICE_CIDR, "kubernetes")


async def test_what_is_deleted_comes_back() -> None:
    async with bootstrapped() as served:
        places = [
            (SERVICES, "kubernetes", "default"),
            (ENDPOINTS, "kubernetes", "default"),
            (SLICES, "kubernetes", "default"),
            (FLOW_SCHEMAS, "catch-all", ""),
            (FLOW_SCHEMAS, "probes", ""),
            (LEVELS, "exempt", ""),
            (essentials.CONFIG_MAP, "extension-apiserver-authentication", "kube-system"),
            (essentials.SERVICE_CIDR, "kubernetes", ""),
        ]
        for resource, name, namespace in places:
            before = (await served.client.get(resource, name, namespace=namespace))["metadata"]["uid"]
            await served.client.delete(resource, name, namespace=namespace)

            def is_new(obj: objects.Object, before: str = before) -> bool:
                return bool(obj["metadata"]["uid"] != before)

            await changed(served, resource, name, is_new, namespace)


async def test_what_is_bent_is_mended() -> None:
    async with bootstrapped() as served:
        client = served.client.named("somebody")
        ports = [{"op": "replace", "path": "/spec/ports/0/port", "value": 1}]
        await client.patch(
            SERVICES, "kubernetes", ports, namespace="default", content_type="application/json-patch+json"
        )
        await changed(served, SERVICES, "kubernetes", lambda obj: obj["spec"]["ports"][0]["port"] == 443, "default")
        await client.patch(ENDPOINTS, "kubernetes", {"subsets": None}, namespace="default")
        await changed(served, ENDPOINTS, "kubernetes", lambda obj: obj.get("subsets"), "default")
        await client.patch(LEVELS, "workload-low", {"spec": {"limited": {"lendablePercent": 1}}})
        await changed(served, LEVELS, "workload-low", lambda obj: obj["spec"]["limited"]["lendablePercent"] == 90)


async def test_what_somebody_made_their_own_stays_unless_it_is_mandatory() -> None:
    def mine(value: str) -> objects.Object:
        return {"metadata": {"annotations": {essentials.AUTO_UPDATE: value}}, "spec": {"matchingPrecedence": 77}}

    async with bootstrapped() as served:
        await served.client.patch(FLOW_SCHEMAS, "probes", mine("false"))
        await served.client.patch(FLOW_SCHEMAS, "service-accounts", mine("true"))
        await served.client.patch(FLOW_SCHEMAS, "catch-all", {"metadata": mine("false")["metadata"]})
        await changed(served, FLOW_SCHEMAS, "service-accounts", lambda obj: obj["spec"]["matchingPrecedence"] == 9000)
        await changed(
            served,
            FLOW_SCHEMAS,
            "catch-all",
            lambda obj: obj["metadata"]["annotations"] == {essentials.AUTO_UPDATE: "true"},
        )
        found = await served.client.get(FLOW_SCHEMAS, "probes")
        assert found["spec"]["matchingPrecedence"] == 77


async def test_other_authorities_in_the_trust_stay() -> None:
    other = "-----BEGIN CERTIFICATE-----\ntheirs\n-----END CERTIFICATE-----\n"
    async with bootstrapped() as served:
        place = ("extension-apiserver-authentication", "kube-system")
        await served.client.patch(
            essentials.CONFIG_MAP, place[0], {"data": {"client-ca-file": other}}, namespace=place[1]
        )
        both = other + TRUST.client_ca
        await changed(
            served, essentials.CONFIG_MAP, place[0], lambda obj: obj["data"]["client-ca-file"] == both, place[1]
        )


async def test_a_second_start_writes_nothing_but_the_lease() -> None:
    async with memory.MemoryBackend() as backend:
        async with bootstrapped(backend) as served:
            before = {shelf.name: shelf.revision for shelf in served.caches.all()}
        async with bootstrapped(backend) as served:
            after = {shelf.name: shelf.revision for shelf in served.caches.all()}
    assert {name for name in after if after[name] != before[name]} <= {"leases.coordination.k8s.io"}


class Shared(memory.MemoryBackend):
    """A store that says that others write too."""

    shared = True


async def test_the_endpoints_are_the_servers_that_live() -> None:
    async with Shared() as backend, bootstrapped(backend) as served:
        dead = {"holderIdentity": "x", "leaseDurationSeconds": 3600, "renewTime": "2020-01-01T00:00:00.000000Z"}
        metadata = {"labels": {identity.LABEL: identity.VALUE}, "annotations": {identity.ADDRESS: "10.9.9.9"}}
        await served.create(identity.LEASES, "apiserver-dead", "kube-system", metadata=metadata, spec=dead)

        def addresses(obj: objects.Object) -> list[str]:
            return [each["ip"] for subset in obj.get("subsets") or () for each in subset["addresses"]]

        async with bootstrapped(backend, address="10.1.2.4") as other:
            wanted = ["10.1.2.3", "10.1.2.4"]
            await changed(served, ENDPOINTS, "kubernetes", lambda obj: addresses(obj) == wanted, "default")
            for leave in other.server.pre_shutdown_hooks():
                if leave.name == "identity-lease":
                    await leave.run(None)  # type: ignore[arg-type]
            await changed(served, ENDPOINTS, "kubernetes", lambda obj: addresses(obj) == ["10.1.2.3"], "default")


async def test_leases_of_servers_long_gone_are_removed() -> None:
    async with memory.MemoryBackend() as backend:
        async with serving.served(backend=backend) as served:
            old = {"holderIdentity": "x", "leaseDurationSeconds": 3600, "renewTime": "2020-01-01T00:00:00.000000Z"}
            metadata = {"labels": {identity.LABEL: identity.VALUE}}
            await served.create(identity.LEASES, "apiserver-old", "kube-system", metadata=metadata, spec=old)
            await served.create(identity.LEASES, "somebody-else", "kube-system", spec=old)
        async with bootstrapped(backend) as served:
            await served.gone(identity.LEASES, "apiserver-old", "kube-system")
            assert await served.is_there(identity.LEASES, "somebody-else", "kube-system")


@pytest.mark.parametrize("there, own, both", [("", "B1", "B1"), ("B1", "B1", "B1"), ("B2", "B1", "B2B1")])
def test_certificates_are_put_together_each_once(there: str, own: str, both: str) -> None:
    def pem(names: str) -> str:
        return "".join(
            f"-----BEGIN CERTIFICATE-----\n{name}\n-----END CERTIFICATE-----\n" for name in names.split("B") if name
        )

    assert authentication.together(pem(there), pem(own)) == pem(both)
