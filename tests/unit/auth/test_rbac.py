"""Role-based access control over stores: who may do what by which binding, how refusals read, and how soon changes
count."""

from __future__ import annotations

from kroute.auth import authorization, rbac
from tests.unit.auth import worlds

PODS = "/api/v1/namespaces/ns/pods"
ALICE, BOB = worlds.user("alice", "system:authenticated"), worlds.user("bob", "devs")
ROBOT = worlds.user("system:serviceaccount:ns:robot", "system:serviceaccounts")


async def test_before_it_knows_any_stores_nobody_has_a_role() -> None:
    decision = await rbac.RBAC().authorize(ALICE, worlds.request("GET", PODS))
    assert decision == authorization.NO_OPINION


async def test_stores_without_roles_grant_nothing() -> None:
    async with worlds.world([("pods", "", True)]) as world:
        roles = rbac.RBAC()
        roles.attach(world)
        assert not await worlds.allows(roles, ALICE, "GET", PODS)


async def test_who_is_bound_in_a_namespace_may_do_it_there_alone() -> None:
    async with worlds.world() as world:
        roles = rbac.RBAC()
        roles.attach(world)
        await world.put("roles", "ns/reader", {"rules": [worlds.rule("list", "", "pods")]})
        await world.put("rolebindings", "ns/readers", worlds.binding("reader", "User alice"))
        assert await worlds.allows(roles, ALICE, "GET", PODS)
        assert not await worlds.allows(roles, ALICE, "POST", PODS)
        assert not await worlds.allows(roles, ALICE, "GET", "/api/v1/namespaces/other/pods")
        assert not await worlds.allows(roles, ALICE, "GET", "/api/v1/pods")
        assert not await worlds.allows(roles, BOB, "GET", PODS)


async def test_a_cluster_role_bound_in_a_namespace_counts_there_and_bound_in_the_cluster_everywhere() -> None:
    async with worlds.world() as world:
        roles = rbac.RBAC()
        roles.attach(world)
        rules = [worlds.rule("list", "", "pods"), worlds.rule("get", urls="/metrics")]
        await world.put("clusterroles", "reader", {"rules": rules})
        await world.put("rolebindings", "ns/readers", worlds.binding("reader", "User alice", kind="ClusterRole"))
        await world.put("clusterrolebindings", "readers", worlds.binding("reader", "Group devs", kind="ClusterRole"))
        assert await worlds.allows(roles, ALICE, "GET", PODS)
        assert not await worlds.allows(roles, ALICE, "GET", "/api/v1/pods")
        assert not await worlds.allows(roles, ALICE, "GET", "/metrics")
        assert await worlds.allows(roles, BOB, "GET", "/api/v1/pods")
        assert await worlds.allows(roles, BOB, "GET", "/metrics")


async def test_a_service_account_without_a_namespace_is_that_of_the_bindings_namespace() -> None:
    async with worlds.world() as world:
        roles = rbac.RBAC()
        roles.attach(world)
        rules = [worlds.rule("list", "", "pods")]
        await world.put("roles", "ns/reader", {"rules": rules})
        await world.put("clusterroles", "reader", {"rules": rules})
        await world.put("rolebindings", "ns/a", worlds.binding("reader", "ServiceAccount robot"))
        await world.put(
            "clusterrolebindings", "a", worlds.binding("reader", "ServiceAccount robot", kind="ClusterRole")
        )
        assert await worlds.allows(roles, ROBOT, "GET", PODS)
        assert not await worlds.allows(roles, ROBOT, "GET", "/api/v1/namespaces/other/pods")
        decision = await roles.authorize(ROBOT, worlds.request("GET", PODS))
        assert decision.reason == 'RBAC: allowed by RoleBinding "a/ns" of Role "reader" to ServiceAccount "robot/ns"'


async def test_reasons_name_the_first_binding_and_its_first_subject() -> None:
    async with worlds.world() as world:
        roles = rbac.RBAC()
        roles.attach(world)
        await world.put("clusterroles", "reader", {"rules": [worlds.rule("list", "", "pods")]})
        for name in ("b", "a"):
            bound = worlds.binding("reader", "Group ops", "Group devs", "User bob", kind="ClusterRole")
            await world.put("clusterrolebindings", name, bound)
        decision = await roles.authorize(BOB, worlds.request("GET", PODS))
        assert decision.reason == 'RBAC: allowed by ClusterRoleBinding "a" of ClusterRole "reader" to Group "devs"'


