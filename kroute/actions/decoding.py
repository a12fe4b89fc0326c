"""From a body to an object of an endpoint's kind: which type it says it is, its fields, what is wrong with it.

Built-in kinds are decoded as Go decodes them into structs: a wrong type is an error, kind and version may be left out.
Custom resources keep what their schema knows: only metadata has types here, the rest is validated before it is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from kroute.actions import media
from kroute.kinds import mounting
from kroute.machinery import codecs, context, errors, fielderrors, gvk, objects
from kroute.schema import coercing, godecoding, gounstructured, structural
from kroute.storage import capabilities

STRICT = "strict decoding error: "
YAML_PREFIXES = ("yaml: unmarshal errors:\n", "error converting YAML to JSON: yaml: unmarshal errors:\n")


class Scheme(Protocol):
    """Knows the built-in kinds, for what is said of a body that is of another kind than expected."""

    def mismatch(self, found: gvk.GroupVersionKind, expected: gvk.GroupVersionKind) -> str | None:
        """Why `found` can't be read as `expected`; None when it could, being another version of the same kind."""
        ...


class NoScheme:
    """Knows no kind at all."""

    def mismatch(self, found: gvk.GroupVersionKind, expected: gvk.GroupVersionKind) -> str | None:
        return f'no kind "{found.kind}" is registered for version "{found.api_version}" in scheme "kroute"'


class Read(NamedTuple):
    """An object, the type that its body said it is, and what strict field validation complains about."""

    obj: objects.Object
    kind: gvk.GroupVersionKind
    strict: Sequence[str]


class Unreadable(ValueError):
    """A document that is no object of the kind; the text says why."""


class ObjectReader:
    """Reads objects of one representation.  `accepts` are further group-versions that bodies may be of."""

    def __init__(
        self,
        representation: mounting.Representation,
        decoder: godecoding.Decoder,
        *,
        scheme: Scheme | None = None,
        accepts: Collection[gvk.GroupVersion] = (),
    ) -> None:
        self.kind = representation.kind
        self._accepts = {self.kind.group_version, *accepts}
        self._scheme = scheme or NoScheme()
        kind = _Typed if representation.typed else _Custom
        self._decode: _Typed | _Custom = kind(representation, decoder, self._mismatch)
        self.typed = representation.typed
        self._unreadable = representation.unreadable

    def read(self, codec: media.Codec, body: bytes, *, strictly: bool) -> Read:
        """The object in a body; `strictly`: complaints are wanted.  Raises BadRequest."""
        try:
            return self._read(codec, body, strictly=strictly)
        except errors.BadRequest as error:
            if not self._unreadable:
                raise
            raise errors.BadRequest(self._unreadable) from error

    def _read(self, codec: media.Codec, body: bytes, *, strictly: bool) -> Read:
        expected = self.kind.kind
        try:
            document = codec.decode(body, self.kind)
        except codecs.NumberError as error:
            found = self._decode.named(codecs.interpret(error.document))
            raise codecs.cannot_handle(found, expected, error) from error
        except codecs.DecodeError as error:
            raise codecs.unrecognized(expected, error, body) from error
        found = self._decode.named(document.kind)
        if not found.kind:
            text = body.decode("utf-8", "replace") if codec.media_type == "application/json" else _shown(document)
            raise codecs.unrecognized(expected, f"Object 'Kind' is missing in '{text}'", body)
        strictness = codec.inspect(document) if strictly else media.Strictness()
        try:
            obj, strict = self._decoded(document.value, found, strictness.duplicates)
        except Unreadable as error:
            raise codecs.cannot_handle(found, expected, error) from error
        return Read(obj, found, [*strictness.texts, *strict])

    def reread(self, value: objects.JSON, *, converted: bool = False) -> Read:
        """The object that a patched one is; `value` is not shared with anybody.  Raises Unreadable.

        `converted`: complain as Go does where it converts maps to structs rather than decoding text."""
        try:
            found = self._decode.named(codecs.interpret(value))
        except codecs.DecodeError as error:
            raise Unreadable(str(error)) from error
        if not found.kind:
            raise Unreadable(f"Object 'Kind' is missing in '{codecs.encode(value).decode()}'")
        try:
            obj, strict = self._decoded(value, found, ())
        except Unreadable as error:
            if not converted:
                raise
            raise self._decode.unconverted(value, error) from error
        return Read(obj, found, sorted(strict) if strict and converted else strict)

    def _decoded(
        self, value: objects.JSON, found: gvk.GroupVersionKind, duplicates: Collection[str]
    ) -> tuple[objects.Object, Sequence[str]]:
        # an empty list of managedFields is no empty field but the wish to begin anew
        reset = isinstance(value, dict) and (_metadata(value).get("managedFields") == [])
        obj, strict = self._decode(value, found, duplicates)
        if reset:
            obj["metadata"]["managedFields"] = []
        return obj, strict

    def check_version(self, found: gvk.GroupVersionKind) -> None:
        """Raise BadRequest for a body of another group or version."""
        if found.group_version not in self._accepts:
            raise errors.BadRequest(
                f"the API version in the data ({found.group_version}) does not match "
                f"the expected API version ({self.kind.group_version})"
            )

    def check_type(self, found: gvk.GroupVersionKind, name: str) -> None:
        """Raise Invalid for a custom resource that says it is something else."""
        if found == self.kind or self.typed:
            return
        problems = []
        if found.kind != self.kind.kind:
            problems.append(fielderrors.invalid("kind", found.kind, f"must be {self.kind.kind}"))
        if found.api_version != self.kind.api_version:
            problems.append(fielderrors.invalid("apiVersion", found.api_version, f"must be {self.kind.api_version}"))
        raise errors.Invalid.of(found.group_kind, name, problems)

    def _mismatch(self, found: gvk.GroupVersionKind) -> None:
        """Raise Unreadable for a typed document of another kind; another version of it is told apart later."""
        if found.kind == self.kind.kind and found.group_version in self._accepts:
            return
        problem = self._scheme.mismatch(found, self.kind)
        if problem:
            raise Unreadable(problem)


