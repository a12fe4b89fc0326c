"""Certificate authorities of tests, and certificates that they sign."""

from __future__ import annotations

import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import oid

from kroute.server import certificates


class Authority:
    """One authority, with its certificate in a file; `name` may be that of another one."""

    def __init__(self, directory: Path, name: str) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._subject = certificates.name(name)
        now = datetime.datetime.now(datetime.UTC)
        builder = certificates.template(self._subject, self._subject, self._key.public_key(), now, 1)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        builder = builder.add_extension(certificates.usage(signing=True), critical=True)
        self._certificate = builder.sign(self._key, hashes.SHA256())
        self.file = directory / "ca.crt"
        self.file.write_bytes(certificates.pem(self._certificate))

    def client(self, name: str, group: str = "") -> tuple[Path, Path]:
        """A client certificate and its key, in files."""
        file = self._directory / f"{name}.crt"
        issuer = certificates.Issuer(self._certificate, self._key)
        now = datetime.datetime.now(datetime.UTC)
        subject = certificates.name(name, group)
        certificates.issue(issuer, subject, oid.ExtendedKeyUsageOID.CLIENT_AUTH, now, file, ())
        return file, file.with_suffix(".key")
