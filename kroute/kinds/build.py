"""From the record of a resource to what is mounted: a Store, its subresources, and how each looks in each version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import resources
from typing import Any

import orjson

from kroute.aio import clocks
from kroute.cel import rulesets
from kroute.kinds import columns, converting, definition, mounting, rules, strategies
from kroute.machinery import gvk, jsonpath, objects, version
from kroute.patch.managedfields import scaling
from kroute.schema import builtin, compiling, godecoding, structural
from kroute.storage import caches, capabilities, core, encoding, indexing, paths, scale, status, store, strategy

STATUS_RESET: Mapping[str, Any] = {"f:status": {}}
ALL_BUT_STATUS_RESET: Mapping[str, Any] = {"f:metadata": {}, "f:spec": {}}
UNKNOWN_SCALE = (
    'no kind is registered for the type v1.Scale in scheme "k8s.io/apiextensions-apiserver/pkg/apiserver/'
    'customresource_handler.go:781"'
)
"""What kube-apiserver says of any Scale of a custom resource that it can't read."""


class Builder:
    """Builds storage objects over one set of watch caches.

    `decoder` decodes metadata; `rules_of` compiles the validation rules of a schema.
    """

    def __init__(
        self,
        caches: caches.Caches,
        *,
        decoder: godecoding.Decoder,
        rules_of: rules.RulesOf = rulesets.ruleset_of,
        clock: clocks.Clock | None = None,
    ) -> None:
        self._caches, self._decoder, self._rules_of = caches, decoder, rules_of
        self._clock = clock or clocks.SystemClock()
        self._scale_schema: structural.Structural | None = None

    def build(self, declared: Iterable[definition.Resource]) -> list[mounting.GroupVersionStorage]:
        """The storage objects of resources, by group-version; those of one group-version together.

        Raises InstallError for two resources of the same name or kind, and for rules that can't be evaluated."""
        together = list(declared)
        _check_apart(together)
        for resource in together:
            if not resource.typed:
                rules.check(resource.versions, self._rules_of)
        found: dict[gvk.GroupVersion, dict[str, mounting.Mount]] = {}
        for resource in together:
            for each in self.mounts(resource):
                found.setdefault(each.group_version, {}).update(each.mounts)
        return [mounting.GroupVersionStorage(version, mounts) for version, mounts in found.items()]

    def mounts(self, resource: definition.Resource) -> list[mounting.GroupVersionStorage]:
        """The storage objects of one resource, for each version that is served."""
        if resource.translation is not None:
            return list(self._translated(resource, resource.translation))
        parts = self._parts(resource)
        return [
            mounting.GroupVersionStorage(
                gvk.GroupVersion(resource.group, each.name), self._version_mounts(resource, each, parts)
            )
            for each in resource.versions
            if each.served
        ]

    def _translated(
        self, resource: definition.Resource, translation: definition.Translation
    ) -> Iterator[mounting.GroupVersionStorage]:
        """The same where each version has a Store of its own; that of the stored version is there in any case."""
        for each in resource.versions:
            if not (each.served or each.storage):
                continue
            alone = replace(resource, versions=[replace(each, storage=True)])
            parts = self._parts(alone, view=None if each.storage else each.name, translation=translation)
            if each.served:
                yield mounting.GroupVersionStorage(
                    gvk.GroupVersion(resource.group, each.name), self._version_mounts(resource, each, parts)
                )

    def _parts(
        self,
        resource: definition.Resource,
        *,
        view: str | None = None,
        translation: definition.Translation | None = None,
    ) -> Parts:
        """What the versions of a resource share; with a translation, what the only one has.  `view` names its view."""
        kind = resource.gvk(resource.storage_version.name)
        selectable = Selectable(resource)
        layout = encoding.Layout(kind, typed=resource.typed)
        indexer = indexing.Indexer(
            layout,
            fields_of=resource.fields_of or (selectable.fields_of if selectable.names else None),
            upgrades=_upgrades(resource),
            renew=None if resource.typed else _renewal(resource.storage_version.schema),
        )
        of_version = self._rules(resource)
        main, for_status = self._strategies(resource, of_version)
        name = str(resource.group_resource)

        def core_with(chosen: strategy.Strategy) -> core.Core:
            return core.Core(
                cache=shelf,
                resource=resource.group_resource,
                kind=kind,
                namespaced=resource.namespaced,
                strategy=chosen,
                indexer=indexer,
                registry_path=resource.registry_path or f"/registry/{resource.group}/{resource.plural}",
                fields=selectable.names,
                typed=resource.typed,
                bare_errors=resource.bare_errors,
                clock=self._clock,
            )

        if translation is None:
            shelf = self._caches.shelf(name, indexer)
        else:
            version = resource.storage_version.name
            shelf = self._caches.shelf(
                name if view is None else view_name(resource, view),
                indexer,
                log_of=lambda backend: translation.log(version, backend.log(name)),
            )
        main_core = core_with(main)
        return Parts(
            main_core,
            store.Store(
                main_core,
                singular_name=resource.singular,
                short_names=resource.short_names,
                categories=resource.categories,
                table=self._table(resource.storage_version),
            ),
            status.StatusStorage(core_with(for_status)),
            of_version,
        )

    def _rules(self, resource: definition.Resource) -> Mapping[str, rules.VersionRules]:
        """What each version asks of objects; nothing of built-in kinds, whose strategies see to it."""
        return {
            each.name: rules.VersionRules(each, decoder=self._decoder, rules_of=self._rules_of)
            for each in resource.versions
            if not resource.typed
        }

    def _strategies(
        self, resource: definition.Resource, of_version: Mapping[str, rules.VersionRules]
    ) -> tuple[strategy.Strategy, strategy.Strategy]:
        own = resource.strategy
        if resource.typed:
            return own, resource.status_strategy or strategies.StatusOnly(own)
        conversions = {
            each.name: convert
            for each in resource.versions
            if not each.storage and (convert := converting.from_storage(resource, each)) is not None
        }
        versions = strategies.Versions(of_version, conversions, resource.storage_version.name)
        has_status = resource.storage_version.status
        return (
            strategies.Declared(own, versions, status=has_status),
            strategies.DeclaredStatus(own, versions, status=has_status),
        )

    def _version_mounts(
        self, resource: definition.Resource, each: definition.Version, parts: Parts
    ) -> Mapping[str, mounting.Mount]:
        kind, storage_kind = resource.gvk(each.name), parts.core.kind
        same = kind == storage_kind
        to_storage = None if same else converting.to_storage(resource, each)
        from_storage = None if same else converting.from_storage(resource, each)
        if to_storage is not None and each.to_storage is not None and each.name in parts.rules:
            own = parts.rules[each.name]
            to_storage = converting.checked(to_storage, kind, lambda obj: own.errors(obj, None))
        warning = deprecation_warning(resource, each)
        table = self._table(each)

        def representation(subresource: str, reset: Mapping[str, Any]) -> mounting.Representation:
            return mounting.Representation(
                kind=kind,
                storage_kind=storage_kind,
                list_kind=resource.list_kind or f"{resource.kind}List",
                schema=each.schema,
                typed=resource.typed,
                to_storage=to_storage,
                from_storage=from_storage,
                subresource=subresource,
                reset_fields=_reset_fields(resource, kind, reset),
                selectable_fields=tuple(path.removeprefix(".") for path in each.selectable_fields),
                deprecation_warning=warning,
                table=table,
                defaults=each.defaults,
                bare_errors=resource.bare_errors,
                translation=resource.translation,
                others={other.name: other.schema for other in resource.versions if other is not each},
            )

        plural = resource.plural
        reset = each.reset_fields
        if reset is None:
            reset = STATUS_RESET if each.status else {}
        found = {plural: mounting.Mount(parts.store, representation("", reset))}
        if each.status:
            reset = ALL_BUT_STATUS_RESET if each.status_reset_fields is None else each.status_reset_fields
            found[f"{plural}/status"] = mounting.Mount(parts.status, representation("status", reset))
        if each.scale is not None:
            storage = self._scale(resource, each, each.scale, parts, to_storage, from_storage)
            found[f"{plural}/scale"] = mounting.Mount(storage, self._scale_representation(resource, warning))
        return found

    def _table(self, each: definition.Version) -> capabilities.TableConverter:
        return each.table or columns.Columns(each.columns, clock=self._clock)

    def _scale(
        self,
        resource: definition.Resource,
        each: definition.Version,
        numbers: definition.Scale,
        parts: Parts,
        to_storage: definition.Convert | None,
        from_storage: definition.Convert | None,
    ) -> scale.ScaleStorage:
        return scale.ScaleStorage(
            parts.core,
            spec_replicas=numbers.spec_replicas,
            status_replicas=numbers.status_replicas,
            label_selector=numbers.label_selector,
            to_version=from_storage,
            to_storage=to_storage,
            field_map=_field_map(resource, each),
        )

    def _scale_representation(self, resource: definition.Resource, warning: str) -> mounting.Representation:
        if self._scale_schema is None:
            self._scale_schema = scale_schema()
        return mounting.Representation(
            kind=scale.KIND,
            storage_kind=scale.KIND,
            list_kind="ScaleList",
            schema=self._scale_schema,
            typed=True,
            subresource="scale",
            deprecation_warning=warning,
            table=columns.Columns(columns.SCALE, clock=self._clock),
            bare_errors=resource.bare_errors,
            convertible=not resource.custom,
            unreadable=UNKNOWN_SCALE if resource.custom else "",
        )


