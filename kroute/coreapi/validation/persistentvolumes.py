"""Persistent volumes: a source that never changes, and what is known of its space and place.

The spec stands in volume attachments too, where it says less.  Mirrors `pkg/apis/core/validation`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from kroute.coreapi import checks, diffs, internals, semantics
from kroute.coreapi.validation import affinity, claimspecs, nodelabels, persistentsources
from kroute.machinery import fielderrors, metavalidation, names, quantity

Object = Mapping[str, Any]
RECLAIM_POLICIES = ("Delete", "Recycle", "Retain")
STORAGE_CLASS = "volume.beta.kubernetes.io/storage-class"
OLD_ANNOTATION = 'deprecated since v1.8; use "storageClassName" attribute instead'
OLD_POLICY = (
    "The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning."
)
INLINE = "in the context of inline volumes"
NEW_LABELS = {
    "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
    "beta.kubernetes.io/os": "kubernetes.io/os",
    "beta.kubernetes.io/arch": "kubernetes.io/arch",
    "beta.kubernetes.io/instance-type": "node.kubernetes.io/instance-type",
}
OLD_SOURCES = {
    "cephfs": "deprecated in v1.28, non-functional in v1.31+",
    "photonPersistentDisk": "deprecated in v1.11, non-functional in v1.16+",
    "scaleIO": "deprecated in v1.16, non-functional in v1.22+",
    "storageos": "deprecated in v1.22, non-functional in v1.25+",
    "glusterfs": "deprecated in v1.25, non-functional in v1.26+",
    "rbd": "deprecated in v1.28, non-functional in v1.31+",
}


def validate(obj: Object) -> checks.Found:
    return validate_spec(obj.get("spec") or {}, "spec", volume=obj["metadata"].get("name") or "")


def validate_spec(spec: Object, path: str, *, volume: str = "", inline: bool = False) -> checks.Found:
    """`inline`: it is the spec of a volume that isn't there as an object."""
    if inline:
        yield from validate_inline(spec, path)
    modes = spec.get("accessModes")
    yield from checks.required(modes, f"{path}.accessModes")
    yield from claimspecs.validate_access_modes(modes or (), f"{path}.accessModes")
    policy = spec.get("persistentVolumeReclaimPolicy")
    if not inline:
        yield from validate_capacity(spec.get("capacity"), f"{path}.capacity")
        if policy:
            yield from checks.one_of(policy, RECLAIM_POLICIES, f"{path}.persistentVolumeReclaimPolicy")
        yield from validate_affinity(spec.get("nodeAffinity"), f"{path}.nodeAffinity")
    has_affinity = not inline and spec.get("nodeAffinity") is not None
    yield from persistentsources.validate(spec, volume, path, has_affinity=has_affinity)
    root = posixpath.normpath((spec.get("hostPath") or {}).get("path") or ".") in ("/", "//")
    if root and policy == "Recycle":
        text = "may not be 'recycle' for a hostPath mount of '/'"
        yield fielderrors.forbidden(f"{path}.persistentVolumeReclaimPolicy", text)
    yield from validate_class(spec, path, inline=inline)


def validate_inline(spec: Object, path: str) -> checks.Found:
    yield from checks.forbidden_fields(spec, path, f"may not be specified {INLINE}", "claimRef")
    if spec.get("capacity"):
        yield fielderrors.forbidden(f"{path}.capacity", f"may not be specified {INLINE}")
    if spec.get("csi") is None:
        yield fielderrors.required(f"{path}.csi", f"has to be specified {INLINE}")
    if (spec.get("persistentVolumeReclaimPolicy") or "Retain") != "Retain":
        yield fielderrors.forbidden(f"{path}.persistentVolumeReclaimPolicy", f"may only be Retain {INLINE}")
    yield from checks.forbidden_fields(spec, path, f"may not be specified {INLINE}", "nodeAffinity")


def validate_capacity(capacity: Mapping[str, str] | None, path: str) -> checks.Found:
    """The space of a volume, and nothing else."""
    yield from checks.required(capacity, path)
    if not capacity or "storage" not in capacity or len(capacity) > 1:
        yield fielderrors.not_supported(path, dict(capacity) if capacity else None, ("storage",))
    for name, amount in (capacity or {}).items():
        yield from validate_amount(amount, f"{path}[{name}]")
        yield from checks.quantity_positive(amount, f"{path}[{name}]")


def validate_amount(amount: str, path: str) -> checks.Found:
    value = quantity.parse(amount).value
    if value < 0:
        yield fielderrors.invalid(path, value, "must be a valid resource quantity")


def validate_affinity(rules: Object | None, path: str) -> checks.Found:
    if rules is None:
        return
    if rules.get("required") is None:
        yield fielderrors.required(f"{path}.required", "must specify required node constraints")
    else:
        yield from affinity.validate_node_selector(rules["required"], f"{path}.required", allow_values=True)


