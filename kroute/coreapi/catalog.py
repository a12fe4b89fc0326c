"""From rows to resources: each built-in kind with its schema, defaults, columns and strategies.

What a kind is made of lies in tables (`data/`) and registries (`strategies`, `storages`, `stateless`, `validation`);
here it is put together.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import replace

from kroute.coreapi import columns, environment, facts, rows, selecting, semantics
from kroute.coreapi.conversions import registry as conversions
from kroute.coreapi.stateless import cases as stateless_cases
from kroute.coreapi.stateless import registry as stateless
from kroute.coreapi.storages import cases
from kroute.coreapi.storages import registry as storages
from kroute.coreapi.strategies import base
from kroute.coreapi.strategies import registry as strategies
from kroute.coreapi.validation import compiling
from kroute.coreapi.validation import registry as validation
from kroute.kinds import definition, mounting
from kroute.machinery import errors, gvk, objects
from kroute.schema import godecoding, structural
from kroute.storage import store

SCALE = definition.Scale(
    spec_replicas=".spec.replicas", status_replicas=".status.replicas", label_selector=".spec.selector"
)


class Catalog:
    """Makes the resources of one core API."""

    def __init__(self, made_with: environment.Environment) -> None:
        self._environment = made_with
        self._tables = columns.Tables.load()
        self._strategies = strategies.Registry()
        self._storages = storages.all_makers()
        self._stateless = stateless.all_makers()
        self._conversions = conversions.all_conversions()
        self._checks = validation.all_checks(compiling.Compiling())

    def resource(self, row: rows.Row) -> definition.Resource:
        """A resource that has a store; what it is stored as doesn't depend on which versions are served."""
        known = self._environment.facts.of(row.group_resource)
        whole = self._environment.rows.get(row.group_resource) or row
        stored = whole.versions[0]
        made = self._strategies.of(strategies.Case(row, stored, self.checks(row), self._environment))
        return definition.Resource(
            group=row.group,
            kind=row.kind,
            plural=row.plural,
            singular=row.singular,
            namespaced=row.namespaced,
            versions=[self._version(row, version, known, stored) for version in whole.versions],
            short_names=row.short_names,
            categories=row.categories,
            strategy=made.main,
            status_strategy=made.status,
            typed=True,
            fields_of=selecting.fields_of(known.selectable),
            registry_path=f"/registry/{known.registry or row.plural}",
        )

    def _version(self, row: rows.Row, version: str, known: facts.Facts, stored: str) -> definition.Version:
        kind = row.gvk(version)
        has_status = row.subresource("status") is not None
        reset = known.reset if known.reset is not None else ("status",) if has_status else ()
        status_reset = known.status_reset if known.status_reset is not None else known.status_keeps
        return definition.Version(
            name=version,
            schema=self.schema(kind),
            served=version in row.versions,
            storage=version == stored,
            status=has_status,
            scale=SCALE if row.subresource("scale") is not None else None,
            deprecated=bool(known.deprecated),
            deprecation_warning=known.deprecated,
            selectable_fields=selecting.names(known.selectable),
            defaults=self.defaults(kind),
            table=self._tables.converter(kind, clock=self._environment.clock),
            reset_fields=facts.field_set(reset),
            status_reset_fields=facts.field_set(status_reset),
            to_storage=None if version == stored else self.converter(kind, row.gvk(stored), inward=True),
            from_storage=None if version == stored else self.converter(kind, row.gvk(stored), inward=False),
        )

    def converter(
        self, kind: gvk.GroupVersionKind, stored: gvk.GroupVersionKind, *, inward: bool
    ) -> conversions.Convert | None:
        """What converts objects of a kind to the stored one, or back; None where only the names differ."""
        found = self._conversions.get(kind)
        if found is None:
            return None
        convert, result = (found.to_stored, stored) if inward else (found.from_stored, kind)
        name = environment.type_name(result)

        def converted(obj: objects.Object) -> objects.Object:
            try:
                obj = self._environment.decoder.decode(name, convert(obj)).obj
            except godecoding.DecodeError as error:  # annotations that are converted have whatever shape clients like
                raise errors.BadRequest(str(error)) from error
            return {"kind": result.kind, "apiVersion": result.api_version, **obj}

        return converted

    def sharing(self, row: rows.Row, own: store.Store) -> Iterator[mounting.GroupVersionStorage]:
        """A resource whose objects are those of another, in each version."""
        known = self._environment.facts.of(row.group_resource)
        same = store.Store(
            replace(own.core, resource=row.group_resource),
            singular_name=row.singular,
            short_names=row.short_names,
            categories=row.categories,
        )
        for version in row.versions:
            kind = row.gvk(version)
            shown = mounting.Representation(
                kind=kind,
                storage_kind=own.kind,
                list_kind=f"{kind.kind}List",
                schema=self.schema(kind),
                typed=True,
                to_storage=self.converter(kind, own.kind, inward=True),
                from_storage=self.converter(kind, own.kind, inward=False),
                selectable_fields=selecting.names(known.selectable),
                selectable_as=selecting.stored_names(known.selectable),
                table=self._tables.converter(kind, clock=self._environment.clock),
                defaults=self.defaults(kind),
            )
            yield mounting.GroupVersionStorage(kind.group_version, {row.plural: mounting.Mount(same, shown)})

    def schema(self, kind: gvk.GroupVersionKind) -> structural.Structural:
        """The schema of a built-in kind."""
        found = self._environment.definitions.kind(kind)
        return structural.Structural(type="object", preserve_unknown=True) if found is None else found

    def defaults(self, kind: gvk.GroupVersionKind) -> Callable[[objects.Object], None]:
        return functools.partial(self._environment.defaulter.default, kind)

    def checks(self, row: rows.Row) -> semantics.Checks:
        """What the objects of a resource are checked by."""
        return self._checks.get(str(row.group_resource), semantics.Checks())

    def storages(
        self, row: rows.Row, own: store.Store, parent: mounting.Representation
    ) -> Iterator[tuple[str, mounting.Mount]]:
        """What is mounted in place of the resource's Store, or beside its status and scale, by path."""
        known = self._environment.facts.of(row.group_resource)
        form = base.Form(self._environment.empty(own.kind), self._environment.forget(own.kind))
        case = cases.Case(own, parent, self.checks(row), known, self._environment, form)
        for below in ("", *(f"/{part.name}" for part in row.subresources)):
            make = self._storages.get(f"{row.group_resource}{below}")
            if make is not None:
                yield f"{row.plural}{below}", make(case)

    def stateless(self, row: rows.Row) -> Iterator[mounting.GroupVersionStorage]:
        """A resource without a store, in each version; nothing where nobody has written it yet."""
        make = self._stateless.get(str(row.group_resource))
        for version in row.versions if make is not None else ():
            assert make is not None
            kind = row.gvk(version)
            storage = make(stateless_cases.Case(row, version, self._environment))
            mount = mounting.Mount(storage, self.representation(kind, row))
            yield mounting.GroupVersionStorage(kind.group_version, {row.plural: mount})

    def representation(self, kind: gvk.GroupVersionKind, row: rows.Row) -> mounting.Representation:
        """How objects of a built-in kind look that aren't stored."""
        return mounting.Representation(
            kind=kind,
            storage_kind=kind,
            list_kind=f"{kind.kind}List",
            schema=self.schema(kind),
            typed=True,
            defaults=self.defaults(kind),
            managed=bool(row.group),
            deprecation_warning=self._environment.facts.of(row.group_resource).deprecated,
            table=self._tables.converter(kind, clock=self._environment.clock) if row.stored else None,
        )
