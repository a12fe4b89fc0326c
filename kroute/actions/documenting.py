"""What is said of a route in documents: its operation id, media types and kinds.

The OpenAPI room makes the documents of it; see `model.Route.docs` for the keys.
Mirrors the documentation part of `k8s.io/apiserver/pkg/endpoints/installer.go`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kroute.actions import media, model
from kroute.kinds import mounting
from kroute.storage import capabilities

WORDS: Mapping[model.Verb, str] = {
    model.Verb.LIST: "list",
    model.Verb.POST: "create",
    model.Verb.DELETECOLLECTION: "deletecollection",
    model.Verb.WATCHLIST: "watch",
    model.Verb.GET: "read",
    model.Verb.PUT: "replace",
    model.Verb.PATCH: "patch",
    model.Verb.DELETE: "delete",
    model.Verb.WATCH: "watch",
    model.Verb.CONNECT: "connect",
}
WRITES = (model.Verb.POST, model.Verb.PUT, model.Verb.DELETE, model.Verb.DELETECOLLECTION)


def operation_id(action: model.Action, method: str, kind: str, subresource: str = "") -> str:
    """`listNamespacedWidget`, `replaceWidgetStatus`, `connectGetNamespacedPodProxyWithPath`.

    `kind` is that of the resource, also for a subresource."""
    word = WORDS[action.verb] + (method.title() if action.verb is model.Verb.CONNECT else "")
    namespaced = "Namespaced" if action.namespaced and not action.all_namespaces else ""
    tail = "List" if action.verb is model.Verb.WATCHLIST else ""
    suffix = ("WithPath" if action.subpath else "") + ("ForAllNamespaces" if action.all_namespaces else "")
    return f"{word}{namespaced}{kind}{subresource.title()}{tail}{suffix}"


def docs(
    action: model.Action,
    representation: mounting.Representation,
    own: capabilities.Capabilities,
    *,
    codecs: media.Codecs,
    patch_types: Sequence[str],
    parent: mounting.Representation,
    get_options: Mapping[str, Any],
) -> dict[str, Any]:
    """The documentation of an action; `parent` is the representation of the resource that a subresource is of."""
    verb = action.verb
    found: dict[str, Any] = {"produces": produces(action, own, codecs), "parent_kind": parent.kind.kind}
    if not parent.typed:
        found["errors"] = True
    if verb in WRITES:
        found["consumes"] = codecs.media_types
    if verb is model.Verb.PATCH:
        found["patches"] = tuple(patch_types)
    if verb in (model.Verb.LIST, model.Verb.DELETECOLLECTION):
        found["list_kind"] = representation.list_kind
    if verb is model.Verb.GET and own.get_with_options:
        found["options"] = dict(get_options)
        if own.produces:
            found["text"] = True
    return found


def produces(action: model.Action, own: capabilities.Capabilities, codecs: media.Codecs) -> tuple[str, ...]:
    """The media types of an action's answers."""
    match action.verb:
        case model.Verb.CONNECT:
            return ("*/*",)
        case model.Verb.LIST | model.Verb.WATCH | model.Verb.WATCHLIST:
            return (*own.produces, *codecs.media_types, *codecs.stream_types)
        case _:
            return (*own.produces, *codecs.media_types)
