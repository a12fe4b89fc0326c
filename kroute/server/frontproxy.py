"""What an aggregator proves itself with to the servers behind it: the front-proxy authority and its client certificate.

Servers behind believe in `X-Remote-*` headers only of who holds such a certificate, so the authority signs nothing
else.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

from cryptography.x509 import oid

from kroute.server import certificates

CLIENT, AUTHORITY = "front-proxy-client", "front-proxy-ca"


@dataclass(frozen=True, slots=True)
class Pair:
    """Files (PEM) of a certificate and its key."""

    certificate: Path
    key: Path

    def stamp(self) -> tuple[int, int]:
        """Changes when the files do.  Raises OSError."""
        return self.certificate.stat().st_mtime_ns, self.key.stat().st_mtime_ns


def authority(directory: certificates.Directory) -> Path:
    """Where the authority's certificate is, in a data directory."""
    return directory.path / "pki" / f"{AUTHORITY}.crt"


def ensure(directory: certificates.Directory, *, now: datetime.datetime | None = None) -> Pair:
    """Make or renew what is missing or too old; the client certificate.

    Raises OSError, and ValueError when a file isn't what it should be."""
    moment = now or datetime.datetime.now(datetime.UTC)
    certificates.make_folder(directory)
    issuer = certificates.ensure_authority(authority(directory), AUTHORITY, moment)
    file = directory.path / "pki" / f"{CLIENT}.crt"
    pair = Pair(file, file.with_suffix(".key"))
    if not certificates.usable(pair.certificate, pair.key, issuer, moment, ()):
        purpose = oid.ExtendedKeyUsageOID.CLIENT_AUTH
        certificates.issue(issuer, certificates.name(CLIENT), purpose, moment, pair.certificate, ())
    return pair
