"""ConfigMaps and Secrets: their keys, their size, what a type of secret must hold, what is frozen.

Mirrors ValidateConfigMap and ValidateSecret of `pkg/apis/core/validation`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.machinery import fielderrors, jsonsyntax, metavalidation, names

Object = Mapping[str, Any]

LARGEST = 1024 * 1024
FROZEN = "field is immutable when `immutable` is set"
REDACTED = "<secret contents redacted>"
ACCOUNT_NAME = "kubernetes.io/service-account.name"
DOCKER = {"kubernetes.io/dockercfg": ".dockercfg", "kubernetes.io/dockerconfigjson": ".dockerconfigjson"}
NEEDED = {"kubernetes.io/ssh-auth": ("ssh-privatekey",), "kubernetes.io/tls": ("tls.crt", "tls.key")}
"""Keys that a secret of the type must have, all of them."""

BASIC_AUTH, EITHER = "kubernetes.io/basic-auth", ("username", "password")
TOKEN = "kubernetes.io/service-account-token"


def validate_config_map(obj: Object) -> checks.Found:
    data, binary = obj.get("data") or {}, obj.get("binaryData") or {}
    size = 0
    for key, value in data.items():
        yield from checks.text(key, names.config_key, f"data[{key}]")
        if key in binary:
            yield fielderrors.invalid(f"data[{key}]", key, "duplicate of key present in binaryData")
        size += len(value.encode("utf-8", "surrogatepass"))
    for key, value in binary.items():
        yield from checks.text(key, names.config_key, f"binaryData[{key}]")
        size += decoded_size(value)
    if size > LARGEST:
        yield fielderrors.too_long("", LARGEST)


def validate_config_map_update(obj: Object, old: Object) -> checks.Found:
    yield from frozen(obj, old, "data", "binaryData")
    yield from validate_config_map(obj)


def validate_secret(obj: Object) -> checks.Found:
    data: Mapping[str, str] = obj.get("data") or {}
    for key in data:
        yield from checks.text(key, names.config_key, f"data[{key}]")
    if sum(map(decoded_size, data.values())) > LARGEST:
        yield fielderrors.too_long("data", LARGEST)
    yield from validate_type(obj, data)


def validate_type(obj: Object, data: Mapping[str, str]) -> checks.Found:
    """What a secret of its type must have."""
    kind = obj.get("type") or ""
    if kind == TOKEN:
        annotations = (obj.get("metadata") or {}).get("annotations") or {}
        yield from checks.required(annotations.get(ACCOUNT_NAME), f"metadata.annotations[{ACCOUNT_NAME}]")
    elif kind in DOCKER:
        yield from validate_docker(DOCKER[kind], data)
    elif kind == BASIC_AUTH and not any(key in data for key in EITHER):
        for key in EITHER:
            yield fielderrors.required(f"data[{key}]")
    for key in NEEDED.get(kind, ()):
        if key not in data or (kind != "kubernetes.io/tls" and not data[key]):
            yield fielderrors.required(f"data[{key}]")


def validate_docker(key: str, data: Mapping[str, str]) -> checks.Found:
    if key not in data:
        yield fielderrors.required(f"data[{key}]")
        return
    problem = jsonsyntax.problem(base64.b64decode(data[key]))
    if problem is not None:
        yield fielderrors.invalid(f"data[{key}]", REDACTED, problem)


def validate_secret_update(obj: Object, old: Object) -> checks.Found:
    if obj.get("type") != old.get("type"):
        yield fielderrors.invalid("type", obj.get("type") or "", metavalidation.IMMUTABLE)
    yield from frozen(obj, old, "data")
    yield from validate_secret(obj)


def frozen(obj: Object, old: Object, *fields: str) -> Iterator[fielderrors.FieldError]:
    """What an immutable object keeps."""
    if not old.get("immutable"):
        return
    if not obj.get("immutable"):
        yield fielderrors.forbidden("immutable", FROZEN)
    for field in fields:
        if (obj.get(field) or {}) != (old.get(field) or {}):
            yield fielderrors.forbidden(field, FROZEN)


def decoded_size(text: str) -> int:
    """How many bytes a base64 text stands for."""
    return len(text) // 4 * 3 - text.count("=", -2)
