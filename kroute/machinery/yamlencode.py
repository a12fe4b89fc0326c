"""Documents written as YAML, as kube-apiserver does: keys sorted, lists not indented, texts quoted only if need be.

libyaml's emitter does the writing; this module gives it the events.  Mirrors `sigs.k8s.io/yaml`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import cmp_to_key
from typing import Any, Final

import yaml
from yaml.cyaml import CEmitter  # type: ignore[attr-defined]

from kroute.machinery import codecs, goformat, yamlresolve

BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
IMPLICIT: Final = (True, True)
LETTERS = re.compile("[A-Za-z]*")
TIMESTAMP = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([Tt ]\d{1,2}:\d{1,2}:\d{1,2}.*)?", re.ASCII)


def encode(document: Any) -> bytes:
    """A document as YAML, in UTF-8."""
    stream = io.BytesIO()
    emitter = CEmitter(stream, allow_unicode=True, encoding="utf-8")
    for event in (
        yaml.StreamStartEvent(encoding="utf-8"),
        yaml.DocumentStartEvent(explicit=False),
        *events(codecs.mended(document)),
        yaml.DocumentEndEvent(explicit=False),
        yaml.StreamEndEvent(),
    ):
        emitter.emit(event)
    return stream.getvalue()


def events(value: Any) -> Iterator[yaml.Event]:
    """The events of one value."""
    if isinstance(value, dict):
        yield yaml.MappingStartEvent(None, None, implicit=True, flow_style=False)
        for key in ordered(value):
            yield text_event(key)
            yield from events(value[key])
        yield yaml.MappingEndEvent()
    elif isinstance(value, list | tuple):
        yield yaml.SequenceStartEvent(None, None, implicit=True, flow_style=False)
        for item in value:
            yield from events(item)
        yield yaml.SequenceEndEvent()
    else:
        yield text_event(value) if isinstance(value, str) else yaml.ScalarEvent(None, None, IMPLICIT, shown(value))


def shown(value: Any) -> str:
    """A scalar other than a text."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return goformat.number(value) if isinstance(value, float) else str(value)


def text_event(text: str) -> yaml.ScalarEvent:
    """A text: as a block when it has several lines, quoted when it would be taken for something else."""
    style = "|" if "\n" in text else None if stays_text(text) else '"'
    return yaml.ScalarEvent(None, None, IMPLICIT, text, style=style)


def stays_text(text: str) -> bool:
    """Whether an unquoted text is read as a text."""
    if text == "<<" or not isinstance(yamlresolve.plain(text), str):
        return False
    return not (BASE_60.fullmatch(text) or TIMESTAMP.fullmatch(text))


def ordered(value: dict[str, Any]) -> list[str]:
    """The keys as they are sorted: numbers in them by size."""
    if all(map(LETTERS.fullmatch, value)):
        return sorted(value)
    return sorted(value, key=cmp_to_key(compare))


def compare(one: str, other: str) -> int:
    """yaml.v2's order of keys: the first difference counts, digits as whole numbers."""
    digits = False
    for index, (left, right) in enumerate(zip(one, other, strict=False)):
        if left == right:
            digits = left.isdigit()
            continue
        letters = left.isalpha(), right.isalpha()
        if all(letters):
            return -1 if left < right else 1
        if any(letters):
            return -1 if letters[0 if digits else 1] else 1
        return compare_numbers(one, other, index)
    return len(one) - len(other)


def compare_numbers(one: str, other: str, index: int) -> int:
    """Two keys that first differ at `index`, where neither has a letter."""
    lead = ""
    if "0" in (one[index], other[index]):
        before = re.search(r"\d*\Z", one[:index])
        lead = "1" if before and before[0].strip("0") else ""
    left, right = digits_at(one, index), digits_at(other, index)
    sizes = int((lead + left)[:400] or 0), int((lead + right)[:400] or 0)
    if sizes[0] != sizes[1]:
        return -1 if sizes[0] < sizes[1] else 1
    if len(left) != len(right):
        return len(left) - len(right)
    return -1 if one[index] < other[index] else 1


def digits_at(text: str, index: int) -> str:
    """The run of ASCII digits that begins there."""
    found = re.compile("[0-9]*").match(text, index)
    return found[0] if found else ""
