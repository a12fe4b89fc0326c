"""YAML bodies, read into what JSON can hold.

libyaml parses; this module builds the document from its events, without recursion, as Go's yaml.v2 and sigs.k8s.io/yaml
do: keys become texts, aliases are copied, merge keys are merged, only the first document of a stream counts.
Bodies that are JSON take the fast way.  Limits keep a small body from becoming a large document.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any, Final

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]

from kroute.machinery import codecs, goformat, strictjson, yamlresolve

YAMLError = yamlresolve.YAMLError
Scalar = yamlresolve.Scalar

NODES_LIMIT: Final = 400_000
ALIASED_LIMIT: Final = 100_000
EXCESSIVE: Final = "yaml: document contains excessive aliasing"
MERGE_TEXT: Final = "yaml: map merge requires map or sequence of maps as the value"
# libyaml since 0.2.6 has a limit of its own, which its scanner may meet before an event is out
LIBYAML_TOO_DEEP: Final = "exceeded maximum nesting depth"
FRACTION = re.compile(rb"[0-9][.eE][0-9+-]")
LONE = re.compile("[\ud800-\udfff]")


class Merge:
    """Stands for the key `<<`."""


MERGE: Final = Merge()
ABSENT: Final = object()


def decode(data: bytes) -> Any:
    """The first document of a body as JSON would have it; None when there is none.  Raises YAMLError."""
    quick = decode_json(data)
    return Builder(bytes(data)).build() if quick is ABSENT else quick


def decode_json(data: bytes) -> Any:
    """The document of a body that is a JSON object, else ABSENT."""
    if data[:1] != b"{" and data.lstrip()[:1] != b"{":
        return ABSENT
    try:
        document = codecs.decode(data)
    except codecs.DecodeError:
        return ABSENT
    return integral(document) if FRACTION.search(data) else document


def duplicates(data: bytes) -> list[str]:
    """Keys that stand twice in a map: `line 7: key "k" already set in map`, as strict decoding reports them.

    Raises YAMLError as `decode` does.
    """
    quick = decode_json(data)
    if quick is not ABSENT and not strictjson.has_duplicates(data, quick):
        return []
    builder = Builder(bytes(data), strict=True)
    try:
        builder.build()
    except YAMLError:
        if quick is ABSENT:
            raise  # else it is JSON that isn't YAML, such as a pair of surrogates, and was decoded nevertheless
    return builder.repeated


def strict_error(repeated: list[str]) -> str:
    """The one error that strict decoding makes of them."""
    return "\n  ".join(["yaml: unmarshal errors:", *repeated])


def integral(value: Any) -> Any:
    """Floats without a fraction become integers, as they do on their way through YAML."""
    if type(value) is float:
        return jsonable(value)
    if type(value) is dict:
        return {key: integral(item) for key, item in value.items()}
    return [integral(item) for item in value] if type(value) is list else value


def jsonable(value: Any) -> Any:
    """A value as JSON has it; maps and lists are so already.  Raises YAMLError for what JSON has not."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise YAMLError(f"json: unsupported value: {goformat.number(value)}")
        return int(value) if value.is_integer() and abs(value) < 2**63 else value
    return LONE.sub("\ufffd", value) if isinstance(value, str) and not value.isascii() else value


@dataclass(slots=True)
class Level:
    """A map or list that is open; `key` is the key whose value comes next, once it was read."""

    value: Any
    anchor: str | None
    line: int
    keyed: bool = False
    key: Any = None
    seen: set[tuple[type, Scalar]] = field(default_factory=set)