async def test_bound_roles_that_are_not_there_are_told() -> None:
    async with worlds.world() as world:
        roles = rbac.RBAC()
        roles.attach(world)
        await world.put("rolebindings", "ns/a", worlds.binding("gone", "User alice"))
        info = worlds.request("GET", PODS)
        decision = await roles.authorize(ALICE, info)
        assert decision.reason == 'RBAC: role.rbac.authorization.k8s.io "gone" not found'
        await world.put("clusterrolebindings", "b", worlds.binding("lost", "User alice", kind="ClusterRole"))
        await world.put("rolebindings", "ns/c", worlds.binding("gone", "User alice"))
        both = 'clusterrole.rbac.authorization.k8s.io "lost" not found, role.rbac.authorization.k8s.io "gone" not found'
        assert (await roles.authorize(ALICE, info)).reason == f"RBAC: [{both}]"
        assert (await roles.authorize(BOB, info)).reason == ""
        assert (await roles.rules_for(ALICE, "ns")).error == f"[{both}]"


async def test_changes_count_at_once() -> None:
    async with worlds.world() as world:
        roles = rbac.RBAC()
        roles.attach(world)
        await world.put("roles", "ns/r", {"rules": [worlds.rule("list", "", "pods")]})
        await world.put("rolebindings", "ns/b", worlds.binding("r", "User alice"))
        assert await worlds.allows(roles, ALICE, "GET", PODS)
        await world.put("roles", "ns/r", {"rules": [worlds.rule("get", "", "pods")]})
        assert not await worlds.allows(roles, ALICE, "GET", PODS)
        assert await worlds.allows(roles, ALICE, "GET", f"{PODS}/web")
        await world.put("rolebindings", "ns/b", worlds.binding("r", "User bob"))
        assert not await worlds.allows(roles, ALICE, "GET", f"{PODS}/web")
        assert await worlds.allows(roles, BOB, "GET", f"{PODS}/web")
        await world.remove("rolebindings", "ns/b")
        assert not await worlds.allows(roles, BOB, "GET", f"{PODS}/web")


async def test_names_count_where_a_rule_has_names_and_not_elsewhere() -> None:
    async with worlds.world() as world:
        roles = rbac.RBAC()
        roles.attach(world)
        rules = [worlds.rule("get", "", "pods", names="web"), worlds.rule("get", "", "services")]
        await world.put("roles", "ns/r", {"rules": rules})
        await world.put("rolebindings", "ns/b", worlds.binding("r", "User alice"))
        for _ in range(2):  # the second time from memory
            assert await worlds.allows(roles, ALICE, "GET", f"{PODS}/web")
            assert not await worlds.allows(roles, ALICE, "GET", f"{PODS}/db")
            assert await worlds.allows(roles, ALICE, "GET", "/api/v1/namespaces/ns/services/db")


async def test_it_catches_up_when_it_was_left_behind() -> None:
    async with worlds.world(window=4) as world:
        roles = rbac.RBAC()
        roles.attach(world)
        await world.put("roles", "ns/r", {"rules": [worlds.rule("list", "", "pods")]})
        await world.put("rolebindings", "ns/b0", worlds.binding("r", "User alice"))
        assert await worlds.allows(roles, ALICE, "GET", PODS)
        await world.remove("rolebindings", "ns/b0")
        for number in range(1, 30):
            await world.put("rolebindings", f"ns/b{number}", worlds.binding("r", "User bob"))
        assert not await worlds.allows(roles, ALICE, "GET", PODS)
        assert await worlds.allows(roles, BOB, "GET", PODS)


async def test_it_follows_other_stores_once_attached_to_them() -> None:
    roles = rbac.RBAC()
    for who in (ALICE, BOB):
        async with worlds.world() as world:
            roles.attach(world)
            await world.put("roles", "ns/r", {"rules": [worlds.rule("list", "", "pods")]})
            await world.put("rolebindings", "ns/b", worlds.binding("r", f"User {who.name}"))
            assert await worlds.allows(roles, who, "GET", PODS)
    assert not await worlds.allows(roles, ALICE, "GET", PODS)


async def test_objects_that_make_no_sense_grant_nothing() -> None:
    async with worlds.world() as world:
        roles = rbac.RBAC()
        roles.attach(world)
        await world.put("roles", "ns/r", {"rules": None})
        await world.put("rolebindings", "ns/a", {"roleRef": {"kind": "Role", "name": "r"}, "subjects": None})
        await world.put("rolebindings", "ns/b", worlds.binding("r", "Team alice"))
        await world.put("rolebindings", "ns/c", worlds.binding("r", "User alice", kind="Widget"))
        decision = await roles.authorize(ALICE, worlds.request("GET", PODS))
        assert decision.verdict is authorization.Verdict.NO_OPINION
        assert decision.reason == 'RBAC: unsupported role reference kind: "Widget"'