class _Typed:
    """Decodes objects of a built-in kind."""

    def __init__(
        self,
        representation: mounting.Representation,
        decoder: godecoding.Decoder,
        mismatch: Callable[[gvk.GroupVersionKind], None],
    ) -> None:
        self._kind, self._decoder, self._mismatch = representation.kind, decoder, mismatch
        self._name = type_name(representation.kind)
        self._defaults = representation.defaults
        if self._name not in decoder.types:
            raise capabilities.InstallError(
                f"{representation.kind.kind} is said to be a built-in kind, but there is no Go type {self._name}"
            )

    def unconverted(self, value: objects.JSON, error: Unreadable) -> Unreadable:
        """What is wrong with a value that isn't decoded but converted; `error` is what decoding says of it."""
        try:
            gounstructured.check(self._decoder.types.get(self._name), value)
        except gounstructured.Unfit as unfit:
            return Unreadable(str(unfit))
        return error

    def named(self, found: gvk.GroupVersionKind) -> gvk.GroupVersionKind:
        """The type with the unsaid parts filled in."""
        if not (found.group or found.version):
            found = found._replace(group=self._kind.group, version=self._kind.version)
        return found if found.kind else found._replace(kind=self._kind.kind)

    def __call__(
        self, value: objects.JSON, found: gvk.GroupVersionKind, duplicates: Collection[str]
    ) -> tuple[objects.Object, Sequence[str]]:
        self._mismatch(found)
        try:
            obj, strict = self._decoder.decode(self._name, {} if value is None else value, duplicates=duplicates)
        except godecoding.DecodeError as error:
            raise Unreadable(str(error)) from error
        objects.metadata(obj)
        obj["kind"], obj["apiVersion"] = self._kind.kind, self._kind.api_version
        if self._defaults is not None:
            self._defaults(obj)
        return obj, strict


class _Custom:
    """Brings custom resources into the form that their schema gives them."""

    def __init__(
        self,
        representation: mounting.Representation,
        decoder: godecoding.Decoder,
        mismatch: Callable[[gvk.GroupVersionKind], None],
    ) -> None:
        self._kind = representation.kind
        self._of_version = {self._kind.version: coercing.Coercer(representation.schema, decoder)}
        for version, schema in representation.others.items():
            self._of_version[version] = coercing.Coercer(schema, decoder)
        self._unknown = coercing.Coercer(structural.Structural(type="object"), decoder)
        self._foreign = coercing.Coercer(structural.Structural(type="object", preserve_unknown=True), decoder)

    def unconverted(self, value: objects.JSON, error: Unreadable) -> Unreadable:
        return error

    def named(self, found: gvk.GroupVersionKind) -> gvk.GroupVersionKind:
        return found

    def __call__(
        self, value: objects.JSON, found: gvk.GroupVersionKind, duplicates: Collection[str]
    ) -> tuple[objects.Object, Sequence[str]]:
        coercer = self._foreign
        if found.group == self._kind.group and found.kind == self._kind.kind:
            # a version that there isn't has a schema that knows no field
            coercer = self._of_version.get(found.version, self._unknown)
        try:
            strict = coercer.coerce(value)
        except godecoding.DecodeError as error:
            raise Unreadable(str(error)) from error
        objects.metadata(value)
        coercer.default(value)
        return value, [f'duplicate field "{path}"' for path in duplicates] + strict


def type_name(kind: gvk.GroupVersionKind) -> str:
    """The Go type of a built-in kind: `apps.v1.Deployment`, `core.v1.Pod`, `rbac.v1.Role`."""
    return f"{kind.group.partition('.')[0] or 'core'}.{kind.version}.{kind.kind}"


def _metadata(value: objects.Object) -> objects.Object:
    found = value.get("metadata")
    return found if isinstance(found, dict) else {}


def _shown(document: media.Document) -> str:
    return codecs.encode(document.value).decode()


def complain(ctx: context.RequestContext, strict: Iterable[str]) -> None:
    """Give complaints of strict field validation as warnings."""
    for text in strict:
        for line in _lines(text):
            ctx.warn(line)


def strict_error(strict: Iterable[str]) -> str:
    """Complaints of strict field validation as one error."""
    return STRICT + ", ".join(strict)


def _lines(text: str) -> Iterator[str]:
    """A complaint in the single warnings that it is made of."""
    for prefix in YAML_PREFIXES:
        if text.startswith(prefix):
            yield from (line.strip() for line in text.removeprefix(prefix).split("\n"))
            return
    yield text