class Builder:
    """Builds one document from events."""

    def __init__(self, data: bytes, *, strict: bool = False) -> None:
        self.data = data
        self.strict = strict
        self.repeated: list[str] = []
        self.levels: list[Level] = []
        self.anchors: dict[str, Any] = {}
        self.open_anchors: dict[str, int] = {}
        self.nodes = self.aliased = 0
        self.document: Any = None

    def build(self) -> Any:
        try:
            self.read(CParser(self.data))
        except yaml.YAMLError as error:
            raise YAMLError(f"yaml: {explained(error)}") from None
        except UnicodeError:  # an escape that makes half of a surrogate pair
            raise YAMLError("yaml: found invalid Unicode character escape code") from None
        return self.document

    def read(self, parser: Any) -> None:
        """Take events until the first document ends."""
        while True:
            event = parser.get_event()
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self.scalar(event)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self.open({} if kind is yaml.MappingStartEvent else [], event)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self.close()
            elif kind is yaml.AliasEvent:
                self.alias(event)
            elif kind is yaml.DocumentEndEvent or kind is yaml.StreamEndEvent or event is None:
                return

    def count(self) -> None:
        self.nodes += 1
        if self.nodes > NODES_LIMIT:
            raise YAMLError(f"yaml: document has more than {NODES_LIMIT} nodes")

    def scalar(self, event: Any) -> None:
        self.count()
        text, tag, plain = event.value, event.tag or "", event.implicit[0]
        level = self.levels[-1] if self.levels else None
        keyless = level is not None and type(level.value) is dict and not level.keyed
        if level is not None and keyless and text == "<<" and (plain or tag == yamlresolve.MERGE):
            level.keyed, level.key = True, MERGE
            return
        value: Scalar = text
        if tag:
            value = yamlresolve.resolve(tag, text)
        elif plain:
            value = yamlresolve.plain(text)
        if event.anchor is not None:
            self.anchors[event.anchor] = value
        self.put(value, event.start_mark.line)

    def open(self, container: Any, event: Any) -> None:
        self.count()
        if len(self.levels) >= codecs.MAX_DEPTH:
            raise YAMLError(f"yaml: {too_deep(event.start_mark.line)}")
        if self.levels and type(self.levels[-1].value) is dict and not self.levels[-1].keyed:
            raise YAMLError(f"yaml: invalid map key: {'map' if type(container) is dict else 'sequence'}")
        if event.anchor is not None:
            self.anchors.pop(event.anchor, None)
            self.open_anchors[event.anchor] = len(self.levels)
        self.levels.append(Level(container, event.anchor, event.start_mark.line))

    def close(self) -> None:
        level = self.levels.pop()
        if level.anchor is not None:
            self.anchors[level.anchor] = level.value
            self.open_anchors.pop(level.anchor, None)
        self.put(level.value, level.line)

    def alias(self, event: Any) -> None:
        name = event.anchor
        if name in self.open_anchors:
            raise YAMLError(f"yaml: anchor '{name}' value contains itself")
        if name not in self.anchors:
            raise YAMLError(f"yaml: unknown anchor '{name}' referenced")
        self.put(self.copied(self.anchors[name], len(self.levels)), event.start_mark.line)

    def copied(self, value: Any, depth: int) -> Any:
        """The value of an alias, each time anew; counted, for many aliases of aliases make a bomb."""
        self.count()
        self.aliased += 1
        if self.aliased > 100 and self.nodes > 1000 and self.aliased / self.nodes > 0.99:
            raise YAMLError(EXCESSIVE)
        if self.aliased > ALIASED_LIMIT or depth > codecs.MAX_DEPTH:
            raise YAMLError(EXCESSIVE)
        if type(value) is dict:
            return {key: self.copied(item, depth + 1) for key, item in value.items()}
        return [self.copied(item, depth + 1) for item in value] if type(value) is list else value

    def put(self, value: Any, line: int) -> None:
        """Give a finished value its place: in the list, as key or value of the map, or as the document."""
        if not self.levels:
            self.document = jsonable(value)
            return
        level = self.levels[-1]
        if type(level.value) is list:
            level.value.append(jsonable(value))
        elif not level.keyed:
            if isinstance(value, dict | list):
                raise YAMLError(f"yaml: invalid map key: {goformat.compact_json(value)}")
            level.keyed, level.key = True, value
        else:
            self.member(level, value, line)

    def member(self, level: Level, value: Any, line: int) -> None:
        key, level.keyed = level.key, False
        if key is MERGE:
            self.merge(level, value, line)
            return
        name = key if type(key) is str else key_text(key)
        if self.strict:
            self.note(level, key, line)
        level.value[jsonable(name)] = jsonable(value)

    def note(self, level: Level, key: Scalar, line: int) -> None:
        """Remember a key, or that it was there before; the line is that of its value."""
        typed = (type(key), key)
        if typed in level.seen:
            shown = goformat.quote(key) if isinstance(key, str) else key_text(key)
            self.repeated.append(f"line {line + 1}: key {shown} already set in map")
        level.seen.add(typed)

    def merge(self, level: Level, value: Any, line: int) -> None:
        """Take in the members of a map, or of several, the first of which counts most."""
        for source in reversed(value) if isinstance(value, list) else [value]:
            if not isinstance(source, dict):
                raise YAMLError(MERGE_TEXT)
            for key in source if self.strict else ():
                self.note(level, key, line)
            level.value.update(source)


def key_text(key: Any) -> str:
    """A key that is no text, as one.  Raises YAMLError for null."""
    if isinstance(key, bool):
        return "true" if key else "false"
    if isinstance(key, int):
        return str(key)
    if key is None:
        raise YAMLError("unsupported map key of type: %!s(<nil>), key: <nil>, value: <nil>")
    if math.isnan(key):
        return ".nan"
    if math.isinf(key):
        return ".inf" if key > 0 else "-.inf"
    return goformat.number(key)


def too_deep(line: int) -> str:
    return f"line {line + 1}: exceeded max depth of {codecs.MAX_DEPTH}"


def explained(error: yaml.YAMLError) -> str:
    """What libyaml says, with the line as Go's port of it counts."""
    problem = (
        getattr(error, "problem", None) or getattr(error, "reason", None) or "unknown problem parsing YAML content"
    )
    mark, context = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    if problem == LIBYAML_TOO_DEEP:
        return too_deep(mark.line if mark is not None else 0)
    line = 0
    if mark is not None and mark.line:
        line = mark.line + isinstance(error, yaml.scanner.ScannerError)
    elif context is not None:
        line = context.line
    return f"line {line}: {problem}" if line else str(problem)
