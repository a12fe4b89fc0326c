"""What a configuration of encryption may say."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest

from kroute.storage.backend.encrypted import configuration

SECRET = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
KEYS = {"keys": [{"name": "key1", "secret": SECRET}]}


def made(*resources: Any) -> configuration.Configuration:
    return configuration.Configuration(
        {
            "kind": "EncryptionConfiguration",
            "apiVersion": "apiserver.config.k8s.io/v1",
            "resources": [
                {"resources": names, "providers": providers} if isinstance(names, list) else names
                for names, providers in resources
            ],
        }
    )


@pytest.mark.parametrize(
    "log, entry",
    [
        ("secrets", 0),
        ("secrets.example.org", 3),
        ("configmaps", 2),
        ("deployments.apps", 1),
        ("widgets.toys.example.org", 3),
        ("widgets.deep.toys.example.org", 4),
    ],
)
def test_the_first_entry_that_names_a_resource_has_its_keys(log: str, entry: int) -> None:
    names = (["secrets"], ["*.apps"], ["*."], ["widgets.toys.example.org", "*.example.org"], ["*.*"])
    found = made(
        *[
            (each, [{"aesgcm": {"keys": [{"name": f"k{number}", "secret": SECRET}]}}])
            for number, each in enumerate(names)
        ]
    ).keys_of(log)
    assert found is not None
    assert found.writer == f"k8s:enc:aesgcm:v1:k{entry}:".encode()


def test_a_resource_that_is_not_named_has_no_keys() -> None:
    assert made((["secrets"], [{"aesgcm": KEYS}])).keys_of("configmaps") is None


def test_the_first_provider_writes_and_all_read() -> None:
    found = made((["secrets"], [{"aescbc": KEYS}, {"identity": {}}, {"secretbox": KEYS}])).keys_of("secrets")
    assert found is not None
    assert found.writer == b"k8s:enc:aescbc:v1:key1:"
    assert set(found.readers) == {b"k8s:enc:aescbc:v1:key1:", b"k8s:enc:secretbox:v1:key1:"}
    assert found.plain


@pytest.mark.parametrize(
    "names, text",
    [
        ([], "at least one resource is required"),
        ([""], "must be the name of a resource"),
        (["*"], "use '*.' to encrypt all the resources from core API group"),
        (["Secrets"], "should not contain capital letters"),
        (["secrets", "secrets"], "cannot be specified multiple times"),
        (["secrets.*"], "across groups is not supported"),
        (["events.events.k8s.io"], "use 'events'"),
        (["secrets", "*."], "overlapping resources"),
        (["*.apps", "*.*"], "overlapping resources"),
    ],
)
def test_names_that_mean_nothing_are_refused(names: list[str], text: str) -> None:
    with pytest.raises(configuration.ConfigurationError) as caught:
        made((names, [{"identity": {}}]))
    assert text in str(caught.value)


@pytest.mark.parametrize(
    "provider, text",
    [
        ("identity", "exactly one provider"),
        ({"identity": {}, "aesgcm": KEYS}, "exactly one provider"),
        ({"kms": {}}, "there is no such provider here"),
        ({"aesgcm": {}}, "at least one key is required"),
        ({"aesgcm": {"keys": [{"secret": SECRET}]}}, "name is a mandatory field"),
        ({"aesgcm": {"keys": [{"name": "a:b", "secret": SECRET}]}}, "must not contain ':'"),
        ({"aesgcm": {"keys": [{"name": "a"}]}}, "secret is a mandatory field"),
        ({"aesgcm": {"keys": [{"name": "a", "secret": "§"}]}}, "must be base64 encoded"),
        ({"aesgcm": {"keys": [{"name": "a", "secret": "c2hvcnQ="}]}}, "got 5, expected one of [16 24 32]"),
        ({"secretbox": {"keys": [{"name": "a", "secret": "MDEyMzQ1Njc4OWFiY2RlZg=="}]}}, "expected one of [32]"),
        ({"aesgcm": {"keys": KEYS["keys"] * 2}}, "two keys have the same name"),
    ],
)
def test_keys_that_cannot_be_used_are_refused_without_being_shown(provider: Any, text: str) -> None:
    with pytest.raises(configuration.ConfigurationError) as caught:
        made((["secrets"], [provider]))
    assert text in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("document", [None, [], {"kind": "Policy"}])
def test_what_is_no_configuration_is_refused(document: Any) -> None:
    with pytest.raises(configuration.ConfigurationError, match="EncryptionConfiguration"):
        configuration.Configuration(document)


def test_a_file_that_is_no_yaml_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "encryption.yaml"
    path.write_text(f"secret: {{{SECRET}")
    with pytest.raises(configuration.ConfigurationError) as caught:
        configuration.Configuration.read(path)
    assert "encryption.yaml is no YAML" in str(caught.value)
    assert SECRET not in str(caught.value)


def test_secretbox_says_which_package_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "nacl":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(configuration.ConfigurationError, match="needs the package PyNaCl"):
        made((["secrets"], [{"secretbox": KEYS}]))
