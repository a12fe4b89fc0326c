"""Who may grant what, how soon grants and their ends count, and what reviews say."""

from __future__ import annotations

import threading
from typing import Any

from tests.functional.authorization import conftest as own
from tests.functional.authorization.conftest import APPLY, MERGE, RBAC, REVIEWS, Guarded

WRITING = ["create", "update", "patch"]


def make_writer(guarded: Guarded, *more: Any) -> None:
    """Have alice write roles and bindings in the namespace."""
    guarded.role("writer", own.rule(WRITING, ["roles", "rolebindings"], [own.GROUP]), *more)
    assert guarded.bind("writer", "writer", own.user("alice")).status == 201


def test_the_end_of_a_binding_counts_with_the_answer_that_tells_it(guarded: Guarded) -> None:
    """Others bind and unbind at the same time; alice's own grant is there or not as the last answer said."""
    guarded.role("reader", own.rule(["list"], ["configmaps"]))
    guarded.role("other", own.rule(["get"], ["secrets"]))
    path, stop = f"{guarded.core}/configmaps", threading.Event()

    def churn(number: int) -> None:
        while not stop.is_set():
            guarded.bind(f"other-{number}", "other", own.user("alice"), own.user(f"user-{number}"))
            guarded.send("rootkey", "DELETE", f"{guarded.rbac}/rolebindings/other-{number}")

    threads = [threading.Thread(target=churn, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(25):
            assert guarded.send("alicekey", "GET", path).status == 403
            assert guarded.bind("reader", "reader", own.user("alice")).status == 201
            assert guarded.send("alicekey", "GET", path).status == 200
            assert guarded.send("rootkey", "DELETE", f"{guarded.rbac}/rolebindings/reader").status == 200
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert guarded.send("alicekey", "GET", path).status == 403


def test_a_binding_to_a_role_that_is_made_later_counts_then(guarded: Guarded) -> None:
    assert guarded.bind("b", "later", own.user("alice")).status == 201
    refused = guarded.send("alicekey", "GET", f"{guarded.core}/configmaps")
    assert refused.message.endswith(': RBAC: role.rbac.authorization.k8s.io "later" not found')
    guarded.role("later", own.rule(["list"], ["configmaps"]))
    assert guarded.send("alicekey", "GET", f"{guarded.core}/configmaps").status == 200


def test_nobody_gives_themselves_more(guarded: Guarded) -> None:
    make_writer(guarded, own.rule(["get"], ["configmaps"]))
    more = {"metadata": {"name": "more"}, "rules": [own.rule(["get", "list"], ["configmaps"])]}
    refused = guarded.send("alicekey", "POST", f"{guarded.rbac}/roles", more)
    assert refused.status == 403
    assert refused.message == (
        'roles.rbac.authorization.k8s.io "more" is forbidden: user "alice" (groups=["system:authenticated"]) is '
        "attempting to grant RBAC permissions not currently held:\n"
        '{APIGroups:[""], Resources:["configmaps"], Verbs:["list"]}'
    )
    own_role = {"rules": [own.rule(["*"], ["*"], ["*"])]}
    for method, body, kind in (
        ("PATCH", own_role, MERGE),
        ("PATCH", {"apiVersion": f"{own.GROUP}/v1", "kind": "Role", "metadata": {"name": "writer"}, **own_role}, APPLY),
        ("PUT", {"metadata": {"name": "writer"}, **own_role}, "application/json"),
    ):
        path = (
            f"{guarded.rbac}/roles/writer?fieldManager=x&force=true"
            if kind == APPLY
            else f"{guarded.rbac}/roles/writer"
        )
        assert guarded.send("alicekey", method, path, body, content_type=kind).status == 403


def test_who_holds_it_grants_it_and_binds_it(guarded: Guarded) -> None:
    make_writer(guarded, own.rule(["get"], ["configmaps"]))
    small = {"metadata": {"name": "small"}, "rules": [own.rule(["get"], ["configmaps"], resourceNames=["a"])]}
    assert guarded.send("alicekey", "POST", f"{guarded.rbac}/roles", small).status == 201
    assert guarded.bind("small", "small", own.user("bob"), who="alicekey").status == 201
    assert guarded.send("bobkey", "GET", f"{guarded.core}/configmaps/a").status == 404
    assert guarded.send("bobkey", "GET", f"{guarded.core}/configmaps/b").status == 403


def test_bind_and_escalate_are_verbs_that_allow_more(guarded: Guarded) -> None:
    bind = own.rule(["bind"], ["roles"], [own.GROUP], resourceNames=["large"])
    make_writer(guarded, bind, own.rule(["escalate"], ["roles"], [own.GROUP], resourceNames=["open"]))
    for name in ("large", "other", "open"):
        guarded.role(name, own.rule(["get"], ["secrets"]))
    assert guarded.bind("b1", "large", own.user("alice"), who="alicekey").status == 201
    assert guarded.bind("b2", "other", own.user("bob"), who="alicekey").status == 201  # held by now
    everything = {"rules": [own.rule(["*"], ["*"], ["*"])]}
    for name, status in (("open", 200), ("other", 403)):
        path = f"{guarded.rbac}/roles/{name}"
        assert guarded.send("alicekey", "PATCH", path, everything, content_type=MERGE).status == status


def test_only_who_may_do_everything_gathers_the_rules_of_others(guarded: Guarded) -> None:
    roles, name = f"{RBAC}/clusterroles", guarded.unique("gathering")
    guarded.role(name, own.rule(WRITING, ["clusterroles"], [own.GROUP]), cluster=True)
    assert guarded.bind(name, name, own.user("alice"), kind="ClusterRole", cluster=True).status == 201
    body = {
        "metadata": {"name": f"{name}-new"},
        "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]},
        "rules": [],
    }
    refused = guarded.send("alicekey", "POST", roles, body)
    assert refused.message.endswith("must have cluster-admin privileges to use the aggregationRule")
    assert guarded.send("rootkey", "POST", roles, body).status == 201


def test_rules_are_gathered_and_stay_gathered(guarded: Guarded) -> None:
    roles, name, label = f"{RBAC}/clusterroles", guarded.unique("sum"), {guarded.unique("part"): "yes"}
    body = {
        "metadata": {"name": name},
        "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": label}]},
        "rules": [],
    }
    guarded.made(roles, body)
    assert guarded.bind("sum", name, own.user("alice"), kind="ClusterRole").status == 201
    part = {"metadata": {"name": f"{name}-part", "labels": label}, "rules": [own.rule(["list"], ["configmaps"])]}
    guarded.made(roles, part)
    path = f"{guarded.core}/configmaps"
    wait_for(lambda: guarded.send("alicekey", "GET", path).status == 200)
    assert guarded.send("rootkey", "PATCH", f"{roles}/{name}", {"rules": []}, content_type=MERGE).status == 200
    wait_for(lambda: guarded.send("alicekey", "GET", path).status == 200)
    assert guarded.send("rootkey", "DELETE", f"{roles}/{name}-part").status == 200
    wait_for(lambda: guarded.send("alicekey", "GET", path).status == 403)
    role = guarded.send("rootkey", "GET", f"{roles}/{name}").body
    managers = {entry["manager"] for entry in role["metadata"]["managedFields"]}
    assert "clusterrole-aggregation-controller" in managers