def validate_class(spec: Object, path: str, *, inline: bool) -> checks.Found:
    """The classes of the volume, and how it is mounted."""
    name, mode = spec.get("storageClassName"), spec.get("volumeMode")
    if inline:
        if name:
            yield fielderrors.forbidden(f"{path}.storageClassName", f"may not be specified {INLINE}")
        if mode is not None and mode != "Filesystem":
            text = f"may not specify volumeMode other than Filesystem {INLINE}"
            yield fielderrors.forbidden(f"{path}.volumeMode", text)
    else:
        yield from checks.optional_text(name, names.dns1123_subdomain, f"{path}.storageClassName")
        yield from checks.optional_one_of(mode, claimspecs.VOLUME_MODES, f"{path}.volumeMode")
    attributes = spec.get("volumeAttributesClassName")
    if attributes is None:
        return
    at = f"{path}.volumeAttributesClassName"
    yield from checks.required(attributes, at, "an empty string is disallowed")
    yield from checks.optional_text(attributes, names.dns1123_subdomain, at)
    if spec.get("csi") is None:
        yield fielderrors.required(f"{path}.csi", "has to be specified when using volumeAttributesClassName")


def validate_update(obj: Object, old: Object) -> checks.Found:
    yield from validate(obj)
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    source, old_source = source_of(spec), source_of(before)
    csi, old_csi = source.get("csi"), old_source.get("csi")
    if csi and old_csi and old_csi.get("controllerExpandSecretRef") is None:  # which may be added
        source["csi"] = {key: value for key, value in csi.items() if key != "controllerExpandSecretRef"}
    if not semantics.same(source, old_source):
        difference = diffs.of_type(old_source, source, "core.v1.PersistentVolumeSource")
        text = f"spec.persistentvolumesource is immutable after creation\n{difference}"
        yield fielderrors.forbidden("spec.persistentvolumesource", text)
    yield from metavalidation.validate_immutable(spec.get("volumeMode"), before.get("volumeMode"), "volumeMode")
    if before.get("nodeAffinity") is not None:
        yield from validate_same_affinity(spec.get("nodeAffinity"), before["nodeAffinity"], "nodeAffinity")
    if before.get("volumeAttributesClassName") is not None and spec.get("volumeAttributesClassName") is None:
        text = "update from non-nil value to nil is forbidden"
        yield fielderrors.forbidden("spec.volumeAttributesClassName", text)


def source_of(spec: Object) -> dict[str, Any]:
    return {kind: spec[kind] for kind in persistentsources.ORDER if spec.get(kind) is not None}


def validate_same_affinity(rules: Object | None, old: Object, path: str) -> checks.Found:
    """The place of a volume stays; only old labels may give way to their new names."""
    new_terms, old_terms = terms_of(rules), terms_of(old)
    if semantics.same(rules, old):
        return
    kept = [renamed(*pair) for pair in zip(old_terms, new_terms, strict=False)]
    if rules is None or len(new_terms) != len(old_terms) or not semantics.same(new_terms, kept):
        shown = internals.encode(rules, "*core.v1.VolumeNodeAffinity")
        yield fielderrors.invalid(path, shown, f"{metavalidation.IMMUTABLE}, except for updating from beta label to GA")


def terms_of(rules: Object | None) -> list[Object]:
    return ((rules or {}).get("required") or {}).get("nodeSelectorTerms") or []


def renamed(term: Object, like: Object) -> Object:
    """A term with the labels' new names where `like` has them."""
    expressions = [dict(expression) for expression in term.get("matchExpressions") or ()]
    for expression, other in zip(expressions, like.get("matchExpressions") or (), strict=False):
        if NEW_LABELS.get(expression.get("key") or "") == other.get("key"):
            expression["key"] = other["key"]
    return {**term, "matchExpressions": expressions}


def warnings(obj: Object, old: Object | None) -> Iterator[str]:
    spec = obj.get("spec") or {}
    if STORAGE_CLASS in (obj["metadata"].get("annotations") or {}):
        yield f"metadata.annotations[{STORAGE_CLASS}]: {OLD_ANNOTATION}"
    if spec.get("persistentVolumeReclaimPolicy") == "Recycle":
        yield f"spec.persistentVolumeReclaimPolicy: {OLD_POLICY}"
    for index, term in enumerate(terms_of(spec.get("nodeAffinity"))):
        at = f"spec.nodeAffinity.required.nodeSelectorTerms[{index}]"
        yield from nodelabels.of_term(term, at, check_values=True)
    for kind, text in OLD_SOURCES.items():
        if spec.get(kind) is not None:
            yield f"spec.{'storageOS' if kind == 'storageos' else kind}: {text}"
