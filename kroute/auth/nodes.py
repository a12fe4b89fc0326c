"""What kubelets may do: read what the pods of their node use, and write about their node and its pods.

What they write is checked further by the admission plugin NodeRestriction.
Mirrors `plugin/pkg/auth/authorizer/node` of `k8s.io/kubernetes`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeAlias

from kroute.auth import authorization, nodegraph, noderules, policyrules
from kroute.machinery import context, fields, goformat
from kroute.storage import following

Decide: TypeAlias = Callable[[str, context.RequestInfo], authorization.Decision]

PREFIX, GROUP = "system:node:", "system:nodes"
LEASES = "kube-node-lease"
WRITING = ("create", "update", "patch")
OWN = ("get", *WRITING, "delete")
SOURCES = (
    (nodegraph.POD, ""),
    (nodegraph.VOLUME, ""),
    (nodegraph.ATTACHMENT, "storage.k8s.io"),
    (nodegraph.SLICE, "resource.k8s.io"),
)
UNRELATED = "no relationship found between node '{}' and this object"


def node_of(user: context.User) -> tuple[str, bool]:
    """The name of a user's node, "" for none that can be told, and whether it is a node at all."""
    if not user.name.startswith(PREFIX) or GROUP not in user.groups:
        return "", False
    return user.name.removeprefix(PREFIX), True


def refused(reason: str = "") -> authorization.Decision:
    return authorization.Decision(authorization.Verdict.NO_OPINION, reason)


class Nodes:
    """The authorizer."""

    def __init__(self) -> None:
        self._graph = nodegraph.Graph()
        self._sources: tuple[tuple[str, following.Follower], ...] = ()
        self._deciders = self._make_deciders()
        self._rules = policyrules.compiled(noderules.rules())

    def attach(self, stores: authorization.Stores) -> None:
        for _, follower in self._sources:
            follower.close()
        self._graph = nodegraph.Graph()
        found = ((plural, stores(plural, group)) for plural, group in SOURCES)
        self._sources = tuple((plural, following.Follower(at)) for plural, at in found if at is not None)

    async def rules_for(self, user: context.User, namespace: str) -> authorization.Rules:
        if not node_of(user)[1]:
            return authorization.NO_RULES
        return authorization.Rules((), incomplete=True, error="node authorizer does not support user rule resolution")

    async def authorize(self, user: context.User, info: context.RequestInfo) -> authorization.Decision:
        node, is_node = node_of(user)
        if not is_node:
            return authorization.NO_OPINION
        if not node:
            return refused(f"unknown node for user {goformat.quote(user.name)}")
        if info.is_resource:
            decide = self._deciders.get((info.group, info.resource))
            if decide is not None:
                return decide(node, info)
        return authorization.ALLOWED if any(rule.allows(info) for rule in self._rules) else refused()

    def _make_deciders(self) -> Mapping[tuple[str, str], Decide]:
        return {
            ("", "secrets"): self._read_in_namespace,
            ("", "configmaps"): self._read_in_namespace,
            ("", "persistentvolumeclaims"): self._claim,
            ("", "persistentvolumes"): self._get,
            ("resource.k8s.io", "resourceclaims"): self._get,
            ("storage.k8s.io", "volumeattachments"): self._get,
            ("", "serviceaccounts"): self._account,
            ("coordination.k8s.io", "leases"): lease,
            ("storage.k8s.io", "csinodes"): csi_node,
            ("resource.k8s.io", "resourceslices"): self._slice,
            ("", "nodes"): own_node,
            ("", "pods"): self._pod,
        }

    def _related(self, node: str, info: context.RequestInfo) -> authorization.Decision:
        if not info.name:
            return refused("No Object name found")
        self._refresh()
        if self._graph.belongs(nodegraph.Thing(info.resource, info.namespace, info.name), node):
            return authorization.ALLOWED
        return refused(UNRELATED.format(node))

    def _get(self, node: str, info: context.RequestInfo) -> authorization.Decision:
        if info.verb != "get":
            return refused("can only get individual resources of this type")
        return refused("cannot get subresource") if info.subresource else self._related(node, info)

    def _claim(self, node: str, info: context.RequestInfo) -> authorization.Decision:
        if info.subresource != "status":
            return self._get(node, info)
        if info.verb not in ("update", "patch"):
            return refused("can only get/update/patch this type")
        return self._related(node, info)

    def _read_in_namespace(self, node: str, info: context.RequestInfo) -> authorization.Decision:
        if info.verb not in ("get", "list", "watch"):
            return refused("can only read resources of this type")
        if info.subresource:
            return refused("cannot read subresource")
        if not info.namespace:
            return refused("can only read namespaced object of this type")
        return self._related(node, info)

    def _account(self, node: str, info: context.RequestInfo) -> authorization.Decision:
        """Tokens for the accounts of its pods; and the accounts, which credential providers for images ask for."""
        if info.verb == "get" and not info.subresource:
            return self._related(node, info)
        if info.verb != "create" or not info.name:
            return refused("can only create tokens for individual service accounts")
        if info.subresource != "token":
            return refused("can only create token subresource of serviceaccount")
        return self._related(node, info)

    def _slice(self, node: str, info: context.RequestInfo) -> authorization.Decision:
        if info.subresource:
            return refused("cannot authorize ResourceSlice subresources")
        if info.verb == "create":
            return authorization.ALLOWED
        if info.verb in ("get", "update", "patch", "delete"):
            return self._related(node, info)
        if info.verb in ("watch", "list", "deletecollection"):
            if selects(info, ("nodeName", "spec.nodeName"), node):
                return authorization.ALLOWED
            return refused("can only list/watch/deletecollection resourceslices with nodeName field selector")
        verbs = "get, watch, list, create, update, patch, delete, deletecollection"
        return refused(f"only the following verbs are allowed for a ResourceSlice: {verbs}")

    def _pod(self, node: str, info: context.RequestInfo) -> authorization.Decision:
        verb, part = info.verb, info.subresource
        if not part and verb == "get":
            return self._get(node, info)
        if not part and verb in ("list", "watch"):
            if selects(info, ("spec.nodeName",), node):
                return authorization.ALLOWED
            if info.name:
                return self._related(node, info)
            return refused("can only list/watch pods with spec.nodeName field selector")
        allowed = {"": ("create", "delete"), "status": ("update", "patch"), "eviction": ("create",)}
        return authorization.ALLOWED if verb in allowed.get(part, ()) else refused()

    def _refresh(self) -> None:
        for plural, follower in self._sources:
            news = follower.news()
            if news is None:
                continue
            if news.anew:
                self._graph.clear(plural)
            for key, obj in news.changes:
                namespace, _, name = key.rpartition("/")
                if plural == nodegraph.POD:
                    self._graph.set_pod(namespace, name, obj)
                elif plural == nodegraph.VOLUME:
                    self._graph.set_volume(name, obj)
                else:
                    self._graph.set_on_node(plural, name, obj)