def wait_for(holds: Any) -> None:
    """Ask until it holds."""
    for _ in range(2000):
        if holds():
            return
    raise AssertionError("it never did")


def test_who_may_update_may_not_create_by_it(guarded: Guarded) -> None:
    guarded.role("updater", own.rule(["update", "patch"], ["roles", "configmaps"], ["", own.GROUP]))
    assert guarded.bind("updater", "updater", own.user("alice")).status == 201
    made = guarded.send("alicekey", "PUT", f"{guarded.rbac}/roles/new", {"metadata": {"name": "new"}, "rules": []})
    assert made.message == (
        'roles.rbac.authorization.k8s.io "new" is forbidden: User "alice" cannot create resource "roles" in API group '
        f'"rbac.authorization.k8s.io" in the namespace "{guarded.namespace}"'
    )
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "new"}}
    path = f"{guarded.core}/configmaps/new?fieldManager=x"
    assert guarded.send("alicekey", "PATCH", path, body, content_type=APPLY).status == 403
    assert guarded.send("rootkey", "PATCH", path, body, content_type=APPLY).status == 201
    assert guarded.send("alicekey", "PATCH", path, {**body, "data": {"a": "b"}}, content_type=APPLY).status == 200


def test_reviews_tell_what_is_allowed_and_why(guarded: Guarded) -> None:
    guarded.role("reader", own.rule(["list"], ["configmaps"]))
    guarded.bind("reader", "reader", own.user("alice"))
    attributes = {"verb": "list", "resource": "configmaps", "namespace": guarded.namespace}

    def review(path: str, who: str, **spec: Any) -> Any:
        return guarded.made(path, {"spec": spec}, who)["status"]

    mine = review(f"{REVIEWS}/selfsubjectaccessreviews", "alicekey", resourceAttributes=attributes)
    name = guarded.namespace
    assert mine == {
        "allowed": True,
        "reason": f'RBAC: allowed by RoleBinding "reader/{name}" of Role "reader" to User "alice"',
    }
    others = f"{REVIEWS}/subjectaccessreviews"
    assert review(others, "rootkey", user="bob", resourceAttributes=attributes) == {"allowed": False}
    assert review(others, "rootkey", user="x", groups=["system:masters"], resourceAttributes=attributes)["allowed"]
    odd = {**attributes, "fieldSelector": {"rawSelector": "==="}, "labelSelector": {"rawSelector": "a in"}}
    told = review(others, "rootkey", user="alice", resourceAttributes=odd)
    assert told["evaluationError"] == (
        "spec.resourceAttributes.fieldSelector ignored due to parse error; "
        "spec.resourceAttributes.labelSelector ignored due to parse error"
    )
    rules = review(f"{REVIEWS}/selfsubjectrulesreviews", "alicekey", namespace=name)
    assert {"verbs": ["list"], "apiGroups": [""], "resources": ["configmaps"]} in rules["resourceRules"]
    assert rules["incomplete"] is False
    assert guarded.send("alicekey", "POST", others, {"spec": {"user": "bob"}}).status == 403
