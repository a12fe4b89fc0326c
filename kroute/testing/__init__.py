"""For tests of what is built with kroute: running servers, pytest fixtures, the suite that every backend must pass.

This module is the pytest plugin; what needs more of kroute than pytest does is imported when it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from kroute.testing.plugin import kroute_objects, kroute_resources, kroute_serve, kroute_server

if TYPE_CHECKING:
    from kroute.testing.serving import running as running

__all__ = ["kroute_objects", "kroute_resources", "kroute_serve", "kroute_server", "running"]


def __getattr__(name: str) -> Any:
    if name == "running":
        return import_module("kroute.testing.serving").running
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
