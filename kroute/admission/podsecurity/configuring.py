"""What an administrator says of pod security for the whole server: the policy of namespaces without labels, and who is
exempt.

Mirrors PodSecurityConfiguration of `k8s.io/pod-security-admission/admission/api`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kroute.admission.podsecurity import levels
from kroute.machinery import fielderrors, names

GROUP, KIND = "pod-security.admission.config.k8s.io", "PodSecurityConfiguration"
VERSIONS = ("v1", "v1beta1", "v1alpha1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    defaults: levels.Policy = levels.NO_POLICY
    usernames: frozenset[str] = frozenset()
    namespaces: frozenset[str] = frozenset()
    runtime_classes: frozenset[str] = frozenset()


def read(document: Mapping[str, Any]) -> Configuration:
    """The configuration of a document.  Raises ValueError, saying what is wrong with it."""
    wrong: list[fielderrors.FieldError] = []
    given = _mapping(document, "defaults")
    found = {}
    for mode in ("enforce", "audit", "warn"):
        chosen = _checked(levels.level, given, mode, levels.PRIVILEGED, wrong)
        version = _checked(levels.minor, given, f"{mode}-version", "latest", wrong)
        found[mode] = levels.Standard(chosen or levels.PRIVILEGED, levels.LATEST if version is None else version)
    exempt = _mapping(document, "exemptions")
    configuration = Configuration(
        defaults=levels.Policy(**found),
        usernames=_names(exempt, "usernames", lambda name: [] if name else ["username must not be empty"], wrong),
        namespaces=_names(exempt, "namespaces", names.dns1123_label, wrong),
        runtime_classes=_names(exempt, "runtimeClasses", names.dns1123_subdomain, wrong),
    )
    if wrong:
        raise ValueError(fielderrors.aggregate(wrong))
    return configuration


def _mapping(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = document.get(key)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ValueError(f"{key} must be a mapping")
    return found


def _checked(
    parse: Callable[[str], Any], given: Mapping[str, Any], key: str, default: str, wrong: list[fielderrors.FieldError]
) -> Any:
    text = given.get(key) or default
    try:
        return parse(str(text))
    except levels.LevelError as error:
        wrong.append(fielderrors.invalid(f"defaults.{key}", text, str(error)))
        return None


def _names(
    given: Mapping[str, Any], key: str, check: Callable[[str], list[str]], wrong: list[fielderrors.FieldError]
) -> frozenset[str]:
    listed = given.get(key) or []
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise ValueError(f"exemptions.{key} must be a list of texts")
    seen: set[str] = set()
    for index, name in enumerate(listed):
        path = f"exemptions.{key}[{index}]"
        problems = check(name)
        if problems:
            wrong.append(fielderrors.invalid(path, name, ", ".join(problems)))
        elif name in seen:
            wrong.append(fielderrors.duplicate(path, name))
        seen.add(name)
    return frozenset(seen)
