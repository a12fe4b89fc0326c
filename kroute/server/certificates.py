"""The keys and certificates of a data directory: made when they are missing, kept, and renewed when they must be.

`pki/` holds a certificate authority, the serving certificate, the administrator's client certificate and the key that
signs service account tokens; `kubeconfig` beside it lets kubectl in as the administrator.  Nothing else ever needs
the authority's key, so whoever has the directory has the server.  Keys are EC P-256: made in no time.
"""

from __future__ import annotations

import base64
import datetime
import ipaddress
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import oid

AUTHORITY_DAYS, LEAF_DAYS, RENEWAL_DAYS = 3650, 365, 30
"""How long certificates are valid, and how long before their end they are made anew."""

NAMES = (
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
)
ADDRESSES = ("127.0.0.1", "::1")
ADMINISTRATOR, ADMINISTRATORS = "kubernetes-admin", "system:masters"


@dataclass(frozen=True, slots=True)
class Directory:
    """Where the files of a data directory are."""

    path: Path

    def make(self) -> None:
        """Make the directory, for its owner alone, unless it is there."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def authority(self) -> Path:
        return self.path / "pki" / "ca.crt"

    @property
    def serving_certificate(self) -> Path:
        return self.path / "pki" / "serving.crt"

    @property
    def serving_key(self) -> Path:
        return self.path / "pki" / "serving.key"

    @property
    def admin_certificate(self) -> Path:
        return self.path / "pki" / "admin.crt"

    @property
    def admin_key(self) -> Path:
        return self.path / "pki" / "admin.key"

    @property
    def service_account_key(self) -> Path:
        return self.path / "pki" / "sa.key"

    @property
    def kubeconfig(self) -> Path:
        return self.path / "kubeconfig"


@dataclass(frozen=True, slots=True)
class Issuer:
    """A certificate authority that can sign."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def ensure(directory: Directory, *, hosts: Iterable[str] = (), now: datetime.datetime | None = None) -> None:
    """Make or renew what is missing, too old, or (the serving certificate) not for all of `hosts`.

    Raises OSError when the directory can't be written, ValueError when a file in it isn't what it should be."""
    moment = now or datetime.datetime.now(datetime.UTC)
    make_folder(directory)
    issuer = ensure_authority(directory.authority, "kroute-ca", moment)
    wanted = alternative_names(hosts)
    if not usable(directory.serving_certificate, directory.serving_key, issuer, moment, wanted):
        subject = name("kube-apiserver")
        issue(issuer, subject, oid.ExtendedKeyUsageOID.SERVER_AUTH, moment, directory.serving_certificate, wanted)
    if not usable(directory.admin_certificate, directory.admin_key, issuer, moment, ()):
        subject = name(ADMINISTRATOR, ADMINISTRATORS)
        issue(issuer, subject, oid.ExtendedKeyUsageOID.CLIENT_AUTH, moment, directory.admin_certificate, ())


def make_folder(directory: Directory) -> None:
    """Make the directory and its folder for keys, for their owner alone.  Raises OSError."""
    directory.make()
    (directory.path / "pki").mkdir(mode=0o700, exist_ok=True)


