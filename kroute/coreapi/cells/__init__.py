"""Cells of the tables of built-in kinds that no path into the object gives: one concern a module.

Each function takes an object and the present (seconds since the epoch), and gives a cell or, for a run of columns,
several.  `data/columns.json` names them.  Mirrors `k8s.io/kubernetes/pkg/printers/internalversion`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from kroute.machinery import objects

Cell: TypeAlias = Callable[[objects.Object, float], Any]

NONE, UNSET, UNKNOWN = "<none>", "<unset>", "<unknown>"