def lease(node: str, info: context.RequestInfo) -> authorization.Decision:
    if info.verb not in OWN:
        return refused("can only get, create, update, patch, or delete a node lease")
    if info.namespace != LEASES:
        return refused(f"can only access leases in the {goformat.quote(LEASES)} system namespace")
    if info.verb != "create" and info.name != node:
        return refused("can only access node lease with the same name as the requesting node")
    return authorization.ALLOWED


def csi_node(node: str, info: context.RequestInfo) -> authorization.Decision:
    if info.verb not in OWN:
        return refused("can only get, create, update, patch, or delete a CSINode")
    if info.subresource:
        return refused("cannot authorize CSINode subresources")
    if info.verb != "create" and info.name != node:
        return refused("can only access CSINode with the same name as the requesting node")
    return authorization.ALLOWED


def own_node(node: str, info: context.RequestInfo) -> authorization.Decision:
    if info.subresource == "status":
        return authorization.ALLOWED if info.verb in ("update", "patch") else refused()
    if info.subresource:
        return refused()
    if info.verb in WRITING:
        return authorization.ALLOWED
    if info.verb not in ("get", "list", "watch"):
        return refused()
    if info.name == node:
        return authorization.ALLOWED
    if not info.name:
        return refused(f"node '{node}' cannot read all nodes, only its own Node object")
    return refused(f"node '{node}' cannot read '{info.name}', only its own Node object")


def selects(info: context.RequestInfo, wanted: Collection[str], node: str) -> bool:
    """Whether a request's field selector asks for this node alone."""
    try:
        found = fields.parse(info.field_selector) if info.field_selector else fields.everything()
    except fields.SelectorError:
        return False
    return any(
        each.field in wanted and each.operator == fields.EQUALS and each.value == node for each in found.requirements
    )