def view_name(resource: definition.Resource, version: str) -> str:
    """What the watch cache of a version is called that isn't the stored one."""
    return f"{resource.group_resource}@{version}"


class Parts:
    """The storage objects of one resource that its versions share."""

    def __init__(
        self,
        core: core.Core,
        store: store.Store,
        status: status.StatusStorage,
        rules: Mapping[str, rules.VersionRules],
    ) -> None:
        self.core, self.store, self.status, self.rules = core, store, status, rules


class Selectable:
    """The selectable fields of a resource: each version's, looked up in objects of that version."""

    def __init__(self, resource: definition.Resource) -> None:
        self._groups: list[tuple[definition.Convert | None, Sequence[tuple[str, jsonpath.JSONPath]]]] = []
        seen: set[str] = set()
        for each in sorted(resource.versions, key=lambda each: not each.storage):
            new = [path for path in each.selectable_fields if path not in seen]
            if new:
                seen.update(new)
                convert = None if each.storage else converting.from_storage(resource, each)
                self._groups.append((convert, [(path.removeprefix("."), jsonpath.compiled(path)) for path in new]))
        self.names = frozenset(path.removeprefix(".") for path in seen)

    def fields_of(self, obj: objects.Object) -> Mapping[str, str]:
        """The fields of an object in the storage version; what isn't there is ""."""
        found: dict[str, str] = {}
        for convert, wanted in self._groups:
            shown = obj if convert is None else convert(objects.copy(obj))
            for name, path in wanted:
                value = path.first(shown)
                found[name] = "" if value is None else jsonpath.show(value)
        return found


