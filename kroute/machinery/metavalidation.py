"""What may stand in an object's metadata, at creation and at update.

Strategies and the validators of single kinds call these; each yields field errors in kube-apiserver's order and words.
The metadata has the right JSON types already: that was checked when the body was read.
Mirrors `k8s.io/apimachinery/pkg/api/validation` and `pkg/apis/meta/v1/validation`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from kroute.machinery import fielderrors, goformat, labelselector, names, times

Found: TypeAlias = Iterator[fielderrors.FieldError]

ORPHAN, FOREGROUND = "orphan", "foregroundDeletion"
STANDARD_FINALIZERS = ("kubernetes", ORPHAN, FOREGROUND)
ANNOTATIONS_LIMIT = 256 * 1024
MANAGER_LIMIT = 128
SUBRESOURCE_LIMIT = 256
OWNER_FIELDS = ("apiVersion", "kind", "name", "uid")
IMMUTABLE = "field is immutable"


def validate(
    meta: Mapping[str, Any],
    *,
    namespaced: bool,
    name_rule: names.NameRule,
    path: str = "metadata",
    kube_finalizers: bool = False,
) -> Found:
    """What is wrong with the metadata of an object to be created, after its name was generated.

    `kube_finalizers` adds the rule of most built-in kinds: a finalizer is qualified or one of Kubernetes' own.
    """
    yield from validate_name(meta, name_rule, path)
    yield from validate_namespace(meta.get("namespace") or "", namespaced, path)
    yield from validate_common(meta, path)
    finalizers = meta.get("finalizers") or ()
    if finalizers:
        yield from validate_finalizers(finalizers, f"{path}.finalizers")
    yield from validate_managed_fields(meta.get("managedFields"), f"{path}.managedFields")
    if kube_finalizers:
        for index, finalizer in enumerate(finalizers):
            yield from validate_kube_finalizer(finalizer, f"{path}.finalizers[{index}]")


def validate_update(new: Mapping[str, Any], old: Mapping[str, Any], path: str = "metadata") -> Found:
    """What is wrong with the metadata that is to replace `old`."""
    if old.get("deletionTimestamp") is not None:
        yield from validate_no_new_finalizers(new.get("finalizers"), old.get("finalizers"), f"{path}.finalizers")
    if not new.get("resourceVersion"):
        yield fielderrors.invalid(f"{path}.resourceVersion", "", "must be specified for an update")
    generation = new.get("generation") or 0
    yield from validate_not_negative(generation, f"{path}.generation")
    if generation < (old.get("generation") or 0):
        yield fielderrors.invalid(f"{path}.generation", generation, "must not be decremented")
    for field in ("name", "namespace", "uid"):
        yield from validate_immutable(new.get(field) or "", old.get(field) or "", f"{path}.{field}")
    for field in ("creationTimestamp", "deletionTimestamp"):
        if not times.same(new.get(field), old.get(field)):
            yield fielderrors.invalid(f"{path}.{field}", new.get(field), IMMUTABLE)
    field = "deletionGracePeriodSeconds"
    yield from validate_immutable(new.get(field), old.get(field), f"{path}.{field}")
    yield from validate_maps_and_owners(new, path)
    yield from validate_managed_fields(new.get("managedFields"), f"{path}.managedFields")


def validate_name(meta: Mapping[str, Any], rule: names.NameRule, path: str) -> Found:
    """`generateName` and `name` against the kind's rule."""
    base, name = meta.get("generateName") or "", meta.get("name") or ""
    if base:
        for wrong in rule(base, True):
            yield fielderrors.invalid(f"{path}.generateName", base, wrong)
    if not name:
        yield fielderrors.required(f"{path}.name", "name or generateName is required")
        return
    for wrong in rule(name, False):
        yield fielderrors.invalid(f"{path}.name", name, wrong)


def validate_namespace(namespace: str, namespaced: bool, path: str) -> Found:
    """A namespace for namespaced kinds only."""
    if not namespaced:
        if namespace:
            yield fielderrors.forbidden(f"{path}.namespace", "not allowed on this type")
    elif not namespace:
        yield fielderrors.required(f"{path}.namespace")
    else:
        for wrong in names.dns1123_label(namespace):
            yield fielderrors.invalid(f"{path}.namespace", namespace, wrong)


def validate_common(meta: Mapping[str, Any], path: str) -> Found:
    yield from validate_not_negative(meta.get("generation") or 0, f"{path}.generation")
    yield from validate_maps_and_owners(meta, path)


def validate_maps_and_owners(meta: Mapping[str, Any], path: str) -> Found:
    labels, annotations, owners = meta.get("labels"), meta.get("annotations"), meta.get("ownerReferences")
    if labels:
        yield from labelselector.validate_labels(labels, f"{path}.labels")
    if annotations:
        yield from validate_annotations(annotations, f"{path}.annotations")
    if owners:
        yield from validate_owners(owners, f"{path}.ownerReferences")


def validate_annotations(annotations: Mapping[str, str | None] | None, path: str) -> Found:
    """Keys are label keys in any case; keys and values together have a size limit."""
    total = 0
    for key, value in (annotations or {}).items():
        for wrong in names.annotation_key(key):
            yield fielderrors.invalid(path, key, wrong)
        total += names.size(key) + names.size(value or "")
    if total > ANNOTATIONS_LIMIT:
        yield fielderrors.too_long(path, ANNOTATIONS_LIMIT)


