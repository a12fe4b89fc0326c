"""What a resource without a store is made from."""

from __future__ import annotations

from typing import NamedTuple

from kroute.coreapi import environment, rows
from kroute.machinery import gvk


class Case(NamedTuple):
    """One version of a resource."""

    row: rows.Row
    version: str
    environment: environment.Environment

    @property
    def kind(self) -> gvk.GroupVersionKind:
        return self.row.gvk(self.version)
