"""What strategies, subresources and stateless resources of the core API are made with.

One `Environment` belongs to one server; the places that need a thing say so by taking it from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from kroute.admission import choosing as plugins
from kroute.aio import clocks
from kroute.auth import authorization, methods, openid, rbac, signing
from kroute.auth import tokens as token_lookup
from kroute.coreapi import defaulting, facts, owning, rows
from kroute.kinds import mounting
from kroute.machinery import gvk, objects
from kroute.schema import builtin, forgetting, godecoding
from kroute.storage import caches, core
from kroute.webhook import client


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the core API is to be served.

    `service_ranges` are networks; `node_ports` the first and the last port.  `authorizer`, `tokens` and `audiences`
    (whom tokens are for) are what reviews of access and of tokens ask.  `signer` signs tokens of service accounts, as
    `accounts` says; `metadata` tells others how to verify them.
    `roles` knows what users hold by roles.  `attached` are made before the stores and get to know them."""

    service_ranges: Sequence[str] = ("10.96.0.0/16",)
    node_ports: tuple[int, int] = (30000, 32767)
    authorizer: authorization.Authorizer = field(default_factory=authorization.AlwaysAllow)
    tokens: token_lookup.Tokens | None = None
    audiences: Sequence[str] = (signing.ISSUER,)
    accounts: methods.Accounts = field(default_factory=methods.Accounts)
    metadata: openid.Metadata | None = None
    signer: signing.Signer = field(default_factory=signing.Signer)
    roles: rbac.RBAC = field(default_factory=rbac.RBAC)
    attached: Sequence[authorization.Attachable] = ()
    admission: plugins.Choice = field(default_factory=plugins.Choice)
    """Which admission plugins run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What one core API works with.  `cores` has the stores that are built already, by resource."""

    caches: caches.Caches
    rows: rows.Rows
    facts: facts.AllFacts
    definitions: builtin.Definitions
    decoder: godecoding.Decoder
    defaulter: defaulting.Defaulter
    forgetter: forgetting.Forgetter
    options: Options = field(default_factory=Options)
    clients: client.Clients | None = None
    """Calls webhooks; None: with connections that nobody ends."""
    clock: clocks.Clock = field(default_factory=clocks.SystemClock)
    cores: dict[gvk.GroupResource, core.Core] = field(default_factory=dict)
    shown: dict[str, mounting.Representation] = field(default_factory=dict)
    """How the objects of stores and of their status look, by resource (`pods`, `deployments.apps/status`)."""

    def forget(self, kind: gvk.GroupVersionKind) -> forgetting.Forget:
        """What storage forgets of an object of a kind."""
        return self.forgetter.of(type_name(kind))

    def empty(self, kind: gvk.GroupVersionKind) -> objects.Object:
        """An object of a kind with nothing set, as Go writes it."""
        return self.decoder.zero(type_name(kind))

    def owner(self, resource: str) -> owning.Owner:
        """Writes objects of a resource (`pods`), or their status (`deployments.apps/status`), as the server itself.

        Raises KeyError for what isn't served."""
        shown = self.shown[resource]
        return owning.Owner(shown, self.empty(shown.kind))

    def core(self, plural: str, group: str = "") -> core.Core | None:
        """The store of a resource, once everything is built; None when it isn't served.

        To be asked when a request comes, not while building."""
        return self.cores.get(gvk.GroupResource(group, plural))


def type_name(kind: gvk.GroupVersionKind) -> str:
    """The Go type of a built-in kind: `apps.v1.Deployment`."""
    return f"{kind.group.partition('.')[0] or 'core'}.{kind.version}.{kind.kind}"
