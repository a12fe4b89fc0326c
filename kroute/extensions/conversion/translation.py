"""The conversion of one definition's objects, as storage and field managers use it.  A `definition.Translation`."""

from __future__ import annotations

from kroute.extensions.conversion import logs, owners, reviews
from kroute.kinds import converting, definition
from kroute.machinery import gvk, objects
from kroute.storage.backend import base
from kroute.webhook import client


class Translation:
    """Converts by the webhook of a definition; `stored` is the version in which objects are stored."""

    def __init__(
        self, calls: client.Clients, crd: objects.Object, kind: gvk.GroupKind, stored: definition.Version
    ) -> None:
        self._reviewer = reviews.Reviewer(calls, crd)
        self._kind, self._stored = kind, stored
        self._completion = converting.Completion(stored.schema)
        self._views = owners.Views(self._reviewer)

    def log(self, version: str, inner: base.Log) -> base.Log:
        """The stored objects in a version, over the log that holds them."""
        return logs.View(
            inner,
            self._reviewer,
            kind=self._of(version),
            stored=self._of(self._stored.name),
            complete=self._completion.complete,
        )

    def convert(self, obj: objects.Object, api_version: str) -> objects.Object:
        """An object in another version, for field managers.  Raises Unconverted, ElementError."""
        return self._views.convert(obj, api_version)

    def _of(self, version: str) -> gvk.GroupVersionKind:
        return gvk.GroupVersionKind(self._kind.group, version, self._kind.kind)
