"""What is wrong with a configuration of identity providers, in kube-apiserver's words.

Whatever is there is read into the records of `mapping`; problems are collected, not raised.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any
from urllib import parse

from kroute.auth.oidc import expressions, mapping
from kroute.machinery import fielderrors, names
from kroute.webhook import authorities

EMAIL, VERIFIED = re.compile(r"\bclaims\s*\.\s*\??\s*email\b"), re.compile(r"\bclaims\s*\.\s*\??\s*email_verified\b")
BOTH = "claim and expression can't both be set"
NO_PREFIX = "prefix is required when claim is set. It can be set to an empty string to disable prefixing"
UNVERIFIED = (
    "claims.email_verified must be used in claimMappings.username.expression or "
    "claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in "
    "claimMappings.username.expression"
)
FIELDS: Mapping[str, tuple[str, ...]] = {
    "": ("apiVersion", "kind", "jwt", "anonymous"),
    "jwt": ("issuer", "claimValidationRules", "claimMappings", "userValidationRules"),
    "issuer": ("url", "discoveryURL", "certificateAuthority", "audiences", "audienceMatchPolicy", "egressSelectorType"),
    "claimValidationRules": ("claim", "requiredValue", "expression", "message"),
    "claimMappings": ("username", "groups", "uid", "extra"),
    "username": ("claim", "prefix", "expression"),
    "groups": ("claim", "prefix", "expression"),
    "uid": ("claim", "expression"),
    "extra": ("key", "valueExpression"),
    "userValidationRules": ("expression", "message"),
    "anonymous": ("enabled", "conditions"),
    "conditions": ("path",),
}


def url(path: str, given: str) -> list[fielderrors.FieldError]:
    """What is wrong with the URL of a provider."""
    try:
        parts = parse.urlsplit(given)
    except ValueError as error:
        return [fielderrors.invalid(path, given, str(error))]
    wrong = (
        (parts.scheme != "https", "URL scheme must be https"),
        (parts.username is not None, "URL must not contain a username or password"),
        (bool(parts.query), "URL must not contain a query"),
        (bool(parts.fragment), "URL must not contain a fragment"),
    )
    return [fielderrors.invalid(path, given, text) for holds, text in wrong if holds]


class Checker:
    """Reads one configuration; `problems` are what is wrong with it."""

    def __init__(self, compiler: expressions.Compiler, disallowed: frozenset[str]) -> None:
        self._compiler, self._disallowed = compiler, disallowed
        self.problems: list[fielderrors.FieldError] = []

    def issuers(self, document: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], mapping.Users]]:
        """What is said of each provider, and how its users are made."""
        seen: dict[str, set[str]] = {"url": set(), "discoveryURL": set()}
        for path, entry in self._entries(self._known(document, "", ""), "jwt", ""):
            given = self._object(entry, "issuer", path)
            self._issuer(given, f"{path}.issuer")
            for field, known in seen.items():
                value = str(given.get(field) or "")
                if value and value in known:
                    self._duplicate(f"{path}.issuer.{field}", value)
                known.add(value)
            yield given, self._users(entry, path)

    def anonymous(self, given: Any) -> tuple[bool, Collection[str] | None] | None:
        """Whether anonymous requests are let in, and at which paths alone; None where nothing is said."""
        if given is None:
            return None
        found = self._known(given, "anonymous", "anonymous")
        enabled = found.get("enabled") is True
        paths = frozenset(str(entry.get("path") or "") for _, entry in self._entries(found, "conditions", "anonymous"))
        if paths and not enabled:
            text = "enabled should be set to true when conditions are defined"
            self._invalid("anonymous.conditions", sorted(paths), text)
        return enabled, paths or None

    def _issuer(self, given: Mapping[str, Any], path: str) -> None:
        address, other = str(given.get("url") or ""), str(given.get("discoveryURL") or "")
        if not address:
            self._required(f"{path}.url")
        elif address in self._disallowed:
            listed = " ".join(sorted(self._disallowed))
            self._invalid(f"{path}.url", address, f"URL must not overlap with disallowed issuers: [{listed}]")
        else:
            self.problems += url(f"{path}.url", address)
        if other:
            if other.rstrip("/") == address.rstrip("/"):
                self._invalid(f"{path}.discoveryURL", other, "discoveryURL must be different from URL")
            self.problems += url(f"{path}.discoveryURL", other)
        self._audiences(given, path)
        try:
            bundle = str(given.get("certificateAuthority") or "")
            authorities.made(bundle.encode())
        except authorities.BundleError as error:
            self._invalid(f"{path}.certificateAuthority", "<omitted>", str(error))
        if given.get("egressSelectorType"):
            text = "egress selectors are not supported"
            self._invalid(f"{path}.egressSelectorType", given["egressSelectorType"], text)

    def _audiences(self, given: Mapping[str, Any], path: str) -> None:
        audiences, policy = given.get("audiences") or [], given.get("audienceMatchPolicy") or ""
        if not isinstance(audiences, list) or not audiences:
            self._required(f"{path}.audiences", f"at least one {path}.audiences is required")
            return
        for index, audience in enumerate(audiences):
            if not audience:
                self._required(f"{path}.audiences[{index}]")
            if audience in audiences[:index]:
                self._duplicate(f"{path}.audiences[{index}]", audience)
        if len(audiences) > 1 and policy != "MatchAny":
            text = "audienceMatchPolicy must be MatchAny for multiple audiences"
            self._invalid(f"{path}.audienceMatchPolicy", policy, text)
        elif policy not in ("", "MatchAny"):
            text = "audienceMatchPolicy must be empty or MatchAny for single audience"
            self._invalid(f"{path}.audienceMatchPolicy", policy, text)

    def _users(self, entry: Mapping[str, Any], path: str) -> mapping.Users:
        required, claim_rules = self._claim_rules(entry, path)
        given, inside = self._object(entry, "claimMappings", path), f"{path}.claimMappings"
        username = self._source(given, "username", inside, needed=True)
        groups, uid = self._source(given, "groups", inside), self._source(given, "uid", inside)
        extra = list(self._extra(given, inside))
        sources = [each.source for _, each in extra] + [rule.expression.source for rule in claim_rules]
        if username.expression is not None:
            said = username.expression.source
            if EMAIL.search(said) and not any(VERIFIED.search(each) for each in (said, *sources)):
                self._invalid(f"{inside}.username.expression", said, UNVERIFIED)
        return mapping.Users(
            username=username,
            groups=groups,
            uid=uid,
            extra=extra,
            required=required,
            claim_rules=claim_rules,
            user_rules=list(self._user_rules(entry, path)),
        )

    def _claim_rules(self, entry: Mapping[str, Any], path: str) -> tuple[dict[str, str], list[mapping.Rule]]:
        required: dict[str, str] = {}
        rules: list[mapping.Rule] = []
        for at, rule in self._entries(entry, "claimValidationRules", path):
            claim, source = str(rule.get("claim") or ""), str(rule.get("expression") or "")
            value, message = str(rule.get("requiredValue") or ""), str(rule.get("message") or "")
            if claim and source:
                self._invalid(at, claim, BOTH)
            elif claim:
                if message:
                    self._invalid(f"{at}.message", message, "may not be specified when claim is set")
                if claim in required:
                    self._duplicate(f"{at}.claim", claim)
                required[claim] = value
            elif source:
                if value:
                    self._invalid(f"{at}.requiredValue", value, "may not be specified when expression is set")
                rules += self._rule(f"{at}.expression", source, message, rules, self._compiler.about_claims)
            else:
                self._required(at, "claim or expression is required")
        return required, rules

    def _user_rules(self, entry: Mapping[str, Any], path: str) -> Sequence[mapping.Rule]:
        rules: list[mapping.Rule] = []
        for at, rule in self._entries(entry, "userValidationRules", path):
            source, message = str(rule.get("expression") or ""), str(rule.get("message") or "")
            if not source:
                self._required(f"{at}.expression")
                continue
            rules += self._rule(f"{at}.expression", source, message, rules, self._compiler.about_user)
        return rules

    def _rule(
        self,
        at: str,
        source: str,
        message: str,
        others: Sequence[mapping.Rule],
        compile_with: Callable[[str], expressions.Expression],
    ) -> list[mapping.Rule]:
        if any(source == other.expression.source for other in others):
            self._duplicate(at, source)
            return []
        found = self._compiled(at, source, compile_with)
        return [] if found is None else [mapping.Rule(expression=found, message=message)]

    def _source(self, given: Mapping[str, Any], field: str, path: str, *, needed: bool = False) -> mapping.Source:
        found, at = self._object(given, field, path), f"{path}.{field}"
        claim, source, prefix = (found.get(each) for each in ("claim", "expression", "prefix"))
        if claim and source:
            self._invalid(at, "", BOTH)
        elif needed and not claim and not source:
            self._required(at, "claim or expression is required")
        elif source and prefix is not None:
            self._invalid(f"{at}.prefix", prefix, "may not be specified when expression is set")
        elif claim and prefix is None and field != "uid":
            self._required(f"{at}.prefix", NO_PREFIX)
        expression = self._compiled(f"{at}.expression", str(source), self._compiler.of_claims) if source else None
        return mapping.Source(claim=str(claim or ""), prefix=str(prefix or ""), expression=expression)

    def _extra(self, given: Mapping[str, Any], path: str) -> Iterator[tuple[str, expressions.Expression]]:
        seen: set[str] = set()
        for at, entry in self._entries(given, "extra", path):
            key, source = str(entry.get("key") or ""), str(entry.get("valueExpression") or "")
            self._extra_key(f"{at}.key", key)
            if key in seen:
                self._duplicate(f"{at}.key", key)
                continue
            seen.add(key)
            if not source:
                self._required(f"{at}.valueExpression")
                continue
            found = self._compiled(f"{at}.valueExpression", source, self._compiler.of_claims)
            if found is not None:
                yield key, found

    def _extra_key(self, at: str, key: str) -> None:
        domain, _, path = key.partition("/")
        if not key:
            self._required(at)
        elif not domain or not path:
            self._invalid(at, key, 'must be a domain-prefixed path (such as "acme.io/foo")')
        else:
            for problem in names.dns1123_subdomain(domain):
                self._invalid(at, domain, problem)
        if key != key.lower():
            self._invalid(at, key, "must be lowercase")
        if f".{domain}".endswith((".kubernetes.io", ".k8s.io")):
            self._invalid(at, key, "k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use")

    def _compiled(
        self, at: str, source: str, compile_with: Callable[[str], expressions.Expression]
    ) -> expressions.Expression | None:
        try:
            return compile_with(source)
        except expressions.ExpressionError as error:
            self._invalid(at, source, str(error))
            return None

    def _entries(self, given: Mapping[str, Any], field: str, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The objects of a list, each with its path."""
        prefix = f"{path}.{field}" if path else field
        found = given.get(field) or []
        if not isinstance(found, list):
            self._invalid(prefix, found, "must be a list")
            return
        for index, entry in enumerate(found):
            at = f"{prefix}[{index}]"
            yield at, self._known(entry, field, at)

    def _object(self, given: Mapping[str, Any], field: str, path: str) -> Mapping[str, Any]:
        return self._known(given.get(field) or {}, field, f"{path}.{field}")

    def _known(self, given: Any, kind: str, path: str) -> Mapping[str, Any]:
        """An object, which must have no fields that there aren't."""
        if not isinstance(given, dict):
            self._invalid(path, given, "must be an object")
            return {}
        for field in given:
            if field not in FIELDS[kind]:
                at = f"{path}.{field}" if path else str(field)
                self.problems.append(fielderrors.forbidden(at, "unknown field"))
        return given

    def _invalid(self, path: str, value: Any, text: str) -> None:
        self.problems.append(fielderrors.invalid(path, value, text))

    def _required(self, path: str, text: str = "") -> None:
        self.problems.append(fielderrors.required(path, text))

    def _duplicate(self, path: str, value: Any) -> None:
        self.problems.append(fielderrors.duplicate(path, value))
