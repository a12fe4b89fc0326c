"""The OpenAPI v3 operation of a route: what is asked, what is answered, and what it is called.

Mirrors what `k8s.io/apiserver/pkg/endpoints/installer.go` tells its documentation, and the operation ids of
`k8s.io/apiserver/pkg/endpoints/openapi`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from kroute.actions import model
from kroute.machinery import gvk
from kroute.openapi import names, parameters

Reference: TypeAlias = Callable[[gvk.GroupVersionKind], str]
"""The definition's name of a kind."""

META_V1 = "v1"
STATUS = gvk.GroupVersionKind("", META_V1, "Status")
STATUS_TYPES = ("application/json", "application/yaml")
DELETE_OPTIONS = gvk.GroupVersionKind("", META_V1, "DeleteOptions")
WATCH_EVENT = gvk.GroupVersionKind("", META_V1, "WatchEvent")
PREFIXES = ("deletecollection", "list", "read", "replace", "patch", "create", "delete", "watch", "connect", "get")
ACTIONS = {
    model.Verb.LIST: "list", model.Verb.POST: "post", model.Verb.DELETECOLLECTION: "deletecollection",
    model.Verb.WATCHLIST: "watchlist", model.Verb.GET: "get", model.Verb.PUT: "put", model.Verb.PATCH: "patch",
    model.Verb.DELETE: "delete", model.Verb.WATCH: "watch", model.Verb.CONNECT: "connect",
}  # fmt: skip
DEPRECATED_WATCH = "deprecated: use the 'watch' parameter with a list operation instead"


def operation_id(route_id: str, group_version: gvk.GroupVersion) -> str:
    """The group-version put behind the verb: `listNamespacedWidget` becomes `listToysExampleOrgV1NamespacedWidget`."""
    prefix = next((one for one in PREFIXES if route_id.startswith(one)), "")
    rest = route_id[len(prefix) :]
    if prefix == "deletecollection":
        prefix, rest = "delete", f"Collection{rest}"
    return f"{prefix}{names.group_words(group_version.group)}{names.camel(group_version.version)}{rest}"


def description(route: model.Route) -> str:
    """What a route does, in the reference's words."""
    kind, part = described_kind(route).kind, route.subresource
    of = f"{part} of " if part else ""
    match route.action.verb:
        case model.Verb.LIST:
            return f"list objects of kind {kind}"
        case model.Verb.POST:
            return f"create {of}a {kind}"
        case model.Verb.DELETECOLLECTION:
            return f"delete collection of {kind}"
        case model.Verb.WATCHLIST:
            return f"watch individual changes to a list of {kind}. {DEPRECATED_WATCH}."
        case model.Verb.WATCH:
            tail = "with a list operation instead, filtered to a single item with the 'fieldSelector' parameter."
            return f"watch changes to an object of kind {kind}. deprecated: use the 'watch' parameter {tail}"
        case model.Verb.GET:
            return f"read {of}the specified {kind}"
        case model.Verb.PUT:
            return f"replace {of}the specified {kind}"
        case model.Verb.PATCH:
            return f"partially update {of}the specified {kind}"
        case model.Verb.DELETE:
            return f"delete {of}a {kind}"
        case model.Verb.CONNECT:
            return f"connect {route.method} requests to {part or kind}{f' of {kind}' if part else ''}"


def operation(route: model.Route, group_version: gvk.GroupVersion, reference: Reference) -> dict[str, Any]:
    """The operation object of a route of this group-version."""
    found: dict[str, Any] = {
        "tags": [names.tag(group_version)],
        "description": description(route),
        "operationId": operation_id(route.operation_id, group_version),
    }
    own = query_parameters(route)
    if own:
        found["parameters"] = own
    body = request_body(route, reference)
    if body:
        found["requestBody"] = body
    found["responses"] = responses(route, reference)
    found["x-kubernetes-action"] = ACTIONS[route.action.verb]
    found["x-kubernetes-group-version-kind"] = kind_extension(described_kind(route))
    return found


def described_kind(route: model.Route) -> gvk.GroupVersionKind:
    """The kind that an operation is about; with custom resources that of the resource, also for its scale."""
    found: gvk.GroupVersionKind = route.docs.get("custom") or route.kind
    return found


def kind_extension(kind: gvk.GroupVersionKind) -> dict[str, str]:
    return {"group": kind.group, "version": kind.version, "kind": kind.kind}


