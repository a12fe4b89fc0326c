"""What definitions are refused for, and where messages say that it is."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.extensions import validation

Version = dict[str, Any]


def version(name: str = "v1", schema: Any = None, **more: Any) -> Version:
    root = {"type": "object"} if schema is None else schema
    return {"name": name, "served": True, "storage": name == "v1", "schema": {"openAPIV3Schema": root}, **more}


def crd(*versions: Version, **spec: Any) -> dict[str, Any]:
    names = {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"}
    return {
        "metadata": {"name": "widgets.example.org"},
        "spec": {
            "group": "example.org",
            "scope": "Namespaced",
            "names": names,
            "versions": list(versions) or [version()],
            "conversion": {"strategy": "None"},
            **spec,
        },
        "status": {"storedVersions": ["v1"], "acceptedNames": {"plural": "", "kind": ""}},
    }


def holding(schema: Any) -> Version:
    return version(schema={"type": "object", "properties": {"f": schema}})


def fields(found: dict[str, Any], old: dict[str, Any] | None = None) -> list[str]:
    return [error.path for error in validation.errors_of(found, old)]


def test_a_plain_definition_is_in_order() -> None:
    assert fields(crd()) == []


def test_what_all_versions_share_is_named_once() -> None:
    column = [{"name": "A", "type": "text", "jsonPath": ".a"}]

    alike = crd(version(additionalPrinterColumns=column), version("v2", additionalPrinterColumns=column))
    apart = crd(version(additionalPrinterColumns=column), version("v2"))

    assert fields(alike) == ["spec.additionalPrinterColumns[0].type"]
    assert fields(apart) == ["spec.versions[0].additionalPrinterColumns[0].type"]


@pytest.mark.parametrize(
    "schema, path",
    [
        ({}, "type"),
        ({"type": "array"}, "items"),
        ({"type": "string", "anyOf": [{"type": "string"}]}, "anyOf[0].type"),
        ({"type": "string", "pattern": "a("}, "pattern"),
        ({"type": "integer", "default": "x"}, "default"),
        ({"type": "object", "default": {"x": 1}}, "default"),
        ({"type": "string", "x-kubernetes-list-type": "set"}, "type"),
        ({"type": "array", "items": {"type": "string"}, "uniqueItems": True}, "uniqueItems"),
        ({"type": "string", "x-kubernetes-validations": [{"rule": "self"}]}, "x-kubernetes-validations[0].rule"),
    ],
)
def test_a_schema_that_can_not_be_served_is_refused(schema: dict[str, Any], path: str) -> None:
    assert fields(crd(holding(schema))) == [f"spec.validation.openAPIV3Schema.properties[f].{path}"]


def test_the_two_ways_to_write_int_or_string_are_structural() -> None:
    either = [{"type": "integer"}, {"type": "string"}]

    assert fields(crd(holding({"x-kubernetes-int-or-string": True, "anyOf": either}))) == []
    assert fields(crd(holding({"x-kubernetes-int-or-string": True, "allOf": [{"anyOf": either}]}))) == []


def test_a_version_that_objects_may_be_stored_in_has_to_stay() -> None:
    found = crd(version("v2", storage=True))
    found["status"]["storedVersions"] = ["v1", "v2"]

    assert fields(found, crd()) == ["status.storedVersions[0]"]


def test_scope_and_kind_are_fixed_once_established() -> None:
    old = crd()
    changed = crd(scope="Cluster")

    assert fields(changed, old) == []
    old["status"]["conditions"] = [{"type": "Established", "status": "True"}]
    assert fields(changed, old) == ["spec.scope"]


def test_groups_of_the_community_need_an_approval() -> None:
    found = crd(group="x.k8s.io")
    found["metadata"]["name"] = "widgets.x.k8s.io"

    assert fields(found) == ["metadata.annotations[api-approved.kubernetes.io]"]
    found["metadata"]["annotations"] = {"api-approved.kubernetes.io": "https://example.org/pull/1"}
    assert fields(found) == []


@pytest.mark.parametrize(
    "config, reviews, wrong",
    [
        ({"url": "https://example.org"}, ["v1"], []),
        ({"url": "https://example.org", "caBundle": "bm9uZQ=="}, ["v2", "v1beta1"], []),
        ({"url": "http://example.org"}, ["v1"], ["spec.conversion.webhookClientConfig.url"]),
        ({"service": {"name": "a", "namespace": "b", "port": 0}}, ["v1"],
         ["spec.conversion.webhookClientConfig.service.port"]),
        ({}, ["v1"], ["spec.conversion.webhookClientConfig"]),
        ({"url": "https://example.org"}, [], ["spec.conversion.conversionReviewVersions"]),
        ({"url": "https://example.org"}, ["v2"], ["spec.conversion.conversionReviewVersions"]),
        ({"url": "https://example.org"}, ["v1", "v1", "B"],
         ["spec.conversion.conversionReviewVersions[1]", "spec.conversion.conversionReviewVersions[2]"]),
    ],
)  # fmt: skip
def test_a_webhook_must_be_one_that_can_be_asked(config: dict[str, Any], reviews: list[str], wrong: list[str]) -> None:
    webhook = {"clientConfig": config, "conversionReviewVersions": reviews}

    assert fields(crd(conversion={"strategy": "Webhook", "webhook": webhook})) == wrong


def test_authorities_that_are_none_are_refused_once_the_definition_is_established() -> None:
    def with_bundle(bundle: str) -> dict[str, Any]:
        webhook = {
            "clientConfig": {"url": "https://example.org", "caBundle": bundle},
            "conversionReviewVersions": ["v1"],
        }
        return crd(conversion={"strategy": "Webhook", "webhook": webhook})

    old, new = with_bundle(""), with_bundle("bm9uZQ==")
    assert fields(new, old) == []
    old["status"]["conditions"] = [{"type": "Established", "status": "True"}]
    assert fields(new, old) == ["spec.conversion.webhookClientConfig.caBundle"]
    new["status"]["conditions"] = old["status"]["conditions"]
    assert fields(new, new) == []


def test_formats_that_nobody_checks_are_warned_of_when_they_are_new() -> None:
    found = crd(holding({"type": "string", "format": "no-such-format"}))

    assert validation.warnings_of(found, None) == ['unrecognized format "no-such-format"']
    assert validation.warnings_of(found, found) == []
