"""From a Service's port to an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from kroute.webhook import resolving


class Known:
    """A directory of one Service, `a` in `ns`."""

    def __init__(
        self,
        spec: Mapping[str, Any] | None,
        *,
        slices: Sequence[Mapping[str, Any]] = (),
        endpoints: Mapping[str, Any] | None = None,
    ) -> None:
        self._spec, self._slices, self._endpoints = spec, slices, endpoints

    def service(self, namespace: str, name: str) -> Mapping[str, Any] | None:
        return None if self._spec is None else {"spec": self._spec}

    def endpoint_slices(self, namespace: str, name: str) -> Sequence[Mapping[str, Any]]:
        return self._slices

    def endpoints(self, namespace: str, name: str) -> Mapping[str, Any] | None:
        return self._endpoints


def resolve(known: Known, port: int = 443) -> str:
    return str(resolving.ServiceResolver(known).resolve("ns", "a", port))


WEB = {"clusterIP": "10.0.0.1", "ports": [{"port": 443, "name": "web"}]}


@pytest.mark.parametrize(
    "spec, told",
    [
        (None, 'service "a" not found'),
        ({"clusterIP": "10.0.0.1", "ports": [{"port": 80}]}, 'no service port 443 found for service "a"'),
        ({"clusterIP": "None", "ports": [{"port": 443}]}, 'no endpoints available for service "a"'),
    ],
)
def test_a_service_without_an_address_is_told(spec: Mapping[str, Any] | None, told: str) -> None:
    with pytest.raises(resolving.ResolveError, match=told):
        resolve(Known(spec))


def test_endpoints_that_are_ready_come_before_the_clusters_address() -> None:
    ready = {"addresses": ["127.0.0.1", "127.0.0.2"], "conditions": {"ready": True}}
    slices = [
        {
            "ports": [{"name": "web", "port": 9443}, {"name": "other", "port": 1}],
            "endpoints": [ready, {"addresses": ["127.0.0.3"], "conditions": {"ready": False}}],
        }
    ]

    assert resolve(Known(WEB, slices=slices)) == "127.0.0.1:9443"


def test_endpoints_of_the_old_kind_are_known_too() -> None:
    endpoints = {"subsets": [{"addresses": [{"ip": "fd00::1"}], "ports": [{"name": "web", "port": 9443}]}]}

    assert resolve(Known(WEB, endpoints=endpoints)) == "[fd00::1]:9443"


def test_without_endpoints_the_clusters_address_is_taken() -> None:
    assert resolve(Known(WEB)) == "10.0.0.1:443"


def test_an_external_name_is_where_the_service_is() -> None:
    assert resolve(Known({"type": "ExternalName", "externalName": "hooks.example.org"})) == "hooks.example.org:443"
