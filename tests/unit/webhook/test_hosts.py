"""The API server that another one is behind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from kroute.webhook import hosts, kubeconfigs

AUTHORITY = "-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n"


def given_to_pods(folder: Path, token: str = "a-token") -> Path:
    (folder / "token").write_text(f"{token}\n")
    (folder / "ca.crt").write_text("")
    return folder


def test_in_a_cluster_the_host_is_what_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ssl.create_default_context", lambda cafile: None)
    environment = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}
    found = hosts.target("in-cluster", given=given_to_pods(tmp_path), environment=environment)
    assert (found.url, found.headers) == ("https://10.96.0.1:443", {"Authorization": "Bearer a-token"})
    environment["KUBERNETES_SERVICE_HOST"] = "fd00::1"
    assert hosts.target("in-cluster", given=tmp_path, environment=environment).url == "https://[fd00::1]:443"


def test_elsewhere_there_is_no_cluster(tmp_path: Path) -> None:
    with pytest.raises(hosts.HostError, match="this is no pod"):
        hosts.target("in-cluster", given=tmp_path, environment={})


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="kubeconfig"):
        hosts.target(str(tmp_path / "kubeconfig"))


def test_a_host_that_does_not_answer_is_told_with_what_usually_helps() -> None:
    target = kubeconfigs.Target(url="http://127.0.0.1:1", ssl=None)
    with pytest.raises(hosts.HostError, match="unable to get configmap/extension-apiserver-authentication") as caught:
        hosts.trusted(target)
    assert "extension-apiserver-authentication-reader" in str(caught.value)


async def test_connections_are_kept_while_the_credentials_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "FRESH", -1.0)
    headers: Mapping[str, str] = {"Authorization": "Bearer one"}
    made: list[kubeconfigs.Target] = []

    class Reviews:
        def __init__(self, target: kubeconfigs.Target) -> None:
            made.append(target)

        async def __aexit__(self, *error: object) -> None: ...

        async def post(self, review: object) -> object:
            return review

    monkeypatch.setattr("kroute.webhook.reviews.Reviews", Reviews)
    read = lambda where: kubeconfigs.Target(url="https://host/", ssl=None, headers=headers)  # noqa: E731
    async with hosts.Host("any", "/path", read=read) as host:
        await host.post({})
        await host.post({})
        headers = {"Authorization": "Bearer two"}
        await host.post({})
    assert [target.headers["Authorization"] for target in made] == ["Bearer one", "Bearer two"]
    assert made[0].url == "https://host/path"
