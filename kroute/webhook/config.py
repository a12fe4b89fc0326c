"""Where a webhook is and whom to trust there: the `clientConfig` of objects as a record.

Mirrors `ClientConfig` of `pkg/util/webhook` of k8s.io/apiserver.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib import parse

PORT = 443


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A port of a Service."""

    namespace: str
    name: str
    path: str = ""
    port: int = PORT

    @property
    def hostname(self) -> str:
        """What its certificate must be for."""
        return f"{self.name}.{self.namespace}.svc"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfig:
    """One of `url` and `service`; `ca_bundle` is PEM, empty for the system's authorities."""

    url: str = ""
    service: Service | None = None
    ca_bundle: bytes = b""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """Of a `clientConfig` as objects have it, which was validated."""
        bundle = base64.b64decode(given.get("caBundle") or "")
        return cls(
            url=given.get("url") or "",
            service=service_of(given.get("service")),
            ca_bundle=bundle if bundle.strip() else b"",
        )

    def target(self, timeout: str) -> str:
        """The whole URL of a call, with the timeout as Go shows durations."""
        if self.service is None:
            parts = parse.urlsplit(self.url)
            base, path = f"{parts.scheme}://{parts.netloc}", parts.path
        else:
            base, path = f"https://{self.service.hostname}:{self.service.port}", self.service.path
        return f"{base}/{path.lstrip('/')}?timeout={timeout}"


def service_of(given: Mapping[str, Any] | None) -> Service | None:
    if given is None:
        return None
    return Service(
        namespace=given.get("namespace") or "",
        name=given.get("name") or "",
        path=given.get("path") or "",
        port=given.get("port") or PORT,
    )
