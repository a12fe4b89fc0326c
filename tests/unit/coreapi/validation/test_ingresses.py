"""What is wrong with ingresses and their classes, and what their clients are warned of."""

from __future__ import annotations

import pytest

from kroute.coreapi.validation import ingressclasses, ingresses
from tests.unit.coreapi import harness

INGRESS, CLASS = "networking.k8s.io/v1/Ingress", "networking.k8s.io/v1/IngressClass"
DEPRECATED = "kubernetes.io/ingress.class"
PARAMETERS: harness.Patch = {"kind": "Odd", "name": "p", "scope": "Cluster"}
WEB = harness.BACKEND


def wrong(make: harness.Maker, spec: harness.Patch) -> list[str]:
    return short(harness.texts(ingresses.validate(make(INGRESS, {"spec": spec}))))


def short(found: list[str]) -> list[str]:
    return [text.removeprefix("spec.") for text in found]


def paths(*each: harness.Patch) -> harness.Patch:
    return {"rules": [rule(*each)]}


def rule(*each: harness.Patch, host: str = "") -> harness.Patch:
    return {"host": host, "http": {"paths": [{"backend": WEB, "pathType": "Prefix", "path": "/", **p} for p in each]}}


@pytest.mark.parametrize(
    "spec, expected",
    [
        (paths({}), []),
        (paths({"path": "", "pathType": "ImplementationSpecific"}), []),
        (paths({"path": "/a//b", "pathType": "ImplementationSpecific"}), []),
        (paths(), [": Required value"]),
        (paths({"pathType": None}), ["[0].pathType: Required value: pathType must be specified"]),
        (
            paths({"pathType": "Odd"}),
            ['[0].pathType: Unsupported value: "Odd": supported values: "Exact", "ImplementationSpecific", "Prefix"'],
        ),
        (paths({"path": ""}), ['[0].path: Invalid value: "": must be an absolute path']),
        (
            paths({"path": "a", "pathType": "ImplementationSpecific"}),
            ['[0].path: Invalid value: "a": must be an absolute path'],
        ),
        (
            paths({"path": "/a//b/./c/../d%2F/..", "pathType": "Exact"}),
            [
                "[0].path: Invalid value: \"/a//b/./c/../d%2F/..\": must not contain '//'",
                "[0].path: Invalid value: \"/a//b/./c/../d%2F/..\": must not contain '/./'",
                "[0].path: Invalid value: \"/a//b/./c/../d%2F/..\": must not contain '/../'",
                "[0].path: Invalid value: \"/a//b/./c/../d%2F/..\": must not contain '%2F'",
                "[0].path: Invalid value: \"/a//b/./c/../d%2F/..\": cannot end with '/..'",
            ],
        ),
    ],
)
def test_paths_that_are_wrong(spec: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert [text.removeprefix("rules[0].http.paths") for text in wrong(make, spec)] == expected


@pytest.mark.parametrize(
    "backend, expected",
    [
        (WEB, []),
        ({"service": {"name": "web", "port": {"name": "http"}}}, []),
        ({"resource": {"apiGroup": "example.com", "kind": "Bucket", "name": "b"}}, []),
        ({}, [': Invalid value: "": resource or service backend is required']),
        (
            {**WEB, "resource": {"kind": "Bucket", "name": "b"}},
            [': Invalid value: "": cannot set both resource and service backends'],
        ),
        (
            {"service": {}},
            [".service.name: Required value", ": Required value: port name or number is required"],
        ),
        (
            {"service": {"name": "Web", "port": {"name": "http", "number": 80}}},
            [
                '.service.name: Invalid value: "Web": a lowercase RFC 1123 label ...',
                ': Invalid value: "": cannot set both port name & port number',
            ],
        ),
        (
            {"service": {"name": "web", "port": {"name": "a--b"}}},
            ['.service.port.name: Invalid value: "a--b": must not contain consecutive hyphens'],
        ),
        (
            {"service": {"name": "web", "port": {"number": 65536}}},
            [".service.port.number: Invalid value: 65536: must be between 1 and 65535, inclusive"],
        ),
        (
            {"resource": {"apiGroup": "A", "name": "a/b"}},
            [
                '.resource.apiGroup: Invalid value: "A": a lowercase RFC 1123 subdomain ...',
                ".resource.kind: Required value",
                ".resource.name: Invalid value: \"a/b\": may not contain '/'",
            ],
        ),
    ],
)
def test_backends_that_are_wrong(backend: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    found = wrong(make, {"defaultBackend": backend})
    assert harness.said([text.removeprefix("defaultBackend") for text in found], expected)


@pytest.mark.parametrize(
    "host, expected",
    [
        ("web.example.com", []),
        ("*.example.com", []),
        (
            "10.0.0.1",
            ['Invalid value: "10.0.0.1": must be a DNS name, not an IP address'],
        ),
        ("Web", ['Invalid value: "Web": a lowercase RFC 1123 subdomain ...']),
        ("a.*.com", ['Invalid value: "a.*.com": a wildcard DNS-1123 subdomain ...']),
    ],
)
def test_hosts_are_domains_or_all_below_one(host: str, expected: list[str], make: harness.Maker) -> None:
    found = wrong(make, {"rules": [{"host": host}]})
    assert harness.said([text.removeprefix("rules[0].host: ") for text in found], expected)


def test_an_ingress_sends_requests_somewhere(make: harness.Maker) -> None:
    assert harness.texts(ingresses.validate(make(INGRESS, {"spec": {}}))) == [
        "spec: Invalid value: null: either `defaultBackend` or `rules` must be specified"
    ]


def test_secrets_hosts_and_classes_have_right_names(make: harness.Maker) -> None:
    spec = {"tls": [{"hosts": ["*", "A"], "secretName": "S"}], "ingressClassName": "C", "defaultBackend": WEB}
    expected = [
        'tls[0].hosts[0]: Invalid value: "*": a wildcard DNS-1123 subdomain ...',
        'tls[0].hosts[1]: Invalid value: "A": a lowercase RFC 1123 subdomain ...',
        'tls[0].secretName: Invalid value: "S": a lowercase RFC 1123 subdomain ...',
        'ingressClassName: Invalid value: "C": a lowercase RFC 1123 subdomain ...',
    ]
    assert harness.said(wrong(make, spec), expected)


def test_the_class_is_said_once_or_twice_the_same(make: harness.Maker) -> None:
    obj = make.minimal(INGRESS, {"metadata": {"annotations": {DEPRECATED: "a"}}, "spec": {"ingressClassName": "b"}})
    assert harness.texts(ingresses.validate(obj)) == [
        f'annotations.{DEPRECATED}: Invalid value: "a": must match `ingressClassName` when both are specified'
    ]
    assert not list(ingresses.validate(make.changed(obj, {"spec": {"ingressClassName": "a"}})))
    assert not list(ingresses.validate_update(obj, obj))


def test_what_was_wrong_with_secrets_and_wildcards_may_stay(make: harness.Maker) -> None:
    spec = {"tls": [{"secretName": "S"}], "rules": [rule({"path": "a"}, host="*.example.com")]}
    old = make.minimal(INGRESS, {"spec": spec})
    assert len(list(ingresses.validate(old))) == 2
    assert not list(ingresses.validate_update(old, old))
    right = make.minimal(INGRESS)
    assert len(list(ingresses.validate_update(old, right))) == 2


def test_statuses_of_ingresses_know_no_mode(make: harness.Maker) -> None:
    old = make.minimal(INGRESS)
    status = {"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}, {"ip": "x"}, {"hostname": "A"}]}}
    expected = [
        'status.loadBalancer.ingress[1].ip: Invalid value: "x": must be a valid IP address, ...',
        'status.loadBalancer.ingress[2].hostname: Invalid value: "A": a lowercase RFC 1123 subdomain ...',
    ]
    obj = make.changed(old, {"status": status})
    assert harness.said(harness.texts(ingresses.validate_status_update(obj, old)), expected)
    assert len(list(ingresses.validate_status_update(obj, obj))) == 1


def test_clients_are_warned_of_the_annotation_and_of_odd_addresses(make: harness.Maker) -> None:
    obj = make.minimal(INGRESS, {"metadata": {"annotations": {DEPRECATED: "a"}}})
    assert list(ingresses.warnings(obj)) == [
        f"annotation \"{DEPRECATED}\" is deprecated, please use 'spec.ingressClassName' instead"
    ]
    assert not list(ingresses.warnings(obj, obj))
    status = {"loadBalancer": {"ingress": [{"ip": "010.0.0.1"}]}}
    assert list(ingresses.status_warnings(make.changed(obj, {"status": status}))) == [
        'status.loadBalancer.ingress[0].ip: non-standard IP address "010.0.0.1" is invalid: use "10.0.0.1"'
    ]


@pytest.mark.parametrize(
    "spec, expected",
    [
        ({"controller": None}, ["controller: Required value"]),
        (
            {"controller": "proxy"},
            ['controller: Invalid value: "proxy": must be a domain-prefixed path (such as "acme.io/foo")'],
        ),
        (
            {"controller": "Example/a b"},
            [
                'controller: Invalid value: "Example": a lowercase RFC 1123 subdomain ...',
                'controller: Invalid value: "a b": Invalid path ...',
            ],
        ),
        ({"controller": "example.com/" + "a" * 239}, ["controller: Too long: may not be more than 250 bytes"]),
        ({"parameters": PARAMETERS}, []),
        ({"parameters": {**PARAMETERS, "scope": "Namespace", "namespace": "default"}}, []),
        (
            {"parameters": {}},
            [
                "parameters.kind: Required value",
                "parameters.name: Required value",
            ],
        ),
        (
            {"parameters": {**PARAMETERS, "scope": "Odd"}},
            ['parameters.scope: Unsupported value: "Odd": supported values: "Cluster", "Namespace"'],
        ),
        (
            {"parameters": {**PARAMETERS, "scope": "Namespace"}},
            ["parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'"],
        ),
        (
            {"parameters": {**PARAMETERS, "namespace": "default"}},
            ["parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'"],
        ),
        (
            {"parameters": {**PARAMETERS, "scope": "Namespace", "namespace": "A"}},
            ['parameters.namespace: Invalid value: "A": a lowercase RFC 1123 label ...'],
        ),
    ],
)
def test_classes_that_are_wrong(spec: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    found = harness.texts(ingressclasses.validate(make.minimal(CLASS, {"spec": spec})))
    assert harness.said(short(found), expected)


def test_the_controller_of_a_class_stays(make: harness.Maker) -> None:
    old = make.minimal(CLASS)
    obj = make.changed(old, {"spec": {"controller": "example.com/other"}})
    assert harness.texts(ingressclasses.validate_update(obj, old)) == [
        'spec.controller: Invalid value: "example.com/other": field is immutable'
    ]
