"""What happens to a custom object before anybody looks at it: types of metadata, unknown fields, nulls, defaults.

It is what decoding into a Go struct is to the built-in kinds.  Mirrors `unstructuredSchemaCoercer` and
`unstructuredDefaulter` of apiextensions-apiserver.
"""

from __future__ import annotations

import functools

from kroute.machinery import objects
from kroute.schema import defaulting, embedded, godecoding, pruning, structural


class Coercer:
    """Prepares objects of one schema, in place.  What that takes is made of the schema when the first object comes."""

    def __init__(self, schema: structural.Structural, decoder: godecoding.Decoder) -> None:
        self.decoder = decoder
        self._schema = schema

    @functools.cached_property
    def pruner(self) -> pruning.Pruner:
        return pruning.Pruner(self._schema)

    @functools.cached_property
    def defaulter(self) -> defaulting.Defaulter:
        return defaulting.Defaulter(self._schema)

    @functools.cached_property
    def embedded(self) -> embedded.Embedded:
        return embedded.Embedded(self._schema, self.decoder)

    def coerce(self, obj: objects.Object) -> list[str]:
        """Bring metadata into its typed form and remove what the schema doesn't know.

        Returns what strict field validation complains of: `unknown field "spec.x"`.  The object is changed.
        Raises DecodeError when metadata or that of an embedded resource has a wrong type.
        """
        strict: list[str] = []
        if "metadata" in obj:
            decoded = self.decoder.decode(embedded.OBJECT_META, {} if obj["metadata"] is None else obj["metadata"])
            obj["metadata"] = decoded.obj
            strict = [f'unknown field "metadata.{path}"' for path in embedded.field_paths(decoded.strict)]
        try:
            strict += pruning.unknown_fields(self.pruner.prune(obj))
            if self.embedded.wanted:
                strict += pruning.unknown_fields(self.embedded.coerce(obj))
        except RecursionError:
            raise godecoding.DecodeError("exceeded max depth") from None
        pruning.whole_numbers(obj)
        return strict

    def default(self, obj: objects.Object) -> None:
        """Fill in the schema's defaults.  The object is changed."""
        self.defaulter.default(obj)
