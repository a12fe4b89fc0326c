"""Authorizers from a file: an `AuthorizationConfiguration` of `apiserver.config.k8s.io` names them in order.

It can name several webhooks, with conditions on what they are asked about and what their failures mean.
Mirrors `pkg/apis/apiserver/validation` of k8s.io/apiserver.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from kroute.auth import accessconditions
from kroute.machinery import durations, fielderrors, names

GROUP, KIND, VERSIONS = "apiserver.config.k8s.io", "AuthorizationConfiguration", ("v1", "v1beta1", "v1alpha1")
WEBHOOK, KUBECONFIG = "Webhook", "KubeConfigFile"
NO_OPINION, DENY = "NoOpinion", "Deny"
MOST_CONDITIONS, LONGEST = 64, 30 * durations.SECOND
DEFAULTS = {"authorizedTTL": "5m", "unauthorizedTTL": "30s"}


class ConfigurationError(ValueError):
    """The configuration can't be used; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A server to ask.  Times are in seconds; answers that don't hold for any time aren't remembered.

    `fail_closed`: what it can't be asked about is refused."""

    kubeconfig: Path
    version: str = "v1"
    timeout: float = 30.0
    authorized_ttl: float = 300.0
    unauthorized_ttl: float = 30.0
    fail_closed: bool = False
    conditions: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorizer:
    """One of them; `webhook` for those of that kind."""

    mode: str
    name: str = ""
    webhook: Webhook | None = field(default=None)


