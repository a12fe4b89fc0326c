"""A request as authenticators see it."""

from __future__ import annotations

import multidict

from kroute.auth import certificates
from kroute.machinery import context, requestinfo


class Request:
    """Headers are given as pairs, for they may come several times."""

    def __init__(
        self,
        *headers: tuple[str, str],
        certificate: certificates.ClientCertificate | None = None,
        path: str = "/api/v1/pods",
    ) -> None:
        self.headers = multidict.CIMultiDict(headers)
        self.certificate = certificate
        self.info: context.RequestInfo = requestinfo.parse("GET", path, {})
        self.warnings: list[str] = []
        self.annotations: dict[str, str] = {}

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def annotate(self, key: str, value: str) -> None:
        self.annotations[key] = value

    def replace_header(self, name: str, value: str) -> None:
        self.headers[name] = value
