"""The index of bindings says what a scan of all bindings says, whatever is written in whatever order."""

from __future__ import annotations

import asyncio
from typing import Any

import hypothesis
from hypothesis import strategies as some

from kroute.auth import authorization, policyrules, rbac
from kroute.machinery import context
from tests.unit.auth import worlds

NAMES, NAMESPACES = ["a", "b", "c"], ["ns", "other"]
SUBJECTS = ["User alice", "User bob", "Group devs", "Group ops", "ServiceAccount ns/robot", "ServiceAccount robot"]
USERS = [
    worlds.user("alice"),
    worlds.user("bob", "devs", "ops"),
    worlds.user("carol", "ops", "devs"),
    worlds.user("system:serviceaccount:ns:robot", "devs"),
    worlds.user("system:serviceaccount:other:robot"),
]
REQUESTS = [
    worlds.request(method, url)
    for method, url in [
        ("GET", "/api/v1/namespaces/ns/pods"),
        ("GET", "/api/v1/namespaces/ns/pods/a"),
        ("GET", "/api/v1/namespaces/other/pods/b"),
        ("PUT", "/apis/apps/v1/namespaces/ns/deployments/a/scale"),
        ("GET", "/api/v1/pods"),
        ("GET", "/api/v1/nodes/a"),
        ("GET", "/metrics"),
    ]
]

rules = some.lists(
    some.one_of(
        some.builds(
            worlds.rule,
            some.sampled_from(["get", "list", "update", "*", "get update"]),
            some.sampled_from(["", "apps", "*", " apps"]),
            some.sampled_from(["pods", "nodes", "*", "*/scale", "deployments/scale pods"]),
            some.sampled_from(["", "", "a", "a b"]),
        ),
        some.builds(worlds.rule, some.sampled_from(["get", "*"]), urls=some.sampled_from(["*", "/metrics", "/m*"])),
    ),
    max_size=2,
)
subjects = some.lists(some.sampled_from(SUBJECTS), max_size=3)
names, namespaces = some.sampled_from(NAMES), some.sampled_from(NAMESPACES)
kinds = some.sampled_from(["Role", "ClusterRole"])


def bindings(kind: Any) -> Any:
    return some.builds(lambda role, who, kind: worlds.binding(role, *who, kind=kind), names, subjects, kind)


keys = some.builds(lambda namespace, name: f"{namespace}/{name}", namespaces, names)
steps = some.lists(
    some.one_of(
        some.tuples(some.just("roles"), keys, some.none() | some.builds(lambda each: {"rules": each}, rules)),
        some.tuples(some.just("clusterroles"), names, some.none() | some.builds(lambda each: {"rules": each}, rules)),
        some.tuples(some.just("rolebindings"), keys, some.none() | bindings(kinds)),
        some.tuples(some.just("clusterrolebindings"), names, some.none() | bindings(some.just("ClusterRole"))),
        some.just("ask"),
    ),
    max_size=25,
)


class Scan:
    """What kube-apiserver does: all bindings are looked at, in the order of their names."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {plural: {} for plural in worlds.ROLES}

    def write(self, plural: str, key: str, obj: Any) -> None:
        if obj is None:
            self.objects[plural].pop(key, None)
        else:
            self.objects[plural][key] = obj

    def allowed(self, user: context.User, info: context.RequestInfo) -> bool:
        for _, found in sorted(self.objects["clusterrolebindings"].items()):
            if self.applies(user, found, "") and self.role_allows(found["roleRef"], "", info):
                return True
        for key, found in sorted(self.objects["rolebindings"].items()):
            namespace = key.partition("/")[0]
            here = info.is_resource and namespace == info.namespace
            if here and self.applies(user, found, namespace) and self.role_allows(found["roleRef"], namespace, info):
                return True
        return False

    def applies(self, user: context.User, binding: Any, namespace: str) -> bool:
        for each in binding["subjects"]:
            if each["kind"] == "User" and each["name"] == user.name:
                return True
            if each["kind"] == "Group" and each["name"] in user.groups:
                return True
            where = each.get("namespace") or namespace
            account = f"system:serviceaccount:{where}:{each['name']}"
            if each["kind"] == "ServiceAccount" and where and user.name == account:
                return True
        return False

    def role_allows(self, ref: Any, namespace: str, info: context.RequestInfo) -> bool:
        cluster = ref["kind"] == "ClusterRole"
        plural, key = ("clusterroles", ref["name"]) if cluster else ("roles", f"{namespace}/{ref['name']}")
        role = self.objects[plural].get(key)
        return role is not None and any(policyrules.Rule(rule).allows(info) for rule in role["rules"])


@hypothesis.given(steps)
@hypothesis.settings(max_examples=60)
def test_the_index_says_what_a_scan_says(steps: list[Any]) -> None:
    async def check() -> None:
        scan, roles = Scan(), rbac.RBAC()
        async with worlds.world() as world:
            roles.attach(world)
            for step in [*steps, "ask"]:
                if step == "ask":
                    for user in USERS:
                        for info in REQUESTS:
                            decision = roles.decide(user, info)
                            allowed = decision.verdict is authorization.Verdict.ALLOW
                            assert allowed is scan.allowed(user, info), (user, info)
                    continue
                plural, key, obj = step
                scan.write(plural, key, obj)
                await (world.remove(plural, key) if obj is None else world.put(plural, key, obj))

    asyncio.run(check())
