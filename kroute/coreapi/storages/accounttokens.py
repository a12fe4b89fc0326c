"""`serviceaccounts/token`: tokens that a service account, or a pod that runs as it, shows to this and other servers.

Mirrors TokenREST of `pkg/registry/core/serviceaccount/storage`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from kroute.coreapi.storages import cases
from kroute.kinds import mounting
from kroute.machinery import context, errors, fielderrors, gvk, objects
from kroute.storage import before, capabilities, core, options, stored

KIND = gvk.GroupVersionKind("authentication.k8s.io", "v1", "TokenRequest")
SHORTEST, LONGEST = 600, 1 << 32
WARNED, EXTENDED = 3607, 365 * 24 * 3600
"""Tokens of so many seconds are those of pods by default: they last longer, and whoever uses them then is warned."""

ISSUED = "authentication.kubernetes.io/issued-credential-id"
"""Annotation of audit events."""

BINDABLE = {"Pod": "pods", "Node": "nodes", "Secret": "secrets"}


class AccountTokens:
    """`case` is that of service accounts."""

    kind = KIND

    def __init__(self, case: cases.Case) -> None:
        self._accounts, self._environment = case.store.core, case.environment

    async def create_named(
        self,
        ctx: context.RequestContext,
        name: str,
        obj: objects.Object,
        *,
        validate: capabilities.Validate,
        options: options.WriteOptions,
    ) -> stored.Result:
        metadata, spec = obj["metadata"], obj.setdefault("spec", {})
        if metadata.get("name") and metadata["name"] != name:
            text = "must match the service account name if specified"
            problem = fielderrors.invalid("metadata.name", metadata["name"], text)
            raise errors.Invalid.of(KIND.group_kind, name, [problem])
        account = (await find(self._accounts, ctx, name)).obj
        known = self._environment.options
        if not spec.get("audiences"):
            spec["audiences"] = list(known.audiences)
        now = self._environment.clock.now()
        own = {key: account["metadata"].get(key) or "" for key in ("name", "namespace", "uid")}
        obj["metadata"] = {**metadata, **own, "creationTimestamp": before.as_text(now)}
        problems = list(validate_spec(spec))
        if problems:
            raise errors.Invalid.of(KIND.group_kind, "", problems)
        await validate(obj, None)
        longest = int(known.accounts.longest)
        if longest and spec["expirationSeconds"] > longest:
            asked = spec["expirationSeconds"]
            ctx.warn(f"requested expiration of {asked} seconds shortened to {longest} seconds")
            spec["expirationSeconds"] = longest
        claims = claims_of(account, spec, now, set(known.audiences) if known.accounts.extend else set())
        if spec.get("boundObjectRef") is not None:
            claims["kubernetes.io"].update(await self._bound(ctx, name, spec["boundObjectRef"]))
        ctx.add_annotation(ISSUED, f"JTI={claims['jti']}")
        obj["status"] = {
            "token": known.signer.sign(claims),
            "expirationTimestamp": before.as_text(now + spec["expirationSeconds"]),
        }
        return obj

    async def _bound(self, ctx: context.RequestContext, account: str, reference: objects.Object) -> objects.Object:
        """Claims of what a token lives with.  Raises NotFound, BadRequest, Conflict."""
        kind, version = reference.get("kind") or "", reference.get("apiVersion") or ""
        if kind not in BINDABLE or "/" in version:
            group, _, version = version.rpartition("/")
            raise errors.BadRequest(f"cannot bind token to object of type {group}/{version}, Kind={kind}")
        name = reference.get("name") or ""
        at = self._environment.core(BINDABLE[kind])
        if at is None:
            raise errors.NotFound.of(gvk.GroupResource("", BINDABLE[kind]), name)
        obj = (await find(at, ctx, name)).obj
        uid = obj["metadata"].get("uid") or ""
        claims = {kind.lower(): {"name": name, "uid": uid}}
        if kind == "Pod":
            running_as = (obj.get("spec") or {}).get("serviceAccountName") or ""
            if running_as != account:
                what = f'cannot bind token for serviceaccount "{account}"'
                raise errors.BadRequest(f"{what} to pod running with different serviceaccount name.")
            claims.update(await self._node_of(ctx, obj))
        if reference.get("uid") and reference["uid"] != uid:
            why = (
                f"the UID in the bound object reference ({reference['uid']}) does not match the UID in record. "
                "The object might have been deleted and then recreated"
            )
            raise errors.Conflict.of(gvk.GroupResource("", kind), name, why)
        return claims

    async def _node_of(self, ctx: context.RequestContext, pod: objects.Object) -> objects.Object:
        """The claim of the node that a pod is on, as far as it is known."""
        name, at = (pod.get("spec") or {}).get("nodeName"), self._environment.core("nodes")
        if not name:
            return {}
        found = None if at is None else await at.fetch(at.key(ctx, name))
        uid = "" if found is None else found.obj["metadata"].get("uid") or ""
        return {"node": {"name": name, "uid": uid} if uid else {"name": name}}


async def find(at: core.Core, ctx: context.RequestContext, name: str) -> stored.Stored:
    """Raises NotFound, and BadRequest for what is no name."""
    found = await at.fetch(at.key(ctx, name))
    if found is None:
        raise at.not_found(name)
    return found


def validate_spec(spec: objects.Object) -> Iterator[fielderrors.FieldError]:
    seconds = spec.get("expirationSeconds") or 0
    if seconds < SHORTEST:
        text = "may not specify a duration less than 10 minutes"
        yield fielderrors.invalid("spec.expirationSeconds", seconds, text)
    if seconds > LONGEST:
        text = "may not specify a duration larger than 2^32 seconds"
        yield fielderrors.invalid("spec.expirationSeconds", seconds, text)


def claims_of(account: objects.Object, spec: objects.Object, now: float, own_audiences: set[str]) -> dict[str, Any]:
    """What a token says; times are whole seconds since the epoch."""
    metadata = account["metadata"]
    namespace, name = metadata["namespace"], metadata["name"]
    since, seconds = int(now), spec["expirationSeconds"]
    about: dict[str, Any] = {
        "namespace": namespace,
        "serviceaccount": {"name": name, "uid": metadata.get("uid") or ""},
    }
    if seconds == WARNED and own_audiences.issuperset(spec["audiences"]):
        about["warnafter"], seconds = since + WARNED, EXTENDED
    return {
        "aud": spec["audiences"],
        "exp": since + seconds,
        "iat": since,
        "jti": str(uuid.uuid4()),
        "kubernetes.io": about,
        "nbf": since,
        "sub": f"system:serviceaccount:{namespace}:{name}",
    }


def tokens(case: cases.Case) -> mounting.Mount:
    return case.foreign(AccountTokens(case), "token", KIND, managed=True)
