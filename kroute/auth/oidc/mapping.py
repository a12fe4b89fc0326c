"""From the claims of a token to a user: single claims with prefixes, or expressions; and what must hold of both.

Mirrors the authenticator of `k8s.io/apiserver/plugin/pkg/authenticator/token/oidc`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from kroute.auth import authentication, certificates
from kroute.auth.oidc import expressions
from kroute.machinery import context

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a part of a user comes from: a claim, with a prefix, or an expression; or from nowhere."""

    claim: str = ""
    prefix: str = ""
    expression: expressions.Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What must hold; `message` is told where it doesn't."""

    expression: expressions.Expression
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Users:
    """`required` are claims with the values that they must have; `extra` has expressions by key."""

    username: Source
    groups: Source = field(default_factory=Source)
    uid: Source = field(default_factory=Source)
    extra: Sequence[tuple[str, expressions.Expression]] = ()
    required: Mapping[str, str] = field(default_factory=dict)
    claim_rules: Sequence[Rule] = ()
    user_rules: Sequence[Rule] = ()

    def user(self, claims: Claims) -> context.User:
        """The user whose claims they are.  Raises Rejected."""
        found = context.User(
            self._username(claims),
            groups=self._groups(claims),
            uid=self._uid(claims),
            extra=dict(self._extra(claims)),
        )
        for name, value in self.required.items():
            check_required(claims, name, value)
        hold(self.claim_rules, {"claims": claims}, "claim validation expression")
        if self.user_rules:
            hold(self.user_rules, {"user": expressions.shown(found)}, "user info validation rule")
        return found

    def _username(self, claims: Claims) -> str:
        source = self.username
        if source.expression is not None:
            found = evaluated("username claim expression", source.expression.text, claims, "username")
            if not found:
                raise authentication.Rejected("oidc: empty username via CEL expression is not allowed")
            return found
        name = text(claims, source.claim, f'oidc: parse username claims "{source.claim}"')
        if source.claim == "email" and "email_verified" in claims:
            verified = claims["email_verified"]
            if not isinstance(verified, bool):
                raise authentication.Rejected("oidc: parse 'email_verified' claim: it is no boolean")
            if not verified:
                raise authentication.Rejected("oidc: email not verified")
        return source.prefix + name

    def _groups(self, claims: Claims) -> tuple[str, ...]:
        source = self.groups
        if source.expression is not None:
            return evaluated("group claim expression", source.expression.texts, claims)
        found = claims.get(source.claim) if source.claim else None
        if found is None:
            return ()
        listed = [found] if isinstance(found, str) else found
        if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
            raise authentication.Rejected(f'oidc: parse groups claim "{source.claim}": neither a string nor strings')
        return tuple(source.prefix + each for each in listed)

    def _uid(self, claims: Claims) -> str:
        source = self.uid
        if source.expression is not None:
            return evaluated("uid claim expression", source.expression.text, claims, "uid")
        return text(claims, source.claim, f'oidc: parse uid claim "{source.claim}"') if source.claim else ""

    def _extra(self, claims: Claims) -> Iterator[tuple[str, tuple[str, ...]]]:
        identifier = claims.get("jti")
        if identifier and isinstance(identifier, str):
            yield certificates.CREDENTIAL_ID, (f"JTI={identifier}",)
        for key, expression in self.extra:
            found = evaluated("extra claim expression", expression.texts, claims)
            if found:
                yield key, found


def text(claims: Claims, name: str, what: str) -> str:
    """Raises Rejected."""
    if name not in claims:
        raise authentication.Rejected(f"{what}: claim not present")
    found = claims[name]
    if not isinstance(found, str):
        raise authentication.Rejected(f"{what}: the claim is no string")
    return found


def check_required(claims: Claims, name: str, value: str) -> None:
    """Raises Rejected."""
    if name not in claims:
        raise authentication.Rejected(f"oidc: required claim {name} not present in ID token")
    found = text(claims, name, f"oidc: parse claim {name}")
    if found != value:
        why = f"value does not match. Got = {found}, want = {value}"
        raise authentication.Rejected(f"oidc: required claim {name} {why}")


Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def evaluated(
    what: str, expression: Callable[Arguments, Result], *arguments: Arguments.args, **options: Arguments.kwargs
) -> Result:
    """Raises Rejected."""
    try:
        return expression(*arguments, **options)
    except expressions.ExpressionError as error:
        raise authentication.Rejected(f"oidc: error evaluating {what}: {error}") from error


def hold(rules: Sequence[Rule], variables: Mapping[str, Any], what: str) -> None:
    """Raises Rejected for a rule that doesn't hold."""
    for rule in rules:
        if evaluated(what, rule.expression.value, variables) is not True:
            why = f"validation expression '{rule.expression.source}' failed: {rule.message}"
            raise authentication.Rejected(f"oidc: error evaluating {what}: {why}")
