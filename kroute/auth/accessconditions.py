"""Which requests a webhook is asked about: expressions in CEL over the spec of a SubjectAccessReview.

Mirrors `k8s.io/apiserver/pkg/authorization/cel`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from kroute.cel import configuring, declared, programs, values
from kroute.machinery import objects

STRINGS = declared.list_of(declared.STRING)
SPEC_FIELDS = ("namespace", "verb", "group", "version", "resource", "subresource", "name")


class ConditionError(ValueError):
    """An expression can't be used; the text says why."""


class Match(NamedTuple):
    """Whether all conditions hold; `error` is what went wrong where none of them is false."""

    matches: bool
    error: str = ""


class Conditions:
    """Conditions of one webhook.  Raises ConditionError."""

    def __init__(self, expressions: Iterable[str]) -> None:
        environment = programs.Environment({"request": request_type()})
        self._programs = [compiled(environment, each) for each in expressions]

    def match(self, spec: objects.Object) -> Match:
        """Whether the webhook is to be asked about the spec of a review."""
        variables, problems = {"request": shown(spec)}, list[str]()
        for program in self._programs:
            try:
                if program.evaluate(variables) is not True:
                    return Match(False)
            except values.EvaluationError as error:
                problems.append(f"cel evaluation error: expression '{program.source}' resulted in error: {error}")
        if not problems:
            return Match(True)
        return Match(False, problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]")


def compiled(environment: programs.Environment, source: str) -> programs.Program:
    """Raises ConditionError."""
    try:
        return environment.compile(source, wanted=programs.BOOL)
    except programs.WrongType as error:
        raise ConditionError(f"must evaluate to bool but got {error.output}") from error
    except programs.CompileError as error:
        raise ConditionError(f"compilation failed: {error}") from error
    except configuring.Unavailable as error:
        raise ConditionError(str(error)) from error


def request_type() -> declared.Declared:
    """What `request` is."""
    requirement = declared.object_of({"key": declared.STRING, "operator": declared.STRING, "values": STRINGS})
    selector = declared.object_of({"rawSelector": declared.STRING, "requirements": declared.list_of(requirement)})
    resource: dict[str, declared.Declared] = dict.fromkeys(SPEC_FIELDS, declared.STRING)
    resource |= {"fieldSelector": selector, "labelSelector": selector}
    return declared.object_of(
        {
            "resourceAttributes": declared.object_of(resource),
            "nonResourceAttributes": declared.object_of({"path": declared.STRING, "verb": declared.STRING}),
            "user": declared.STRING,
            "groups": STRINGS,
            "extra": declared.map_of(STRINGS),
            "uid": declared.STRING,
        }
    )


def shown(spec: objects.Object) -> objects.Object:
    """A spec as expressions see it: texts that aren't set are empty, so that nobody has to ask whether they are."""
    found: dict[str, Any] = {
        "user": spec.get("user") or "",
        "uid": spec.get("uid") or "",
        "groups": spec.get("groups") or [],
        "extra": spec.get("extra") or {},
    }
    resource, other = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if resource is not None:
        found["resourceAttributes"] = {**dict.fromkeys(SPEC_FIELDS, ""), **resource}
    if other is not None:
        found["nonResourceAttributes"] = {"path": "", "verb": "", **other}
    return found
