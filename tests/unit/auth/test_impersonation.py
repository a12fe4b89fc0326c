"""Asking in somebody else's name: what headers mean, which questions are asked, and what is never allowed."""

from __future__ import annotations

import multidict
import pytest

from kroute.auth import authorization, impersonation
from kroute.machinery import context, errors, requestinfo

INFO = requestinfo.parse("GET", "/api/v1/namespaces/x/pods", {})
PROXY = context.User("system:serviceaccount:x:proxy", groups=("system:authenticated",))
ALICE = context.User("alice", groups=("system:authenticated",))


class Rules:
    """Allows what is named as `VERB GROUP/RESOURCE[/SUBRESOURCE] NAME`; remembers what it was asked."""

    def __init__(self, *allowed: str) -> None:
        self.allowed = set(allowed)
        self.asked: list[str] = []
        self.users: list[context.User] = []

    async def authorize(self, user: context.User, info: context.RequestInfo) -> authorization.Decision:
        resource = f"{info.resource}/{info.subresource}" if info.subresource else info.resource
        where = f" in {info.namespace}" if info.namespace else ""
        self.asked.append(f"{info.verb} {info.group}/{resource} {info.name}{where}")
        self.users.append(user)
        allowed = self.asked[-1] in self.allowed or "*" in self.allowed
        return authorization.ALLOWED if allowed else authorization.NO_OPINION


def headers(*pairs: tuple[str, str]) -> multidict.CIMultiDict[str]:
    return multidict.CIMultiDict(pairs)


async def become(rules: Rules, *pairs: tuple[str, str], requestor: context.User = PROXY) -> impersonation.Impersonated:
    user = impersonation.wanted(headers(*pairs))
    assert user is not None
    return await impersonation.Impersonation(rules).impersonate(requestor, user, INFO)


@pytest.mark.parametrize(
    "pairs, shown",
    [
        (
            [("Impersonate-Group", "devs")],
            '&user.DefaultInfo{Name:"", UID:"", Groups:[]string{"devs"}, Extra:map[string][]string(nil)}',
        ),
        (
            [("impersonate-uid", "7"), ("Impersonate-User", "")],
            '&user.DefaultInfo{Name:"", UID:"7", Groups:[]string(nil), Extra:map[string][]string(nil)}',
        ),
        (
            [("Impersonate-Extra-B", "2"), ("Impersonate-Extra-A", "1"), ("Impersonate-Extra-a", "3")],
            '&user.DefaultInfo{Name:"", UID:"", Groups:[]string(nil), '
            'Extra:map[string][]string{"a":[]string{"1", "3"}, "b":[]string{"2"}}}',
        ),
    ],
)
def test_other_headers_without_a_user_are_a_mistake(pairs: list[tuple[str, str]], shown: str) -> None:
    with pytest.raises(errors.BadRequest) as refused:
        impersonation.wanted(headers(*pairs))
    assert refused.value.message == f"requested {shown} without impersonating a user name"


@pytest.mark.parametrize(
    "pairs", [[], [("Impersonate-User", "")], [("X-Impersonate-User", "bob")], [("Impersonat", "x")]]
)
def test_nobody_is_meant_without_a_name(pairs: list[tuple[str, str]]) -> None:
    assert impersonation.wanted(headers(*pairs)) is None


def test_headers_name_a_user_with_all_that_belongs_to_it() -> None:
    found = impersonation.wanted(
        headers(
            ("IMPERSONATE-USER", "carol"),
            ("Impersonate-User", "ignored"),
            ("Impersonate-Group", "devs"),
            ("impersonate-group", "ops"),
            ("Impersonate-Extra-Example.com%2fTeam", "red"),
            ("Impersonate-Extra-Bad%2", "x"),
            ("Impersonate-Uid", "77"),
        )
    )
    extra = {"example.com/team": ("red",), "bad%2": ("x",)}
    assert found == context.User("carol", "77", ("devs", "ops"), extra)


