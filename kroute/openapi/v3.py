"""OpenAPI 3 documents: one for each group-version, made of its routes and of what they refer to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from kroute.actions import model
from kroute.machinery import gvk
from kroute.openapi import names, operations

SECURITY = {
    "BearerToken": {
        "type": "apiKey",
        "description": "Bearer Token authentication",
        "name": "authorization",
        "in": "header",
    }
}


class Definitions(Protocol):
    """Where definitions come from."""

    def name(self, kind: gvk.GroupVersionKind) -> str:
        """The definition's name of a kind."""
        ...

    def schema(self, name: str) -> Mapping[str, Any]:
        """The definition of that name, as an OpenAPI v3 schema object.  Raises KeyError."""
        ...


def document(
    group_version: gvk.GroupVersion,
    routes: Sequence[model.Route],
    definitions: Definitions,
    *,
    title: str,
    version: str,
) -> dict[str, Any]:
    """The document of a group-version, with the operation that lists its resources."""
    paths = dict(sorted(path_items(group_version, routes, definitions).items()))
    paths = {**discovery_path(group_version), **paths}
    return finished(paths, definitions, title=title, version=version)


def finished(paths: Mapping[str, Any], definitions: Definitions, *, title: str, version: str) -> dict[str, Any]:
    """A document of these paths with every definition that they need."""
    return {
        "openapi": "3.0.0",
        "info": {"title": title, "version": version},
        "paths": paths,
        "components": {"schemas": closure(paths, definitions), "securitySchemes": SECURITY},
    }


def path_items(
    group_version: gvk.GroupVersion, routes: Iterable[model.Route], definitions: Definitions
) -> dict[str, Any]:
    by_path: dict[str, list[model.Route]] = {}
    for route in routes:
        by_path.setdefault(route.path, []).append(route)
    items: dict[str, Any] = {}
    for path, at_path in by_path.items():
        item: dict[str, Any] = {
            route.method.lower(): operations.operation(route, group_version, definitions.name) for route in at_path
        }
        shared = operations.path_parameters(at_path)
        if shared:
            item["parameters"] = shared
        items[path] = item
    return items


def discovery_path(group_version: gvk.GroupVersion) -> dict[str, Any]:
    """The operation of `/apis/GROUP/VERSION/` itself."""
    words = f"{names.group_words(group_version.group)}{names.camel(group_version.version)}"
    return documented(
        f"/{names.document(group_version)}/",
        tag=names.tag(group_version),
        description="get available resources",
        operation_id=f"get{words}APIResources",
        definition=f"{names.META}.APIResourceList",
    )


def documented(path: str, *, tag: str, description: str, operation_id: str, definition: str) -> dict[str, Any]:
    """A GET that answers one kind of object and takes no parameters, as a path item."""
    media = ("application/json", "application/yaml", "application/vnd.kubernetes.protobuf")
    return {
        path: {
            "get": {
                "tags": [tag],
                "description": description,
                "operationId": operation_id,
                "responses": {
                    "200": {"description": "OK", "content": operations.content(sorted(media), definition)},
                    "401": {"description": "Unauthorized"},
                },
            }
        }
    }


def closure(paths: Any, definitions: Definitions) -> dict[str, Any]:
    """Every definition that `paths` refers to, directly or not, by name and sorted."""
    found: dict[str, Any] = {}
    waiting = list(references(paths))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = definitions.schema(name)
            waiting.extend(references(found[name]))
    return dict(sorted(found.items()))


def references(value: Any) -> Iterator[str]:
    """The names of the definitions that a part of a document refers to."""
    if isinstance(value, Mapping):
        pointer = value.get("$ref")
        if isinstance(pointer, str):
            yield pointer.rpartition("/")[2]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def group_path(name: str) -> dict[str, Any]:
    """The operation of a group's own document."""
    if not name:
        return documented(
            "/api/",
            tag="core",
            description="get available API versions",
            operation_id="getCoreAPIVersions",
            definition=f"{names.META}.APIVersions",
        )
    words = names.group_words(name)
    return documented(
        f"/apis/{name}/",
        tag=f"{words[:1].lower()}{words[1:]}",
        description="get information of a group",
        operation_id=f"get{words}APIGroup",
        definition=f"{names.META}.APIGroup",
    )


def group_list_path() -> dict[str, Any]:
    """The operation of the group list."""
    return documented(
        "/apis/",
        tag="apis",
        description="get available API versions",
        operation_id="getAPIVersions",
        definition=f"{names.META}.APIGroupList",
    )


def version_path() -> dict[str, Any]:
    """The operation of `/version`, which speaks JSON alone."""
    name = "io.k8s.apimachinery.pkg.version.Info"
    found = documented(
        "/version/",
        tag="version",
        description="get the version information for this server",
        operation_id="getCodeVersion",
        definition=name,
    )
    found["/version/"]["get"]["responses"]["200"]["content"] = operations.content(["application/json"], name)
    return found
