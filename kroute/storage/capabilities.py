"""What a storage object can do, told by the methods it has.

A *storage object* is mounted at a path (`widgets`, `widgets/status`).  It need not inherit anything: it has the
methods of the capabilities below that it offers, and no others.  `capabilities_of` looks once, when the object is
installed, and refuses what makes no sense.  Method names differ between capabilities, so that none passes for
another.  Mirrors `k8s.io/apiserver/pkg/registry/rest`.

Objects given to storage are in the storage's own version and may be changed and kept; objects that storage gives
are read-only to the caller.  All methods take the request's context first and raise `machinery.errors.APIError`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, TypeAlias

from kroute.machinery import context, errors, gvk, objects
from kroute.storage import options, stored

Validate: TypeAlias = Callable[[objects.Object, objects.Object | None], Awaitable[None]]
"""Validating admission, run by the storage on (new, old) just before it writes; raises to refuse.

`old` is None for a create; for a deletion both are the object that goes."""


class UpdatedObject(Protocol):
    """An update in waiting: makes the new object of the one that is there, several times if there are conflicts."""

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
    """`gone` is False when the object stays for now (finalizers, grace).

    `obj` may be a Status, such as `deleted_status` makes; None is answered with a plain success Status."""

    obj: stored.Result | None
    gone: bool


def deleted_status(resource: gvk.GroupResource, obj: objects.Object) -> objects.Object:
    """The Status that answers a finished deletion: what has gone, with its uid."""
    details = errors.resource_details(resource, obj["metadata"].get("name", ""))
    if uid := obj["metadata"].get("uid"):
        details["uid"] = uid
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


class WatchEvent:
    """`type` is ADDED, MODIFIED, DELETED or BOOKMARK.

    A bookmark's object needs metadata.resourceVersion and annotations only.
    ERROR events are not given: raise the APIError, and the stream ends with it.
    A storage may give the same event to many watchers: `memo` is for whoever encodes it, to keep the bytes for others.
    """

    __slots__ = ("memo", "obj", "type")

    def __init__(self, type: str, obj: stored.Result) -> None:  # noqa: A002 - its name in the API
        self.type, self.obj = type, obj
        self.memo: dict[Hashable, Any] = {}


class WatchBatch:
    """Events that happened to be ready together; a watch gives batches so that one wake-up serves many events.

    Watchers that see the same events may get the same batch, with a `memo` for the joined bytes of all of it.
    """

    __slots__ = ("events", "memo")

    def __init__(self, events: Sequence[WatchEvent]) -> None:
        self.events = events
        self.memo: dict[Hashable, Any] = {}


class Table(NamedTuple):
    """`columns` are TableColumnDefinitions; each row has cells and the object it shows.

    `conditions` are TableRowConditions by the row's number, for rows that have some.
    """

    columns: Sequence[Mapping[str, Any]]
    rows: Sequence[tuple[Sequence[Any], objects.Object]]
    conditions: Mapping[int, Sequence[Mapping[str, str]]] = MappingProxyType({})


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
        """`allow_create` (server-side apply): create the object where there is none, whatever the strategy says."""
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


class InstallError(ValueError):
    """A storage object or resource that can't be served as it is; the text says what to mend."""


class Shape(NamedTuple):
    """How a capability's method is called: so many positional arguments, and these keywords."""

    positional: tuple[str, ...]
    keywords: tuple[str, ...] = ()

    def __str__(self) -> str:
        star = ["*", *self.keywords] if self.keywords else []
        return f"({', '.join(['self', *self.positional, *star])})"


SHAPES: Mapping[str, Shape] = {
    "get": Shape(("ctx", "name", "options")),
    "get_with_options": Shape(("ctx", "name", "options", "path")),
    "list": Shape(("ctx", "options")),
    "create": Shape(("ctx", "obj"), ("validate", "options")),
    "create_named": Shape(("ctx", "name", "obj"), ("validate", "options")),
    "update": Shape(("ctx", "name", "update"), ("validate", "options", "allow_create")),
    "delete": Shape(("ctx", "name"), ("validate", "options")),
    "delete_collection": Shape(("ctx",), ("validate", "options", "selection")),
    "watch": Shape(("ctx", "options")),
    "connect": Shape(("ctx", "name", "path", "request")),
    "convert_to_table": Shape(("ctx", "items", "options")),
}

NEVER_CALLED = {
    "patch": "a storage with `get` and `update` can be patched; remove `patch`",
    "deletecollection": "the method is called `delete_collection`",
}

CONNECT_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
KIND = re.compile(r"[A-Z][A-Za-z0-9]*")


