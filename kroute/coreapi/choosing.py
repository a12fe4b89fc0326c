"""Which of the built-in resources a server has: by name for a framework's user, by group-version for a whole server.

`--runtime-config` is read as kube-apiserver reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from kroute.coreapi import rows

GENERAL = ("api/all", "api/ga", "api/beta", "api/alpha")
STABLE = re.compile(r"v[0-9]+")


class ChoiceError(ValueError):
    """A choice that names what isn't there; the text says so in one line."""


def named(known: rows.Rows, names: Iterable[str]) -> list[rows.Row]:
    """The resources of these names, such as `leases` or `events.events.k8s.io`.  Raises ChoiceError."""
    found: dict[rows.Row, None] = {}
    for name in names:
        try:
            found[known.named(name)] = None
        except KeyError:
            raise ChoiceError(f"there is no built-in resource {name!r}") from None
    return list(found)


def configured(known: rows.Rows, config: Mapping[str, str]) -> list[rows.Row]:
    """The resources in the versions that `--runtime-config` leaves.  Raises ChoiceError."""
    switches = {key: on(key, value) for key, value in config.items()}
    served = {f"{row.group}/{version}".lstrip("/") for row in known for version in row.versions}
    served |= {f"api/{version}" for row in known if not row.group for version in row.versions}
    for key in switches:
        if key not in GENERAL and "/".join(key.split("/")[:2]) not in served:
            raise ChoiceError(f"--runtime-config: there is no {key!r}")
    found = []
    for row in known:
        versions = tuple(version for version in row.versions if is_on(row, version, switches))
        if versions:
            found.append(replace(row, versions=versions))
    return found


def is_on(row: rows.Row, version: str, switches: Mapping[str, bool]) -> bool:
    group = row.group or "api"
    for key in (f"{group}/{version}/{row.plural}", f"{group}/{version}", *([version] if not row.group else [])):
        if key in switches:
            return switches[key]
    stable = "api/ga" if STABLE.fullmatch(version) else "api/alpha" if "alpha" in version else "api/beta"
    return switches.get(stable, switches.get("api/all", True))


def on(key: str, value: str) -> bool:
    if value.lower() in ("", "true", "1", "t"):
        return True
    if value.lower() in ("false", "0", "f"):
        return False
    raise ChoiceError(f"--runtime-config: {key}={value} is neither true nor false")
