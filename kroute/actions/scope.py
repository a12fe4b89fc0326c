"""Everything a handler knows before the first request comes: one frozen record for each action.

Nothing is looked up, compiled or joined per request that could be here.
Mirrors `RequestScope` of `k8s.io/apiserver/pkg/endpoints/handlers`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from kroute.actions import decoding, deleteoptions, media, model, negotiation, options, streams, wire
from kroute.admission import chain, forms
from kroute.kinds import mounting
from kroute.machinery import context, gvk
from kroute.patch.managedfields import manager
from kroute.storage import capabilities

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_MERGE_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"

Authorize: TypeAlias = Callable[[context.RequestContext, "RequestScope", str, str], Awaitable[None]]
"""Raises Forbidden unless the user may do a verb (third) to an object of this name (fourth) of the scope's resource.

Asked where a request turns out to do more than it seemed: an update or apply that creates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestScope:
    """One action of one storage.

    `kind` is that of the request, `resource` the endpoint without its subresource.  `custom`: the endpoint is one of a
    custom resource, where no router comes before the handlers.  `patch_types` are the media types of patches.
    `form` tells admission how the objects travel.  `warnings` go with every answer.  `min_timeout` is the least time
    that a watch runs if the client doesn't say."""

    action: model.Action
    storage: Any
    representation: mounting.Representation
    resource: gvk.GroupVersionResource
    group_resource: gvk.GroupResource
    subresource: str
    custom: bool
    codecs: media.Codecs
    negotiator: negotiation.Negotiator
    reader: decoding.ObjectReader
    delete_options: deleteoptions.Reader
    wire: wire.Wire
    selectable: options.Selectable
    table: capabilities.TableConverter | None
    patch_types: Sequence[str]
    field_manager: manager.FieldManager | None
    admission: chain.AdmissionChain
    form: forms.Form
    authorize: Authorize | None
    streams: streams.Streams
    warnings: Sequence[str]
    max_body: int
    min_timeout: float

    @property
    def kind(self) -> gvk.GroupVersionKind:
        return self.representation.kind
