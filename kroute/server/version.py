"""What a server says of its version.

Clients read from it which features of Kubernetes they may use, so it names the Kubernetes release whose behaviour
is served; kroute's own version stands behind a plus, where Kubernetes' distributions put theirs.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from importlib import metadata

MAJOR, MINOR, PATCH = 1, 36, 0
MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "AMD64": "amd64"}


def document() -> Mapping[str, str]:
    """The answer at `/version`."""
    python = sys.version_info
    machine = platform.machine()
    return {
        "major": str(MAJOR),
        "minor": str(MINOR),
        "emulationMajor": str(MAJOR),
        "emulationMinor": str(MINOR),
        "minCompatibilityMajor": str(MAJOR),
        "minCompatibilityMinor": str(MINOR - 1),
        "gitVersion": f"v{MAJOR}.{MINOR}.{PATCH}+kroute.{own()}",
        "gitCommit": "",
        "gitTreeState": "",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": f"python{python.major}.{python.minor}.{python.micro}",
        "compiler": platform.python_implementation().lower(),
        "platform": f"{sys.platform}/{MACHINES.get(machine, machine)}",
    }


def own() -> str:
    """kroute's version."""
    try:
        return metadata.version("kroute")
    except metadata.PackageNotFoundError:  # run from a source tree that was never installed
        return "0"
