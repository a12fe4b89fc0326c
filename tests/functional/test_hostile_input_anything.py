"""Arbitrary requests: whatever a client sends, it gets an answer that makes sense, and never one of the 5xx.

Objects, patches and options are made of parts that are nearly right, so that they get far before something is wrong.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import hypothesis
from hypothesis import strategies as st

from tests.fixtures import guestbooks
from tests.fixtures.guestbooks import GROUP, Book

EXAMPLES = 300
MEDIA_TYPES = [
    "application/json", "application/yaml", "application/merge-patch+json", "application/json-patch+json",
    "application/apply-patch+yaml", "application/strategic-merge-patch+json", "application/vnd.kubernetes.protobuf",
    "text/plain", "",
]  # fmt: skip
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.integers(), st.floats(), st.text(max_size=8),
    st.sampled_from(["inn", "v1", "x" * 300, "a/b", "../a", "2026-01-01T00:00:00Z", "A", "\0", "example.com/x"]),
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def mapping(required: dict[str, Any], **likely: Any) -> st.SearchStrategy[Any]:
    """Mostly an object whose members are mostly what is expected; sometimes anything."""
    fields = {key: st.one_of(value, value, value, values) for key, value in likely.items()}
    good = st.fixed_dictionaries(required, optional=fields)
    return st.one_of(good, good, good, values)


names = st.sampled_from(["inn", "first", "nosuch"])
texts = st.sampled_from(["a", "example.com/a", "A", "", "a b", "x" * 70])
metadata = mapping(
    {},
    name=names,
    generateName=texts,
    namespace=texts,
    labels=st.dictionaries(texts, texts, max_size=2),
    annotations=st.dictionaries(texts, texts, max_size=2),
    finalizers=st.lists(texts, max_size=2),
    ownerReferences=st.lists(mapping({}, apiVersion=texts, kind=texts, name=texts, uid=texts), max_size=2),
    managedFields=st.lists(mapping({}, manager=texts, operation=st.just("Apply"), fieldsV1=values), max_size=2),
    resourceVersion=st.sampled_from(["", "0", "1", "abc", "99999999999999999999"]),
    uid=texts,
    creationTimestamp=st.just("2026-01-01T00:00:00Z"),
    deletionTimestamp=st.just("2026-01-01T00:00:00Z"),
    generation=st.integers(),
)
spec = mapping(
    {},
    title=st.text(max_size=3),
    replicas=st.integers(),
    theme=st.sampled_from(["light", "dark"]),
    moderators=st.lists(texts, max_size=3),
    guestbook=texts,
    message=texts,
    author=texts,
    written=st.just("2026-01-01T00:00:00Z"),
)
objects = mapping(
    {},
    apiVersion=st.sampled_from(["guestbook.example.org/v1", "guestbook.example.org/v1", "autoscaling/v1", "v1"]),
    kind=st.sampled_from(["Guestbook", "Guestbook", "Entry", "Scale", "DeleteOptions"]),
    metadata=metadata,
    spec=spec,
    status=mapping({}, replicas=st.integers(), selector=texts, phase=st.sampled_from(["New", "Odd"])),
)
pointers = st.sampled_from(
    ["", "/", "/spec", "/spec/title", "/spec/moderators/-", "/spec/moderators/0", "/metadata", "/metadata/labels/a~1b",
     "/status/phase", "/kind", "/apiVersion", "/metadata/managedFields", "/metadata/name", "spec"]
)  # fmt: skip
operations = st.lists(
    mapping(
        {},
        op=st.sampled_from(["add", "remove", "replace", "move", "copy", "test", "odd"]),
        path=pointers,
        **{"from": pointers},
        value=st.one_of(values, metadata, spec),
    ),
    max_size=4,
)
options = mapping(
    {},
    kind=st.just("DeleteOptions"),
    apiVersion=st.just("v1"),
    gracePeriodSeconds=st.integers(-2, 2),
    propagationPolicy=st.sampled_from(["Foreground", "Background", "Orphan"]),
    preconditions=mapping({}, uid=texts, resourceVersion=texts),
    dryRun=st.lists(st.just("All"), max_size=2),
)
documents = st.one_of(objects, objects, operations, options, values)
bodies = st.one_of(documents.map(lambda value: json.dumps(value).encode()), st.binary(max_size=30))
parameters = st.sampled_from(
    ["dryRun=All", "dryRun=x", "fieldManager=me", "fieldManager=", "force=true", "force=x", "fieldValidation=Strict",
     "fieldValidation=Ignore", "limit=1", "limit=x", "continue=x", "labelSelector=a", "labelSelector=(", "pretty=true",
     "fieldSelector=spec.theme%3Dlight", "fieldSelector=a", "resourceVersion=0", "resourceVersion=1",
     "resourceVersion=x", "resourceVersionMatch=Exact", "watch=1", "sendInitialEvents=true",
     "resourceVersionMatch=NotOlderThan",
     "gracePeriodSeconds=0", "propagationPolicy=Orphan", "orphanDependents=x", "timeout=1s", "allowWatchBookmarks=1"]
)  # fmt: skip
queries = st.lists(parameters, max_size=4).map("&".join) | st.text(max_size=10).map(quote)
accepts = st.sampled_from(
    ["", "*/*", "application/yaml", "application/json;as=Table;g=meta.k8s.io;v=v1", "text/html", ";;",
     "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1", "application/vnd.kubernetes.protobuf"]
)  # fmt: skip
places = st.sampled_from(
    ["guestbooks", "guestbooks/inn", "guestbooks/inn/status", "guestbooks/inn/scale", "entries", "entries/first"]
)


def makes_sense(found: guestbooks.Answer) -> None:
    """Assert that an answer is one that a client can work with."""
    if found.status < 400:
        return
    assert found.body["kind"] == "Status", found
    assert found.body["code"] == found.status
    assert found.message
    if found.status < 500:
        assert found.body["reason"]
    else:
        assert found.message.startswith("Timeout: Too large resource version")


# the book's namespace is shared by all examples of a test, which is as it should be
@hypothesis.settings(max_examples=EXAMPLES, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(
    method=st.sampled_from(METHODS),
    place=places,
    body=bodies,
    media_type=st.sampled_from(MEDIA_TYPES),
    query=queries,
    accept=accepts,
)
def test_any_request_gets_an_answer_that_makes_sense(
    book: Book, method: str, place: str, body: bytes, media_type: str, query: str, accept: str
) -> None:
    book.send("POST", book.items, guestbooks.guestbook(moderators=["ann"]))
    book.send("POST", book.entries, guestbooks.entry())
    path = f"{GROUP}/namespaces/{book.namespace}/{place}?{query}"
    if method == "GET":
        path, body = f"{path}&timeoutSeconds=1", b""  # a watch is to end
    makes_sense(book.send(method, path, body, content_type=media_type, headers=[("Accept", accept)]))


@hypothesis.settings(max_examples=EXAMPLES, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(data=st.data())
def test_bodies_that_fit_their_media_type_get_far_and_do_no_harm(book: Book, data: st.DataObject) -> None:
    book.send("POST", book.items, guestbooks.guestbook(moderators=["ann"]))
    book.send("POST", book.entries, guestbooks.entry())
    place = data.draw(places)
    where = f"{GROUP}/namespaces/{book.namespace}/{place}"
    kind = "Entry" if place.startswith("entries") else "Guestbook"
    typed = {"apiVersion": "guestbook.example.org/v1", "kind": kind}
    whole = objects.map(lambda value: typed | value if isinstance(value, dict) else value)
    method, media_type, strategy = data.draw(
        st.sampled_from(
            [
                ("POST", "application/json", whole),
                ("PUT", "application/json", whole),
                ("PATCH", "application/merge-patch+json", objects),
                ("PATCH", "application/json-patch+json", operations),
                ("PATCH", "application/apply-patch+yaml", whole),
                ("DELETE", "application/json", options),
            ]
        )
    )
    body = json.dumps(data.draw(strategy)).encode()
    query = data.draw(queries) + ("&fieldManager=me" if "apply" in media_type else "")
    found = book.send(method, f"{where}?{query}", body, content_type=media_type)
    makes_sense(found)
    shown = book.get(f"{GROUP}/namespaces/{book.namespace}/{place.split('/')[0]}")
    assert shown.status == 200
