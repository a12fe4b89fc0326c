"""The variables that expressions about requests have, with their types; environments to compile them in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from kroute.cel import declared, programs
from kroute.cel.library import authorizing

S, B, DYN = declared.STRING, declared.BOOL, declared.DYN
WORDS = declared.list_of(S)


class Wanted(NamedTuple):
    """Which variables an expression may use beside the objects and the request.

    `patching`: it makes patches, and may write the types for that."""

    params: bool = False
    authorizer: bool = True
    patching: bool = False


class Environments:
    """Environments by what they have; each is made once."""

    def __init__(self) -> None:
        self._made: dict[Wanted, programs.Environment] = {}

    def of(self, wanted: Wanted, variables: Mapping[str, declared.Declared] | None = None) -> programs.Environment:
        """The environment; `variables` are those of a policy, and make it its own.

        Raises configuring.Unavailable where there is no CEL library."""
        if variables is not None:
            return made(wanted, variables)
        found = self._made.get(wanted)
        if found is None:
            found = self._made[wanted] = made(wanted, None)
        return found


def made(wanted: Wanted, variables: Mapping[str, declared.Declared] | None) -> programs.Environment:
    known: dict[str, declared.Declared] = {
        "object": DYN,
        "oldObject": DYN,
        "request": request_type(),
        "namespaceObject": namespace_type(),
    }
    if wanted.params:
        known["params"] = DYN
    if wanted.authorizer:
        known["authorizer"] = declared.opaque(authorizing.A)
        known["authorizer.requestResource"] = declared.opaque(authorizing.R)
    if variables is not None:
        named = {name: kind for name, kind in variables.items() if name.isidentifier()}
        known["variables"] = plainly(named, "variables")
    return programs.Environment(known, patching=wanted.patching)


def request_type() -> declared.Declared:
    """An AdmissionRequest without its objects."""
    kind = plainly({"group": S, "version": S, "kind": S}, "GroupVersionKind")
    resource = plainly({"group": S, "version": S, "resource": S}, "GroupVersionResource")
    user = plainly({"username": S, "uid": S, "groups": WORDS, "extra": declared.map_of(WORDS)}, "UserInfo")
    fields = {
        "kind": kind,
        "resource": resource,
        "subResource": S,
        "requestKind": kind,
        "requestResource": resource,
        "requestSubResource": S,
        "name": S,
        "namespace": S,
        "operation": S,
        "userInfo": user,
        "dryRun": B,
        "options": DYN,
    }
    return plainly(fields, "AdmissionRequest")


def namespace_type() -> declared.Declared:
    """A Namespace, as far as expressions see it."""
    text_map, moment = declared.map_of(S), declared.TIMESTAMP
    metadata = {
        "name": S, "generateName": S, "namespace": S, "labels": text_map, "annotations": text_map, "UID": S,
        "creationTimestamp": moment, "deletionGracePeriodSeconds": declared.INT, "deletionTimestamp": moment,
        "generation": declared.INT, "resourceVersion": S, "finalizers": WORDS,
    }  # fmt: skip
    condition = {"status": S, "type": S, "lastTransitionTime": moment, "message": S, "reason": S}
    status = {
        "conditions": declared.list_of(plainly(condition, "NamespaceCondition")),
        "phase": S,
    }
    fields = {
        "metadata": plainly(metadata, "NamespaceMetadata"),
        "spec": plainly({"finalizers": WORDS}, "NamespaceSpec"),
        "status": plainly(status, "NamespaceStatus"),
    }
    return plainly(fields, "Namespace")


def plainly(fields: Mapping[str, declared.Declared], name: str) -> declared.Declared:
    """An object whose fields are written as they are, reserved words too: `request.namespace`."""
    return declared.Declared("object", fields=dict(fields), names={label: label for label in fields}, name=name)
