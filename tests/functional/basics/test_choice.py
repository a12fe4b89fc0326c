"""Some of Kubernetes' kinds beside a user's own, and groups that are left out."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

import kroute
from kroute import app, chain, installer, settings
from kroute.coreapi import server as coreapi
from kroute.machinery import gvk
from kroute.testing import serving
from tests.fixtures import guestbooks

TOYS = "/apis/toys.example.org/v1"
SCHEMA = {"properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}}}


def widgets(**options: Any) -> kroute.APIServer:
    widget = kroute.resource(group="toys.example.org", version="v1", kind="Widget", schema=SCHEMA)
    return kroute.APIServer([widget], **options)


@pytest.fixture(scope="module")
def book() -> Iterator[guestbooks.Book]:
    names = ["namespaces", "configmaps", "secrets", "events", "leases"]
    with serving.running(widgets(core=names)) as running:
        yield guestbooks.Book(running, "default")


def test_a_kind_that_there_is_not_is_refused_at_once() -> None:
    with pytest.raises(kroute.InstallError, match="there is no built-in resource 'gadgets'"):
        widgets(core=["gadgets"])


def test_a_group_that_there_is_not_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="--runtime-config: there is no 'toys/v1'"):
        coreapi.CoreAPI(config={"toys/v1": "true"})


def test_a_user_s_resources_honour_the_life_of_namespaces(book: guestbooks.Book) -> None:
    body = {"apiVersion": "toys.example.org/v1", "kind": "Widget", "metadata": {"name": "w"}}
    found = book.send("POST", f"{TOYS}/namespaces/none/widgets", body)
    assert (found.status, found.message) == (404, 'namespaces "none" not found')
    assert book.send("POST", f"{TOYS}/namespaces/default/widgets", body).status == 201


def test_only_what_was_chosen_is_served(book: guestbooks.Book) -> None:
    listed = {resource["name"] for resource in book.get("/api/v1").body["resources"]}
    assert listed == {"namespaces", "namespaces/finalize", "namespaces/status", "configmaps", "secrets", "events"}
    groups = [group["name"] for group in book.get("/apis").body["groups"]]
    assert groups == ["coordination.k8s.io", "toys.example.org"]
    assert book.get("/api/v1/namespaces/default/pods").status == 404


def test_the_documents_know_the_kinds(book: guestbooks.Book) -> None:
    document = book.get("/openapi/v3/api/v1").body
    assert "io.k8s.api.core.v1.ConfigMap" in document["components"]["schemas"]
    assert "/api/v1/namespaces/{namespace}/configmaps/{name}" in document["paths"]


def test_the_new_group_of_events_can_do_without_the_old_one() -> None:
    with serving.running(widgets(core=["events.events.k8s.io"])) as running:
        book = guestbooks.Book(running, "default")
        path = "/apis/events.k8s.io/v1/namespaces/default/events"
        body = {
            "metadata": {"name": "e"}, "eventTime": "2026-01-01T00:00:00.000000Z", "reportingController": "e.com/c",
            "reportingInstance": "c", "action": "a", "reason": "r", "type": "Normal",
            "regarding": {"namespace": "default"},
        }  # fmt: skip
        assert book.send("POST", path, body).status == 201
        assert len(book.get(path).body["items"]) == 1
        assert book.get("/api/v1/namespaces/default/events").status == 404


@contextlib.contextmanager
def configured(**config: str) -> Iterator[guestbooks.Book]:
    """A server whose groups and versions are switched; underscores stand for slashes."""
    switches = {key.replace("_", "/"): value for key, value in config.items()}

    class Switched(chain.Chain):
        def only(self, servers: Sequence[str]) -> chain.Chain:
            return self

        def sources(self, chosen: settings.Settings, *more: Any) -> Any:
            return super().sources(dataclasses.replace(chosen, runtime_config=switches), *more)

    server = app.APIServer(core=True)
    server.chain = Switched(core=True)
    with serving.running(server) as running:
        yield guestbooks.Book(running, "default")


def test_what_is_stored_does_not_depend_on_what_is_served() -> None:
    with configured(autoscaling_v2="false") as book:
        assert book.get("/apis/autoscaling/v2").status == 404
        listed = book.get("/apis/autoscaling/v1").body["resources"]
        hashes = {resource["name"]: resource.get("storageVersionHash") for resource in listed}
        stored = gvk.GroupVersionKind("autoscaling", "v2", "HorizontalPodAutoscaler")
        assert hashes["horizontalpodautoscalers"] == installer.version_hash(stored)
        body = {
            "metadata": {"name": "h"},
            "spec": {"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "d", "apiVersion": "apps/v1"}},
        }
        found = book.send("POST", "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers", body)
        assert (found.status, found.body["apiVersion"]) == (201, "autoscaling/v1")
