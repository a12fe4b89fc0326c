"""What a request asks for, told by its method, path and query alone.

Authorisation, audit and the log read it; routing does not depend on it.  A pure function.
Mirrors `k8s.io/apiserver/pkg/endpoints/request/requestinfo.go`.
"""

from __future__ import annotations

from collections.abc import Mapping

from kroute.machinery import context, fields, names, query

VERBS: Mapping[str, str] = {
    "POST": "create",
    "GET": "get",
    "HEAD": "get",
    "PUT": "update",
    "PATCH": "patch",
    "DELETE": "delete",
}
OF_COLLECTIONS = ("list", "watch", "deletecollection")
VERBS_IN_PATH = ("watch", "proxy")
NAMESPACE_SUBRESOURCES = ("status", "finalize")
PREFIXES = ("api", "apis")


def parse(method: str, path: str, values: query.Values) -> context.RequestInfo:
    """The request's info; `path` is decoded, `values` are those of its query.

    A path that is no resource's gives one with `is_resource` False and the lower-case method as verb."""
    parts = path.strip("/").split("/")
    grouped = parts[0] == "apis"
    if len(parts) < (4 if grouped else 3) or parts[0] not in PREFIXES:
        return context.RequestInfo(path=path, verb=method.lower())
    group, version, parts = (parts[1], parts[2], parts[3:]) if grouped else ("", parts[1], parts[2:])
    prefix = "apis" if grouped else "api"
    verb, by_path = VERBS.get(method, ""), False
    if parts[0] in VERBS_IN_PATH:
        verb, by_path, parts = parts[0], True, parts[1:]
        if not parts:
            return context.RequestInfo(
                path=path, verb=verb, is_resource=True, api_prefix=prefix, group=group, version=version
            )
    namespace = ""
    if parts[0] == "namespaces" and len(parts) > 1:
        namespace = parts[1]
        if len(parts) > 2 and parts[2] not in NAMESPACE_SUBRESOURCES:
            parts = parts[2:]
    name = parts[1] if len(parts) > 1 else ""
    if not name and not by_path:
        verb, name = _of_collection(verb, values)
    selected = verb in OF_COLLECTIONS and not by_path and bool(values)
    return context.RequestInfo(
        path=path,
        verb=verb,
        is_resource=True,
        api_prefix=prefix,
        group=group,
        version=version,
        namespace=namespace,
        resource=parts[0],
        # a verb in the path leaves no room for subresources, except that "watch" has them
        subresource=parts[2] if len(parts) > 2 and verb != "proxy" else "",
        name=name,
        parts=tuple(parts),
        field_selector=query.first(values, "fieldSelector") if selected else "",
        label_selector=query.first(values, "labelSelector") if selected else "",
    )


def _of_collection(verb: str, values: query.Values) -> tuple[str, str]:
    """The verb of a request without a name, and the name that its field selector singles out ("" for none)."""
    if verb == "delete":
        return "deletecollection", ""
    if verb != "get":
        return verb, ""
    watched = values.get("watch")
    verb = "watch" if watched and query.is_true(watched[0]) else "list"
    selector = query.first(values, "fieldSelector")
    return verb, _selected_name(selector) if selector else ""


def _selected_name(selector: str) -> str:
    try:
        name = fields.parse(selector).requires_exact("metadata.name")
    except ValueError:
        return ""
    return name if name and not names.path_segment(name) else ""
