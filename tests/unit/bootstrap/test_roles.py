"""The hook that brings roles and bindings in, on servers that start again over what there is."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from kroute.bootstrap import essentials, policy, roles
from kroute.machinery import gvk
from kroute.storage.backend.memory import backend as memory
from tests.unit.controllers import serving

KINDS = ["namespaces", "roles", "rolebindings", "clusterroles", "clusterrolebindings"]
CLUSTER_ROLES, CLUSTER_BINDINGS, ROLES, BINDINGS = (
    gvk.GroupVersionResource(policy.GROUP, "v1", plural)
    for plural in ("clusterroles", "clusterrolebindings", "roles", "rolebindings")
)
POLICY = policy.Policy.of(essentials.read("roles.json"))
WANTED = {
    CLUSTER_ROLES: POLICY.cluster_roles,
    CLUSTER_BINDINGS: POLICY.cluster_role_bindings,
    ROLES: POLICY.roles,
    BINDINGS: POLICY.role_bindings,
}


@contextlib.asynccontextmanager
async def started(backend: memory.MemoryBackend) -> AsyncIterator[serving.Served]:
    """A server whose hook has ended."""
    async with serving.served(KINDS, backend=backend, beside=[roles.add_hook]) as server:
        await serving.eventually(server.ready)
        yield server


async def versions(server: serving.Served) -> list[str]:
    return [(await server.client.list(resource))["metadata"]["resourceVersion"] for resource in WANTED]


async def test_all_is_made_and_managed_by_the_server_and_nothing_is_written_the_next_time() -> None:
    async with memory.MemoryBackend() as backend:
        async with started(backend) as server:
            for resource, wanted in WANTED.items():
                there = {each["metadata"]["name"] for each in (await server.client.list(resource))["items"]}
                assert there == {each["metadata"]["name"] for each in wanted}
            before = await versions(server)
            found = await server.client.get(CLUSTER_ROLES, "system:discovery")
            assert [entry["manager"] for entry in found["metadata"]["managedFields"]] == ["kube-apiserver"]
        async with started(backend) as server:
            assert await versions(server) == before


async def test_what_was_bent_is_mended_and_what_is_protected_is_not() -> None:
    async with memory.MemoryBackend() as backend:
        async with started(backend) as server:
            client = server.client
            await client.patch(CLUSTER_ROLES, "system:discovery", {"rules": []})
            protected = {"metadata": {"annotations": {policy.AUTO_UPDATE: "false"}}, "rules": []}
            await client.patch(CLUSTER_ROLES, "system:basic-user", protected)
            await client.delete(CLUSTER_BINDINGS, "system:discovery")
            other = await client.get(CLUSTER_BINDINGS, "system:basic-user")
            await client.delete(CLUSTER_BINDINGS, "system:basic-user")
            ref = {**other["roleRef"], "name": "view"}
            await client.create(CLUSTER_BINDINGS, {"metadata": {"name": "system:basic-user"}, "roleRef": ref})
        async with started(backend) as server:
            assert (await server.client.get(CLUSTER_ROLES, "system:discovery"))["rules"]
            assert (await server.client.get(CLUSTER_BINDINGS, "system:discovery"))["subjects"]
            binding = await server.client.get(CLUSTER_BINDINGS, "system:basic-user")
            assert binding["roleRef"]["name"] == "system:basic-user"
            assert not (await server.client.get(CLUSTER_ROLES, "system:basic-user"))["rules"]


async def test_a_server_without_roles_has_no_hook() -> None:
    async with serving.served(["namespaces"], beside=[roles.add_hook]) as server:
        assert "rbac/bootstrap-roles" not in [each.name for each in server.server.post_start_hooks()]
