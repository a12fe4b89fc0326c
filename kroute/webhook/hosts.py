"""The API server that this one stands behind: where it is, how to be known there, and reviews by it.

A kubeconfig says where, or, for a server in a pod of the host's own, what every pod is given (`in-cluster`).
Mirrors `DelegatingAuthenticationOptions` of `pkg/server/options` of k8s.io/apiserver.
"""

from __future__ import annotations

import dataclasses
import json
import os
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from kroute.webhook import kubeconfigs, reviews

IN_CLUSTER: Final = "in-cluster"
GIVEN: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
CONFIG_MAP: Final = "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication"
TOKEN_REVIEWS: Final = "/apis/authentication.k8s.io/v1/tokenreviews"
ACCESS_REVIEWS: Final = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
PATIENCE: Final = 10.0
FRESH: Final = 60.0
"""Seconds after which credentials are read anew: those of pods are replaced while they run."""

HINT: Final = (
    "Usually fixed by 'kubectl create rolebinding -n kube-system ROLEBINDING_NAME "
    "--role=extension-apiserver-authentication-reader --serviceaccount=YOUR_NS:YOUR_SA'"
)


class HostError(ValueError):
    """The host can't be asked; the text says why."""


def target(where: str, *, given: Path = GIVEN, environment: Mapping[str, str] = os.environ) -> kubeconfigs.Target:
    """The host that a kubeconfig, or `in-cluster`, names.  Raises OSError, ValueError."""
    if where != IN_CLUSTER:
        return kubeconfigs.read(Path(where))
    host, port = environment.get("KUBERNETES_SERVICE_HOST", ""), environment.get("KUBERNETES_SERVICE_PORT", "443")
    if not host:
        raise HostError("KUBERNETES_SERVICE_HOST isn't set: this is no pod")
    shown = f"[{host}]" if ":" in host else host
    token = (given / "token").read_text(encoding="utf-8").strip()
    context = ssl.create_default_context(cafile=given / "ca.crt")
    headers = {"Authorization": f"Bearer {token}"}
    return kubeconfigs.Target(url=f"https://{shown}:{port}", ssl=context, headers=headers)


class Host:
    """Posts reviews to one path of the host; an async context manager, which ends its connections."""

    def __init__(self, where: str, path: str, *, read: Callable[[str], kubeconfigs.Target] = target) -> None:
        self._where, self._path, self._read = where, path, read
        self._target: kubeconfigs.Target | None = None
        self._reviews: reviews.Reviews | None = None
        self._since = 0.0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    async def post(self, review: Any) -> Any:
        """The object that comes back.  Raises client.CallError."""
        if self._reviews is None or time.monotonic() - self._since > FRESH:
            await self._renew()
        assert self._reviews is not None
        return await self._reviews.post(review)

    async def _renew(self) -> None:
        """Begin anew with the present credentials, if they have changed."""
        self._since, before = time.monotonic(), self._target
        try:
            found = self._read(self._where)
        except (OSError, ValueError):
            if before is None:
                raise
            return  # half written: the old ones may still do
        if before is not None and (before.url, before.headers) == (found.url, found.headers):
            return
        await self._close()
        self._target = found
        url = found.url.rstrip("/") + self._path
        self._reviews = reviews.Reviews(dataclasses.replace(found, url=url))

    async def _close(self) -> None:
        found, self._reviews = self._reviews, None
        if found is not None:
            await found.__aexit__(None, None, None)


def trusted(where: kubeconfigs.Target) -> Mapping[str, str]:
    """How the host lets clients in: the data of its ConfigMap extension-apiserver-authentication.  Raises HostError."""
    request = urllib.request.Request(where.url.rstrip("/") + CONFIG_MAP, headers=dict(where.headers))
    try:
        with urllib.request.urlopen(request, context=where.ssl, timeout=PATIENCE) as answer:
            document = json.loads(answer.read())
        data = document.get("data") or {}
        return {str(key): str(value) for key, value in data.items()}
    except urllib.error.HTTPError as error:
        with error:
            why = f"{error.code} {error.reason}"
    except (OSError, ValueError, AttributeError) as error:
        why = str(error)
    raise HostError(
        f"unable to get configmap/extension-apiserver-authentication in kube-system of {where.url}: {why}.  {HINT}"
    )
