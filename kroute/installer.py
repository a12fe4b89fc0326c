"""APIInstaller: storage objects in, routes out, with their handlers, their documentation and their discovery entries.

Installing looks at each storage once and computes everything that can be known before the first request.  The routes go
into a server's own table, or into the router of somebody's aiohttp application.
Mirrors `APIInstaller` of `k8s.io/apiserver/pkg/endpoints`.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from aiohttp import web

from kroute.actions import (
    decoding,
    deleteoptions,
    dispatch,
    documenting,
    managing,
    media,
    model,
    negotiation,
    options,
    parts,
    plan,
    responses,
    routing,
    scope,
    streams,
    wire,
)
from kroute.admission import chain, forms
from kroute.discovery import documents, manager
from kroute.kinds import mounting
from kroute.machinery import context, errors, gvk, objects, query, requestinfo
from kroute.openapi import decorating
from kroute.schema import godecoding, gotypes
from kroute.storage import capabilities, table

InstallError = capabilities.InstallError

CUSTOM_PATCHES = (scope.JSON_PATCH, scope.MERGE_PATCH, scope.APPLY_PATCH)
BUILT_IN_PATCHES = (scope.JSON_PATCH, scope.MERGE_PATCH, scope.STRATEGIC_MERGE_PATCH, scope.APPLY_PATCH)

WATCH_SECONDS = 1800.0
"""How long a watch runs at least that doesn't say how long, and twice that at most."""

