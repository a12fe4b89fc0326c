"""What a definition may say, in kube-apiserver's words.

Mirrors `pkg/apis/apiextensions/validation` of `k8s.io/apiextensions-apiserver`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from kroute.extensions import conditions
from kroute.extensions.validation import extras, internal, naming, schemas, versions
from kroute.machinery import fielderrors, goformat, objects
from kroute.schema import formats

Errors = Iterator[fielderrors.FieldError]


def errors_of(crd: objects.Object, old: objects.Object | None) -> Errors:
    """What is wrong with a new definition, or with the successor of `old`."""
    if old is None:
        yield from naming.own_name(crd)
    yield from spec_errors(crd, old)
    if old is not None:
        yield from immutable(crd, old)
    yield from status_errors(crd)
    yield from versions.stored(crd)
    yield from naming.approval_errors(crd, old)
    if crd["spec"].get("preserveUnknownFields") and not (old and old["spec"].get("preserveUnknownFields")):
        why = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
        yield fielderrors.invalid("spec.preserveUnknownFields", True, why)


def spec_errors(crd: objects.Object, old: objects.Object | None) -> Errors:
    spec, stored = crd["spec"], [] if old is None else schemas_of(old)
    yield from naming.group_errors(spec.get("group") or "")
    scope = spec.get("scope") or ""
    if not scope:
        yield fielderrors.required("spec.scope")
    elif scope not in ("Cluster", "Namespaced"):
        yield fielderrors.not_supported("spec.scope", scope, ("Cluster", "Namespaced"))
    found = spec.get("versions") or []
    own, common = internal.parts(found)
    yield from versions.with_schemas(found)
    for index, version in enumerate(found):
        yield from versions.name_and_warning(version, f"spec.versions[{index}]")
        yield from part_errors(own[index], stored)
    yield from versions.together(spec)
    yield from naming.required_names(spec["names"])
    yield from naming.names_errors(spec["names"], "spec.names")
    yield from part_errors(common, stored)
    yield from versions.conversion(spec.get("conversion") or {}, "spec.conversion", old)


def part_errors(parts: Iterable[internal.Part], stored: Collection[schemas.Schema]) -> Errors:
    """What is wrong with schemas, subresources, columns and selectable fields, in this order."""
    order = {"schema": 0, "subresources": 1, "additionalPrinterColumns": 2, "selectableFields": 3}
    for field, path, value, version in sorted(parts, key=lambda part: order[part.field]):
        schema = (version.get("schema") or {}).get("openAPIV3Schema") or {}
        if field == "schema" and value.get("openAPIV3Schema") is not None:
            status = (version.get("subresources") or {}).get("status") is not None
            own = value["openAPIV3Schema"]
            yield from schemas.errors_of(own, f"{path}.openAPIV3Schema", status=status, stored=stored)
        elif field == "subresources":
            yield from extras.subresources(value, path)
        elif field == "additionalPrinterColumns":
            yield from extras.columns(value, path)
        elif field == "selectableFields":
            yield from extras.selectable(value, schema, path)


def schemas_of(crd: objects.Object) -> list[schemas.Schema]:
    """The schemas of a definition's versions."""
    found = [(version.get("schema") or {}).get("openAPIV3Schema") for version in crd["spec"].get("versions") or ()]
    return [schema for schema in found if schema is not None]


def immutable(crd: objects.Object, old: objects.Object) -> Errors:
    """What can't change: the names of resource and group, and once it is established what objects are stored by."""
    spec, before = crd["spec"], old["spec"]
    established = conditions.is_true(old, conditions.ESTABLISHED)
    for path, value, was, always in (
        ("spec.scope", spec.get("scope"), before.get("scope"), False),
        ("spec.names.kind", spec["names"].get("kind"), before["names"].get("kind"), False),
        ("spec.group", spec.get("group"), before.get("group"), True),
        ("spec.names.plural", spec["names"].get("plural"), before["names"].get("plural"), True),
    ):
        if (always or established) and value != was:
            yield fielderrors.invalid(path, value, "field is immutable")


def status_errors(crd: objects.Object) -> Errors:
    """What is wrong with a definition whose status alone is updated."""
    yield from naming.names_errors((crd.get("status") or {}).get("acceptedNames") or {}, "status.acceptedNames")


def warnings_of(crd: objects.Object, old: objects.Object | None) -> list[str]:
    """What its writer is warned of."""
    known = [] if old is None else unknown_formats(old)
    return [f"unrecognized format {goformat.quote(each)}" for each in unknown_formats(crd) if each not in known]


def unknown_formats(crd: objects.Object) -> list[str]:
    """The formats in the schemas that nobody checks."""
    return [
        node["format"]
        for version in crd["spec"].get("versions") or ()
        for node in schemas.nodes((version.get("schema") or {}).get("openAPIV3Schema") or {})
        if node.get("format") and not formats.recognized(node.get("type") or "", node["format"])
    ]
