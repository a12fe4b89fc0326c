"""Levels and versions of the pod security standards, and which of them the labels of a namespace ask for.

Mirrors `k8s.io/pod-security-admission/api`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from kroute.machinery import fielderrors

PRIVILEGED, BASELINE, RESTRICTED = "privileged", "baseline", "restricted"
LEVELS = (PRIVILEGED, BASELINE, RESTRICTED)
"""From the laxest to the strictest."""

PREFIX = "pod-security.kubernetes.io/"
LATEST = 1 << 62
"""The minor version that is later than all others."""

VERSION = re.compile(r"v1\.(0|[1-9][0-9]*)\Z")


class Standard(NamedTuple):
    """A level, as a minor version of Kubernetes has it."""

    level: str = PRIVILEGED
    minor: int = LATEST

    def __str__(self) -> str:
        return f"{self.level}:{'latest' if self.minor == LATEST else f'v1.{self.minor}'}"

    def equivalent(self, other: Standard) -> bool:
        return self == other or self.level == other.level == PRIVILEGED


class Policy(NamedTuple):
    """What is refused, what is noted in the audit log, and what clients are warned of."""

    enforce: Standard
    audit: Standard
    warn: Standard

    @property
    def privileged(self) -> bool:
        """Whether everything is allowed, without a word."""
        return self.enforce.level == self.audit.level == self.warn.level == PRIVILEGED

    def equivalent(self, other: Policy) -> bool:
        return (
            self.enforce.equivalent(other.enforce)
            and self.audit.equivalent(other.audit)
            and self.warn.equivalent(other.warn)
        )


NO_POLICY = Policy(Standard(), Standard(), Standard())


class LevelError(ValueError):
    """A level or a version that there isn't."""


def level(text: str) -> str:
    """Raises LevelError."""
    if text not in LEVELS:
        raise LevelError(f"must be one of {', '.join(LEVELS)}")
    return text


def minor(text: str) -> int:
    """The minor version of `v1.30`.  Raises LevelError."""
    if text == "latest":
        return LATEST
    found = VERSION.match(text)
    if found is None or len(found[1]) > 18:
        raise LevelError('must be "latest" or "v1.x"')
    return int(found[1])


def strictness(name: str) -> int:
    return LEVELS.index(name)


def policy_of(labels: Mapping[str, str], defaults: Policy) -> tuple[Policy, list[fielderrors.FieldError]]:
    """The policy that the labels of a namespace ask for, and what is wrong with them.

    A level or a version to enforce that isn't understood is the strictest; one to audit or warn of is none."""
    wrong: list[fielderrors.FieldError] = []
    if not any(name.startswith(PREFIX) for name in labels):
        return defaults, wrong
    modes = {}
    for mode in ("enforce", "audit", "warn"):
        otherwise = RESTRICTED if mode == "enforce" else PRIVILEGED
        modes[mode] = _standard(labels, mode, getattr(defaults, mode), otherwise, wrong)
    found = Policy(**modes)
    enforced = f"{PREFIX}enforce"
    if f"{PREFIX}warn" in labels or labels.get(enforced) not in LEVELS:
        return found, wrong
    if strictness(found.enforce.level) > strictness(found.warn.level):
        version = found.warn.minor if f"{PREFIX}warn-version" in labels else found.enforce.minor
        found = found._replace(warn=Standard(found.enforce.level, version))
    return found, wrong


def _standard(
    labels: Mapping[str, str], mode: str, default: Standard, otherwise: str, wrong: list[fielderrors.FieldError]
) -> Standard:
    chosen, version = default
    name = f"{PREFIX}{mode}"
    if name in labels:
        try:
            chosen = level(labels[name])
        except LevelError as error:
            chosen = otherwise
            wrong.append(fielderrors.invalid(f"metadata.labels[{name}]", labels[name], str(error)))
    name = f"{PREFIX}{mode}-version"
    if name in labels:
        try:
            version = minor(labels[name])
        except LevelError as error:
            version = LATEST
            wrong.append(fielderrors.invalid(f"metadata.labels[{name}]", labels[name], str(error)))
    return Standard(chosen, version)
