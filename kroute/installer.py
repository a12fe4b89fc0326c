"""APIInstaller: storage objects in, routes out, with their handlers, their documentation and their discovery entries.

Installing looks at each storage once and computes everything that can be known before the first request.  The routes go
into a server's own table, or into the router of somebody's aiohttp application.
Mirrors `APIInstaller` of `k8s.io/apiserver/pkg/endpoints`.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from aiohttp import web

from kroute.actions import (
    decoding,
    deleteoptions,
    dispatch,
    documenting,
    media,
    model,
    negotiation,
    options,
    plan,
    responses,
    routing,
    scope,
    streams,
    wire,
)
from kroute.admission import chain
from kroute.discovery import documents, manager
from kroute.kinds import mounting
from kroute.machinery import context, errors, gvk, objects, query, requestinfo
from kroute.openapi import decorating
from kroute.schema import compiling, godecoding, gotypes, structural
from kroute.storage import capabilities, table

InstallError = capabilities.InstallError

CUSTOM_PATCHES = (scope.JSON_PATCH, scope.MERGE_PATCH, scope.APPLY_PATCH)
BUILT_IN_PATCHES = (scope.JSON_PATCH, scope.MERGE_PATCH, scope.STRATEGIC_MERGE_PATCH, scope.APPLY_PATCH)

UserOf: TypeAlias = Callable[[web.Request], Awaitable[context.User]]

FieldManagerOf = Callable[[mounting.Representation], scope.FieldManager | None]
"""Makes the field manager of a representation; None for one without managedFields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What all endpoints share.  `codecs` in order of preference; `scheme` knows the built-in kinds.

    `authorize` is asked where an update turns out to create.  Times are in seconds, `max_body` in bytes."""

    codecs: media.Codecs = field(default_factory=lambda: media.Codecs([media.JSONCodec(), media.YAMLCodec()]))
    decoder: godecoding.Decoder = field(default_factory=lambda: godecoding.Decoder(gotypes.Types.load()))
    admission: chain.AdmissionChain = field(default_factory=chain.AdmissionChain)
    field_manager_of: FieldManagerOf = field(default=lambda representation: None)
    authorize: scope.Authorize | None = None
    scheme: decoding.Scheme | None = None
    streams: streams.Streams = field(default_factory=streams.Streams)
    max_body: int = 3 * 1024 * 1024
    min_watch_timeout: float = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """One storage as it was installed: its routes, and what discovery says of it."""

    path: str
    routes: Sequence[model.Route]
    entry: objects.Object


class APIInstaller:
    """Installs the storage objects of group-versions.  Raises InstallError for what makes no sense.

    `prefix` comes before `/api` and `/apis` in every path."""

    def __init__(
        self,
        group_versions: Iterable[mounting.GroupVersionStorage],
        *,
        prefix: str = "",
        settings: Settings | None = None,
    ) -> None:
        if prefix and (not prefix.startswith("/") or prefix.endswith("/")):
            raise InstallError(f"prefix {prefix!r} must begin with a slash and not end in one, such as '/kube'")
        self.prefix = prefix
        self.settings = settings or Settings()
        self._delete_options = deleteoptions.Reader()
        self._installed: dict[gvk.GroupVersion, list[Installed]] = {}
        for each in group_versions:
            if each.group_version in self._installed:
                raise InstallError(f"{each.group_version} is there twice")
            self._installed[each.group_version] = self._install(each)

    @property
    def group_versions(self) -> Sequence[gvk.GroupVersion]:
        return list(self._installed)

    @property
    def routes(self) -> Sequence[model.Route]:
        """All routes, in the order of installing."""
        return [route for one in self._installed for route in self.routes_of(one)]

    def routes_of(self, group_version: gvk.GroupVersion) -> Sequence[model.Route]:
        """The routes of one group-version."""
        return [route for installed in self._installed[group_version] for route in installed.routes]

    def resources(self, group_version: gvk.GroupVersion) -> Sequence[objects.Object]:
        """The APIResource entries of one group-version, as its discovery document lists them."""
        return [installed.entry for installed in self._installed[group_version]]

    def base(self, group_version: gvk.GroupVersion) -> str:
        """The path that all routes of a group-version begin with."""
        group, version = group_version
        return f"{self.prefix}/apis/{group}/{version}" if group else f"{self.prefix}/api/{version}"

    def install(self, router: web.UrlDispatcher, *, user: UserOf | None = None) -> None:
        """Serve everything from somebody's own aiohttp application, discovery documents included.

        `user` tells who asks; without it everybody is anonymous, and nothing here refuses anybody anything.
        Have `shutdown` called when the application shuts down, or open watches keep it waiting."""
        _Host(self, user).install(router)

    async def shutdown(self, app: web.Application) -> None:
        """End the watches that are open: `app.on_shutdown.append(installer.shutdown)`."""
        self.settings.streams.end_all()

    def _install(self, group: mounting.GroupVersionStorage) -> list[Installed]:
        own = {path: capabilities.capabilities_of(mount.storage, path=path) for path, mount in group.mounts.items()}
        return [self._install_one(group, own, path) for path in _ordered(group.mounts)]

    def _install_one(
        self, group: mounting.GroupVersionStorage, known: Mapping[str, capabilities.Capabilities], path: str
    ) -> Installed:
        resource, subresource = plan.split(path)
        own, parent = known[path], known.get(resource) if subresource else None
        actions = plan.actions(path, own, parent)
        mount = group.mounts[path]
        parents = _representation(group.group_version, group.mounts[resource], known[resource], None)
        representation = parents if not subresource else _representation(group.group_version, mount, own, parents)
        endpoint = _Endpoint(self, group.group_version, path, mount.storage, representation, own, parents)
        routes = [route for action in actions for route in endpoint.routes(action)]
        return Installed(path=path, routes=routes, entry=endpoint.entry(actions))


class _Endpoint:
    """One storage at its paths."""

    def __init__(
        self,
        installer: APIInstaller,
        group_version: gvk.GroupVersion,
        path: str,
        storage: Any,
        representation: mounting.Representation,
        own: capabilities.Capabilities,
        parents: mounting.Representation,
    ) -> None:
        self._settings = settings = installer.settings
        self._delete_options = installer._delete_options
        self._base = installer.base(group_version)
        self._group_version, self._path, self._storage, self._own = group_version, path, storage, own
        self._resource, self._subresource = plan.split(path)
        self._representation, self._parents = representation, parents
        self._custom = not parents.typed
        self._patch_types = CUSTOM_PATCHES if self._custom else BUILT_IN_PATCHES
        self._reader = decoding.ObjectReader(representation, settings.decoder, scheme=settings.scheme)
        empty = settings.decoder.zero(decoding.type_name(representation.kind)) if representation.typed else None
        self._wire = wire.Wire(representation, empty=empty)
        self._manager = settings.field_manager_of(representation) if representation.managed else None
        self._table = representation.table or (storage if own.convert_to_table else table.DefaultTable())

    def routes(self, action: model.Action) -> Iterable[model.Route]:
        handle = dispatch.handler(self._scope(action))
        get_options = getattr(self._storage, "get_options", {})
        for method in plan.methods(action, self._own):
            yield model.Route(
                method=method,
                path=f"{self._base}/{action.path}",
                handler=handle,
                action=action,
                operation_id=documenting.operation_id(action, method, self._parents.kind.kind, self._subresource),
                kind=self._representation.kind,
                resource=self._resource,
                subresource=self._subresource,
                docs=documenting.docs(
                    action,
                    self._representation,
                    self._own,
                    codecs=self._settings.codecs,
                    patch_types=self._patch_types,
                    parent_kind=self._parents.kind.kind,
                    get_options=get_options,
                ),
            )

    def _scope(self, action: model.Action) -> scope.RequestScope:
        settings, representation = self._settings, self._representation
        produces = None if self._custom else documenting.produces(action, self._own, settings.codecs)
        warning = representation.deprecation_warning
        return scope.RequestScope(
            action=action,
            storage=self._storage,
            representation=representation,
            resource=gvk.GroupVersionResource(*self._group_version, self._resource),
            group_resource=gvk.GroupResource(self._group_version.group, self._resource),
            subresource=self._subresource,
            custom=self._custom,
            codecs=settings.codecs,
            negotiator=negotiation.Negotiator(settings.codecs, produces=produces, custom=not representation.typed),
            reader=self._reader,
            delete_options=self._delete_options,
            wire=self._wire,
            selectable=options.Selectable(
                representation.selectable_fields,
                namespaced=action.namespaced,
                generic=representation.typed and not representation.selectable_fields,
            ),
            table=self._table,
            patch_types=self._patch_types,
            field_manager=self._manager,
            admission=settings.admission,
            authorize=settings.authorize,
            streams=settings.streams,
            warnings=(warning,) if warning else (),
            max_body=settings.max_body,
            min_timeout=settings.min_watch_timeout,
        )

    def entry(self, actions: Sequence[model.Action]) -> objects.Object:
        """The APIResource."""
        own, kind = self._own, self._representation.kind
        singular = "" if self._subresource else own.singular_name or kind.kind.lower()
        found: objects.Object = {"name": self._path, "singularName": singular, "namespaced": actions[0].namespaced}
        if kind.group_version != self._group_version:
            found["group"], found["version"] = kind.group, kind.version
        found["kind"] = kind.kind
        found["verbs"] = plan.discovery_verbs(actions, own, typed=not self._custom)
        if own.short_names:
            found["shortNames"] = list(own.short_names)
        if own.categories:
            found["categories"] = list(own.categories)
        if not self._subresource and own.list and own.update:
            found["storageVersionHash"] = version_hash(self._representation.storage_kind)
        return found


def version_hash(kind: gvk.GroupVersionKind) -> str:
    """What changes when objects are stored in another version."""
    digest = hashlib.sha256(f"{kind.group}/{kind.version}/{kind.kind}".encode()).digest()
    return base64.b64encode(digest[:8]).decode()


def _ordered(mounts: Mapping[str, mounting.Mount]) -> list[str]:
    """The order in which storages are installed: by name; subresources of custom resources as they were given."""
    given = {path: index for index, path in enumerate(mounts)}

    def key(path: str) -> tuple[str, int, int, str]:
        resource, _, subresource = path.partition("/")
        parent = mounts.get(resource)
        typed = parent is None or parent.representation is None or parent.representation.typed
        return resource, bool(subresource), 0 if typed else given[path], subresource

    return sorted(mounts, key=key)


def _representation(
    group_version: gvk.GroupVersion,
    mount: mounting.Mount,
    own: capabilities.Capabilities,
    parents: mounting.Representation | None,
) -> mounting.Representation:
    """How a storage's objects look: as the mount says, else as the storage itself or its parent does."""
    if mount.representation is not None:
        return mount.representation
    kind = own.kind
    if isinstance(kind, str):
        kind = gvk.GroupVersionKind(*group_version, kind)
    if kind is None:
        assert parents is not None  # capabilities_of refuses a resource without kind
        kind = parents.kind
    return mounting.Representation(
        kind=kind,
        storage_kind=kind,
        list_kind=f"{kind.kind}List",
        schema=_schema(mount.storage, parents),
        managed=own.update,
    )


