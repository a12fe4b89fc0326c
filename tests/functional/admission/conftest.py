"""Kinds with webhooks and policies about them, served once for a module; each test has a namespace of its own."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from kroute import app
from kroute.testing import serving
from tests.fixtures import guestbooks, webhooks

NAMES = [
    "namespaces", "configmaps", "secrets", "serviceaccounts", "pods", "deployments", "horizontalpodautoscalers",
    "resourcequotas", "validatingwebhookconfigurations", "mutatingwebhookconfigurations",
    "validatingadmissionpolicies", "validatingadmissionpolicybindings", "mutatingadmissionpolicies",
    "mutatingadmissionpolicybindings",
]  # fmt: skip
ADMISSION = "/apis/admissionregistration.k8s.io/v1"
NUMBERS = itertools.count(1)
PATIENCE = 10.0
Result = TypeVar("Result")


class Cluster(guestbooks.Book):
    """A client with one namespace; `hook` and `policy` are about that namespace alone."""

    def path(self, path: str, api: str = "/api/v1") -> str:
        return path if path.startswith("/") else f"{api}/namespaces/{self.namespace}/{path}"

    def create(self, path: str, body: Any, *, api: str = "/api/v1", query: str = "") -> guestbooks.Answer:
        return self.send("POST", self.path(path, api) + query, body)

    def config(self, name: str = "a", *, query: str = "", labels: Any = None, **data: str) -> guestbooks.Answer:
        """Create a ConfigMap."""
        metadata = {"name": name, **({"labels": labels} if labels else {})}
        body: dict[str, Any] = {"metadata": metadata}
        if data:
            body["data"] = data
        return self.create("configmaps", body, query=query)

    def made(self, path: str, body: Any) -> Any:
        answer = self.create(f"{ADMISSION}/{path}", body)
        assert answer.status == 201, answer.body
        return answer.body

    def constraints(self, **rest: Any) -> dict[str, Any]:
        """Rules for ConfigMaps of the namespace."""
        return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": self.namespace}}, **rest}

    def hook(self, hook: webhooks.Hook, *, kind: str = "validating", name: str = "x.example.com", **rest: Any) -> str:
        """Register a webhook; the name of its configuration."""
        rule = {
            "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["configmaps"],
        }  # fmt: skip
        given = {
            "name": name,
            "clientConfig": hook.client_config,
            "admissionReviewVersions": ["v1"],
            "sideEffects": "None",
            "rules": [rule],
            "timeoutSeconds": 5,
            **self.constraints(**rest),
        }
        label = f"h{next(NUMBERS):04}"
        self.made(f"{kind}webhookconfigurations", {"metadata": {"name": label}, "webhooks": [given]})
        return label

    def policy(self, *, kind: str = "validating", bind: bool = True, binding: Any = None, **spec: Any) -> str:
        """Create a policy and bind it; its name."""
        rule = {
            "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["configmaps"],
        }  # fmt: skip
        spec.setdefault("matchConstraints", self.constraints(resourceRules=[rule]))
        name = f"p{next(NUMBERS):04}"
        self.made(f"{kind}admissionpolicies", {"metadata": {"name": name}, "spec": spec})
        if bind:
            bound: dict[str, Any] = {"policyName": name, **(binding or {})}
            if kind == "validating":
                bound.setdefault("validationActions", ["Deny"])
            self.made(f"{kind}admissionpolicybindings", {"metadata": {"name": name}, "spec": bound})
        return name


@pytest.fixture(scope="module")
def cluster_server(other_loop: asyncio.AbstractEventLoop) -> Iterator[app.Running]:
    """Ends before the loop of webhooks does, so that these see their connections end."""
    with serving.running(app.APIServer(core=NAMES), controllers=["-*"]) as running:
        yield running


@pytest.fixture
def cluster(cluster_server: app.Running) -> Cluster:
    made = Cluster(cluster_server, f"ns-{next(NUMBERS)}")
    assert made.send("POST", "/api/v1/namespaces", {"metadata": {"name": made.namespace}}).status == 201
    account = {"metadata": {"name": "default", "namespace": made.namespace}}
    assert made.create("serviceaccounts", account).status == 201
    return made


class Hooks:
    """Webhooks that run while a test does, in the event loop of another thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, directory: Path) -> None:
        self._loop, self._directory = loop, directory
        self._stack = contextlib.AsyncExitStack()

    def __call__(self, answer: Callable[[Any], Any]) -> webhooks.Hook:
        return self._run(self._stack.enter_async_context(webhooks.running(self._directory, answer)))

    def close(self) -> None:
        self._run(self._stack.aclose())

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)


@pytest.fixture(scope="module")
def other_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop that runs in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="webhooks")
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the certificate of all webhooks is."""
    return tmp_path_factory.mktemp("webhooks")


@pytest.fixture
def hooks(other_loop: asyncio.AbstractEventLoop, authority: Path) -> Iterator[Hooks]:
    made = Hooks(other_loop, authority)
    yield made
    made.close()


def response(review: Any, **rest: Any) -> dict[str, Any]:
    """A review's answer; it allows unless something else is said."""
    return {
        "apiVersion": review["apiVersion"],
        "kind": "AdmissionReview",
        "response": {"uid": review["request"]["uid"], "allowed": True, **rest},
    }
