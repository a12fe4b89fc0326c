"""Tokens of service accounts: whether this server signed one, and whether what it lives with is still there.

A signature is checked once for each token, as that takes long; times, the account and what a token is bound to are
looked at again for every request, so that a deleted account or pod is shut out at once.
Mirrors the token authenticator and the validators of `k8s.io/kubernetes/pkg/serviceaccount`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from kroute.aio import clocks
from kroute.auth import accounts, authentication, bounded, jwts, keys, lookups
from kroute.machinery import context, errors, goformat, gvk, objects, times

REMEMBERED = 4096
"""How many tokens are remembered whose signatures are good."""

INVALIDATED = "service account token has been invalidated"
INVALID_SINCE = "kubernetes.io/legacy-token-invalid-since"
LEGACY_TOKEN, STALE_TOKEN = "authentication.k8s.io/legacy-token", "authentication.k8s.io/stale-token"
"""Annotations of audit events."""


class Bound(NamedTuple):
    """An object that a token needs: which one, its uid ("" for any), and what is said when it isn't there."""

    plural: str
    key: str
    uid: str
    what: str


class Known:
    """A token with a good signature.  `seen` are the revisions of its objects that were found to be right.

    `own` are those of its audiences that are the server's own."""

    __slots__ = ("audiences", "bound", "claims", "legacy", "own", "remarkable", "seen", "subject", "times", "user")

    def __init__(self, token: jwts.Unverified, issuer: str) -> None:
        self.legacy = issuer == accounts.LEGACY_ISSUER
        self.subject = jwts.text_of(token.claims.get("sub"))
        read = accounts.legacy_claims_of if self.legacy else accounts.claims_of
        self.claims = read(token.claims)
        self.audiences = token.audiences
        self.times = tuple(jwts.number_of(token.claims.get(field)) for field in ("exp", "nbf", "iat"))
        self.user: context.User = self.claims.user()
        self.bound = list(bound(self.claims))
        self.seen: tuple[int, ...] = ()
        self.own: Sequence[str] = ()
        self.remarkable = not self.audiences or bool(self.claims.warn_after)


def bound(claims: accounts.Claims) -> Iterator[Bound]:
    """What a token needs, in the order in which it is looked at."""
    namespace, account = claims.namespace, claims.account
    yield Bound("serviceaccounts", f"{namespace}/{account.name}", account.uid, "")
    if claims.secret is not None:
        yield Bound("secrets", f"{namespace}/{claims.secret.name}", claims.secret.uid, "secret")
    if claims.pod is not None:
        yield Bound("pods", f"{namespace}/{claims.pod.name}", claims.pod.uid, "pod")
    elif claims.node is not None:
        yield Bound("nodes", claims.node.name, claims.node.uid, "node")


