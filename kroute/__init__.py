"""Kubernetes API servers in Python: declare resources, serve them to kubectl and every other client.

The public names are gathered here, and nothing else is: no module inside kroute imports this one, so that
every room can be imported by itself.  A name's module is imported when the name is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kroute.admission.attributes import Attributes as Attributes
    from kroute.admission.attributes import Operation as Operation
    from kroute.app import APIServer as APIServer
    from kroute.app import CannotServe as CannotServe
    from kroute.app import Running as Running
    from kroute.installer import APIInstaller as APIInstaller
    from kroute.kinds.declaring import Kind as Kind
    from kroute.kinds.declaring import Schema as Schema
    from kroute.kinds.declaring import resource as resource
    from kroute.kinds.declaring import version as version
    from kroute.kinds.definition import Column as Column
    from kroute.kinds.definition import Resource as Resource
    from kroute.kinds.definition import Scale as Scale
    from kroute.kinds.mounting import GroupVersionStorage as GroupVersionStorage
    from kroute.machinery.context import RequestContext as RequestContext
    from kroute.machinery.context import User as User
    from kroute.machinery.errors import AlreadyExists as AlreadyExists
    from kroute.machinery.errors import APIError as APIError
    from kroute.machinery.errors import BadRequest as BadRequest
    from kroute.machinery.errors import Conflict as Conflict
    from kroute.machinery.errors import Expired as Expired
    from kroute.machinery.errors import Forbidden as Forbidden
    from kroute.machinery.errors import Invalid as Invalid
    from kroute.machinery.errors import MethodNotSupported as MethodNotSupported
    from kroute.machinery.errors import NotFound as NotFound
    from kroute.machinery.errors import ServiceUnavailable as ServiceUnavailable
    from kroute.machinery.errors import TooManyRequests as TooManyRequests
    from kroute.machinery.fielderrors import FieldError as FieldError
    from kroute.machinery.fielderrors import duplicate as duplicate
    from kroute.machinery.fielderrors import forbidden as forbidden
    from kroute.machinery.fielderrors import invalid as invalid
    from kroute.machinery.fielderrors import not_supported as not_supported
    from kroute.machinery.fielderrors import required as required
    from kroute.machinery.gvk import GroupKind as GroupKind
    from kroute.machinery.gvk import GroupResource as GroupResource
    from kroute.machinery.gvk import GroupVersion as GroupVersion
    from kroute.machinery.gvk import GroupVersionKind as GroupVersionKind
    from kroute.machinery.gvk import GroupVersionResource as GroupVersionResource
    from kroute.machinery.objects import Object as Object
    from kroute.machinery.times import now as now
    from kroute.storage.capabilities import CollectionDeleter as CollectionDeleter
    from kroute.storage.capabilities import Connector as Connector
    from kroute.storage.capabilities import Creator as Creator
    from kroute.storage.capabilities import DeleteResult as DeleteResult
    from kroute.storage.capabilities import Getter as Getter
    from kroute.storage.capabilities import GetterWithOptions as GetterWithOptions
    from kroute.storage.capabilities import GracefulDeleter as GracefulDeleter
    from kroute.storage.capabilities import InstallError as InstallError
    from kroute.storage.capabilities import Lister as Lister
    from kroute.storage.capabilities import ListResult as ListResult
    from kroute.storage.capabilities import NamedCreator as NamedCreator
    from kroute.storage.capabilities import Table as Table
    from kroute.storage.capabilities import TableConverter as TableConverter
    from kroute.storage.capabilities import UpdatedObject as UpdatedObject
    from kroute.storage.capabilities import Updater as Updater
    from kroute.storage.capabilities import UpdateResult as UpdateResult
    from kroute.storage.capabilities import Validate as Validate
    from kroute.storage.capabilities import WatchBatch as WatchBatch
    from kroute.storage.capabilities import Watcher as Watcher
    from kroute.storage.capabilities import WatchEvent as WatchEvent
    from kroute.storage.options import DeleteOptions as DeleteOptions
    from kroute.storage.options import GetOptions as GetOptions
    from kroute.storage.options import ListOptions as ListOptions
    from kroute.storage.options import TableOptions as TableOptions
    from kroute.storage.options import WriteOptions as WriteOptions
    from kroute.storage.strategy import Strategy as Strategy
    from kroute.storage.table import DefaultTable as DefaultTable

PLACES = {
    "kroute.admission.attributes": "Attributes Operation",
    "kroute.app": "APIServer CannotServe Running",
    "kroute.installer": "APIInstaller",
    "kroute.kinds.declaring": "Kind Schema resource version",
    "kroute.kinds.definition": "Column Resource Scale",
    "kroute.kinds.mounting": "GroupVersionStorage",
    "kroute.machinery.context": "RequestContext User",
    "kroute.machinery.errors": "APIError AlreadyExists BadRequest Conflict Expired Forbidden Invalid "
    "MethodNotSupported NotFound ServiceUnavailable TooManyRequests",
    "kroute.machinery.fielderrors": "FieldError duplicate forbidden invalid not_supported required",
    "kroute.machinery.gvk": "GroupKind GroupResource GroupVersion GroupVersionKind GroupVersionResource",
    "kroute.machinery.objects": "Object",
    "kroute.machinery.times": "now",
    "kroute.storage.capabilities": "CollectionDeleter Connector Creator DeleteResult Getter GetterWithOptions "
    "GracefulDeleter InstallError ListResult Lister NamedCreator Table TableConverter UpdateResult UpdatedObject "
    "Updater Validate WatchBatch WatchEvent Watcher",
    "kroute.storage.options": "DeleteOptions GetOptions ListOptions TableOptions WriteOptions",
    "kroute.storage.strategy": "Strategy",
    "kroute.storage.table": "DefaultTable",
}
"""Where the public names are."""

__all__ = sorted(name for names in PLACES.values() for name in names.split())  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    for place, names in PLACES.items():
        if name in names.split():
            return getattr(import_module(place), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