def capabilities_of(storage: Any, *, path: str) -> Capabilities:
    """What `storage` can do, for mounting it at `path` (`widgets`, `widgets/status`).

    A storage at a resource's own path must say whether it is `namespaced` and what its `kind` is; one of a subresource
    may leave both to its parent.  Raises InstallError with everything that is wrong."""
    found = {name for name in SHAPES if callable(getattr(storage, name, None))}
    problems = list(_problems(storage, found, subresource="/" in path))
    if problems:
        raise InstallError(f"{path}: {'; '.join(problems)}")
    kind = getattr(storage, "kind", None)
    return Capabilities(
        **{name: name in found for name in SHAPES},
        get_subpath=bool(getattr(storage, "get_subpath", False)),
        connect_methods=tuple(storage.connect_methods) if "connect" in found else (),
        connect_subpath=bool(getattr(storage, "connect_subpath", False)),
        namespaced=getattr(storage, "namespaced", None),
        kind=kind,
        singular_name=getattr(storage, "singular_name", None),
        short_names=tuple(getattr(storage, "short_names", ())),
        categories=tuple(getattr(storage, "categories", ())),
        produces=tuple(getattr(storage, "produces", ())),
    )


def _problems(storage: Any, found: set[str], *, subresource: bool) -> Iterator[str]:
    if isinstance(storage, type):
        yield f"{storage.__name__} is a class: mount an instance of it"
        return
    if not found - {"convert_to_table"}:
        yield f"{type(storage).__name__} has none of the methods that could be served ({', '.join(SHAPES)})"
    for name in SHAPES:
        if name in found:
            yield from _method_problems(name, getattr(storage, name))
        elif getattr(storage, name, None) is not None:
            yield f"`{name}` is not a method"
    for name, advice in NEVER_CALLED.items():
        if callable(getattr(storage, name, None)):
            yield f"`{name}` would never be called: {advice}"
    if {"get", "get_with_options"} <= found:
        yield "`get` and `get_with_options` are both there: keep one"
    if {"create", "create_named"} <= found:
        yield "`create` and `create_named` are both there: keep one"
    yield from _attribute_problems(storage, found)
    yield from _identity_problems(storage, subresource=subresource)


def _method_problems(name: str, method: Any) -> Iterator[str]:
    if getattr(method, "__module__", None) == __name__:
        yield f"`{name}` is inherited from a protocol and does nothing: write it, or don't inherit the protocol"
        return
    if name == "watch":
        if inspect.iscoroutinefunction(method):
            yield "`watch` is a coroutine: make it an async generator (`async def` with `yield`) or a plain function"
    elif inspect.isasyncgenfunction(method):
        yield f"`{name}` is an async generator: it must be a coroutine that returns its result"
    elif not inspect.iscoroutinefunction(method):
        yield f"`{name}` is not a coroutine: write `async def {name}`"
    shape = SHAPES[name]
    try:
        inspect.signature(method).bind(*shape.positional, **dict.fromkeys(shape.keywords))
    except TypeError as error:
        yield f"`{name}` must take {shape}: {error}"


def _attribute_problems(storage: Any, found: set[str]) -> Iterator[str]:
    if "connect" in found:
        methods = getattr(storage, "connect_methods", None)
        if not _is_names(methods) or not methods:
            yield 'a storage with `connect` needs `connect_methods`, such as ("GET", "POST")'
        elif unknown := [method for method in methods if method not in CONNECT_METHODS]:
            yield f"`connect_methods` has {', '.join(unknown)}: only {', '.join(CONNECT_METHODS)} can be served"
    if "get_with_options" in found and not isinstance(getattr(storage, "get_options", None), Mapping):
        yield "a storage with `get_with_options` needs `get_options`, a mapping of its options to their JSON schemas"
    for name in ("short_names", "categories", "produces"):
        if not _is_names(getattr(storage, name, ())):
            yield f"`{name}` must be a sequence of strings"


def _identity_problems(storage: Any, *, subresource: bool) -> Iterator[str]:
    namespaced, kind = getattr(storage, "namespaced", None), getattr(storage, "kind", None)
    if namespaced is None and not subresource:
        yield "its scope is not known: set `namespaced` to True or False"
    elif namespaced is not None and not isinstance(namespaced, bool):
        yield "`namespaced` must be True or False"
    if kind is None:
        if not subresource:
            yield "its kind is not known: set `kind`"
        return
    name = kind.kind if isinstance(kind, gvk.GroupVersionKind) else kind
    if not isinstance(name, str) or not KIND.fullmatch(name):
        yield "`kind` must be a name such as Widget, or a GroupVersionKind"
    singular = getattr(storage, "singular_name", None)
    if singular is not None and (not isinstance(singular, str) or singular != singular.lower()):
        yield "`singular_name` must be a lower-case string"


def _is_names(value: Any) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str | bytes)
        and all(isinstance(item, str) for item in value)
    )