def query_parameters(route: model.Route) -> list[dict[str, Any]]:
    """The query parameters of the operation alone; those of the whole path are `path_parameters`."""
    verb = route.action.verb
    if verb in (model.Verb.WATCH, model.Verb.WATCHLIST) or (verb is model.Verb.LIST and route.action.all_namespaces):
        return []
    known: Mapping[model.Verb, Sequence[str]] = {
        model.Verb.LIST: parameters.LIST,
        model.Verb.POST: parameters.WRITE,
        model.Verb.PUT: parameters.WRITE,
        model.Verb.DELETE: parameters.DELETE,
        model.Verb.DELETECOLLECTION: sorted({*parameters.LIST, *parameters.DELETE} - {"watch", "allowWatchBookmarks"}),
        model.Verb.GET: () if "options" in route.docs else ("resourceVersion",),
    }
    if route.docs.get("custom"):
        known = {**known, model.Verb.DELETECOLLECTION: parameters.LIST}
    found = parameters.of_patches() if verb is model.Verb.PATCH else parameters.query(known.get(verb, ()))
    for name, schema in route.docs.get("options", {}).items():
        found.append(parameters.of_query(name, schema.get("type", "string"), schema.get("description", "")))
    return found


def path_parameters(routes: Iterable[model.Route]) -> list[dict[str, Any]]:
    """The parameters that all operations of one path share."""
    routes = list(routes)
    path = routes[0].path
    found: list[dict[str, Any]] = []
    if "{name}" in path:
        found.append(parameters.of_name(routes[0].docs.get("parent_kind", routes[0].kind.kind)))
    if "{namespace}" in path:
        found.append(parameters.NAMESPACE)
    if "{path}" in path:
        found.append(parameters.PATH)
    verbs = {route.action.verb for route in routes}
    if verbs & {model.Verb.WATCH, model.Verb.WATCHLIST} or any(route.action.all_namespaces for route in routes):
        return [*found, *parameters.query((*parameters.LIST, *parameters.PRETTY))]
    if verbs == {model.Verb.CONNECT}:
        return found
    return [*found, *parameters.query(parameters.PRETTY)]


def request_body(route: model.Route, reference: Reference) -> dict[str, Any] | None:
    verb = route.action.verb
    if verb in (model.Verb.POST, model.Verb.PUT):
        kind = route.docs.get("request", route.kind)
        return {"content": content(route.docs["consumes"], reference(kind)), "required": True}
    if verb is model.Verb.PATCH:
        return {"content": content(route.docs["patches"], f"{names.META}.Patch"), "required": True}
    if verb is model.Verb.DELETECOLLECTION and route.docs.get("custom"):
        return None
    if verb in (model.Verb.DELETE, model.Verb.DELETECOLLECTION):
        return {"content": content(route.docs["consumes"], reference(DELETE_OPTIONS))}
    return None


def responses(route: model.Route, reference: Reference) -> dict[str, Any]:
    verb, produces = route.action.verb, route.docs["produces"]
    if verb is model.Verb.CONNECT:
        body = {"description": "OK", "content": {"*/*": {"schema": {"type": "string"}}}}
        return {"200": body, **failures(route, reference)}
    made = {"200": "OK"}
    if verb is model.Verb.POST:
        made = {"200": "OK", "201": "Created", "202": "Accepted"}
    elif verb is model.Verb.PUT or (verb is model.Verb.PATCH and not route.docs.get("custom")):
        made = {"200": "OK", "201": "Created"}
    elif verb is model.Verb.DELETE:
        made = {"200": "OK", "202": "Accepted"}
    if route.docs.get("text"):
        answer = {media: {"schema": {"type": "string"}} for media in produces}
    elif verb is model.Verb.DELETE and route.docs.get("errors"):
        either = [names.reference(reference(kind)) for kind in dict.fromkeys((answer_kind(route), route.kind))]
        schema: dict[str, Any] = {"anyOf": either}
        answer = {media: {"schema": schema} for media in produces}
    else:
        answer = content(produces, reference(answer_kind(route)))
    found: dict[str, Any] = {code: {"description": text, "content": answer} for code, text in made.items()}
    return {**found, **failures(route, reference)}


def failures(route: model.Route, reference: Reference) -> dict[str, Any]:
    """What is said of errors: as little as Kubernetes' own documents say, or that each is a Status."""
    found: dict[str, Any] = {"401": {"description": "Unauthorized"}}
    if route.docs.get("errors"):
        found["default"] = {"description": "Error", "content": content(STATUS_TYPES, reference(STATUS))}
    return found


def answer_kind(route: model.Route) -> gvk.GroupVersionKind:
    verb = route.action.verb
    if verb in (model.Verb.WATCH, model.Verb.WATCHLIST):
        return WATCH_EVENT
    if verb is model.Verb.DELETECOLLECTION:
        return STATUS
    if verb is model.Verb.DELETE and not route.docs.get("returns_deleted"):
        return STATUS
    if verb is model.Verb.LIST:
        return route.kind._replace(kind=route.docs.get("list_kind", f"{route.kind.kind}List"))
    found: gvk.GroupVersionKind = route.docs.get("response", route.kind)
    return found


def content(media_types: Iterable[str], definition: str) -> dict[str, Any]:
    return {media: {"schema": names.reference(definition)} for media in media_types}
