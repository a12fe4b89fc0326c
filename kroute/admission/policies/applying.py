"""What a mutating policy makes of an object: one mutation after the other, each a patch that an expression gives.

Mirrors `plugin/policy/mutating` and its `patch` of `k8s.io/apiserver/pkg/admission`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kroute.admission import forms, patchfailures
from kroute.admission.expressions import inputs
from kroute.admission.policies import evaluating, variables
from kroute.cel import values, writing
from kroute.machinery import errors, objects
from kroute.patch import json_patch
from kroute.patch.managedfields import elements, extracting, merging, shapes

APPLY, PATCH = "ApplyConfiguration", "JSONPatch"
OUTPUTS = {APPLY: "Object", PATCH: "list(JSONPatch)"}


class MutationFailed(Exception):
    """A mutation can't be made; the text says why."""


class Mutation(NamedTuple):
    kind: str
    expression: evaluating.Expression


class Work(NamedTuple):
    """What a mutating policy does.  `reinvocable`: again where others have changed the object after it."""

    mutations: Sequence[Mutation]
    reinvocable: bool


def work_of(spec: objects.Object, compiler: variables.Compiler) -> Work:
    """The mutations of a policy."""
    mutations = []
    for each in spec.get("mutations") or ():
        kind = each.get("patchType") or ""
        given = each.get("applyConfiguration" if kind == APPLY else "jsonPatch") or {}
        mutations.append(Mutation(kind, evaluating.compiled(given.get("expression") or "", compiler)))
    return Work(mutations, spec.get("reinvocationPolicy") == "IfNeeded")


async def mutate(
    mutation: Mutation, form: forms.Form, about: inputs.Input, obj: objects.Object, given: Mapping[str, Any]
) -> objects.Object:
    """The object after a mutation; `obj` is in the form's version and isn't changed.

    Raises MutationFailed, and InternalError for a result that is no object of the kind."""
    try:
        value = await about.run(lambda: mutation.expression.evaluate(given))
    except values.EvaluationError as error:
        raise MutationFailed(evaluating.failed(mutation.expression, error)) from error
    if mutation.kind == APPLY:
        made = applied(form, obj, value)
    else:
        made = patched(obj, value)
        if made is obj:
            return obj
    try:
        return form.read(objects.copy(made), mutation.kind == PATCH)
    except forms.Unreadable as error:
        raise errors.InternalError.of(str(error)) from error


def applied(form: forms.Form, obj: objects.Object, value: Any) -> objects.Object:
    """The object with what an expression says of it laid over it.  Raises MutationFailed."""
    if not isinstance(value, dict):
        raise MutationFailed(f"unsupported return type from ApplyConfiguration expression: {values.name_of(value)}")
    for mismatch in writing.mismatches(value):
        raise MutationFailed(f"type mismatch: {mismatch}")
    patch = {**plain(value), "kind": obj.get("kind"), "apiVersion": obj.get("apiVersion")}
    shape = form.shape()
    try:
        extracting.validated(shape, patch)
    except extracting.InvalidObject as error:
        why = f"failed to convert patch object to typed object: {error}"
        raise MutationFailed(f"error applying patch: {why}") from error
    atomic = ", ".join(atomics(shape, patch))
    if atomic:
        why = f"may not mutate atomic arrays, maps or structs: {atomic}"
        raise MutationFailed(f"error applying patch: invalid ApplyConfiguration: {why}")
    try:
        made: objects.Object = merging.merge(shape, obj, patch)
    except elements.ElementError as error:
        raise MutationFailed(f"error applying patch: failed to merge patch: {error}") from error
    return made


def atomics(shape: shapes.Shape, value: Any, path: str = "") -> Iterator[str]:
    """Where a value has maps and lists that have one owner as a whole."""
    if type(value) is dict and shape.is_map:
        if shape.map_atomic:
            yield path
        for key, below in value.items():
            if (inner := shape.field(key)) is not None:
                yield from atomics(inner, below, f"{path}.{key}")
    elif type(value) is list and shape.is_list:
        if shape.list_atomic:
            yield path
        for index, below in enumerate(value):
            yield from atomics(shape.item(), below, f"{path}[{index}]")


def patched(obj: objects.Object, value: Any) -> objects.Object:
    """The object after a JSON patch, or the same where a test of the patch fails.  Raises MutationFailed."""
    if not isinstance(value, list):
        raise MutationFailed("type mismatch: JSONPatchType.expression should evaluate to array")
    operations = []
    for each in value:
        for mismatch in writing.mismatches(each.get("value")):
            raise MutationFailed(f"type mismatch: {mismatch}")
        operations.append(plain(each))
    parsed = json_patch.parse(operations, ignore_unknown=True).operations
    try:
        made: objects.Object = patchfailures.apply(obj, parsed)
    except patchfailures.PatchFailed as error:
        if error.tested:
            return obj
        raise MutationFailed(f"JSON Patch: {error}") from error
    return made


def plain(value: Any) -> Any:
    """A value of an expression as JSON has it."""
    if isinstance(value, dict):
        return {key: plain(below) for key, below in value.items()}
    if isinstance(value, list | tuple):
        return [plain(below) for below in value]
    return int(value) if isinstance(value, values.Uint) else value
