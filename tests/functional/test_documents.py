"""The OpenAPI documents of the guestbook: valid, true to what is answered, in every form, and shown to people."""

from __future__ import annotations

import json
import re
import urllib.request
from typing import Any

import hypothesis
import openapi_spec_validator
import pytest
import schemathesis
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from hypothesis import strategies as st
from schemathesis import checks

from examples import guestbook as example
from tests.fixtures import guestbooks
from tests.fixtures.browsers import Browser
from tests.fixtures.guestbooks import GROUP, Book

OWN = "apis/guestbook.example.org/v1"
PROTOBUF = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
EXAMPLES = 25
V2, V3 = openapi_spec_validator.OpenAPIV2SpecValidator, openapi_spec_validator.OpenAPIV30SpecValidator


def sections(book: Book) -> dict[str, Any]:
    """Every OpenAPI v3 document that the index tells of."""
    paths = json.loads(book.get("/openapi/v3").body)["paths"]
    return {name: book.get(entry["serverRelativeURL"]).body for name, entry in paths.items()}


def test_the_documents_that_are_served_are_valid(book: Book) -> None:
    openapi_spec_validator.validate(book.get("/openapi/v2").body, cls=V2)
    found = sections(book)
    assert OWN in found
    for document in found.values():
        openapi_spec_validator.validate(document, cls=V3)


def test_the_documents_that_are_written_without_serving_are_valid_and_the_same(book: Book) -> None:
    written = json.loads(example.server.openapi("v2"))
    openapi_spec_validator.validate(written, cls=V2)
    assert {path for path in written["paths"] if path.startswith(GROUP)} == set(sections(book)[OWN]["paths"])
    whole = json.loads(example.server.openapi("v3"))
    openapi_spec_validator.validate(whole, cls=V3)
    assert sections(book)[OWN]["paths"].items() <= whole["paths"].items()


# Of the messages of gnostic's openapiv2/OpenAPIv2.proto those fields that are looked at: name, number, message.
MESSAGES: dict[str, list[tuple[str, int, str]]] = {
    "Document": [("swagger", 1, ""), ("info", 2, "Info"), ("paths", 8, "Paths"), ("definitions", 9, "Definitions")],
    "Info": [("title", 1, ""), ("version", 2, "")],
    "Paths": [("path*", 2, "NamedPathItem")],
    "NamedPathItem": [("name", 1, ""), ("value", 2, "PathItem")],
    "PathItem": [("get", 2, "Operation"), ("put", 3, "Operation"), ("post", 4, "Operation"), ("patch", 8, "Operation")],
    "Operation": [("description", 3, ""), ("operation_id", 5, ""), ("produces*", 6, "")],
    "Definitions": [("additional_properties*", 1, "NamedSchema")],
    "NamedSchema": [("name", 1, ""), ("value", 2, "Schema")],
    "Schema": [("ref", 1, ""), ("description", 4, ""), ("required*", 19, ""), ("properties", 25, "Properties")],
    "Properties": [("additional_properties*", 1, "NamedSchema")],
}


def message_of_a_document() -> Any:
    """An empty `openapi.v2.Document`, by the numbers above."""
    file = descriptor_pb2.FileDescriptorProto(name="documents.proto", package="documents", syntax="proto3")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, number, kind in fields:
            entry = message.field.add(name=field.rstrip("*"), number=number)
            entry.label = entry.LABEL_REPEATED if field.endswith("*") else entry.LABEL_OPTIONAL
            entry.type = entry.TYPE_MESSAGE if kind else entry.TYPE_STRING
            if kind:
                entry.type_name = f".documents.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("documents.Document"))()


def properties(message: Any) -> dict[str, Any]:
    return {entry.name: entry.value for entry in message.additional_properties}


