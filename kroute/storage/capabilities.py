"""What a storage object can do, told by the methods it has.

A *storage object* is mounted at a path (`widgets`, `widgets/status`).  It need not inherit anything: it has the
methods of the capabilities below that it offers, and no others.  `capabilities_of` looks once, when the object is
installed, and refuses what makes no sense.  Method names differ between capabilities, so that none passes for
another.  Mirrors `k8s.io/apiserver/pkg/registry/rest`.

Objects given to storage are in the storage's own version and may be changed and kept; objects that storage gives
are read-only to the caller.  All methods take the request's context first and raise `machinery.errors.APIError`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeAlias

from kroute.machinery import context, gvk, objects
from kroute.storage import options, stored

Validate: TypeAlias = Callable[[objects.Object, objects.Object | None], Awaitable[None]]
"""Validating admission, run by the storage on (new, old) just before it writes; raises to refuse.  `old` is None for a create."""


class UpdatedObject(Protocol):
    """An update in waiting: makes the new object of the one that is there, perhaps several times (a retry after a conflict)."""

    preconditions: options.Preconditions

    async def updated(self, ctx: context.RequestContext, old: objects.Object | None) -> objects.Object:
        """The new object; `old` is None when there is none and the storage may create it.  `old` is read-only."""
        ...


class ListResult(NamedTuple):
    """Items in order, and the list's metadata.  `continue_` and `remaining` are set when a limit cut the list."""

    items: Sequence[stored.Result]
    resource_version: str = ""
    continue_: str = ""
    remaining: int | None = None


class UpdateResult(NamedTuple):
    obj: stored.Result
    created: bool


class DeleteResult(NamedTuple):
    """`gone` is False when the object stays for now (finalizers, grace).  `obj` None is answered with a success Status."""

    obj: stored.Result | None
    gone: bool


class WatchEvent(NamedTuple):
    """`type` is ADDED, MODIFIED, DELETED or BOOKMARK.  A bookmark's object needs metadata.resourceVersion and annotations only.

    ERROR events are not given: raise the APIError, and the stream ends with it."""

    type: str
    obj: stored.Result


class WatchBatch(NamedTuple):
    """Events that happened to be ready together; a watch gives batches so that one wake-up serves many events."""

    events: Sequence[WatchEvent]


class Table(NamedTuple):
    """`columns` are TableColumnDefinitions; each row has cells and the object it shows."""

    columns: Sequence[Mapping[str, Any]]
    rows: Sequence[tuple[Sequence[Any], objects.Object]]


class Getter(Protocol):
    async def get(self, ctx: context.RequestContext, name: str, options: options.GetOptions) -> stored.Result: ...


class GetterWithOptions(Protocol):
    """A get with options of its own: `get_options` is their JSON schema's properties; `get_subpath` adds `/{path}`."""

    get_options: Mapping[str, Any]
    get_subpath: bool

    async def get_with_options(
        self, ctx: context.RequestContext, name: str, options: Mapping[str, str], path: str
    ) -> stored.Result: ...


class Lister(Protocol):
    async def list(self, ctx: context.RequestContext, options: options.ListOptions) -> ListResult: ...


class Creator(Protocol):
    async def create(
        self, ctx: context.RequestContext, obj: objects.Object, *, validate: Validate, options: options.WriteOptions
    ) -> stored.Result: ...


class NamedCreator(Protocol):
    """A create below an object's name: `pods/binding`, `serviceaccounts/token`."""

    async def create_named(
        self,
        ctx: context.RequestContext,
        name: str,
        obj: objects.Object,
        *,
        validate: Validate,
        options: options.WriteOptions,
    ) -> stored.Result: ...


class Updater(Protocol):
    """With Getter it makes a Patcher too."""

    async def update(
        self,
        ctx: context.RequestContext,
        name: str,
        update: UpdatedObject,
        *,
        validate: Validate,
        options: options.WriteOptions,
        allow_create: bool = False,
    ) -> UpdateResult:
        """`allow_create` (server-side apply): create the object when it is not there, whatever the strategy says of updates."""
        ...


class GracefulDeleter(Protocol):
    async def delete(
        self, ctx: context.RequestContext, name: str, *, validate: Validate, options: options.DeleteOptions
    ) -> DeleteResult: ...


class CollectionDeleter(Protocol):
    async def delete_collection(
        self,
        ctx: context.RequestContext,
        *,
        validate: Validate,
        options: options.DeleteOptions,
        selection: options.ListOptions,
    ) -> ListResult: ...


class Watcher(Protocol):
    def watch(self, ctx: context.RequestContext, options: options.ListOptions) -> AsyncIterator[WatchBatch]:
        """Batches until the caller closes the iterator, the watch times out, or the reader is too slow."""
        ...


class Connector(Protocol):
    """Takes over the connection.  `request` is the transport's own request, the result its own response (aiohttp's).

    `connect_methods` are HTTP methods; `connect_subpath` adds `/{path}`."""

    connect_methods: Sequence[str]
    connect_subpath: bool

    async def connect(self, ctx: context.RequestContext, name: str, path: str, request: Any) -> Any: ...


class TableConverter(Protocol):
    """Every Lister needs one; `storage.table` has a default one with the columns Name and Age."""

    async def convert_to_table(
        self, ctx: context.RequestContext, items: Sequence[objects.Object], options: options.TableOptions
    ) -> Table: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What one storage object can do and says of itself; made by `capabilities_of`.

    `namespaced` is None where the storage doesn't say (a subresource takes its parent's).
    `kind` is None where it doesn't say.  `produces` are the media types of a storage whose answers aren't objects."""

    get: bool = False
    get_with_options: bool = False
    get_subpath: bool = False
    list: bool = False
    create: bool = False
    create_named: bool = False
    update: bool = False
    delete: bool = False
    delete_collection: bool = False
    watch: bool = False
    connect: bool = False
    connect_methods: tuple[str, ...] = ()
    connect_subpath: bool = False
    convert_to_table: bool = False
    namespaced: bool | None = None
    kind: gvk.GroupVersionKind | str | None = None
    singular_name: str | None = None
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    produces: tuple[str, ...] = ()

    @property
    def patch(self) -> bool:
        return (self.get or self.get_with_options) and self.update
