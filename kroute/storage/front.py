"""A Store seen through a front: for resources whose deletions are their own, and which are Stores in all else.

A subclass writes the deletions that its resource has: `delete`, `delete_collection`, or one of them.
"""

from __future__ import annotations

from kroute.storage import store


class Front:
    """The capabilities of a Store without deletions."""

    def __init__(self, own: store.Store) -> None:
        self._store = own
        self.namespaced, self.kind = own.namespaced, own.kind
        self.singular_name, self.short_names, self.categories = own.singular_name, own.short_names, own.categories
        self.get, self.list, self.watch = own.get, own.list, own.watch
        self.create, self.update = own.create, own.update
        self.convert_to_table = own.convert_to_table
