"""What quotas are charged for changes, and what needs a quota at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from kroute.admission import limiting
from kroute.admission.plugins import resource_quota
from kroute.coreapi.quotas import registry
from kroute.machinery import errors, gvk
from tests.unit.admission import requests


def quota(hard: dict[str, str], used: dict[str, str] | None = None, **spec: Any) -> Any:
    status = {"hard": hard, "used": used or dict.fromkeys(hard, "0")}
    return {"metadata": {"name": "q", "namespace": "default"}, "spec": {"hard": hard, **spec}, "status": status}


class Quotas:
    """A plugin over some quotas; `charged` is what they are after each charge."""

    def __init__(self, *quotas: Any, limited: Sequence[limiting.Limited] = ()) -> None:
        self._quotas = quotas
        self.charged: list[Mapping[str, str]] = []
        self._plugin = resource_quota.ResourceQuota(
            requests.lookup(*quotas), evaluator_of=registry.Evaluators().of, charge=self._charge, limited=limited
        )

    async def _charge(self, namespace: str, name: str, used: Callable[[Any], Mapping[str, str]]) -> None:
        self.charged.append(used(next(each for each in self._quotas if each["metadata"]["name"] == name)))

    async def ask(self, resource: str, obj: Any, old: Any = None, **rest: Any) -> list[Mapping[str, str]]:
        await self._plugin.validate(requests.request(resource, obj, old, **rest))
        return self.charged


def service(kind: str, ports: int = 1) -> Any:
    return {"metadata": {"name": "s"}, "spec": {"type": kind, "ports": [{"port": n} for n in range(ports)]}}


def claim(size: str, **spec: Any) -> Any:
    return {"metadata": {"name": "c"}, "spec": {"resources": {"requests": {"storage": size}}, **spec}}


async def test_what_is_there_already_is_charged_for_its_growth() -> None:
    found = Quotas(quota({"services.nodeports": "3"}, {"services.nodeports": "1"}))
    assert await found.ask("services", service("NodePort", 3), service("NodePort", 1)) == [{"services.nodeports": "3"}]
    with pytest.raises(errors.Forbidden, match=r"exceeded quota: q, requested: services.nodeports=3, used: "):
        await found.ask("services", service("NodePort", 4), service("NodePort", 1))


async def test_what_shrinks_is_not_given_back_at_once() -> None:
    found = Quotas(quota({"services.nodeports": "3"}, {"services.nodeports": "3"}))
    assert await found.ask("services", service("ClusterIP"), service("NodePort", 3)) == []


async def test_a_quota_that_did_not_count_an_object_is_charged_for_all_of_it() -> None:
    scoped = {"scopeName": "VolumeAttributesClass", "operator": "In", "values": ["gold"]}
    found = Quotas(quota({"requests.storage": "9Gi"}, scopeSelector={"matchExpressions": [scoped]}))
    gold, plain = claim("2Gi", volumeAttributesClassName="gold"), claim("2Gi")
    assert await found.ask("persistentvolumeclaims", gold, plain) == [{"requests.storage": "2Gi"}]
    assert await found.ask("persistentvolumeclaims", gold, gold) == found.charged[:1]


async def test_dry_runs_are_checked_and_not_charged() -> None:
    found = Quotas(quota({"count/secrets": "1"}))
    secret = {"metadata": {"name": "s"}}
    assert await found.ask("secrets", secret, dry_run=True) == []
    full = Quotas(quota({"count/secrets": "1"}, {"count/secrets": "1"}))
    with pytest.raises(errors.Forbidden, match="exceeded quota"):
        await full.ask("secrets", secret, dry_run=True)


async def test_what_is_limited_needs_a_quota() -> None:
    limited = [limiting.Limited(gvk.GroupResource("", "persistentvolumeclaims"), ("requests.storage",))]
    without = Quotas(quota({"count/secrets": "1"}), limited=limited)
    with pytest.raises(errors.Forbidden, match=r"insufficient quota to consume: requests.storage$"):
        await without.ask("persistentvolumeclaims", claim("1Gi"))
    assert await without.ask("persistentvolumeclaims", claim("1Gi"), claim("1Gi")) == []
    assert await without.ask("secrets", {"metadata": {"name": "s"}}) == [{"count/secrets": "1"}]
    covered = Quotas(quota({"requests.storage": "1Gi"}), limited=limited)
    assert await covered.ask("persistentvolumeclaims", claim("1Gi")) == [{"requests.storage": "1Gi"}]


@pytest.mark.parametrize(
    "document, problem",
    [
        ({"limitedResources": [{}]}, r"limitedResources\[0\] has no resource"),
        ({"limitedResources": [{"resource": "pods", "matchContains": "cpu"}]}, "matchContains is no list of texts"),
        ({"limitedResources": [{"resource": "pods", "matchScopes": [{}]}]}, "matchScopes are not known here"),
    ],
)
def test_a_wrong_configuration_is_refused(document: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        limiting.read(document)