def read(path: Path, known: Collection[str]) -> list[Authorizer]:
    """The authorizers of a file, of `known` modes.  Raises OSError, ConfigurationError."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is no YAML: {error}") from error
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise ConfigurationError(f"{path} is no {KIND}")
    if document.get("apiVersion") not in [f"{GROUP}/{version}" for version in VERSIONS]:
        raise ConfigurationError(f"{path}: {document.get('apiVersion')} is no version of {KIND}")
    try:
        problems = list(check(document, known))
        if problems:
            raise ConfigurationError(f"{path}: {fielderrors.aggregate(problems)}")
        return [authorizer(entry) for entry in document["authorizers"]]
    except (AttributeError, TypeError) as error:
        raise ConfigurationError(f"{path} has fields of the wrong type: {error}") from error


def authorizer(entry: Mapping[str, Any]) -> Authorizer:
    given = entry.get("webhook")
    if given is None:
        return Authorizer(mode=entry["type"], name=entry["name"])
    cached = {
        name: seconds(given, f"{name}TTL") if given.get(switch) is not False else 0.0
        for name, switch in (("authorized", "cacheAuthorizedRequests"), ("unauthorized", "cacheUnauthorizedRequests"))
    }
    webhook = Webhook(
        kubeconfig=Path(given["connectionInfo"]["kubeConfigFile"]),
        version=given["subjectAccessReviewVersion"],
        timeout=seconds(given, "timeout"),
        authorized_ttl=cached["authorized"],
        unauthorized_ttl=cached["unauthorized"],
        fail_closed=given["failurePolicy"] == DENY,
        conditions=[each["expression"] for each in given.get("matchConditions") or ()],
    )
    return Authorizer(mode=entry["type"], name=entry["name"], webhook=webhook)


def seconds(given: Mapping[str, Any], name: str) -> float:
    return durations.parse(given.get(name) or DEFAULTS.get(name, "")) / durations.SECOND


def check(document: Mapping[str, Any], known: Collection[str]) -> Iterator[fielderrors.FieldError]:
    """What is wrong with the authorizers."""
    entries, modes, seen = document.get("authorizers") or [], set[str](), set[str]()
    if not entries:
        yield fielderrors.required("authorizers", "at least one authorization mode must be defined")
    for index, entry in enumerate(entries):
        at, mode, name = f"authorizers[{index}]", entry.get("type") or "", entry.get("name") or ""
        if not mode:
            yield fielderrors.required(f"{at}.type")
        elif mode not in known:
            yield fielderrors.not_supported(f"{at}.type", mode, sorted(known))
        elif mode in modes and mode != WEBHOOK:
            yield fielderrors.duplicate(f"{at}.type", mode)
        else:
            modes.add(mode)
            yield from check_name(name, seen, f"{at}.name")
            seen.add(name)
            yield from check_kind(entry, mode, at)


def check_name(name: str, seen: Collection[str], at: str) -> Iterator[fielderrors.FieldError]:
    if not name:
        yield fielderrors.required(at)
    elif name in seen:
        yield fielderrors.duplicate(at, name)
    elif problems := list(names.dns1123_subdomain(name)):
        yield fielderrors.invalid(at, name, f"authorizer name is invalid: {', '.join(problems)}")


def check_kind(entry: Mapping[str, Any], mode: str, at: str) -> Iterator[fielderrors.FieldError]:
    webhook = entry.get("webhook")
    if mode != WEBHOOK:
        if webhook is not None:
            yield fielderrors.invalid(f"{at}.webhook", "non-null", "may only be specified when type=Webhook")
    elif webhook is None:
        yield fielderrors.required(f"{at}.webhook", "required when type=Webhook")
    else:
        yield from check_webhook(webhook, at)


def check_webhook(given: Mapping[str, Any], at: str) -> Iterator[fielderrors.FieldError]:
    yield from check_time(given, "timeout", at, f"must be > 0s and <= {durations.show(LONGEST)}", LONGEST)
    for name in DEFAULTS:
        yield from check_time(given, name, at, "must be > 0s")
    conditions = given.get("matchConditions") or []
    yield from check_choice(given, "subjectAccessReviewVersion", at, ("v1", "v1beta1"))
    if given.get("matchConditionSubjectAccessReviewVersion"):
        yield from check_choice(given, "matchConditionSubjectAccessReviewVersion", at, ("v1",))
    elif conditions:
        text = "required if match conditions are specified"
        yield fielderrors.required(f"{at}.matchConditionSubjectAccessReviewVersion", text)
    yield from check_choice(given, "failurePolicy", at, (NO_OPINION, DENY))
    yield from check_connection(given.get("connectionInfo") or {}, f"{at}.connectionInfo")
    yield from check_conditions(conditions, f"{at}.matchConditions")


def check_time(
    given: Mapping[str, Any], name: str, at: str, text: str, longest: int | None = None
) -> Iterator[fielderrors.FieldError]:
    value = given.get(name) or DEFAULTS.get(name)
    if not value:
        yield fielderrors.required(f"{at}.{name}")
        return
    try:
        found = durations.parse(value)
    except durations.DurationError as error:
        yield fielderrors.invalid(f"{at}.{name}", value, str(error))
        return
    if found <= 0 or (longest is not None and found > longest):
        yield fielderrors.invalid(f"{at}.{name}", value, text)


def check_choice(
    given: Mapping[str, Any], name: str, at: str, allowed: Sequence[str]
) -> Iterator[fielderrors.FieldError]:
    value = given.get(name) or ""
    if not value:
        yield fielderrors.required(f"{at}.{name}")
    elif value not in allowed:
        yield fielderrors.not_supported(f"{at}.{name}", value, allowed)


def check_connection(given: Mapping[str, Any], at: str) -> Iterator[fielderrors.FieldError]:
    yield from check_choice(given, "type", at, (KUBECONFIG,))
    if given.get("type") != KUBECONFIG:
        return
    file = given.get("kubeConfigFile") or ""
    if not file:
        yield fielderrors.required(f"{at}.kubeConfigFile")
    elif not Path(file).is_absolute():
        yield fielderrors.invalid(f"{at}.kubeConfigFile", file, "must be an absolute path")
    elif not Path(file).is_file():
        yield fielderrors.invalid(f"{at}.kubeConfigFile", file, "must be a regular file")


def check_conditions(conditions: Sequence[Mapping[str, Any]], at: str) -> Iterator[fielderrors.FieldError]:
    if len(conditions) > MOST_CONDITIONS:
        yield fielderrors.too_many(at, len(conditions), MOST_CONDITIONS)
        return
    seen: set[str] = set()
    for index, condition in enumerate(conditions):
        expression = condition.get("expression") or ""
        if not expression.strip():
            yield fielderrors.required(f"{at}[{index}].expression")
        elif expression in seen:
            yield fielderrors.duplicate(f"{at}[{index}].expression", expression)
        else:
            seen.add(expression)
            try:
                accessconditions.Conditions([expression])
            except accessconditions.ConditionError as error:
                yield fielderrors.invalid(f"{at}[{index}].expression", expression, str(error))