def _schema(storage: Any, parents: mounting.Representation | None) -> structural.Structural:
    """The schema that a hand-written storage has: compiled, as OpenAPI, or none, which takes anything."""
    given = getattr(storage, "schema", None)
    if given is None:
        return parents.schema if parents is not None else structural.Structural(type="object", preserve_unknown=True)
    if isinstance(given, structural.Structural):
        return given
    try:
        return compiling.compile_schema(given)
    except compiling.SchemaError as error:
        raise InstallError(f"the schema of {type(storage).__name__} can't be used: {error}") from error


class _Host:
    """Serves routes in an application of somebody's: makes what kroute's own server has made by its filters."""

    def __init__(self, installer: APIInstaller, user: UserOf | None) -> None:
        self._installer, self._user = installer, user
        self._codecs = installer.settings.codecs
        self._negotiator = negotiation.Negotiator(self._codecs, tables=False, custom=False)
        self._table = routing.RouteTable()
        self._table.add("all", installer.routes)

    def install(self, router: web.UrlDispatcher) -> None:
        """Add every route by itself, then what answers for the paths between them."""
        for route in self._installer.routes:
            path = route.path.replace("{path}", "{path:.*}")
            router.add_route(route.method, path, decorating.decorate(self._handler(route), route))
        for path, document in self._documents().items():
            router.add_route("GET", path, self._document(document))
        for group_version in self._installer.group_versions:
            router.add_route("*", f"{self._installer.base(group_version)}/{{tail:.*}}", self._missing)

    def _documents(self) -> dict[str, objects.Object]:
        """The discovery documents, by path."""
        prefix, groups = self._installer.prefix, manager.Manager()
        for each in self._installer.group_versions:
            groups.add(manager.Served(each, self._installer.resources(each)))
        found: dict[str, objects.Object] = {f"{prefix}/apis": groups.group_list()}
        if groups.versions(""):
            found[f"{prefix}/api"] = documents.api_versions(groups.versions(""), "")
        for name in filter(None, groups.groups()):
            found[f"{prefix}/apis/{name}"] = groups.group(name) or {}
        for each in self._installer.group_versions:
            found[self._installer.base(each)] = groups.resources(each) or {}
        return found

    async def _call(self, request: web.Request) -> model.Call:
        values = query.parse(request.raw_path.partition("?")[2])
        path = request.path.removeprefix(self._installer.prefix)
        ctx = context.RequestContext(
            user=context.ANONYMOUS if self._user is None else await self._user(request),
            info=requestinfo.parse(request.method, path, values),
            namespace=request.match_info.get("namespace", ""),
            audit_id=request.headers.get("Audit-Id") or str(uuid.uuid4()),
            user_agent=request.headers.get("User-Agent", ""),
        )
        return model.Call(request, ctx, request.match_info)

    def _handler(self, route: model.Route) -> decorating.WebHandler:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await route.handler(await self._call(request))

        return handle

    def _document(self, document: objects.Object) -> decorating.WebHandler:
        async def handle(request: web.Request) -> web.StreamResponse:
            call = await self._call(request)
            try:
                wanted = self._negotiator.output(request.headers.get("Accept", ""))
            except errors.APIError as error:
                return await self._error(call, error)
            return await responses.encoded(call, wanted, 200, document)

        return handle

    async def _missing(self, request: web.Request) -> web.StreamResponse:
        """404, or 405 where there is something for another method."""
        allowed = self._table.resolve(request.method, request.path).allowed
        error = errors.MethodNotSupported.path() if allowed else errors.NotFound.path()
        return await self._error(await self._call(request), error)

    async def _error(self, call: model.Call, error: errors.APIError) -> web.StreamResponse:
        return await responses.error(call, error, responses.fallback(self._codecs, call.request))
