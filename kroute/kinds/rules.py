"""What the schema of one version asks of objects, with what goes beyond it: scale fields, and checks of the user's.

Mirrors the validator of `k8s.io/apiextensions-apiserver/pkg/registry/customresource`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from kroute.kinds import definition
from kroute.machinery import fielderrors, metavalidation, names, objects
from kroute.schema import godecoding, structural, validation
from kroute.storage import capabilities, paths

LARGEST = 2**31 - 1

Warn: TypeAlias = Callable[[str], None]

RulesOf: TypeAlias = Callable[[structural.Structural], validation.Rules | None]
"""Compiles the validation rules (CEL) of a schema; None where it has none."""


def check(versions: Iterable[definition.Version], rules_of: RulesOf) -> None:
    """Raises InstallError for rules that don't compile."""
    for version in versions:
        rules = rules_of(version.schema)
        for problem in () if rules is None else rules.problems():
            raise capabilities.InstallError(f"version {version.name}: x-kubernetes-validations of {problem}")


class VersionRules:
    """Validates the objects of one version.

    What is found is in kube-apiserver's order.  Raises InstallError for rules that nobody here can evaluate."""

    def __init__(
        self, version: definition.Version, *, decoder: godecoding.Decoder, rules_of: RulesOf | None = None
    ) -> None:
        rules = rules_of(version.schema) if rules_of is not None else None
        if rules is None and structural.holders(version.schema, lambda node: bool(node.rules)):
            raise capabilities.InstallError(
                f"version {version.name}: its schema has x-kubernetes-validations, which this server doesn't evaluate"
            )
        self._whole = validation.Validator(
            version.schema, decoder=decoder, check_metadata=embedded_metadata, rules=rules
        )
        status = version.schema.child("status") or structural.Structural(preserve_unknown=True)
        self._status = validation.Validator(status, decoder=decoder, check_metadata=embedded_metadata)
        self._checks = tuple(version.validators)
        scale = version.scale
        self._spec_number = Number(scale.spec_replicas) if scale is not None else None
        self._status_number = Number(scale.status_replicas) if scale is not None else None
        self._selector = scale.label_selector if scale is not None else ""

    def errors(
        self, obj: objects.Object, old: objects.Object | None, *, warn: Warn | None = None
    ) -> list[fielderrors.FieldError]:
        """What is wrong with a new object, or with one that is to replace `old`; `warn` is told what is tolerated."""
        whole = self._whole
        found = whole.values(obj, old)
        if self._spec_number is not None:
            found += self._spec_number.errors(obj)
            found += self._scale_status(obj)
        found += whole.embedded_resources(obj)
        found += whole.list_types(obj, old)
        found += whole.rule_errors(obj, old, found, warn=warn)
        if not found:
            for checks in self._checks:
                found += checks.check(obj)
        return found

    def status_errors(
        self, obj: objects.Object, old: objects.Object, *, warn: Warn | None = None
    ) -> list[fielderrors.FieldError]:
        """What is wrong with an object whose status alone is updated."""
        found: list[fielderrors.FieldError] = []
        if "status" in obj:
            found += self._status.values(obj["status"], old.get("status"), prefix="status")
        found += self._scale_status(obj)
        found += self._whole.list_types(obj, old)
        found += self._whole.rule_errors(obj, old, found, warn=warn)
        if not found:
            for checks in self._checks:
                found += (error for error in checks.check(obj) if error.path.partition(".")[0] == "status")
        return found

    def _scale_status(self, obj: objects.Object) -> Iterator[fielderrors.FieldError]:
        if self._status_number is not None:
            yield from self._status_number.errors(obj)
        if self._selector:
            try:
                paths.find_text(obj, paths.split(self._selector))
            except paths.PathError as error:
                yield fielderrors.invalid(self._selector, "", str(error))


class Number:
    """A field that holds a number of replicas."""

    def __init__(self, path: str) -> None:
        self._path, self._keys = path, paths.split(path)

    def errors(self, obj: objects.Object) -> Iterator[fielderrors.FieldError]:
        """What is wrong with the number in an object; it may be missing."""
        try:
            number = paths.find_integer(obj, self._keys) or 0
        except paths.PathError as error:
            yield fielderrors.invalid(self._path, 0, str(error))
            return
        if number < 0:
            yield fielderrors.invalid(self._path, number, "should be a non-negative integer")
        elif number > LARGEST:
            yield fielderrors.invalid(self._path, number, f"should be less than or equal to {LARGEST}")


def embedded_metadata(metadata: Mapping[str, Any], path: str) -> Iterator[fielderrors.FieldError]:
    """What is wrong with the metadata of a resource inside of a resource, which needs no name."""
    if not metadata.get("name"):
        metadata = {**metadata, "name": "unnamed"}
    namespaced = bool(metadata.get("namespace"))
    return metavalidation.validate(metadata, namespaced=namespaced, name_rule=names.path_segment_name, path=path)
