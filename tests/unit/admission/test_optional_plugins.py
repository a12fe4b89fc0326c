"""Plugins that run when they are enabled."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.admission.plugins import (
    always,
    always_pull_images,
    anti_affinity,
    external_ips,
    namespace_lifecycle,
    tolerations,
)
from kroute.machinery import errors
from tests.unit.admission import requests


def pod(*images: str, policy: str = "IfNotPresent", **spec: Any) -> Any:
    containers = [{"name": f"c{n}", "image": image, "imagePullPolicy": policy} for n, image in enumerate(images)]
    return {"metadata": {"name": "p"}, "spec": {"containers": containers, **spec}}


async def test_always_deny_denies_and_always_admit_does_not() -> None:
    request = requests.request("pods", pod("a"))
    with pytest.raises(errors.Forbidden, match=r'pods "p" is forbidden: admission control is denying all modific'):
        await always.AlwaysDeny().validate(request)
    await always.AlwaysAdmit().validate(request)


async def test_images_are_always_pulled() -> None:
    plugin, made = always_pull_images.AlwaysPullImages(), pod("a", "b", initContainers=[{"name": "i"}])
    await plugin.admit(requests.request("pods", made))
    policies = [each["imagePullPolicy"] for _, each in always_pull_images.containers(made)]
    assert policies == ["Always"] * 3
    await plugin.validate(requests.request("pods", made))


async def test_images_that_would_not_be_pulled_are_refused() -> None:
    why = r'spec.containers\[0\].imagePullPolicy: Unsupported value: "IfNotPresent": supported values: "Always"'
    with pytest.raises(errors.Forbidden, match=why):
        await always_pull_images.AlwaysPullImages().validate(requests.request("pods", pod("a")))


async def test_pods_without_new_images_stay_as_they_are() -> None:
    plugin = always_pull_images.AlwaysPullImages()
    await plugin.validate(requests.request("pods", pod("a"), pod("a")))
    await plugin.validate(requests.request("pods", pod("a"), subresource="status"))
    with pytest.raises(errors.Forbidden):
        await plugin.validate(requests.request("pods", pod("b"), pod("a")))


def service(*addresses: str) -> Any:
    return {"metadata": {"name": "s"}, "spec": {"externalIPs": list(addresses)}}


async def test_services_get_no_further_external_addresses() -> None:
    plugin = external_ips.DenyServiceExternalIPs()
    for new, old in ((service("1.1.1.1"), None), (service("1.1.1.1", "2.2.2.2"), service("1.1.1.1"))):
        with pytest.raises(errors.Forbidden, match="Use of external IPs is denied by admission control"):
            await plugin.validate(requests.request("services", new, old))
    await plugin.validate(requests.request("services", service("1.1.1.1"), service("1.1.1.1", "2.2.2.2")))
    await plugin.validate(requests.request("services", service()))


async def test_pods_keep_others_off_their_node_and_no_more() -> None:
    def affine(key: str) -> Any:
        terms = {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": key}]}
        return pod("a", affinity={"podAntiAffinity": terms})

    plugin = anti_affinity.LimitPodHardAntiAffinityTopology()
    await plugin.validate(requests.request("pods", affine("kubernetes.io/hostname")))
    with pytest.raises(errors.Forbidden, match=r"has TopologyKey zone but only key kubernetes.io/hostname is allowed"):
        await plugin.validate(requests.request("pods", affine("zone")))


async def test_pods_tolerate_the_nodes_that_are_kept_for_what_they_want() -> None:
    plugin = tolerations.ExtendedResourceToleration(is_extended=lambda name: "/" in name)
    made = pod("a", tolerations=[{"key": "x/b", "operator": "Exists"}])
    made["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "1", "x/b": "1", "x/a": "1"}}
    await plugin.admit(requests.request("pods", made))
    assert made["spec"]["tolerations"] == [{"key": "x/b", "operator": "Exists"}, {"key": "x/a", "operator": "Exists"}]


async def test_pods_stay_on_lost_nodes_for_as_long_as_is_said() -> None:
    made = pod("a", tolerations=[{"key": "node.kubernetes.io/not-ready", "operator": "Exists"}])
    await tolerations.DefaultTolerationSeconds(unreachable=7).admit(requests.request("pods", made))
    (added,) = made["spec"]["tolerations"][1:]
    assert (added["key"], added["tolerationSeconds"]) == ("node.kubernetes.io/unreachable", 7)


async def test_objects_are_in_namespaces_that_there_are() -> None:
    plugin = namespace_lifecycle.NamespaceExists(requests.lookup({"metadata": {"name": "default"}}))
    await plugin.validate(requests.request("pods", pod("a")))
    with pytest.raises(errors.NotFound, match='namespaces "other" not found'):
        await plugin.validate(requests.request("pods", pod("a"), namespace="other"))
