"""Annotations that mean something for pods: mirrors, costs of deletion, old forms of seccomp and AppArmor profiles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from kroute.coreapi import checks
from kroute.coreapi.validation import options, tolerations, visiting
from kroute.machinery import fielderrors, goformat, jsonsyntax

Object = Mapping[str, Any]

MIRROR = "kubernetes.io/config.mirror"
TOLERATIONS = "scheduler.alpha.kubernetes.io/tolerations"
DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"
APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
LOCALHOST = "localhost/"
UNCONFINED = "unconfined"
SECCOMP_DEFAULTS = ("runtime/default", "docker/default")
APPARMOR_DEFAULT = "runtime/default"
TOLERATION_FIELDS = {
    "key": ("string", str),
    "operator": ("core.TolerationOperator", str),
    "value": ("string", str),
    "effect": ("core.TaintEffect", str),
    "tolerationSeconds": ("int64", int),
}


def of(obj: Object) -> Mapping[str, str]:
    """The annotations of an object or template."""
    return (obj.get("metadata") or {}).get("annotations") or {}


def validate(annotations: Mapping[str, str], spec: Object, path: str, opts: options.Options) -> checks.Found:
    """What is wrong with the annotations of a pod or template."""
    if not annotations:
        return
    if MIRROR in annotations and not spec.get("nodeName"):
        text = "must set spec.nodeName if mirror pod annotation is set"
        yield fielderrors.invalid(f"{path}[{MIRROR}]", annotations[MIRROR], text)
    if annotations.get(TOLERATIONS):
        yield from validate_tolerations(annotations[TOLERATIONS], path)
    if not opts.allow_deletion_cost:
        yield from validate_deletion_cost(annotations, path)
    if SECCOMP_POD in annotations:
        yield from validate_seccomp(annotations[SECCOMP_POD], f"{path}.{SECCOMP_POD}")
    for key, profile in annotations.items():
        if key.startswith(SECCOMP_CONTAINER):
            yield from validate_seccomp(profile, f"{path}.{key}")
    for key, profile in annotations.items():
        if key.startswith(APPARMOR):
            yield from validate_apparmor(key, profile, spec, path)


def validate_tolerations(text: str, path: str) -> checks.Found:
    """Where tolerations stood before there was a field: a list of them as JSON."""
    found = read_tolerations(text)
    if isinstance(found, str):
        yield fielderrors.invalid(path, TOLERATIONS, found)
    else:
        yield from tolerations.validate(found, f"{path}.{TOLERATIONS}")


def read_tolerations(text: str) -> list[Object] | str:
    """The tolerations, or what Go says of the text; case doesn't matter in names of fields."""
    try:
        items = orjson.loads(text)
    except ValueError:
        return jsonsyntax.problem(text.encode("utf-8", "surrogatepass")) or jsonsyntax.TOO_COMPLEX
    if not isinstance(items, list | None):
        return goformat.cannot_unmarshal(items, "[]core.Toleration")
    found: list[Object] = []
    for item in items or ():
        if not isinstance(item, dict | None):
            return goformat.cannot_unmarshal(item, "core.Toleration")
        given = {name.lower(): value for name, value in (item or {}).items()}
        for name, (shown, kind) in TOLERATION_FIELDS.items():
            value = given.get(name.lower())
            if value is not None and type(value) is not kind:
                field = f"Go struct field Toleration.{checks.capital(name)} of type {shown}"
                return f"json: cannot unmarshal {goformat.kind(value)} into {field}"
        found.append({name: given.get(name.lower()) for name in TOLERATION_FIELDS})
    return found


def validate_deletion_cost(annotations: Mapping[str, str], path: str) -> checks.Found:
    """How willingly a pod is deleted: a 32-bit number as Go writes it."""
    text = annotations.get(DELETION_COST)
    if text is None:
        return
    digits = text.removeprefix("-")
    plain = digits.isascii() and digits.isdigit() and (digits == "0" or not digits.startswith("0"))
    if not plain or text == "-0" or not -(2**31) <= int(text) < 2**31:
        yield fielderrors.invalid(f"{path}[{DELETION_COST}]", text, "must be a 32bit integer")


def validate_seccomp(profile: str, path: str) -> checks.Found:
    if profile in SECCOMP_DEFAULTS or profile == UNCONFINED:
        return
    if profile.startswith(LOCALHOST):
        yield from checks.relative_path(profile.removeprefix(LOCALHOST), path)
    else:
        yield fielderrors.invalid(path, profile, "must be a valid seccomp profile")