def _check_apart(declared: Sequence[definition.Resource]) -> None:
    """Raises InstallError for two resources of one group with the same plural or kind."""
    taken: set[tuple[str, str, str]] = set()
    for resource in declared:
        for what, name in (("plural", resource.plural), ("kind", resource.kind)):
            if (resource.group, what, name) in taken:
                raise capabilities.InstallError(f"{what} {name} is there twice in {resource.group}")
            taken.add((resource.group, what, name))


def deprecation_warning(resource: definition.Resource, each: definition.Version) -> str:
    """What clients of a version are warned of; "" for one that isn't deprecated."""
    if not each.deprecated:
        return ""
    if each.deprecation_warning:
        return each.deprecation_warning
    newer = version.ordered(
        other.name
        for other in resource.versions
        if other.served and not other.deprecated and version.priority(other.name) < version.priority(each.name)
    )
    text = f"{resource.group}/{each.name} {resource.kind} is deprecated"
    return f"{text}; use {resource.group}/{newer[0]} {resource.kind}" if newer else text


def scale_schema() -> structural.Structural:
    """The schema of autoscaling/v1 Scale."""
    own = orjson.loads(resources.files("kroute.kinds").joinpath("data", "scale.json").read_bytes())
    meta = builtin.Definitions.meta()

    def resolve(name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = own[name] if name in own else meta.schema(name)
        return found

    return compiling.Compiler(resolve).definition("io.k8s.api.autoscaling.v1.Scale")


def _field_map(resource: definition.Resource, each: definition.Version) -> scaling.ScaleFields:
    """What carries managedFields over between the objects of a version and their Scales."""
    places = {
        resource.gvk(other.name).api_version: None if other.scale is None else paths.split(other.scale.spec_replicas)
        for other in resource.versions
    }
    return scaling.ScaleFields(resource.gvk(each.name).api_version, places)


def _reset_fields(
    resource: definition.Resource, kind: gvk.GroupVersionKind, reset: Mapping[str, Any]
) -> Mapping[str, Mapping[str, Any]]:
    own = resource.strategy.reset_fields
    return {**own, kind.api_version: {**own.get(kind.api_version, {}), **reset}} if reset else own


def _upgrades(resource: definition.Resource) -> Mapping[str, indexing.Upgrade]:
    """How objects get into the storage version that were stored when another version was it."""
    kind = resource.gvk(resource.storage_version.name)
    return {
        resource.gvk(each.name).api_version: converting.to_storage(resource, each)
        or converting.converter(None, kind, resource.storage_version.schema)
        for each in resource.versions
        if not each.storage
    }


def _renewal(schema: structural.Structural) -> indexing.Renew | None:
    """What brings stored objects up to a schema that has changed since."""
    completion = converting.Completion(schema)

    def renew(obj: objects.Object) -> bool:
        before = orjson.dumps(obj)
        completion.complete(obj)
        return orjson.dumps(obj) != before

    return renew
