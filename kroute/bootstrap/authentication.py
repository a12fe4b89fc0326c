"""Tells servers behind this one how it lets clients in: the ConfigMap extension-apiserver-authentication.

Mirrors `k8s.io/kubernetes/pkg/controlplane/controller/clusterauthenticationtrust`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kroute.bootstrap import keeping
from kroute.machinery import gvk, objects
from kroute.server import loopback

CONFIG_MAP = gvk.GroupVersionResource("", "v1", "configmaps")
CLIENT_CA, PROXY_CA = "client-ca-file", "requestheader-client-ca-file"
END = "-----END CERTIFICATE-----"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Certificates (PEM) whose holders are let in as clients, and what proxies may say whom they speak for."""

    client_ca: str = ""
    proxy_ca: str = ""
    user_headers: Sequence[str] = ()
    uid_headers: Sequence[str] = ()
    group_headers: Sequence[str] = ()
    extra_prefixes: Sequence[str] = ()
    allowed_names: Sequence[str] = ()

    def data(self) -> dict[str, str]:
        """As the ConfigMap has it."""
        found = {CLIENT_CA: self.client_ca} if self.client_ca else {}
        if self.proxy_ca:
            found |= {
                PROXY_CA: self.proxy_ca,
                "requestheader-username-headers": shown(self.user_headers),
                "requestheader-uid-headers": shown(self.uid_headers),
                "requestheader-group-headers": shown(self.group_headers),
                "requestheader-extra-headers-prefix": shown(self.extra_prefixes),
                "requestheader-allowed-names": shown(self.allowed_names),
            }
        return found


def shown(values: Sequence[str]) -> str:
    return json.dumps(list(values))


class Authentication:
    """The ConfigMap.  Certificates of others, of servers with another authority, stay in it."""

    causes: Sequence[str] = ()

    def __init__(self, client: loopback.Client, trust: Callable[[], Trust]) -> None:
        self.place = keeping.Place(CONFIG_MAP, "extension-apiserver-authentication", "kube-system")
        self._client, self._trust = client, trust

    async def ensure(self, found: objects.Object | None) -> float | None:
        await keeping.bring(self._client, self.place, found, lambda: {"data": self._trust().data()}, self._mend)
        return 60.0

    def _mend(self, obj: objects.Object) -> bool:
        there = obj.get("data") or {}
        wanted = {**there, **self._trust().data()}
        for key in (CLIENT_CA, PROXY_CA):
            if key in wanted and key in there:
                wanted[key] = together(there[key], self._trust().data().get(key, ""))
        if wanted == there:
            return False
        obj["data"] = wanted
        return True


def together(there: str, own: str) -> str:
    """The certificates of both, each once."""
    found: dict[str, None] = {}
    for text in (there, own):
        for part in text.split(END):
            if "-----BEGIN" in part:
                found.setdefault(part[part.index("-----BEGIN") :].strip() + f"\n{END}\n")
    return "".join(found)
