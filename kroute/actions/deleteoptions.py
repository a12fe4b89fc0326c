"""Options of deletions: from the body when there is one, else from the query.

A body may be of the group-version of any API, as old clients send it.
Mirrors `k8s.io/apiserver/pkg/endpoints/handlers/delete.go`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kroute.actions import media
from kroute.actions import options as parsing
from kroute.machinery import codecs, errors, fielderrors, gvk, query
from kroute.schema import godecoding, gotypes
from kroute.storage import options

KIND = gvk.GroupVersionKind("", "v1", "DeleteOptions")
SCHEME = "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27"
OTHER_KINDS = (
    "CreateOptions", "UpdateOptions", "Status", "APIVersions", "APIGroup", "APIGroupList", "APIResourceList",
)  # fmt: skip
"""Kinds that are known in every group-version beside DeleteOptions."""

POLICIES = ("Foreground", "Background", "Orphan")
GO_TYPES = {
    "meta.v1.DeleteOptions": {
        "kind": "string,o",
        "apiVersion": "string,o",
        "gracePeriodSeconds": "*int64,o",
        "preconditions": "*meta.v1.Preconditions,o",
        "orphanDependents": "*bool,o",
        "propagationPolicy": "*string,o",
        "dryRun": "[]string,o",
        "ignoreStoreReadErrorWithClusterBreakingPotential": "*bool,o",
    },
    "meta.v1.Preconditions": {"uid": "*string,o", "resourceVersion": "*string,o"},
}


class Reader:
    """Reads options of deletions."""

    def __init__(self) -> None:
        self._decoder = godecoding.Decoder(gotypes.Types(GO_TYPES, {}))

    def of_body(self, codec: media.Codec, body: bytes) -> options.DeleteOptions:
        """Options in a body.  Raises BadRequest, Invalid."""
        try:
            document = codec.decode(body, KIND)
        except codecs.DecodeError as error:
            raise errors.BadRequest(str(error)) from error
        _check_kind(document.kind)
        value = {} if document.value is None else document.value
        try:
            found = self._decoder.decode("meta.v1.DeleteOptions", value).obj
        except godecoding.DecodeError as error:
            raise errors.BadRequest(str(error)) from error
        return checked(found, found.get("dryRun") or [])

    def of_query(self, values: query.Values) -> options.DeleteOptions:
        """Options in a query.  Raises BadRequest, Invalid."""
        if not values:
            return PLAIN
        found: dict[str, Any] = {
            "gracePeriodSeconds": parsing.integer(values, "gracePeriodSeconds"),
            "orphanDependents": parsing.flag(values, "orphanDependents"),
        }
        if values.get("propagationPolicy"):
            found["propagationPolicy"] = values["propagationPolicy"][0]
        if uid := query.first(values, "uid"):
            found["preconditions"] = {"uid": uid}
        return checked(found, list(values.get("dryRun", ())))


PLAIN = options.DeleteOptions()


def checked(found: Mapping[str, Any], dry_run: list[str]) -> options.DeleteOptions:
    """The options, once nothing is wrong with them.  Raises Invalid."""
    parsing.invalid("DeleteOptions", _problems(found, dry_run))
    conditions = found.get("preconditions") or {}
    return options.DeleteOptions(
        grace_period_seconds=found.get("gracePeriodSeconds"),
        preconditions=options.Preconditions(conditions.get("uid"), conditions.get("resourceVersion")),
        orphan_dependents=found.get("orphanDependents"),
        propagation_policy=found.get("propagationPolicy"),
        dry_run=bool(dry_run),
    )


def _problems(found: Mapping[str, Any], dry_run: list[str]) -> Iterator[fielderrors.FieldError]:
    policy = found.get("propagationPolicy")
    if policy is not None and found.get("orphanDependents") is not None:
        yield fielderrors.invalid(
            "propagationPolicy", policy, "orphanDependents and deletionPropagation cannot be both set"
        )
    if policy is not None and policy not in POLICIES:
        yield fielderrors.not_supported("propagationPolicy", policy, (*POLICIES, "nil"))
    yield from parsing.dry_run_problems(dry_run)


def _check_kind(found: gvk.GroupVersionKind) -> None:
    kind = found.kind or KIND.kind
    if kind == KIND.kind:
        return
    if kind in OTHER_KINDS:
        raise errors.BadRequest("decoded object cannot be converted to DeleteOptions")
    version = found.api_version or KIND.api_version
    raise errors.BadRequest(f'no kind "{kind}" is registered for version "{version}" in scheme "{SCHEME}"')
