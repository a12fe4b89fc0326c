"""What tests of cells share: the time at which tables are made, and the form of the `cells` fixture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

NOW = 1_700_000_000.0  # 2023-11-14T22:13:20Z
META = {"name": "a", "creationTimestamp": "2023-11-14T22:13:15Z"}  # 5s before

Cells: TypeAlias = Callable[..., list[Any]]
"""The cells of an object of a kind: `cells("v1/Pod", status={...})`; it is named `a` and 5s old."""
