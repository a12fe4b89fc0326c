"""The order of API versions: `v2`, `v1`, `v1beta1`, `v1alpha2`, then any other by name.

Discovery prefers the first.  Mirrors `k8s.io/apimachinery/pkg/version.CompareKubeAwareVersionStrings`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

VERSION = re.compile("v([0-9]{1,18})(?:(alpha|beta)([0-9]{1,18}))?")
STABILITY = {None: 0, "beta": 1, "alpha": 2}


def priority(version: str) -> tuple[int, int, int, str]:
    """A sort key: what is preferred comes first."""
    found = VERSION.fullmatch(version)
    if found is None:
        return (3, 0, 0, version)
    return (STABILITY[found[2]], -int(found[1]), -int(found[3] or 0), "")


def ordered(versions: Iterable[str]) -> list[str]:
    """Versions, the preferred one first."""
    return sorted(versions, key=priority)
