"""Where a server is and how to be known there, as a kubeconfig file says it.

Only what the flags of servers need: the current context, its cluster, its user.
"""

from __future__ import annotations

import base64
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml


class KubeconfigError(ValueError):
    """The file can't be used; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`ssl` is None for plain HTTP."""

    url: str
    ssl: ssl.SSLContext | None
    headers: Mapping[str, str] = field(default_factory=dict)


def read(path: Path) -> Target:
    """The server that the current context of a kubeconfig names.  Raises OSError, KubeconfigError."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise KubeconfigError(f"{path} is no YAML: {error}") from error
    try:
        current = _named(document, "contexts", document.get("current-context"))["context"]
        cluster = _named(document, "clusters", current.get("cluster"))["cluster"]
        user = _named(document, "users", current["user"])["user"] if current.get("user") else {}
        url = cluster["server"]
        context = _context(cluster, user or {}, path.parent) if url.startswith("https://") else None
        return Target(url=url, ssl=context, headers=_headers(user or {}, path.parent))
    except KubeconfigError as error:
        raise KubeconfigError(f"{path} can't be used: {error}") from error
    except (AttributeError, KeyError, TypeError, ValueError, ssl.SSLError) as error:
        raise KubeconfigError(f"{path} can't be used: {type(error).__name__}: {error}") from error


def _named(document: Mapping[str, Any], kind: str, name: Any) -> Mapping[str, Any]:
    entries = document.get(kind) or []
    for entry in entries:
        if isinstance(entry, dict) and entry.get("name") == name:
            return entry
    raise KubeconfigError(f"there is no entry {name!r} in {kind}")


def _context(cluster: Mapping[str, Any], user: Mapping[str, Any], beside: Path) -> ssl.SSLContext:
    authority = _pem(cluster, "certificate-authority", beside)
    made = ssl.create_default_context(cadata=None if authority is None else authority.decode())
    if cluster.get("insecure-skip-tls-verify"):
        made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    certificate, key = _pem(user, "client-certificate", beside), _pem(user, "client-key", beside)
    if certificate is not None and key is not None:
        with tempfile.TemporaryDirectory() as folder:  # OpenSSL reads these from files alone
            paths = Path(folder, "certificate"), Path(folder, "key")
            for path, content in zip(paths, (certificate, key), strict=True):
                path.touch(0o600)
                path.write_bytes(content)
            made.load_cert_chain(*paths)
    return made


def _pem(holder: Mapping[str, Any], field_name: str, beside: Path) -> bytes | None:
    data = holder.get(f"{field_name}-data")
    if data:
        return base64.b64decode(data)
    path = holder.get(field_name)
    return None if not path else (beside / path).read_bytes()


def _headers(user: Mapping[str, Any], beside: Path) -> Mapping[str, str]:
    token = user.get("token")
    if user.get("tokenFile"):
        token = (beside / user["tokenFile"]).read_text(encoding="utf-8").strip()
    if token:
        return {"Authorization": f"Bearer {token}"}
    if user.get("username"):
        pair = f"{user['username']}:{user.get('password', '')}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
    return {}