def validate_owners(owners: Sequence[Mapping[str, Any]] | None, path: str) -> Found:
    """Owner references: complete, not to an Event, at most one of them the controller."""
    controller = ""
    for owner in owners or ():
        yield from validate_owner(owner, path)
        if owner.get("controller"):
            name = f"{owner.get('kind') or ''}/{owner.get('name') or ''}"
            if controller:
                text = (
                    "Only one reference can have Controller set to true. "
                    f'Found "true" in references for {controller} and {name}'
                )
                yield fielderrors.invalid(path, [owner_as_shown(item) for item in owners or ()], text)
            else:
                controller = name


def validate_owner(owner: Mapping[str, Any], path: str) -> Found:
    """One owner reference; errors name the list, not the item."""
    api_version, kind = owner.get("apiVersion") or "", owner.get("kind") or ""
    version = api_version.partition("/")[2] if api_version.count("/") == 1 else api_version
    if not version or "/" in version:
        yield fielderrors.invalid(f"{path}.apiVersion", api_version, "version must not be empty")
    for field in ("kind", "name", "uid"):
        if not owner.get(field):
            yield fielderrors.invalid(f"{path}.{field}", "", "must not be empty")
    if (api_version, kind) == ("v1", "Event"):
        text = "/v1, Kind=Event is disallowed from being an owner"
        yield fielderrors.invalid(path, owner_as_shown(owner), text)


def owner_as_shown(owner: Mapping[str, Any]) -> dict[str, Any]:
    """An owner reference with its fields in the order in which messages show them."""
    shown = {field: owner.get(field) or "" for field in OWNER_FIELDS}
    shown |= {field: owner[field] for field in ("controller", "blockOwnerDeletion") if owner.get(field) is not None}
    return shown


def validate_finalizers(finalizers: Sequence[str], path: str) -> Found:
    """Finalizers are qualified names; `orphan` and `foregroundDeletion` exclude each other."""
    for finalizer in finalizers:
        for wrong in names.qualified_name(finalizer):
            yield fielderrors.invalid(path, finalizer, wrong)
    if ORPHAN in finalizers and FOREGROUND in finalizers:
        text = f"finalizer {ORPHAN} and {FOREGROUND} cannot be both set"
        yield fielderrors.invalid(path, list(finalizers), text)


def validate_kube_finalizer(finalizer: str, path: str) -> Found:
    """Built-in kinds take only qualified finalizers and Kubernetes' own."""
    if "/" not in finalizer and finalizer not in STANDARD_FINALIZERS:
        text = "name is neither a standard finalizer name nor is it fully qualified"
        yield fielderrors.invalid(path, finalizer, text)


def finalizer_warnings(finalizers: Iterable[str] | None, path: str = "metadata.finalizers") -> Iterator[str]:
    """What clients are warned of when a custom resource has finalizers that others might use as well."""
    for finalizer in finalizers or ():
        shown = f"{path}: {goformat.quote(finalizer)}"
        for wrong in names.qualified_name(finalizer):
            yield f"{shown}: {wrong}"
        if "/" not in finalizer and finalizer not in STANDARD_FINALIZERS:
            with_path = " including a path (/)" if "." in finalizer else ""
            yield (
                f"{shown}: prefer a domain-qualified finalizer name{with_path} "
                "to avoid accidental conflicts with other finalizer writers"
            )


def validate_no_new_finalizers(new: Iterable[str] | None, old: Iterable[str] | None, path: str) -> Found:
    """An object that is being deleted gets no more finalizers."""
    extra = sorted(set(new or ()) - set(old or ()))
    if extra:
        shown = ", ".join(map(goformat.quote, extra))
        text = (
            f"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{shown}}}"
        )
        yield fielderrors.forbidden(path, text)


def validate_managed_fields(entries: Sequence[Mapping[str, Any]] | None, path: str) -> Found:
    """Entries of managedFields, as far as they are not field sets."""
    for index, entry in enumerate(entries or ()):
        at = f"{path}[{index}]"
        operation, fields_type = entry.get("operation") or "", entry.get("fieldsType") or ""
        if operation not in ("Apply", "Update"):
            yield fielderrors.invalid(f"{at}.operation", operation, "must be `Apply` or `Update`")
        if fields_type not in ("", "FieldsV1"):
            yield fielderrors.invalid(f"{at}.fieldsType", fields_type, "must be `FieldsV1`")
        manager = entry.get("manager") or ""
        if len(manager) > MANAGER_LIMIT or not (manager.isascii() and manager.isprintable()):
            yield from validate_field_manager(manager, f"{at}.manager")
        if names.size(entry.get("subresource") or "") > SUBRESOURCE_LIMIT:
            yield fielderrors.too_long(f"{at}.subresource", SUBRESOURCE_LIMIT)


def validate_field_manager(manager: str, path: str) -> Found:
    """A field manager's name: at most 128 bytes, printable."""
    if names.size(manager) > MANAGER_LIMIT:
        yield fielderrors.too_long(path, MANAGER_LIMIT)
    if manager.isprintable():
        return
    position = 0
    for char in manager:
        if not char.isprintable():
            text = f"invalid character {goformat.code_point(char)} (at position {position})"
            yield fielderrors.invalid(path, manager, text)
        position += names.size(char)


def validate_not_negative(value: int, path: str) -> Found:
    if value < 0:
        yield fielderrors.invalid(path, value, "must be greater than or equal to 0")


def validate_immutable(new: Any, old: Any, path: str) -> Found:
    """The field may not change."""
    if new != old:
        yield fielderrors.invalid(path, new, IMMUTABLE)