UserOf: TypeAlias = Callable[[web.Request], Awaitable[context.User]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What all endpoints share.  `codecs` in order of preference; `scheme` knows the built-in kinds.

    `authorize` is asked where an update turns out to create.  Times are in seconds, `max_body` in bytes."""

    codecs: media.Codecs = field(default_factory=lambda: media.Codecs([media.JSONCodec(), media.YAMLCodec()]))
    decoder: godecoding.Decoder = field(default_factory=lambda: godecoding.Decoder(gotypes.Types.load()))
    admission: chain.AdmissionChain = field(default_factory=chain.AdmissionChain)
    forms: forms.Forms = field(default_factory=forms.Forms)
    authorize: scope.Authorize | None = None
    scheme: decoding.Scheme | None = None
    streams: streams.Streams = field(default_factory=streams.Streams)
    max_body: int = 3 * 1024 * 1024
    min_watch_timeout: float = WATCH_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """One storage as it was installed: its routes, and what discovery says of it."""

    path: str
    representation: mounting.Representation
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
        self.delete_options = deleteoptions.Reader()
        groups: dict[gvk.GroupVersion, parts.Parts] = {}
        for each in group_versions:
            if each.group_version in groups:
                raise InstallError(f"{each.group_version} is there twice")
            groups[each.group_version] = parts.parts(each)
        everything = (part for found in groups.values() for part in found.values())
        self.managers = managing.FieldManagers(part.representation for part in everything)
        self._installed = {each: self._install(each, found) for each, found in groups.items()}

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

    def withhold(self, *verbs: str) -> None:
        """Leave verbs out of what is said of resources; they go on being served."""
        for installed in self._installed.values():
            for each in installed:
                if "/" not in each.path:
                    each.entry["verbs"] = [verb for verb in each.entry["verbs"] if verb not in verbs]

    def representations(self, group_version: gvk.GroupVersion) -> Iterator[tuple[str, mounting.Representation]]:
        """The kinds of a group-version whose documents are made of their own schema, each with its plural."""
        for installed in self._installed[group_version]:
            shown = installed.representation
            if not shown.typed and "/" not in installed.path:
                yield installed.path, shown

    def base(self, group_version: gvk.GroupVersion) -> str:
        """The path that all routes of a group-version begin with."""
        group, version = group_version
        return f"{self.prefix}/apis/{group}/{version}" if group else f"{self.prefix}/api/{version}"

    def install(self, router: web.UrlDispatcher, *, user: UserOf | None = None) -> None:
        """Serve everything from somebody's own aiohttp application, discovery documents included.

        `user` tells who asks; without it everybody is anonymous, and nothing here refuses anybody anything.
        Have `shutdown` called when the application shuts down, or open watches keep it waiting."""
        Host(self, user).install(router)

    async def shutdown(self, app: web.Application) -> None:
        """End the watches that are open: `app.on_shutdown.append(installer.shutdown)`."""
        self.settings.streams.end_all()

    def _install(self, group_version: gvk.GroupVersion, found: parts.Parts) -> list[Installed]:
        installed = []
        for path, part in found.items():
            parent = found[plan.split(path)[0]]
            actions = plan.actions(path, part.own, None if parent is part else parent.own)
            endpoint = _Endpoint(self, group_version, path, part, parent.representation)
            routes = [route for action in actions for route in endpoint.routes(action)]
            installed.append(
                Installed(
                    path=path,
                    representation=part.representation,
                    routes=routes,
                    entry=endpoint.entry(actions),
                )
            )
        return installed


class _Endpoint:
    """One storage at its paths."""

    def __init__(
        self,
        installer: APIInstaller,
        group_version: gvk.GroupVersion,
        path: str,
        part: parts.Part,
        parents: mounting.Representation,
    ) -> None:
        self._settings = settings = installer.settings
        self._delete_options = installer.delete_options
        self._base = installer.base(group_version)
        self._group_version, self._path = group_version, path
        self._storage, self._own, self._representation = part.storage, part.own, part.representation
        self._resource, self._subresource = plan.split(path)
        self._parents = parents
        self._custom = not parents.typed
        self._patch_types = CUSTOM_PATCHES if self._custom else BUILT_IN_PATCHES
        representation = part.representation
        accepts = getattr(part.storage, "accepts", ())
        self._reader = decoding.ObjectReader(representation, settings.decoder, scheme=settings.scheme, accepts=accepts)
        empty = settings.decoder.zero(decoding.type_name(representation.kind)) if representation.typed else None
        self._wire = wire.Wire(representation, empty=empty)
        self._manager = installer.managers.of(representation, empty)
        converter = part.storage if part.own.convert_to_table else None
        if converter is None and (part.own.get or part.own.list or self._custom):
            converter = table.DefaultTable()  # of what Kubernetes creates and forgets there are no tables
        self._table = representation.table or converter
        self._form = self._formed()
        settings.forms.add(self._form)

    def _formed(self) -> forms.Form:
        """How the objects travel, for those that look at them in other versions."""
        wire_, reader, storage_kind = self._wire, self._reader, self._representation.storage_kind

        def read(value: objects.JSON, strictly: bool) -> objects.Object:
            try:
                found = reader.reread(value)
            except decoding.Unreadable as error:
                raise forms.Unreadable(str(error)) from error
            if strictly and reader.typed and found.strict:
                raise forms.Unreadable(decoding.strict_error(found.strict))
            return found.obj

        return forms.Form(
            kind=self._representation.kind,
            resource=gvk.GroupVersionResource(*self._group_version, self._resource),
            subresource=self._subresource,
            namespaced=bool(self._own.namespaced),
            outward=wire_.outward,
            inward=lambda obj: wire_.inward(obj, storage_kind),
            read=read,
            schema=self._representation.schema,
            core=getattr(self._storage, "core", None) if not self._subresource else None,
        )

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
                    parent=self._parents,
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
            negotiator=negotiation.Negotiator(
                settings.codecs, produces=produces, tables=self._table is not None, custom=not representation.typed
            ),
            reader=self._reader,
            delete_options=self._delete_options,
            wire=self._wire,
            selectable=options.Selectable(
                representation.selectable_fields,
                namespaced=action.namespaced,
                generic=representation.typed and not representation.selectable_fields,
                stored=representation.selectable_as,
            ),
            table=self._table,
            patch_types=self._patch_types,
            field_manager=self._manager,
            admission=settings.admission,
            form=self._form,
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


class Host:
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

    def add(self, router: web.UrlDispatcher, path: str, handler: model.Handler) -> None:
        """Serve a path below the prefix, such as `/openapi/{tail:.*}`, with any method."""

        async def handle(request: web.Request) -> web.StreamResponse:
            call = await self._call(request)
            try:
                return await handler(call)
            except errors.APIError as error:
                return await self._error(call, error)

        router.add_route("*", f"{self._installer.prefix}{path}", handle)

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