def validate_apparmor(key: str, profile: str, spec: Object, path: str) -> checks.Found:
    name = key.removeprefix(APPARMOR)
    if all(container.get("name") != name for container, _ in visiting.containers(spec, "")):
        yield fielderrors.invalid(f"{path}[{key}]", name, "container not found")
    if profile and profile not in (APPARMOR_DEFAULT, UNCONFINED) and not profile.startswith(LOCALHOST):
        text = f"invalid AppArmor profile name: {goformat.quote(profile)}"
        yield fielderrors.invalid(f"{path}[{key}]", profile, text)


def validate_update(
    new: Object, old: Object, opts: options.Options, path: str = "metadata.annotations"
) -> checks.Found:
    """What may not come, go or change."""
    after, before = of(new), of(old)
    for key, value in before.items():
        if key not in after or after[key] != value:
            yield from fixed(key, f"{path}[{key}]", "remove or update")
    for key in after:
        if key not in before:
            yield from fixed(key, f"{path}[{key}]", "add")
    yield from validate(after, new.get("spec") or {}, path, opts)


def fixed(key: str, path: str, action: str) -> checks.Found:
    if key.startswith(APPARMOR):
        yield fielderrors.forbidden(path, f"may not {action} AppArmor annotations")
    if key == MIRROR:
        what = "mirror pod annotation"
        yield fielderrors.forbidden(path, f"may not {action} {what}")


def validate_profiles(obj: Object, path: str) -> checks.Found:
    """Annotations and fields that name a profile must name the same one.  `path` is the spec's."""
    annotations, spec = of(obj), obj.get("spec") or {}
    if not annotations:
        return
    context = spec.get("securityContext") or {}
    if SECCOMP_POD in annotations:
        at = f"{path}.securityContext.seccompProfile"
        yield from same_seccomp(annotations[SECCOMP_POD], context.get("seccompProfile"), at)
    for container, at in visiting.containers(spec, path):
        annotation = annotations.get(SECCOMP_CONTAINER + (container.get("name") or ""))
        profile = (container.get("securityContext") or {}).get("seccompProfile")
        if annotation is not None:
            yield from same_seccomp(annotation, profile, f"{at}.securityContext.seccompProfile")
    if (spec.get("os") or {}).get("name") == "windows":
        return
    for container, at in visiting.containers(spec, path):
        annotation = annotations.get(APPARMOR + (container.get("name") or ""))
        own = (container.get("securityContext") or {}).get("appArmorProfile")
        profile = context.get("appArmorProfile") if own is None else own
        if annotation is not None:
            yield from same_apparmor(annotation, profile, f"{at}.securityContext.appArmorProfile")


def same_seccomp(annotation: str, profile: Object | None, path: str) -> checks.Found:
    return same_profile("seccomp", annotation, profile, path, SECCOMP_DEFAULTS)


def same_apparmor(annotation: str, profile: Object | None, path: str) -> checks.Found:
    return same_profile("apparmor", annotation, profile, path, (APPARMOR_DEFAULT,))


def same_profile(
    what: str, annotation: str, profile: Object | None, path: str, defaults: tuple[str, ...]
) -> Iterator[fielderrors.FieldError]:
    kind = (profile or {}).get("type")
    local = annotation.startswith(LOCALHOST)
    other = (
        (kind == "Unconfined" and annotation != UNCONFINED)
        or (kind == "RuntimeDefault" and annotation not in defaults)
        or (kind == "Localhost" and not local)
    )
    if other:
        yield fielderrors.forbidden(f"{path}.type", f"{what} type in annotation and field must match")
    elif kind == "Localhost" and annotation.removeprefix(LOCALHOST) != (profile or {}).get("localhostProfile"):
        text = f"{what} profile in annotation and field must match"
        yield fielderrors.forbidden(f"{path}.localhostProfile", text)


def apparmor_field(annotation: str) -> dict[str, str] | None:
    """The AppArmor profile of a security context that an annotation stands for."""
    if annotation == UNCONFINED:
        return {"type": "Unconfined"}
    if annotation == APPARMOR_DEFAULT:
        return {"type": "RuntimeDefault"}
    name = annotation.removeprefix(LOCALHOST)
    return {"type": "Localhost", "localhostProfile": name} if annotation != name and name else None
