"""The schemas of Kubernetes' own kinds."""

from __future__ import annotations

import pytest

from kroute.machinery import gvk
from kroute.schema import builtin, compiling, gotypes

DEPLOYMENT = gvk.GroupVersionKind("apps", "v1", "Deployment")


@pytest.fixture(scope="module")
def definitions() -> builtin.Definitions:
    pytest.importorskip("kubernetes_validate")
    return builtin.Definitions.kubernetes()


def test_a_kind_is_found_and_compiled_once(definitions: builtin.Definitions) -> None:
    node = definitions.kind(DEPLOYMENT)
    assert node is not None
    assert node is definitions.get("io.k8s.api.apps.v1.Deployment") is definitions.kind(DEPLOYMENT)
    assert definitions.name_of(DEPLOYMENT) == "io.k8s.api.apps.v1.Deployment"
    assert definitions.kind(gvk.GroupVersionKind("apps", "v9", "Deployment")) is None


def test_list_types_and_merge_keys_are_there(definitions: builtin.Definitions) -> None:
    spec = definitions.get("io.k8s.api.core.v1.PodSpec")
    containers = spec.properties["containers"]
    assert (containers.list_type, containers.map_keys) == ("map", ("name",))
    assert (containers.merge_key, containers.patch_strategies) == ("name", ("merge",))
    strategy = definitions.get("io.k8s.api.apps.v1.DeploymentSpec").properties["strategy"]
    assert (strategy.type, strategy.patch_strategies) == ("object", ("retainKeys",))


def test_special_types_are_known(definitions: builtin.Definitions) -> None:
    quantity = definitions.get(builtin.QUANTITY)
    assert quantity.int_or_string
    assert quantity.definition == builtin.QUANTITY
    assert definitions.get("io.k8s.apimachinery.pkg.runtime.RawExtension").preserve_unknown
    schema = definitions.get("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps")
    assert schema.properties["not"] is schema


def test_definitions_are_as_the_api_server_publishes_them(definitions: builtin.Definitions) -> None:
    schema = definitions.schema("io.k8s.api.core.v1.ConfigMap")
    assert schema["properties"]["kind"]["type"] == "string"
    assert "enum" not in schema["properties"]["kind"]
    assert schema["properties"]["data"]["additionalProperties"] == {"type": "string"}
    assert schema["properties"]["metadata"]["$ref"] == f"#/components/schemas/{builtin.OBJECT_META}"
    kind = {"group": "", "version": "v1", "kind": "ConfigMap"}
    assert schema["x-kubernetes-group-version-kind"] == [kind]


def test_every_kind_of_a_stable_version_compiles_and_is_decodable(definitions: builtin.Definitions) -> None:
    types = gotypes.Types.load()
    newer = {"ClusterTrustBundle", "DeviceTaintRule", "PodCertificateRequest", "StorageVersionMigration"}
    for kind, name in definitions.kinds.items():
        if kind.version in ("v1", "v2") and kind.kind not in newer:  # stable only after the release that is served
            assert definitions.kind(kind) is not None
            if not kind.kind.endswith("List") and kind.kind != "WatchEvent":
                assert gotypes.name_of(name) in types, name


def test_meta_definitions_need_no_package() -> None:
    meta = builtin.Definitions.meta()
    owners = meta.get(builtin.OBJECT_META).properties["ownerReferences"]
    assert (owners.list_type, owners.map_keys, owners.merge_key) == ("map", ("uid",), "uid")
    for name in ("ListMeta", "Status", "DeleteOptions", "WatchEvent", "APIResourceList"):
        assert meta.get(builtin.META + name).description


def test_an_unknown_definition_is_refused() -> None:
    with pytest.raises(compiling.SchemaError, match="there is no definition"):
        builtin.Definitions.meta().get("io.k8s.Nothing")


def test_the_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builtin, "PACKAGE", "no_such_package_anywhere")
    with pytest.raises(builtin.MissingDefinitions, match=r"install kroute\[server\]"):
        builtin.Definitions.kubernetes()


def test_an_unknown_version_is_named(definitions: builtin.Definitions) -> None:
    with pytest.raises(builtin.MissingDefinitions, match=r"9\.99\.0"):
        builtin.Definitions.kubernetes("9.99.0")