def ensure_authority(certificate_file: Path, common_name: str, moment: datetime.datetime) -> Issuer:
    """The certificate authority of a file, whose key is beside it; made when it isn't there."""
    key_file = certificate_file.with_suffix(".key")
    if certificate_file.exists() and key_file.exists():
        found = Issuer(read_certificate(certificate_file), read_key(key_file))
        if not expiring(found.certificate, moment):
            return found
    key = ec.generate_private_key(ec.SECP256R1())
    subject = name(common_name)
    builder = template(subject, subject, key.public_key(), moment, AUTHORITY_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = builder.add_extension(usage(signing=True), critical=True)
    certificate = builder.sign(key, hashes.SHA256())
    write(key_file, pem_key(key))
    write(certificate_file, pem(certificate), mode=0o644)
    return Issuer(certificate, key)


def ensure_service_account_key(directory: Directory) -> None:
    """Make the key that signs service account tokens (RSA: their algorithm is RS256)."""
    directory.service_account_key.parent.mkdir(mode=0o700, exist_ok=True)
    if not directory.service_account_key.exists():
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        write(directory.service_account_key, pem_key(key))


def issue(
    issuer: Issuer,
    subject: x509.Name,
    purpose: x509.ObjectIdentifier,
    moment: datetime.datetime,
    file: Path,
    names: Sequence[x509.GeneralName],
) -> None:
    """Sign a new certificate and write it, with its key beside it (`.key`)."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = template(subject, issuer.certificate.subject, key.public_key(), moment, LEAF_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(usage(signing=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
    builder = builder.add_extension(authority, critical=False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    certificate = builder.sign(issuer.key, hashes.SHA256())
    write(file.with_suffix(".key"), pem_key(key))
    write(file, pem(certificate), mode=0o644)


def template(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    moment: datetime.datetime,
    days: int,
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(moment - datetime.timedelta(minutes=5))  # clocks differ
    builder = builder.not_valid_after(moment + datetime.timedelta(days=days))
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def usage(*, signing: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signing,
        crl_sign=signing,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def name(common_name: str, organization: str = "") -> x509.Name:
    attributes = [x509.NameAttribute(oid.NameOID.COMMON_NAME, common_name)]
    if organization:
        attributes.insert(0, x509.NameAttribute(oid.NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(attributes)


def alternative_names(hosts: Iterable[str]) -> list[x509.GeneralName]:
    """What a serving certificate is for: the names that every server has, and the given ones."""
    found: dict[x509.GeneralName, None] = {}
    for host in (*NAMES, *ADDRESSES, *hosts):
        try:
            found[x509.IPAddress(ipaddress.ip_address(host))] = None
        except ValueError:
            found[x509.DNSName(host)] = None
    return list(found)


def usable(
    certificate_file: Path,
    key_file: Path,
    issuer: Issuer,
    moment: datetime.datetime,
    names: Sequence[x509.GeneralName],
) -> bool:
    """Whether a certificate is there, is the authority's, lasts a while, and has all the names."""
    if not (certificate_file.exists() and key_file.exists()):
        return False
    certificate = read_certificate(certificate_file)
    if expiring(certificate, moment) or certificate.public_key() != read_key(key_file).public_key():
        return False
    try:
        certificate.verify_directly_issued_by(issuer.certificate)
    except Exception:  # one of several unrelated exceptions, and each says no
        return False
    return set(names) <= set(names_of(certificate))


def names_of(certificate: x509.Certificate) -> Iterable[x509.GeneralName]:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()


def expiring(certificate: x509.Certificate, moment: datetime.datetime) -> bool:
    early = moment < certificate.not_valid_before_utc
    return early or certificate.not_valid_after_utc - moment < datetime.timedelta(days=RENEWAL_DAYS)


def read_certificate(file: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(file.read_bytes())
    except ValueError as error:
        raise ValueError(f"{file} holds no certificate: {error}") from error


def read_key(file: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), None)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{file} holds no private key: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{file} holds another kind of key than kroute makes")
    return key


def write_kubeconfig(
    file: Path,
    *,
    server: str,
    authority: bytes = b"",
    certificate: bytes = b"",
    key: bytes = b"",
) -> None:
    """A kubeconfig for one server and one user, readable by its owner alone.  Files are in PEM; "" leaves one out."""
    cluster = {"server": server}
    if authority:
        cluster["certificate-authority-data"] = base64.b64encode(authority).decode()
    user = {}
    if certificate:
        user["client-certificate-data"] = base64.b64encode(certificate).decode()
        user["client-key-data"] = base64.b64encode(key).decode()
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "kroute", "cluster": cluster}],
        "users": [{"name": "admin", "user": user}],
        "contexts": [{"name": "kroute", "context": {"cluster": "kroute", "user": "admin"}}],
        "current-context": "kroute",
    }
    write(file, yaml.safe_dump(document, sort_keys=False).encode())


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def pem_key(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def write(file: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file whole or not at all, never readable by more than `mode` says."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
    temporary.chmod(mode)
    temporary.replace(file)