def test_bytes_that_are_no_text_do_no_harm() -> None:
    found = impersonation.wanted(headers(("Impersonate-User", "a\udcff"), ("Impersonate-Extra-X", "\udcfe")))
    assert found is not None
    assert found.name == "a\N{REPLACEMENT CHARACTER}"
    assert found.extra == {"x": ("\N{REPLACEMENT CHARACTER}",)}


@pytest.mark.parametrize(
    "name, first",
    [
        ("bob", "impersonate-on:user-info:list"),
        ("system:serviceaccount:x:robot", "impersonate-on:serviceaccount:list"),
        ("system:node:n1", "impersonate-on:arbitrary-node:list"),
        ("system:node:Not_A_Node", "impersonate-on:user-info:list"),
        ("system:serviceaccount:x", "impersonate-on:user-info:list"),
    ],
)
async def test_a_refusal_tells_of_the_first_way_that_was_tried(name: str, first: str) -> None:
    with pytest.raises(errors.Forbidden) as refused:
        await become(Rules(), ("Impersonate-User", name))
    who = 'pods is forbidden: User "system:serviceaccount:x:proxy" cannot'
    assert refused.value.message == f'{who} {first} resource "pods" in API group "" in the namespace "x"'


@pytest.mark.parametrize(
    "pairs, questions, groups",
    [
        ([("User", "bob")], ["impersonate /users bob"], ("system:authenticated",)),
        (
            [("User", "bob"), ("Group", "a"), ("Group", "system:authenticated")],
            ["impersonate /users bob", "impersonate /groups a", "impersonate /groups system:authenticated"],
            ("a", "system:authenticated"),
        ),
        (
            [("User", "bob"), ("Group", "system:unauthenticated")],
            ["impersonate /users bob", "impersonate /groups system:unauthenticated"],
            ("system:unauthenticated",),
        ),
        ([("User", "system:anonymous")], ["impersonate /users system:anonymous"], ("system:unauthenticated",)),
        (
            [("User", "system:serviceaccount:x:robot")],
            ["impersonate /serviceaccounts robot in x"],
            ("system:serviceaccounts", "system:serviceaccounts:x", "system:authenticated"),
        ),
        (
            [("User", "system:serviceaccount:x:robot"), ("Group", "g")],
            ["impersonate /serviceaccounts robot in x", "impersonate /groups g"],
            ("g", "system:authenticated"),
        ),
        ([("User", "system:node:n1")], ["impersonate /users system:node:n1"], ("system:authenticated",)),
        (
            [("User", "bob"), ("Uid", "7"), ("Extra-Scopes", "view"), ("Extra-Scopes", "edit")],
            [
                "impersonate /users bob",
                "impersonate authentication.k8s.io/uids 7",
                "impersonate authentication.k8s.io/userextras/scopes view",
                "impersonate authentication.k8s.io/userextras/scopes edit",
            ],
            ("system:authenticated",),
        ),
    ],
)
async def test_the_old_way_asks_for_each_piece_and_needs_all(
    pairs: list[tuple[str, str]], questions: list[str], groups: tuple[str, ...]
) -> None:
    given = [(f"Impersonate-{name}", value) for name, value in pairs]
    found = await become(Rules(*questions), *given)
    assert found.user.groups == groups
    assert found.constraint == ""
    for missing in questions:
        with pytest.raises(errors.Forbidden):
            await become(Rules(*(each for each in questions if each != missing)), *given)


async def test_a_constrained_user_needs_leave_for_the_request_too() -> None:
    rules = Rules(
        "impersonate-on:user-info:list /pods  in x",
        "impersonate:user-info authentication.k8s.io/users bob",
        "impersonate:user-info authentication.k8s.io/groups devs",
    )
    found = await become(rules, ("Impersonate-User", "bob"), ("Impersonate-Group", "devs"))
    assert found.user.groups == ("devs", "system:authenticated")
    assert found.constraint == "impersonate:user-info"
    rules.allowed.discard("impersonate-on:user-info:list /pods  in x")
    with pytest.raises(errors.Forbidden):
        await become(rules, ("Impersonate-User", "bob"), ("Impersonate-Group", "devs"))


