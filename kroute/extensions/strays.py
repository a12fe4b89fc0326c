"""Requests for custom resources at paths or with methods that no route is for, as kube-apiserver answers them.

There one handler takes everything below a group-version and looks at what the request asks for, not at its path: other
texts than routes give, and a few paths more.  Mirrors `pkg/apiserver/customresource_handler.go` of
`k8s.io/apiextensions-apiserver`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from aiohttp import web

from kroute.actions import model
from kroute.kinds import build, definition
from kroute.machinery import context, errors, gvk
from kroute.server import delegation, director

ACROSS_NAMESPACES = ("list", "watch")
OF_SUBRESOURCES = ("get", "update", "patch")
NAMED = ("update", "patch")


class Strays:
    """Answers for the custom resources that `resource_of` knows by their group and plural."""

    def __init__(
        self, at: director.Director, resource_of: Callable[[gvk.GroupResource], definition.Resource | None]
    ) -> None:
        self._at, self._resource_of = at, resource_of

    async def __call__(self, call: model.Call) -> web.StreamResponse | None:
        """The answer; None for what is no custom resource's.  Raises `errors.APIError`."""
        info = call.ctx.info
        resource = self._resource_of(gvk.GroupResource(info.group, info.resource))
        version = None if resource is None else version_of(resource, info.version)
        if resource is None or version is None:
            return None
        if resource.namespaced != bool(info.namespace) and not (resource.namespaced and info.verb in ACROSS_NAMESPACES):
            return delegation.not_found()
        if warning := build.deprecation_warning(resource, version):
            call.ctx.warn(warning)
        check(resource, version, info)
        resolved = self._at.table.resolve(call.request.method, path_of(info))
        if resolved.route is None:
            raise errors.MethodNotSupported.of(resource.group_resource, info.verb)
        ctx = dataclasses.replace(call.ctx, namespace=resolved.params.get("namespace", ""))
        return await resolved.route.handler(model.Call(call.request, ctx, resolved.params))


def version_of(resource: definition.Resource, name: str) -> definition.Version | None:
    return next((each for each in resource.versions if each.name == name and each.served), None)


def check(resource: definition.Resource, version: definition.Version, info: context.RequestInfo) -> None:
    """Raise what is said of a request that can't be answered."""
    wanted = info.subresource
    if wanted and not (wanted == "status" and version.status) and not (wanted == "scale" and version.scale):
        raise errors.NotFound.of(resource.group_resource, info.name)
    if wanted and info.verb not in OF_SUBRESOURCES:
        raise errors.MethodNotSupported.of(resource.group_resource, info.verb)
    if info.verb in NAMED and not info.name:
        raise errors.BadRequest("name must be provided")


def path_of(info: context.RequestInfo) -> str:
    """The path of what a request asks for: of the collection for a create, without what follows a subresource."""
    parts = ["", "apis", info.group, info.version]
    if info.namespace:
        parts += ["namespaces", info.namespace]
    parts.append(info.resource)
    if info.verb != "create":
        parts += [info.name, info.subresource]
    return "/".join(parts).rstrip("/")
