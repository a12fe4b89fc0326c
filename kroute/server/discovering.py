"""The discovery endpoints: `/api`, `/apis`, each group and each group-version, from a discovery manager.

`/api` and the resource lists speak as go-restful does (other methods are 405, its own 406), `/apis`, the groups and the
lists of custom resources as plain handlers do (any method).  Mirrors `k8s.io/apiserver/pkg/endpoints/discovery`.
"""

from __future__ import annotations

from aiohttp import web

from kroute.actions import answers, media, model, negotiation
from kroute.discovery import aggregated, documents, manager
from kroute.machinery import objects
from kroute.server import director, paths

AGGREGATED = ";".join(("", *(f"{key}={value}" for key, value in aggregated.MEDIA_PARAMETERS.items())))


class Discovery:
    """The endpoints of one server's discovery; follows the manager as group-versions come and go."""

    def __init__(self, at: director.Director, groups: manager.Manager, codecs: media.Codecs) -> None:
        self._at, self._groups, self._codecs = at, groups, codecs
        self._plain = negotiation.Negotiator(codecs, tables=False, custom=False)
        self._restful = negotiation.Negotiator(codecs, tables=False, custom=False, produces=codecs.media_types)
        self._installed: set[str] = set()
        self._owned: set[str] = set()
        self._serve(("/apis", "/apis/"), self._group_list, listed="/apis")
        groups.on_change(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Bring the paths in line with what is served."""
        wanted = self._wanted()
        for path in self._installed - wanted.keys():
            self._at.paths.remove(path)
        for path in wanted.keys() - self._installed:
            self._at.paths.add(path, wanted[path], listed=not path.endswith("/"))
        self._installed = set(wanted)
        owned = {
            f"/apis/{name}" if name else "/api"
            for name, versions in self._groups.groups().items()
            if not all(served.custom for served in versions)
        }
        for path in self._owned - owned:
            self._at.disown(path)
        for path in owned - self._owned:
            self._at.own(path)
        self._owned = owned

    def _wanted(self) -> dict[str, model.Handler]:
        wanted: dict[str, model.Handler] = {}
        for name, versions in self._groups.groups().items():
            base = f"/apis/{name}" if name else "/api"
            if not name and any(served.remote for served in versions):
                continue  # the other server answers for everything there
            handler = self._group(name) if name else paths.only(("GET",), self._versions)
            wanted[base] = wanted[f"{base}/"] = handler
            for served in versions:
                if served.remote or served.named:
                    continue  # another server answers for it, or nobody
                path = f"{base}/{served.group_version.version}"
                wanted[path] = wanted[f"{path}/"] = self._resources(served)
        return wanted

    def _serve(self, at: tuple[str, ...], handler: model.Handler, *, listed: str) -> None:
        for path in at:
            self._at.paths.add(path, handler, listed=path == listed)

    async def _versions(self, call: model.Call) -> web.StreamResponse:
        found = await self._aggregated(call, core=True)
        if found is not None:
            return found
        address = call.request.headers.get("Host", "")
        return await self._answer(call, self._restful, documents.api_versions(self._groups.versions(""), address))

    async def _group_list(self, call: model.Call) -> web.StreamResponse:
        found = await self._aggregated(call, core=False)
        return found or await self._answer(call, self._plain, self._groups.group_list())

    def _group(self, name: str) -> model.Handler:
        async def group(call: model.Call) -> web.StreamResponse:
            return await self._answer(call, self._plain, self._groups.group(name) or {})

        return group

    def _resources(self, served: manager.Served) -> model.Handler:
        negotiator = self._plain if served.custom else self._restful

        async def resources(call: model.Call) -> web.StreamResponse:
            return await self._answer(call, negotiator, self._groups.resources(served.group_version) or {})

        return resources if served.custom else paths.only(("GET",), resources)

    async def _aggregated(self, call: model.Call, *, core: bool) -> web.StreamResponse | None:
        """The aggregated document, when the client asks for it anywhere in its Accept header."""
        codec = self._wants_aggregated(call.request.headers.get("Accept", ""))
        if codec is None:
            return None
        etag = self._groups.aggregated_etag(core=core)
        headers = {"ETag": etag, "Vary": "Accept", "Cache-Control": "public"}
        if call.request.headers.get("If-None-Match") == etag:
            return await answers.whole(call.request, 304, headers, b"")
        headers["Content-Type"] = codec.media_type + AGGREGATED
        return await answers.whole(call.request, 200, headers, codec.encode(self._groups.aggregated(core=core)))

    def _wants_aggregated(self, accept: str) -> media.Codec | None:
        for clause in negotiation.parse_accept(accept):
            if clause.params == aggregated.MEDIA_PARAMETERS:
                codec = self._codecs.find(f"{clause.type}/{clause.subtype}")
                if codec is not None:
                    return codec
        return None

    async def _answer(
        self, call: model.Call, negotiator: negotiation.Negotiator, document: objects.Object
    ) -> web.StreamResponse:
        output = negotiator.output(call.request.headers.get("Accept", ""))
        headers = {"Content-Type": output.codec.media_type}
        pretty = output.pretty or negotiation.is_pretty(None, call.ctx.user_agent)
        return await answers.whole(call.request, 200, headers, output.codec.encode(document, pretty=pretty))
