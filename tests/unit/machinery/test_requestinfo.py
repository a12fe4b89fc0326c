"""What method, path and query say of a request."""

from __future__ import annotations

import pytest

from kroute.machinery import query, requestinfo

# method, target, verb, namespace, group, resource, subresource, name
TABLE = [
    ("GET", "/api/v1/namespaces", "list", "", "", "namespaces", "", ""),
    ("GET", "/api/v1/namespaces/other", "get", "other", "", "namespaces", "", "other"),
    ("GET", "/api/v1/namespaces/other/pods", "list", "other", "", "pods", "", ""),
    ("GET", "/api/v1/namespaces/other/pods/foo", "get", "other", "", "pods", "", "foo"),
    ("HEAD", "/api/v1/namespaces/other/pods/foo", "get", "other", "", "pods", "", "foo"),
    ("GET", "/api/v1/pods", "list", "", "", "pods", "", ""),
    ("GET", "/api/v1/nodes/n/", "get", "", "", "nodes", "", "n"),
    ("OPTIONS", "/api/v1/namespaces/other/pods/foo", "", "other", "", "pods", "", "foo"),
    ("GET", "/api/v1/watch/pods", "watch", "", "", "pods", "", ""),
    ("GET", "/api/v1/watch/namespaces/other/pods/x", "watch", "other", "", "pods", "", "x"),
    ("GET", "/api/v1/watch/namespaces/other", "watch", "other", "", "namespaces", "", "other"),
    ("GET", "/api/v1/pods?watch=1", "watch", "", "", "pods", "", ""),
    ("GET", "/api/v1/pods?watch", "watch", "", "", "pods", "", ""),
    ("GET", "/api/v1/pods?watch=False", "list", "", "", "pods", "", ""),
    ("GET", "/api/v1/pods?watch=0&watch=1", "list", "", "", "pods", "", ""),
    ("GET", "/api/v1/pods/x?watch=1", "get", "", "", "pods", "", "x"),
    ("GET", "/api/v1/namespaces/a/pods?fieldSelector=metadata.name%3Dx", "list", "a", "", "pods", "", "x"),
    ("GET", "/api/v1/namespaces/a/pods?fieldSelector=metadata.name!=x", "list", "a", "", "pods", "", ""),
    ("GET", "/api/v1/namespaces/a/pods?fieldSelector=metadata.name=x/y", "list", "a", "", "pods", "", ""),
    ("GET", "/api/v1/namespaces/a/pods?fieldSelector=%5C", "list", "a", "", "pods", "", ""),
    ("POST", "/api/v1/namespaces/a/pods/x/binding", "create", "a", "", "pods", "binding", "x"),
    ("GET", "/api/v1/proxy/namespaces/a/pods/x/y", "proxy", "a", "", "pods", "", "x"),
    ("GET", "/api/v1/namespaces/a/pods/x/proxy/y/z", "get", "a", "", "pods", "proxy", "x"),
    ("PUT", "/api/v1/namespaces/a/status", "update", "a", "", "namespaces", "status", "a"),
    ("PUT", "/api/v1/namespaces/a/finalize", "update", "a", "", "namespaces", "finalize", "a"),
    ("PATCH", "/apis/apps/v1/namespaces/a/deployments/d", "patch", "a", "apps", "deployments", "", "d"),
    ("DELETE", "/apis/apps/v1/namespaces/a/deployments", "deletecollection", "a", "apps", "deployments", "", ""),
    ("DELETE", "/apis/apps/v1/namespaces/a/deployments/d", "delete", "a", "apps", "deployments", "", "d"),
]


@pytest.mark.parametrize("method, target, verb, namespace, group, resource, subresource, name", TABLE)
def test_resource_requests(
    method: str, target: str, verb: str, namespace: str, group: str, resource: str, subresource: str, name: str
) -> None:
    path, text = query.split(target)
    info = requestinfo.parse(method, path, query.parse(text))
    assert info.is_resource
    assert info.path == path
    assert info.api_prefix == ("apis" if group else "api")
    assert info.version == "v1"
    found = info.verb, info.namespace, info.group, info.resource, info.subresource, info.name
    assert found == (verb, namespace, group, resource, subresource, name)


def test_parts_begin_at_the_resource() -> None:
    info = requestinfo.parse("GET", "/api/v1/namespaces/a/pods/x/proxy/y/z", {})
    assert info.parts == ("pods", "x", "proxy", "y", "z")


@pytest.mark.parametrize(
    "path", ["/", "", "/api", "/api/v1", "/apis", "/apis/apps", "/apis/apps/v1", "/healthz/ping/pong/x", "/version"]
)
def test_other_requests_have_their_method_as_verb(path: str) -> None:
    info = requestinfo.parse("POST", path, {})
    assert (info.is_resource, info.verb, info.resource, info.path) == (False, "post", "", path)


def test_a_verb_in_the_path_without_a_resource_is_a_resource_request_without_one() -> None:
    info = requestinfo.parse("GET", "/api/v1/watch", {})
    assert (info.is_resource, info.verb, info.resource) == (True, "watch", "")