class AccountTokens:
    """The authenticator.  `issuers` are those whose tokens are this server's; `audiences` are its own.

    `public` gives the keys; it is called when the first token comes."""

    def __init__(
        self,
        public: Callable[[], Sequence[keys.Key]],
        found_in: lookups.Lookups,
        *,
        issuers: Sequence[str],
        audiences: Sequence[str],
        lookup: bool = True,
        clock: clocks.Clock | None = None,
    ) -> None:
        """`lookup` False: tokens kept in Secrets are believed without those."""
        self._public, self._objects, self._lookup = public, found_in, lookup
        self._issuers = frozenset((*issuers, accounts.LEGACY_ISSUER))
        self._audiences = tuple(audiences)
        self._clock = clock or clocks.SystemClock()
        self._known: bounded.Cache[bytes, Known] = bounded.Cache(REMEMBERED)

    async def authenticate_token(self, token: str, audiences: Sequence[str]) -> authentication.Identity | None:
        if token.count(".") != 2:
            return None
        digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        known = self._known.get(digest)
        if known is None:
            known = self._verified(token)
            if known is None:
                return None
            known.own = [each for each in known.audiences or self._audiences if each in self._audiences]
            self._known.put(digest, known)
        own = known.audiences or self._audiences
        wanted = known.own if audiences is self._audiences else [each for each in own if each in audiences]
        if not wanted:
            text = f"token audiences {quoted(own)} is invalid for the target audiences {quoted(audiences)}"
            raise authentication.Rejected(text)
        now = self._clock.now()
        if known.legacy:
            check_legacy(known)
        else:
            check_times(known, now)
        if known.seen != tuple([self._objects.revision(each.plural, each.key) for each in known.bound]):
            known.seen = await (self._check_legacy(known, token) if known.legacy else self._check(known, now))
        told = tuple(remarks(known, now)) if known.remarkable else ()
        return authentication.Identity(known.user, wanted, told)

    def _verified(self, text: str) -> Known | None:
        """A token of this server; None for one of somebody else's.  Raises Rejected."""
        token = jwts.read(text)
        if token is None or token.issuer not in self._issuers:
            return None
        known = [key for key in self._public() if not token.key_id or key.id == token.key_id]
        if not known:
            raise authentication.Rejected("invalid signature, no keys found")
        if not token.signed_by(known):
            raise authentication.Rejected(jwts.FAILED)
        try:
            return Known(token, token.issuer)
        except ValueError as error:
            raise authentication.Rejected(str(error)) from error

    async def _check(self, known: Known, now: float) -> tuple[int, ...]:
        """Look at what a token lives with; the revisions that need not be looked at again.  Raises Rejected."""
        revisions, lasting = [], True
        for each in known.bound:
            found = await self._objects.find(each.plural, each.key)
            if found is None:
                raise authentication.Rejected(INVALIDATED if each.what else missing(each))
            metadata = found.obj["metadata"]
            if deleted_before(metadata, now - jwts.LEEWAY):
                account = f"service account {each.key} has been deleted"
                raise authentication.Rejected(INVALIDATED if each.what else account)
            uid = metadata.get("uid") or ""
            if uid != each.uid:
                raise authentication.Rejected(mismatch(each, uid))
            lasting = lasting and not metadata.get("deletionTimestamp")
            revisions.append(found.revision)
        return tuple(revisions) if lasting else ()

    async def _check_legacy(self, known: Known, token: str) -> tuple[int, ...]:
        """Look whether the Secret still holds the token.  Raises Rejected."""
        if not self._lookup:
            return ()
        account, holder = known.bound
        secret = await self._objects.find(holder.plural, holder.key)
        if secret is None or secret.obj["metadata"].get("deletionTimestamp"):
            raise authentication.Rejected("Token has been invalidated")
        if not hmac.compare_digest(lookups.secret_value(secret.obj, "token"), token.encode("utf-8", "surrogateescape")):
            raise authentication.Rejected("Token does not match server's copy")
        if (secret.obj["metadata"].get("labels") or {}).get(INVALID_SINCE):
            why = (
                "has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens"
            )
            raise authentication.Rejected(f"the token in secret {holder.key} for service account {account.key} {why}")
        found = await self._objects.find(account.plural, account.key)
        if found is None:
            raise authentication.Rejected(missing(account))
        if found.obj["metadata"].get("deletionTimestamp"):
            raise authentication.Rejected(f"ServiceAccount {account.key} has been deleted")
        uid = found.obj["metadata"].get("uid") or ""
        if uid != account.uid:
            raise authentication.Rejected(f"ServiceAccount UID ({uid}) does not match claim ({account.uid})")
        return found.revision, secret.revision


def check_times(known: Known, now: float) -> None:
    """Raises Rejected for a token whose time is over, or hasn't come."""
    expires, begins, issued = known.times
    if expires is not None and now - jwts.LEEWAY > expires:
        raise authentication.Rejected("service account token has expired")
    if begins is not None and now + jwts.LEEWAY < begins:
        raise authentication.Rejected("service account token is not valid yet")
    if issued is not None and now + jwts.LEEWAY < issued:
        raise authentication.Rejected("service account token is issued in the future")


def check_legacy(known: Known) -> None:
    """Raises Rejected for a token that lacks a claim."""
    claims = known.claims
    secret = "" if claims.secret is None else claims.secret.name
    given = {
        "sub": known.subject,
        "namespace": claims.namespace,
        "secretName": secret,
        "serviceAccountName": claims.account.name,
        "serviceAccountUID": claims.account.uid,
    }
    for name, value in given.items():
        if not value:
            raise authentication.Rejected(f"{name} claim is missing")
    if known.subject != known.user.name:
        raise authentication.Rejected("sub claim is invalid")


def remarks(known: Known, now: float) -> Iterator[tuple[str, str]]:
    """What the audit event of a request with such a token is to say."""
    if not known.audiences:
        yield LEGACY_TOKEN, known.subject
    after = known.claims.warn_after
    if after and now > after:
        yield STALE_TOKEN, f"subject: {known.subject}, seconds after warning threshold: {int(now) - int(after)}"


def quoted(texts: Sequence[str]) -> str:
    """Strings as Go shows a slice of them with %q."""
    return f"[{' '.join(map(goformat.quote, texts))}]"


def missing(needed: Bound) -> str:
    name = needed.key.rpartition("/")[2]
    return errors.NotFound.of(gvk.GroupResource("", needed.plural), name).message


def mismatch(needed: Bound, uid: str) -> str:
    if not needed.what:
        return f"service account UID ({uid}) does not match claim ({needed.uid})"
    what = needed.what
    return f"{what} UID ({uid}) does not match service account {what} ref claim ({needed.uid})"


def deleted_before(metadata: objects.Object, moment: float) -> bool:
    since = metadata.get("deletionTimestamp")
    return since is not None and times.parse(since).timestamp() < moment