async def test_a_constrained_node_has_the_group_of_nodes() -> None:
    rules = Rules(
        "impersonate-on:arbitrary-node:list /pods  in x", "impersonate:arbitrary-node authentication.k8s.io/nodes n1"
    )
    found = await become(rules, ("Impersonate-User", "system:node:n1"))
    assert found.user.groups == ("system:nodes", "system:authenticated")


async def test_an_agent_may_be_the_node_that_it_runs_on_whichever_that_is() -> None:
    rules = Rules(
        "impersonate-on:associated-node:list /pods  in x", "impersonate:associated-node authentication.k8s.io/nodes *"
    )
    on_node = {"authentication.kubernetes.io/node-name": ("n1",), "authentication.kubernetes.io/pod-name": ("p",)}
    agent = context.User("system:serviceaccount:x:agent", extra=on_node)
    found = await become(rules, ("Impersonate-User", "system:node:n1"), requestor=agent)
    assert found.constraint == "impersonate:associated-node"
    assert rules.users[0].extra == {"authentication.kubernetes.io/associated-node-keys": tuple(sorted(on_node))}
    with pytest.raises(errors.Forbidden):
        await become(rules, ("Impersonate-User", "system:node:n2"), requestor=agent)
    with pytest.raises(errors.Forbidden):
        await become(rules, ("Impersonate-User", "system:node:n1"), requestor=context.User("mallory", extra=on_node))


class Constrained(Rules):
    """Allows everything but the old way."""

    async def authorize(self, user: context.User, info: context.RequestInfo) -> authorization.Decision:
        if info.verb == "impersonate":
            return authorization.NO_OPINION
        return authorization.ALLOWED


@pytest.mark.parametrize(
    "header, value, complaint",
    [
        ("Impersonate-Group", "system:masters", "impersonating the system:masters group is not allowed"),
        ("Impersonate-Group", "", "impersonating the empty string group is not allowed"),
        ("Impersonate-Extra-", "x", "impersonating the empty string key in extra is not allowed"),
        ("Impersonate-Extra-Scopes", "x", "must be a domain-prefixed path"),
        ("Impersonate-Extra-a%2f", "x", "must be a domain-prefixed path"),
        ("Impersonate-Extra-a%2fb", "", "impersonating the empty string value in extra is not allowed"),
        ("Impersonate-Extra-_%2fb", "x", "a lowercase RFC 1123 subdomain"),
    ],
)
async def test_the_constrained_ways_never_allow_some_things(header: str, value: str, complaint: str) -> None:
    with pytest.raises(errors.Forbidden) as refused:
        await become(Constrained(), ("Impersonate-User", "bob"), (header, value))
    assert complaint in refused.value.message


async def test_many_groups_are_asked_for_at_once() -> None:
    rules = Rules(
        "impersonate-on:user-info:list /pods  in x",
        "impersonate:user-info authentication.k8s.io/users bob",
        "impersonate:user-info authentication.k8s.io/groups *",
    )
    await become(rules, ("Impersonate-User", "bob"), *(("Impersonate-Group", group) for group in "abcd"))
    assert len(rules.asked) == 3


async def test_the_way_that_worked_is_tried_first_and_explains_the_next_refusal() -> None:
    rules = Rules("impersonate /users bob")
    decider = impersonation.Impersonation(rules)
    await decider.impersonate(PROXY, context.User("bob"), INFO)
    rules.asked.clear()
    await decider.impersonate(PROXY, context.User("bob"), INFO)
    assert rules.asked == ["impersonate /users bob"]
    with pytest.raises(errors.Forbidden, match='cannot impersonate resource "users"'):
        await decider.impersonate(PROXY, context.User("carol"), INFO)
    with pytest.raises(errors.Forbidden, match="cannot impersonate-on:user-info:list"):
        await decider.impersonate(ALICE, context.User("carol"), INFO)
