"""What is wrong with a value, in kube-apiserver's words and order.

The slow twin of `accepting`: it runs only on objects that were not accepted there.
Mirrors `k8s.io/kube-openapi/pkg/validation/validate`, its way of choosing among alternatives included, and
ratcheting of apiextensions-apiserver: what is unchanged since the old object is not complained about.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from kroute.machinery import fielderrors, goformat
from kroute.schema import correlating, formats, numbers, showing, structural

NOWHERE = "<nil>"
KINDS = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}


class Result:
    """Errors by their text (each is told once), and how much matched: of alternatives, the best match explains most."""

    __slots__ = ("errors", "matched")

    def __init__(self) -> None:
        self.errors: dict[str, fielderrors.FieldError] = {}
        self.matched = 0

    def add(self, text: str, error: fielderrors.FieldError) -> None:
        self.errors.setdefault(text, error)

    def merge(self, other: Result) -> None:
        for text, error in other.errors.items():
            self.errors.setdefault(text, error)
        self.matched += other.matched


def explain(
    node: structural.Structural, value: Any, *, link: correlating.Link | None = None, prefix: str = ""
) -> list[fielderrors.FieldError]:
    """Everything that is wrong with a value.  `link` ties it to the old one; `prefix` stands before paths of causes."""
    return list(Explainer(prefix).check(node, value, "", link).errors.values())


def valid(node: structural.Structural, value: Any) -> bool:
    return not Explainer("").check(node, value, "", None).errors


class Explainer:
    """One validation.  Paths are those of messages; causes' paths have the prefix before them."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def place(self, path: str) -> str:
        """The path of a cause."""
        path = path.removeprefix(".")
        if not path:
            return self.prefix or NOWHERE
        return f"{self.prefix}.{path}" if self.prefix else path

    def wrong(self, result: Result, path: str, value: Any, rule: str) -> None:
        """An invalid value: `PATH in body RULE`."""
        text = f"{path} in body {rule}"
        result.add(text, fielderrors.invalid(self.place(path), value, text))

    def general(self, result: Result, text: str) -> None:
        """An error that names its place in its text only."""
        result.add(text, fielderrors.invalid(self.prefix or NOWHERE, "", text))

    def wrong_type(self, result: Result, path: str, wanted: str, found: str) -> None:
        text = f"{path} in body must be of type {wanted}: {goformat.quote(found)}"
        result.add(text, fielderrors.type_invalid(self.place(path), found, text))

    def check(self, node: structural.Structural, value: Any, path: str, link: correlating.Link | None) -> Result:
        """Validate; what is wrong with an unchanged value is forgiven."""
        result = self.run(node, value, path, link)
        if result.errors and link is not None and link.unchanged():
            result.errors.clear()
        return result

    def run(self, node: structural.Structural, value: Any, path: str, link: correlating.Link | None) -> Result:
        result = Result()
        if value is None:
            if type_names(node) and not node.nullable:
                self.wrong_type(result, path, type_names(node), "null")
            else:
                result.matched += 1
            self.check_enum(node, value, path, result)
            return result
        if type_names(node) or node.format:
            result.matched += 1 + self.check_type(node, value, path, result)
        result.merge(self.combinations(node, value, path, link))
        result.matched += 1
        if type(value) is str:
            self.check_string(node, value, path, result)
            result.matched += 1
            if node.format and formats.check_of(node.format):
                self.check_format(node, value, path, result)
                result.matched += 1
        elif type(value) is int or type(value) is float:
            self.check_number(node, value, path, result)
            result.matched += 2
        elif type(value) is list:
            self.check_list(node, value, path, link, result)
            result.matched += 2
        self.check_enum(node, value, path, result)
        result.matched += 1
        if type(value) is dict:
            self.check_object(node, value, path, link, result)
            result.matched += 1
        result.matched += 1
        return result

    def check_type(self, node: structural.Structural, value: Any, path: str, result: Result) -> int:
        """1 when the type is right."""
        wanted = type_names(node)
        found = kind_of(value)
        numeric = "integer" in wanted or "number" in wanted
        fits = found in wanted.split(",") or (found == "integer" and "number" in wanted)
        fits = fits or (found == "number" and "integer" in wanted and numbers.is_whole(value))
        if node.format:
            if type(value) is not str and type(value) is not list:
                if not fits:
                    self.wrong_type(result, path, node.format, {"integer": "int64", "number": "float64"}.get(found, ""))
                    return 0
            elif not numeric:
                return 1  # a format makes any text or list good enough here
        if not fits:
            self.wrong_type(result, path, wanted, found)
            return 0
        return 1

    def check_string(self, node: structural.Structural, value: str, path: str, result: Result) -> None:
        if node.max_length is not None and len(value) > node.max_length:
            text = f"{path} in body should be at most {node.max_length} chars long"
            result.add(text, fielderrors.too_long(self.place(path), node.max_length))
        elif node.min_length is not None and len(value) < node.min_length:
            self.wrong(result, path, value, f"should be at least {node.min_length} chars long")
        elif node.pattern is not None and not node.pattern.search(value):
            self.wrong(result, path, value, f"should match '{node.pattern.pattern}'")

    def check_format(self, node: structural.Structural, value: str, path: str, result: Result) -> None:
        check = formats.check_of(node.format)
        if check is not None and not check(value):
            self.wrong_type(result, path, node.format, value)

    def check_number(self, node: structural.Structural, value: float, path: str, result: Result) -> None:
        wanted = "" if node.int_or_string else node.type
        shape = f"{wanted} with format {node.format}" if node.format else f"{wanted} (default format)"
        for name in numbers.outside(node, wanted, value):
            self.general(result, f"{name} value must be of type {shape} in {path}")
        for rule in numbers.broken_rules(node, wanted, value, path):
            text = rule if rule.startswith("factor") else f"{path} in body {rule}"
            result.add(text, fielderrors.invalid(self.place(path), value, text))

    def check_enum(self, node: structural.Structural, value: Any, path: str, result: Result) -> None:
        if not node.enum or any(same_choice(value, choice) for choice in node.enum):
            return
        listed = ", ".join(goformat.quote(shown_choice(choice)) for choice in node.enum)
        shown = showing.sorted_keys(value)
        error = fielderrors.FieldError(
            fielderrors.NOT_SUPPORTED, self.place(path), shown, f"supported values: {listed}"
        )
        result.add(f"{path} in body should be one of [{listed}]", error)

    def check_list(
        self,
        node: structural.Structural,
        value: list[Any],
        path: str,
        link: correlating.Link | None,
        result: Result,
    ) -> None:
        if node.items is not None:
            for index, item in enumerate(value):
                below = link.item(index) if link is not None else None
                result.merge(self.check(node.items, item, f"{path}[{index}]", below))
        if node.min_items is not None and len(value) < node.min_items:
            self.wrong(result, path, len(value), f"should have at least {node.min_items} items")
        if node.max_items is not None and len(value) > node.max_items:
            text = f"{path} in body should have at most {node.max_items} items"
            result.add(text, fielderrors.too_many(self.place(path), len(value), node.max_items))
        if node.unique_items and not all_different(value):
            self.wrong(result, path, "", "shouldn't contain duplicates")

    def check_object(
        self,
        node: structural.Structural,
        value: dict[str, Any],
        path: str,
        link: correlating.Link | None,
        result: Result,
    ) -> None:
        if node.min_properties is not None and len(value) < node.min_properties:
            self.wrong(result, path, len(value), f"should have at least {node.min_properties} properties")
        if node.max_properties is not None and len(value) > node.max_properties:
            text = f"{path} in body should have at most {node.max_properties} properties"
            result.add(text, fielderrors.too_many(self.place(path), len(value), node.max_properties))
        if node.additional is not None:
            for key, item in value.items():
                if key not in node.properties:
                    result.merge(self.check(node.additional, item, f"{path}.{key}", self.below(link, key, path)))
        for name, child in node.properties.items():
            if name in value:
                place = f"{path}.{name}" if path else name
                result.merge(self.check(child, value[name], place, self.below(link, name, path)))
        for name in node.required:
            if name not in value:
                text = f"{path}.{name} in body is required"
                result.add(text, fielderrors.required(self.place(f"{path}.{name}")))

    def below(self, link: correlating.Link | None, name: str, path: str) -> correlating.Link | None:
        """The link for a field; an object's type is always checked."""
        if link is None or (path == "" and name in ("kind", "apiVersion")):
            return None
        return link.field(name)

    def combinations(self, node: structural.Structural, value: Any, path: str, link: correlating.Link | None) -> Result:
        """anyOf, oneOf, allOf and not."""
        result = Result()

        def run(child: structural.Structural) -> Result:
            return self.run(child, value, path, link)

        if node.any_of:
            self.check_any(node.any_of, run, path, result)
        if node.one_of:
            self.check_one(node.one_of, run, path, result)
        if node.all_of:
            found = [run(child) for child in node.all_of]
            for each in found:
                result.merge(each)
            right = sum(not each.errors for each in found)
            if right < len(found):
                none = "" if right else ". None validated"
                self.general(result, f"{goformat.quote(path)} must validate all the schemas (allOf){none}")
        if node.negated is not None and not run(node.negated).errors:
            self.general(result, f"{goformat.quote(path)} must not validate the schema (not)")
        result.matched += 1
        return result

    def check_any(
        self,
        choices: tuple[structural.Structural, ...],
        run: Callable[[structural.Structural], Result],
        path: str,
        result: Result,
    ) -> None:
        best: Result | None = None
        for choice in choices:
            found = run(choice)
            if not found.errors:
                result.merge(found)
                return
            if best is None or found.matched > best.matched:
                best = found
        self.general(result, f"{goformat.quote(path)} must validate at least one schema (anyOf)")
        if best is not None:
            result.merge(best)

    def check_one(
        self,
        choices: tuple[structural.Structural, ...],
        run: Callable[[structural.Structural], Result],
        path: str,
        result: Result,
    ) -> None:
        found = [run(choice) for choice in choices]
        right = [each for each in found if not each.errors]
        if len(right) == 1:
            result.merge(right[0])
            return
        how = f"Found {len(right)} valid alternatives" if right else "Found none valid"
        self.general(result, f"{goformat.quote(path)} must validate one and only one schema (oneOf). {how}")
        if not right:
            result.merge(max(found, key=lambda each: each.matched))


def type_names(node: structural.Structural) -> str:
    """The types that a schema wants, as messages list them; "" when any will do."""
    return "integer,string" if node.int_or_string else node.type


def kind_of(value: Any) -> str:
    """The JSON type of a value; integers that don't fit 64 bits are numbers."""
    if type(value) is int and not -(2**63) <= value < 2**63:
        return "number"
    return KINDS[type(value)]


def same_choice(value: Any, choice: Any) -> bool:
    if isinstance(value, bool) != isinstance(choice, bool) or value is None:
        return False
    if isinstance(value, int | float) and isinstance(choice, int | float):
        return not math.isnan(value) and value == choice
    return correlating.same(value, choice)


def shown_choice(choice: Any) -> str:
    return choice if isinstance(choice, str) else goformat.compact_json(choice)


def all_different(value: list[Any]) -> bool:
    return not any(correlating.same(value[i], value[j]) for i in range(len(value)) for j in range(i))