def test_the_protobuf_form_says_the_same(book: Book) -> None:
    wanted = book.get("/openapi/v2").body
    with urllib.request.urlopen(
        urllib.request.Request(f"{book.running.url}/openapi/v2", headers={"Accept": PROTOBUF})
    ) as answer:
        assert answer.headers["Content-Type"] == PROTOBUF.replace("@", ".")
        found = message_of_a_document()
        found.ParseFromString(answer.read())
    assert (found.swagger, found.info.title) == ("2.0", "Guestbook")
    assert [entry.name for entry in found.paths.path] == list(wanted["paths"])
    for entry in found.paths.path:
        for method in ("get", "put", "post", "patch"):
            shown = wanted["paths"][entry.name].get(method)
            if shown is not None:
                assert getattr(entry.value, method).operation_id == shown["operationId"]
                assert list(getattr(entry.value, method).produces) == shown["produces"]
    assert properties(found.definitions).keys() == wanted["definitions"].keys()
    own = properties(found.definitions)["org.example.guestbook.v1.Guestbook"]
    spec = properties(own.properties)["spec"]
    assert (own.description, spec.description) == ("A book that guests write into.", "What is wanted.")
    assert (list(own.required), list(spec.required)) == (["spec"], ["title"])
    assert properties(own.properties)["metadata"].ref == "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"


OPERATIONS = [
    (method.upper(), path)
    for path, item in json.loads(example.server.openapi("v3"))["paths"].items()
    if path.startswith(GROUP) and "/watch/" not in path
    for method in item
    if method != "parameters"
]


@pytest.fixture(scope="module")
def described(guestbook_server: Any) -> schemathesis.BaseSchema:
    """The document of the guestbook, as a source of requests."""
    return schemathesis.openapi.from_url(f"{guestbook_server.url}/openapi/v3/{OWN}")


@pytest.mark.parametrize("method, path", OPERATIONS)
def test_what_is_answered_is_what_is_documented(
    book: Book, described: schemathesis.BaseSchema, method: str, path: str
) -> None:
    operation = described[path][method]
    chosen = [checks.CHECKS.get_one(name) for name in CHECKS]
    kind = "Scale" if path.endswith("/scale") else "Entry" if "/entries" in path else "Guestbook"
    head = {"kind": kind, "apiVersion": "autoscaling/v1" if kind == "Scale" else "guestbook.example.org/v1"}

    @hypothesis.settings(
        max_examples=EXAMPLES, suppress_health_check=list(hypothesis.HealthCheck), phases=[hypothesis.Phase.generate]
    )
    @hypothesis.given(case=operation.as_strategy(), near=st.booleans())
    def holds(case: schemathesis.Case, near: bool) -> None:
        book.post(guestbooks.guestbook(moderators=["ann"]))
        book.send("POST", book.entries, guestbooks.entry())
        if near:  # bring it closer to what is there
            name = "first" if kind == "Entry" else "inn"
            case.path_parameters = {
                key: {"namespace": book.namespace, "name": name}[key] for key in case.path_parameters or {}
            }
            if isinstance(case.body, dict):
                case.body = {**case.body, **head, "metadata": {"name": name}}
        case.query = {**(case.query or {}), "watch": "false"} if "watch" in (case.query or {}) else case.query
        case.call_and_validate(checks=chosen)

    holds()


def test_people_see_the_operations_of_the_resources_and_nothing_is_fetched_from_elsewhere(
    book: Book, browser: Browser
) -> None:
    page = browser.open(f"{book.running.url}/docs")
    shown = set(re.findall(r'class="opblock-summary-path[^"]*" data-path="([^"]*)"', page.content))
    assert shown == set(sections(book)[OWN]["paths"])
    assert "<title>Guestbook</title>" in page.content
    assert {url.removeprefix(book.running.url) for url in page.requests} >= {
        f"/openapi/v3/{OWN}",
        "/docs/swagger-ui.css",
    }
    assert all(url.startswith(f"{book.running.url}/") for url in page.requests)
    assert book.get("/docs/nosuch.js").status == 404
