"""`kroute rewrite`: everything in a store under the present key."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest

from kroute import app, cli

CONFIGURATION = """
kind: EncryptionConfiguration
apiVersion: apiserver.config.k8s.io/v1
resources:
- resources: [secrets, widgets.toys.example.org]
  providers:
  - aesgcm: {keys: [KEYS]}
  - identity: {}
"""
OLD = "{name: old, secret: MDEyMzQ1Njc4OWFiY2RlZg==}"
NEW = "{name: new, secret: ZmVkY2JhOTg3NjU0MzIxMA==}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with a secret in it that is not encrypted."""

    async def fill() -> None:
        server = app.APIServer(core=["namespaces", "secrets"])
        async with server.serve(data_dir=tmp_path) as running, aiohttp.ClientSession() as session:
            body = {"metadata": {"name": "one"}, "stringData": {"password": "hunter2"}}
            url = f"{running.url}/api/v1/namespaces/default/secrets"
            async with session.post(url, json=body) as answer:
                assert answer.status == 201

    asyncio.run(fill())
    return tmp_path


def rewrite(path: Path, keys: str) -> int:
    """Run the command; its exit code."""
    file = path / "encryption.yaml"
    file.write_text(CONFIGURATION.replace("KEYS", keys))
    with pytest.raises(SystemExit) as ended:
        cli.main(["rewrite", "--data-dir", str(path), "--encryption-provider-config", str(file)])
    code = ended.value.code
    return code if isinstance(code, int) else 0


def values(path: Path) -> bytes:
    return (path / app.EMBEDDED).read_bytes()


def test_a_store_is_encrypted_and_its_key_exchanged(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert b"k8s:enc:" not in values(path)
    assert rewrite(path, OLD) == 0
    assert "secrets: 1 of 1 rewritten" in capsys.readouterr().out
    assert b"k8s:enc:aesgcm:v1:old:" in values(path)
    assert rewrite(path, f"{NEW}, {OLD}") == 0
    assert b"k8s:enc:aesgcm:v1:new:" in values(path)
    capsys.readouterr()
    assert rewrite(path, OLD) == 1
    assert "secrets: 0 of 1 rewritten, 1 can't be read" in capsys.readouterr().out


def test_a_configuration_that_cannot_be_used_is_told_in_one_line(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rewrite(path, "{name: short, secret: c2hvcnQ=}") == 1
    found = capsys.readouterr().err
    assert found.startswith("kroute: the encryption configuration can't be used: ")
    assert "got 5, expected one of [16 24 32]" in found
    assert found.count("\n") == 1
