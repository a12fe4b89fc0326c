"""Which resources are encrypted, and with what: the file of `--encryption-provider-config`.

The first provider's first key writes, all keys read.
Mirrors `EncryptionConfiguration` of `apiserver.config.k8s.io/v1`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kroute.storage.backend import base
from kroute.storage.backend.encrypted import transforming

VERSION, KIND = "apiserver.config.k8s.io/v1", "EncryptionConfiguration"
AES_SIZES, BOX_SIZES = (16, 24, 32), (32,)
IDENTITY = "identity"
PROVIDERS: Mapping[str, tuple[Callable[[bytes], transforming.Transformer], Sequence[int]]] = {
    "aesgcm": (transforming.AesGcm, AES_SIZES),
    "aescbc": (transforming.AesCbc, AES_SIZES),
    "secretbox": (transforming.SecretBox, BOX_SIZES),
}


class ConfigurationError(ValueError):
    """The file can't be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys for one set of resources.

    `writer` is the prefix of what is written, None for plain values; `readers` are transformers by their prefix;
    `plain`: whether plain values are read."""

    writer: bytes | None
    readers: Mapping[bytes, transforming.Transformer]
    plain: bool


class Configuration:
    """Keys by resource.  Raises ConfigurationError."""

    def __init__(self, document: Any) -> None:
        if not isinstance(document, dict) or document.get("kind") != KIND or document.get("apiVersion") != VERSION:
            raise ConfigurationError(f"it is no {KIND} of {VERSION}")
        entries = document.get("resources")
        if not isinstance(entries, list) or not entries:
            raise ConfigurationError("resources: at least one resource is required")
        self._rules = [_rule(entry, f"resources[{index}]") for index, entry in enumerate(entries)]

    @classmethod
    def read(cls, path: Path) -> Configuration:
        """The configuration in a file.  Raises OSError, ConfigurationError."""
        try:
            return cls(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{path} is no YAML") from error  # its text may show keys
        except ConfigurationError as error:
            raise ConfigurationError(f"{path} can't be used: {error}") from error

    def keys_of(self, log: str) -> Keys | None:
        """The keys for a log (`secrets`, `widgets.toys.example.org`); None where nothing is said of it."""
        resource, _, group = log.partition(".")
        for names, keys in self._rules:
            if names & {f"{resource}.{group}" if group else resource, f"*.{group}", "*.*"}:
                return keys
        return None


def _rule(entry: Any, path: str) -> tuple[frozenset[str], Keys]:
    if not isinstance(entry, dict):
        raise ConfigurationError(f"{path}: must be an object")
    names, providers = entry.get("resources"), entry.get("providers")
    if not isinstance(names, list) or not names:
        raise ConfigurationError(f"{path}.resources: at least one resource is required")
    if not isinstance(providers, list) or not providers:
        raise ConfigurationError(f"{path}.providers: at least one provider is required")
    for index, name in enumerate(names):
        if problem := _name_problem(name, names):
            raise ConfigurationError(f"{path}.resources[{index}]: {problem}")
    writers: list[bytes | None] = []
    readers: dict[bytes, transforming.Transformer] = {}
    plain = False
    for index, provider in enumerate(providers):
        for prefix, transformer in _provider(provider, f"{path}.providers[{index}]"):
            writers.append(prefix)
            if prefix is None or transformer is None:
                plain = True
            elif prefix in readers:
                raise ConfigurationError(f"{path}.providers[{index}]: two keys have the same name")
            else:
                readers[prefix] = transformer
    return frozenset(names), Keys(writers[0], readers, plain)


def _name_problem(name: Any, names: Sequence[Any]) -> str:
    if not isinstance(name, str) or not name:
        return "must be the name of a resource"
    resource, _, group = name.partition(".")
    problem = ""
    if name == "*":
        problem = "use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources"
    elif name.lower() != name:
        problem = "resource name should not contain capital letters"
    elif names.count(name) > 1:
        problem = "the same resource cannot be specified multiple times"
    elif group == "*" and resource != "*":
        problem = "encrypting the same resource across groups is not supported"
    elif group == "events.k8s.io":
        problem = "events are stored in the core group: use 'events'"
    elif name != "*.*" and ("*.*" in names or (resource != "*" and f"*.{group}" in names)):
        problem = "overlapping resources in the same resource list are not allowed as they will be masked"
    return problem


def _provider(provider: Any, path: str) -> Iterator[tuple[bytes | None, transforming.Transformer | None]]:
    if not isinstance(provider, dict) or len(provider) != 1:
        raise ConfigurationError(f"{path}: exactly one provider must be in a single element")
    ((name, given),) = provider.items()
    if name == IDENTITY:
        yield None, None
        return
    if name not in PROVIDERS:
        known = ", ".join((*PROVIDERS, IDENTITY))
        raise ConfigurationError(f"{path}.{name}: there is no such provider here, only {known}")
    make, sizes = PROVIDERS[name]
    keys = given.get("keys") if isinstance(given, dict) else None
    if not isinstance(keys, list) or not keys:
        raise ConfigurationError(f"{path}.{name}.keys: at least one key is required")
    for index, key in enumerate(keys):
        label, secret = _key(key, sizes, f"{path}.{name}.keys[{index}]")
        try:
            yield b"%b%b:v1:%b:" % (base.ENCRYPTED, name.encode(), label.encode()), make(secret)
        except transforming.MissingLibrary as error:
            raise ConfigurationError(f"{path}.{name}: {error}") from error


def _key(key: Any, sizes: Sequence[int], path: str) -> tuple[str, bytes]:
    """The name and the bytes of a key; no message shows any of these."""
    if not isinstance(key, dict) or not isinstance(key.get("name"), str) or not key["name"]:
        raise ConfigurationError(f"{path}.name: name is a mandatory field for a key")
    if ":" in key["name"]:
        raise ConfigurationError(f"{path}.name: must not contain ':'")
    if not isinstance(key.get("secret"), str) or not key["secret"]:
        raise ConfigurationError(f"{path}.secret: secret is a mandatory field for a key")
    try:
        secret = base64.b64decode(key["secret"], validate=True)
    except (binascii.Error, ValueError):
        raise ConfigurationError(f"{path}.secret: secrets must be base64 encoded") from None
    if len(secret) not in sizes:
        wanted = " ".join(map(str, sizes))
        raise ConfigurationError(
            f"{path}.secret: secret is not of the expected length, got {len(secret)}, expected one of [{wanted}]"
        )
    return key["name"], secret
