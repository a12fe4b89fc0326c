"""A server with role-based access control, served once for a module, and clients of several users."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import ssl
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from kroute import app
from kroute.testing import serving
from tests.fixtures import guestbooks

KINDS = [
    "namespaces", "configmaps", "secrets", "serviceaccounts", "roles", "rolebindings", "clusterroles",
    "clusterrolebindings", "subjectaccessreviews", "selfsubjectaccessreviews", "selfsubjectrulesreviews",
    "localsubjectaccessreviews", "selfsubjectreviews",
]  # fmt: skip
RBAC = "/apis/rbac.authorization.k8s.io/v1"
GROUP = "rbac.authorization.k8s.io"
REVIEWS = "/apis/authorization.k8s.io/v1"
TOKENS = 'rootkey,root,1,system:masters\nalicekey,alice,2\nbobkey,bob,3,"devs,ops"\n'
MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"
NUMBERS = itertools.count(1)


class Guarded:
    """A server and a namespace of one's own in it."""

    def __init__(self, running: app.Running, namespace: str) -> None:
        self.running, self.namespace = running, namespace
        self.core = f"/api/v1/namespaces/{namespace}"
        self.rbac = f"{RBAC}/namespaces/{namespace}"
        self._tls = ssl.create_default_context(cafile=str(running.directory.authority))

    def unique(self, name: str) -> str:
        return f"{name}-{self.namespace}"

    def send(
        self,
        who: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        content_type: str = guestbooks.JSON,
        headers: Mapping[str, str] | None = None,
    ) -> guestbooks.Answer:
        """Send a request with somebody's token; "" for none."""
        found = {"Content-Type": content_type, **(headers or {})}
        if who:
            found["Authorization"] = f"Bearer {who}"
        data = None if body is None else json.dumps(body)
        connection = http.client.HTTPSConnection("127.0.0.1", self.running.port, context=self._tls, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, data, found)
            response = connection.getresponse()
            found_headers, content = dict(response.getheaders()), response.read()
        if "watch=" in path and response.status == 200:
            return guestbooks.Answer(200, found_headers, content)
        return guestbooks.answer(response.status, found_headers, content)

    def made(self, path: str, body: Any, who: str = "rootkey") -> Any:
        answer = self.send(who, "POST", path, body)
        assert answer.status == 201, answer.body
        return answer.body

    def role(self, name: str, *rules: Any, cluster: bool = False) -> None:
        path = f"{RBAC}/clusterroles" if cluster else f"{self.rbac}/roles"
        self.made(path, {"metadata": {"name": name}, "rules": list(rules)})

    def bind(
        self, name: str, role: str, *subjects: Any, kind: str = "Role", cluster: bool = False, who: str = "rootkey"
    ) -> guestbooks.Answer:
        path = f"{RBAC}/clusterrolebindings" if cluster else f"{self.rbac}/rolebindings"
        ref = {"apiGroup": GROUP, "kind": kind, "name": role}
        body = {"metadata": {"name": name}, "roleRef": ref, "subjects": list(subjects)}
        return self.send(who, "POST", path, body)

    def token(self, account: str) -> str:
        """A token of a new service account."""
        self.made(f"{self.core}/serviceaccounts", {"metadata": {"name": account}})
        body = {"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "spec": {}}
        found: str = self.made(f"{self.core}/serviceaccounts/{account}/token", body)["status"]["token"]
        return found


def rule(verbs: Sequence[str], resources: Sequence[str], groups: Sequence[str] = ("",), **more: Any) -> Any:
    return {"verbs": list(verbs), "apiGroups": list(groups), "resources": list(resources), **more}


def user(name: str) -> Any:
    return {"kind": "User", "apiGroup": GROUP, "name": name}


def group(name: str) -> Any:
    return {"kind": "Group", "apiGroup": GROUP, "name": name}


@pytest.fixture(scope="module")
def guarded_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[app.Running]:
    folder: Path = tmp_path_factory.mktemp("guarded")
    tokens = folder / "tokens.csv"
    tokens.write_text(TOKENS)
    server = app.APIServer(core=KINDS)
    with serving.running(
        server, tls=True, data_dir=folder, token_auth_file=tokens, authorization_mode=["RBAC"]
    ) as running:
        asker = Guarded(running, "default")
        assert any(asker.send("rootkey", "GET", "/readyz").status == 200 for _ in range(1000))
        yield running


@pytest.fixture
def guarded(guarded_server: app.Running) -> Guarded:
    made = Guarded(guarded_server, f"ns-{next(NUMBERS)}")
    made.made("/api/v1/namespaces", {"metadata": {"name": made.namespace}})
    return made
