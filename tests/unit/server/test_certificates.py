"""The generated keys and certificates: made once, kept, and made anew when they must be."""

from __future__ import annotations

import base64
import datetime
import stat
from pathlib import Path

import pytest
import yaml
from cryptography import x509

from kroute.server import certificates

NOW = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)


def contents(directory: certificates.Directory) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (directory.path / "pki").iterdir()}


@pytest.fixture
def directory(tmp_path: Path) -> certificates.Directory:
    return certificates.Directory(tmp_path / "data")


def test_a_new_directory_gets_everything_and_keeps_keys_from_others(directory: certificates.Directory) -> None:
    certificates.ensure(directory, now=NOW)
    names = {"ca.crt", "ca.key", "serving.crt", "serving.key", "admin.crt", "admin.key"}
    assert contents(directory).keys() == names
    for file in (directory.path / "pki").iterdir():
        expected = 0o600 if file.suffix == ".key" else 0o644
        assert stat.S_IMODE(file.stat().st_mode) == expected
    assert stat.S_IMODE((directory.path / "pki").stat().st_mode) == 0o700
    assert stat.S_IMODE(directory.path.stat().st_mode) == 0o700


def test_the_serving_certificate_is_for_all_names_and_the_given_ones(directory: certificates.Directory) -> None:
    certificates.ensure(directory, hosts=["10.0.0.5", "api.example.org", "fd00::1"], now=NOW)
    found = certificates.names_of(certificates.read_certificate(directory.serving_certificate))
    shown = {str(name.value) for name in found}
    assert {"localhost", "127.0.0.1", "::1", "kubernetes", "kubernetes.default.svc"} <= shown
    assert {"10.0.0.5", "api.example.org", "fd00::1"} <= shown


def test_the_admin_certificate_is_of_the_masters_group(directory: certificates.Directory) -> None:
    certificates.ensure(directory, now=NOW)
    subject = certificates.read_certificate(directory.admin_certificate).subject
    assert subject.rfc4514_string() == "CN=kubernetes-admin,O=system:masters"


def test_the_next_start_keeps_everything(directory: certificates.Directory) -> None:
    certificates.ensure(directory, hosts=["10.0.0.5"], now=NOW)
    before = contents(directory)
    certificates.ensure(directory, hosts=["10.0.0.5"], now=NOW + datetime.timedelta(days=300))
    certificates.ensure(directory, now=NOW)
    assert contents(directory) == before


def test_a_new_address_makes_the_serving_certificate_anew(directory: certificates.Directory) -> None:
    certificates.ensure(directory, now=NOW)
    before = contents(directory)
    certificates.ensure(directory, hosts=["10.0.0.5"], now=NOW)
    after = contents(directory)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"serving.crt", "serving.key"}


def test_certificates_are_renewed_before_they_end(directory: certificates.Directory) -> None:
    certificates.ensure(directory, now=NOW)
    before = contents(directory)
    certificates.ensure(directory, now=NOW + datetime.timedelta(days=340))
    after = contents(directory)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"serving.crt", "serving.key", "admin.crt", "admin.key"}


def test_a_new_authority_makes_everything_anew(directory: certificates.Directory) -> None:
    certificates.ensure(directory, now=NOW)
    before = contents(directory)
    directory.authority.unlink()
    certificates.ensure(directory, now=NOW)
    after = contents(directory)
    assert not any(before[name] == after[name] for name in before)
    issuer = certificates.read_certificate(directory.authority)
    certificates.read_certificate(directory.serving_certificate).verify_directly_issued_by(issuer)


def test_a_certificate_without_its_key_is_made_anew(directory: certificates.Directory) -> None:
    certificates.ensure(directory, now=NOW)
    directory.admin_key.unlink()
    certificates.ensure(directory, now=NOW)
    assert directory.admin_key.exists()


@pytest.mark.parametrize("name, what", [("ca.crt", "no certificate"), ("ca.key", "no private key")])
def test_a_damaged_file_is_named(directory: certificates.Directory, name: str, what: str) -> None:
    certificates.ensure(directory, now=NOW)
    (directory.path / "pki" / name).write_text("damaged")
    with pytest.raises(ValueError, match=f"{name} holds {what}"):
        certificates.ensure(directory, now=NOW)


def test_the_service_account_key_is_made_once(directory: certificates.Directory) -> None:
    certificates.ensure(directory, now=NOW)
    certificates.ensure_service_account_key(directory)
    before = directory.service_account_key.read_bytes()
    certificates.ensure_service_account_key(directory)
    assert directory.service_account_key.read_bytes() == before


def test_a_kubeconfig_is_for_its_owner_alone_and_holds_all_that_is_needed(directory: certificates.Directory) -> None:
    certificates.ensure(directory, now=NOW)
    certificates.write_kubeconfig(
        directory.kubeconfig,
        server="https://127.0.0.1:6443",
        authority=directory.authority.read_bytes(),
        certificate=directory.admin_certificate.read_bytes(),
        key=directory.admin_key.read_bytes(),
    )
    assert stat.S_IMODE(directory.kubeconfig.stat().st_mode) == 0o600
    document = yaml.safe_load(directory.kubeconfig.read_text())
    assert document["current-context"] == "kroute"
    data = base64.b64decode(document["clusters"][0]["cluster"]["certificate-authority-data"])
    assert x509.load_pem_x509_certificate(data)
