"""What other servers read to verify tokens of service accounts without asking this one: who signs, and with which keys.

Mirrors `OpenIDMetadataProvider` of `k8s.io/kubernetes/pkg/serviceaccount`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib import parse

from kroute.auth import keys

CONFIGURATION, KEY_SET = "/.well-known/openid-configuration", "/openid/v1/jwks"
LASTING = 3600
"""Seconds that others may keep the documents."""


class Metadata:
    """The documents.  `public` gives the keys when they are wanted for the first time."""

    def __init__(
        self, public: Callable[[], Sequence[keys.Key]], *, issuer: str, jwks_uri: str = "", host: str = ""
    ) -> None:
        """`host` is the name that others know this server by; "" for the address that they came to."""
        self._public, self.issuer, self.jwks_uri, self.host = public, issuer, jwks_uri, host

    @property
    def publishable(self) -> bool:
        """Whether the issuer is one that others can find: an HTTPS URL without a query."""
        parts = parse.urlsplit(self.issuer)
        return parts.scheme == "https" and not parts.query and not parts.fragment

    def configuration(self, address: str) -> dict[str, Any]:
        """`address` is host and port of this server, for those who are not told to look elsewhere."""
        return {
            "issuer": self.issuer,
            "jwks_uri": self.jwks_uri or f"https://{address}{KEY_SET}",
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": sorted({key.algorithms[0] for key in self._public()}),
        }

    def key_set(self) -> dict[str, Any]:
        return keys.as_set(self._public())
