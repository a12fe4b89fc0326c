"""What the objects of each built-in kind are checked by: a line a kind, a function a family.

A kind without a line is checked by its schema alone, and its names are subdomains.
"""

from __future__ import annotations

from collections.abc import Mapping

from kroute.coreapi.strategies import base


def all_checks() -> Mapping[str, base.Checks]:
    """The checks by resource."""
    return {}
