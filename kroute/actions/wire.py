"""How the objects of one storage look in one version, as bytes and as objects, and the way back.

Where the version is the one that is stored, the stored bytes are the answer; where only the names differ, their
beginning is exchanged; all else goes through the representation's conversion.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import orjson

from kroute.kinds import mounting
from kroute.machinery import codecs, gvk, objects
from kroute.storage import capabilities, stored

META_GROUP = "meta.k8s.io"


class Wire:
    """One representation.  Objects that it gives are read-only, unless said otherwise.

    `empty` is an object of a built-in kind with nothing set, as Go writes it."""

    __slots__ = (
        "_around_items", "_convert", "_empty", "_list", "_names", "_prefix", "_same", "_to_storage", "_typed", "kind",
    )  # fmt: skip

    def __init__(self, representation: mounting.Representation, *, empty: objects.Object | None = None) -> None:
        self.kind = kind = representation.kind
        self._empty = empty or {}
        self._same = kind == representation.storage_kind
        self._convert = representation.from_storage
        self._to_storage = representation.to_storage
        self._typed = representation.typed
        self._names = {"kind": kind.kind, "apiVersion": kind.api_version}
        order = 0 if self._typed else orjson.OPT_SORT_KEYS
        self._prefix = orjson.dumps(self._names, option=order)[:-1] + b","
        self._list = {"kind": representation.list_kind, "apiVersion": kind.api_version}
        self._around_items = self._list_frame()

    def obj(self, result: stored.Result) -> objects.Object:
        """The object in this version."""
        found = stored.decoded(result)
        if is_status(found):
            return found
        if self._convert is None:
            if found.get("apiVersion") == self.kind.api_version and found.get("kind") == self.kind.kind:
                return found
            return {**self._names, **{key: item for key, item in found.items() if key not in self._names}}
        metadata = found.get("metadata")
        converted = self._convert(objects.copy(found))
        converted.update(self._names)
        if metadata is not None and "metadata" not in converted:
            converted["metadata"] = metadata
        return converted

    def json(self, result: stored.Result) -> bytes:
        """The object in this version as JSON."""
        if isinstance(result, stored.Stored) and self._convert is None:
            return result.value if self._same else self._prefix + result.value[result.cut :]
        return codecs.encode(self.obj(result))

    def bookmark(self, obj: objects.Object) -> objects.Object:
        """The object of a bookmark, which has nothing that could be converted."""
        return {**self._empty, **self._names, "metadata": obj.get("metadata") or {}}

    def inward(self, obj: objects.Object, storage_kind: gvk.GroupVersionKind) -> objects.Object:
        """An object of this version in the storage's; `obj` may be changed, the result too."""
        if self._to_storage is not None:
            metadata = obj.get("metadata")
            obj = self._to_storage(obj)
            if metadata is not None and "metadata" not in obj:
                obj["metadata"] = metadata
        obj["kind"], obj["apiVersion"] = storage_kind.kind, storage_kind.api_version
        return obj

    def outward(self, obj: objects.Object) -> objects.Object:
        """A copy of a stored object in this version, which may be changed."""
        found = self.obj(obj)
        return objects.copy(found) if self._convert is None else found

    def list_json(self, result: capabilities.ListResult) -> bytes:
        """A list as a whole JSON body.  Built-in kinds leave kind and apiVersion out of the items."""
        metadata, items = codecs.encode(self.list_metadata(result)), self._joined(result.items)
        return self._around_items % ((metadata, items) if self._typed else (items, metadata))

    def _list_frame(self) -> bytes:
        """A list without its metadata and items, which are in the order of the Go type, or sorted."""
        kind, version = (orjson.dumps(self._list[name]).replace(b"%", b"%%") for name in ("kind", "apiVersion"))
        if self._typed:
            return b'{"kind":' + kind + b',"apiVersion":' + version + b',"metadata":%b,"items":[%b]}\n'
        return b'{"apiVersion":' + version + b',"items":[%b],"kind":' + kind + b',"metadata":%b}\n'

    def _joined(self, items: Sequence[stored.Result]) -> bytes:
        if self._typed and self._convert is None and items:
            try:
                return b"{" + b",{".join([item.value[item.cut :] for item in items])  # type: ignore[union-attr]
            except AttributeError:  # not all of them come from a store
                pass
        return b",".join(self._items(items))

    def _items(self, items: Iterable[stored.Result]) -> Iterable[bytes]:
        if self._typed:
            return [self._bare(item) for item in items]
        if self._same and self._convert is None:
            return [item.value if isinstance(item, stored.Stored) else self.json(item) for item in items]
        return [self.json(item) for item in items]

    def _bare(self, item: stored.Result) -> bytes:
        if isinstance(item, stored.Stored) and self._convert is None:
            return b"{" + item.value[item.cut :]
        return codecs.encode(self._without_names(self.obj(item)))

    def list_obj(self, result: capabilities.ListResult) -> objects.Object:
        """A list as an object, for codecs other than JSON."""
        items = [self.obj(item) for item in result.items]
        if self._typed:
            items = [self._without_names(item) for item in items]
        return {**self._list, "metadata": self.list_metadata(result), "items": items}

    def list_metadata(self, result: capabilities.ListResult) -> objects.Object:
        """The list's metadata.  Lists of custom resources always have `continue`."""
        metadata: objects.Object = {"resourceVersion": result.resource_version} if result.resource_version else {}
        if result.continue_ or not self._typed:
            metadata["continue"] = result.continue_
        if result.remaining is not None:
            metadata["remainingItemCount"] = result.remaining
        return metadata

    def _without_names(self, obj: objects.Object) -> objects.Object:
        return {key: item for key, item in obj.items() if key not in self._names}


def is_status(obj: objects.Object) -> bool:
    """Whether a storage's result is a Status rather than an object of its kind."""
    return obj.get("kind") == "Status" and obj.get("apiVersion") == "v1"


def partial(obj: objects.Object, version: str) -> objects.Object:
    """An object's metadata alone, as a PartialObjectMetadata of `version`."""
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": f"{META_GROUP}/{version}",
        "metadata": obj.get("metadata") or {},
    }


def partial_list(result: capabilities.ListResult, version: str) -> objects.Object:
    """A list's metadata alone.  Mirrors upstream in that no items are null."""
    return {
        "kind": "PartialObjectMetadataList",
        "apiVersion": f"{META_GROUP}/{version}",
        "metadata": meta_list(result),
        "items": [partial(stored.decoded(item), version) for item in result.items] or None,
    }


def meta_list(result: capabilities.ListResult) -> objects.Object:
    """The metadata of a Table or PartialObjectMetadataList."""
    metadata: objects.Object = {"resourceVersion": result.resource_version} if result.resource_version else {}
    if result.continue_:
        metadata["continue"] = result.continue_
    if result.remaining is not None:
        metadata["remainingItemCount"] = result.remaining
    return metadata
