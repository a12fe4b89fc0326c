"""What is installed for one storage object: capabilities in, an ordered list of actions out.

Pure: it knows no handlers and no web framework.  The order and the conditions are those of
`registerResourceHandlers` of `k8s.io/apiserver/pkg/endpoints/installer.go`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kroute.actions import model
from kroute.storage import capabilities

InstallError = capabilities.InstallError

NAMESPACE_PREFIX = "namespaces/{namespace}/"
WATCH_PREFIX = "watch/"
SUBPATH = "/{path}"

DISCOVERY_VERBS: Mapping[model.Verb, str] = {
    model.Verb.LIST: "list",
    model.Verb.POST: "create",
    model.Verb.DELETECOLLECTION: "deletecollection",
    model.Verb.WATCHLIST: "watch",
    model.Verb.GET: "get",
    model.Verb.PUT: "update",
    model.Verb.PATCH: "patch",
    model.Verb.DELETE: "delete",
    model.Verb.WATCH: "watch",
}
"""The verb that discovery shows for an action.  CONNECT shows its HTTP methods instead, by the table below."""

CONNECT_VERBS: Mapping[str, str] = {
    "GET": "get",
    "POST": "create",
    "PUT": "update",
    "PATCH": "patch",
    "DELETE": "delete",
}

UNTYPED_VERB_ORDER = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")


def split(path: str) -> tuple[str, str]:
    """A storage's path as resource and subresource ("" for none).  Raises InstallError."""
    resource, _, subresource = path.partition("/")
    if not resource or "/" in subresource or path.endswith("/"):
        raise InstallError(
            f"{path!r}: a storage is mounted at a resource (`widgets`) or at one subresource of it (`widgets/status`)"
        )
    if not all(char.isalnum() or char in "-." for char in resource + subresource):
        raise InstallError(f"{path!r}: names in paths consist of letters, digits, '-' and '.'")
    return resource, subresource


def actions(
    path: str, own: capabilities.Capabilities, parent: capabilities.Capabilities | None = None
) -> list[model.Action]:
    """The actions of the storage mounted at `path`, in order.

    `parent` are the capabilities of the storage at the resource itself, for a subresource; the scope comes from it.
    Raises InstallError for a storage that makes no sense there."""
    resource, subresource = split(path)
    namespaced = scope(path, own, parent)
    _check(path, own, parent)
    collection = f"{NAMESPACE_PREFIX if namespaced else ''}{resource}"
    item = f"{collection}/{{name}}"
    if subresource:
        collection = item = f"{item}/{subresource}"
    found = [
        *_at_collection(own, collection, namespaced),
        *_at_item(own, item, namespaced),
        *(_everywhere(own, resource) if namespaced and not subresource else ()),
    ]
    if not found:
        raise InstallError(f"{path}: the storage can do nothing that could be served; give it a method such as `get`")
    return found


def scope(path: str, own: capabilities.Capabilities, parent: capabilities.Capabilities | None) -> bool:
    """Whether the paths have a namespace in them.  Raises InstallError."""
    if "/" not in path:
        if own.namespaced is None:
            raise InstallError(f"{path}: the storage must say whether it is `namespaced`")
        return own.namespaced
    resource, _ = split(path)
    if parent is None:
        raise InstallError(f"{path}: there is no storage at {resource!r}; mount one, a subresource needs its parent")
    if parent.namespaced is None:
        raise InstallError(f"{resource}: the storage must say whether it is `namespaced`")
    if own.namespaced not in (None, parent.namespaced):
        named = {True: "namespaced", False: "cluster-scoped"}
        raise InstallError(
            f"{path}: it says it is {named[bool(own.namespaced)]}, but {resource!r} is {named[parent.namespaced]}; "
            "leave `namespaced` out of a subresource, it takes its parent's"
        )
    return parent.namespaced


def _check(path: str, own: capabilities.Capabilities, parent: capabilities.Capabilities | None) -> None:
    if own.kind is None and (parent is None or parent.kind is None):
        raise InstallError(f"{path}: no kind is known for it; set `kind`")
    if own.list and not own.convert_to_table:
        raise InstallError(
            f"{path}: a storage with `list` needs `convert_to_table`, so that kubectl can print it; "
            "kroute.storage.table has one with the columns Name and Age"
        )
    if own.create_named and "/" not in path:
        raise InstallError(
            f"{path}: `create_named` makes something below a named object, and the resource itself has no name in its "
            "path; use `create`, or mount the storage at a subresource"
        )
    if own.connect and not own.connect_methods:
        raise InstallError(f"{path}: a storage with `connect` needs `connect_methods`")


def _at_collection(own: capabilities.Capabilities, path: str, namespaced: bool) -> Iterator[model.Action]:
    verbs = model.Verb
    if own.list:
        yield model.Action(verbs.LIST, path, namespaced)
    if own.create or own.create_named:
        yield model.Action(verbs.POST, path, namespaced)
    if own.delete_collection:
        yield model.Action(verbs.DELETECOLLECTION, path, namespaced)
    if own.watch and own.list:
        yield model.Action(verbs.WATCHLIST, WATCH_PREFIX + path, namespaced)


def _at_item(own: capabilities.Capabilities, path: str, namespaced: bool) -> Iterator[model.Action]:
    verbs = model.Verb
    if own.get or own.get_with_options:
        yield model.Action(verbs.GET, path, namespaced)
    if own.get_with_options and own.get_subpath:
        yield model.Action(verbs.GET, path + SUBPATH, namespaced, subpath=True)
    if own.update:
        yield model.Action(verbs.PUT, path, namespaced)
    if own.patch:
        yield model.Action(verbs.PATCH, path, namespaced)
    if own.delete:
        yield model.Action(verbs.DELETE, path, namespaced)
    if own.watch:
        yield model.Action(verbs.WATCH, WATCH_PREFIX + path, namespaced)
    if own.connect:
        yield model.Action(verbs.CONNECT, path, namespaced)
        if own.connect_subpath:
            yield model.Action(verbs.CONNECT, path + SUBPATH, namespaced, subpath=True)


def _everywhere(own: capabilities.Capabilities, resource: str) -> Iterator[model.Action]:
    """Actions over all namespaces."""
    if own.list:
        yield model.Action(model.Verb.LIST, resource, namespaced=True, all_namespaces=True)
        if own.watch:
            yield model.Action(model.Verb.WATCHLIST, WATCH_PREFIX + resource, namespaced=True, all_namespaces=True)


def discovery_verbs(planned: Iterable[model.Action], own: capabilities.Capabilities, *, typed: bool) -> list[str]:
    """The verbs that discovery shows, in kube-apiserver's order: by name, for custom resources one of their own."""
    found = {DISCOVERY_VERBS[action.verb] for action in planned if action.verb in DISCOVERY_VERBS}
    found |= {CONNECT_VERBS[method] for method in own.connect_methods if method in CONNECT_VERBS}
    if typed:
        return sorted(found)
    return [verb for verb in UNTYPED_VERB_ORDER if verb in found]


def methods(action: model.Action, own: capabilities.Capabilities) -> tuple[str, ...]:
    """The HTTP methods of an action."""
    if action.verb is model.Verb.CONNECT:
        return own.connect_methods
    return (_METHODS.get(action.verb, str(action.verb)),)


_METHODS: Mapping[model.Verb, str] = {
    model.Verb.LIST: "GET",
    model.Verb.WATCH: "GET",
    model.Verb.WATCHLIST: "GET",
    model.Verb.DELETECOLLECTION: "DELETE",
}
