"""Whether the defaults in a schema fit the schema themselves.

Mirrors `pkg/apiserver/schema/defaulting/validation.go` of `k8s.io/apiextensions-apiserver`."""

from __future__ import annotations

from collections.abc import Iterator

from kroute.cel import rulesets
from kroute.machinery import fielderrors, objects
from kroute.schema import accepting, explaining, pruning, structural

UNKNOWN = "must not have unknown fields"


def below(node: structural.Structural, path: str) -> Iterator[fielderrors.FieldError]:
    """What is wrong with the defaults of a schema."""
    if node.default is not structural.UNSET and node.default is not None:
        found = list(fitting(node, f"{path}.default"))
        yield from found
        if not found or found[-1].detail == UNKNOWN:
            yield from ruled(node, f"{path}.default")
    if node.items is not None:
        yield from below(node.items, f"{path}.items")
    for name, field in node.properties.items():
        yield from below(field, f"{path}.properties[{name}]")


def ruled(node: structural.Structural, path: str) -> Iterator[fielderrors.FieldError]:
    """What the rules of a schema say of its default."""
    rules = rulesets.ruleset_of(node, root=node.embedded_resource)
    if rules is not None:
        yield from rules.evaluate_default(node.default, path)


def fitting(node: structural.Structural, path: str) -> Iterator[fielderrors.FieldError]:
    kept = {"default": objects.copy(node.default)}
    if pruning.Pruner(structural.Structural(type="object", properties={"default": node})).prune(kept):
        yield fielderrors.invalid(path, node.default, UNKNOWN)
    if not accepting.Acceptor(node).accepts(node.default):
        yield from explaining.explain(node, node.default, prefix=path)
