"""Helm 4 with a chart of a dozen kinds: its releases live in Secrets, and it applies on the server's side."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures import guestbooks
from tests.fixtures.kubectls import Kubectl
from tests.functional.core import charts

ALL = ",".join(charts.KINDS)


@dataclasses.dataclass(frozen=True, slots=True)
class Helm:
    """Helm as the administrator, in the test's namespace."""

    program: Path
    kubectl: Kubectl
    chart: str

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        k = self.kubectl
        where = ["--kubeconfig", str(k.book.running.kubeconfig), "--namespace", k.namespace]
        environment = {"HOME": str(k.home), "PATH": "/usr/bin:/bin", "TMPDIR": str(k.folder), "TZ": "UTC"}
        return subprocess.run(
            [str(self.program), *where, *arguments],
            env=environment,
            cwd=k.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=guestbooks.PATIENCE,
        )

    def __call__(self, *arguments: str) -> str:
        """Run a command that is to succeed; what it prints."""
        done = self.run(*arguments)
        assert done.returncode == 0, done
        return done.stdout

    def json(self, *arguments: str) -> Any:
        return json.loads(self(*arguments, "-o", "json"))

    def fails(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 1, done
        return done.stderr


@pytest.fixture
def h(helm: Path, kc: Kubectl) -> Helm:
    return Helm(helm, kc, charts.write(kc.folder))


def kinds(k: Kubectl) -> set[str]:
    """The kinds of what belongs to the chart."""
    names = k("get", ALL, "-l", "app.kubernetes.io/name=shop", "-o", "name").split()
    return {name.split("/")[0].split(".")[0] for name in names}


def test_install_creates_every_kind_of_the_chart(h: Helm) -> None:
    made = h.json("install", "shop", h.chart)
    assert (made["name"], made["version"], made["info"]["status"]) == ("shop", 1, "deployed")
    assert kinds(h.kubectl) == set(charts.KINDS)
    deployment = h.kubectl.object("deployment", "shop")
    assert deployment["metadata"]["annotations"] == {
        "meta.helm.sh/release-name": "shop",
        "meta.helm.sh/release-namespace": h.kubectl.namespace,
    }
    (managed,) = deployment["metadata"]["managedFields"]
    assert (managed["manager"], managed["operation"]) == ("helm", "Apply")


def test_releases_are_secrets_with_a_type_and_labels_of_their_own(h: Helm) -> None:
    h("install", "shop", h.chart)
    h("upgrade", "shop", h.chart, "--set", "replicas=2")
    secrets = h.kubectl.object("secrets", "-l", "owner=helm")["items"]
    assert [secret["metadata"]["name"] for secret in secrets] == [
        "sh.helm.release.v1.shop.v1", "sh.helm.release.v1.shop.v2",
    ]  # fmt: skip
    assert {secret["type"] for secret in secrets} == {"helm.sh/release.v1"}
    assert [secret["metadata"]["labels"]["status"] for secret in secrets] == ["superseded", "deployed"]


def test_upgrade_changes_what_differs_and_deletes_what_the_chart_lost(h: Helm) -> None:
    h("install", "shop", h.chart)
    before = h.kubectl.object(ALL)["items"]
    h("upgrade", "shop", h.chart, "--set", "replicas=3,image=shop:2,greeting=bye,ingress=false")
    spec = h.kubectl.object("deployment", "shop")["spec"]
    assert (spec["replicas"], spec["template"]["spec"]["containers"][0]["image"]) == (3, "shop:2")
    assert h.kubectl.object("configmap", "shop")["data"] == {"greeting": "bye"}
    assert kinds(h.kubectl) == set(charts.KINDS) - {"ingress"}
    uids = {item["metadata"]["uid"] for item in before}
    assert {item["metadata"]["uid"] for item in h.kubectl.object(ALL)["items"] if named(item)} <= uids


def named(item: Any) -> bool:
    """Whether an object is the chart's, rather than a release of it."""
    found: bool = item["metadata"]["name"] == "shop"
    return found


def test_an_upgrade_without_changes_writes_nothing_but_its_release(h: Helm) -> None:
    h("install", "shop", h.chart)
    before = h.kubectl("get", ALL, "-l", "app.kubernetes.io/name=shop", "-o", "yaml")
    h("upgrade", "shop", h.chart)
    assert h.kubectl("get", ALL, "-l", "app.kubernetes.io/name=shop", "-o", "yaml") == before


def test_rollback_brings_back_an_earlier_revision(h: Helm) -> None:
    h("install", "shop", h.chart)
    h("upgrade", "shop", h.chart, "--set", "replicas=3,ingress=false,greeting=bye")
    h("rollback", "shop", "1")
    assert h.kubectl.object("deployment", "shop")["spec"]["replicas"] == 1
    assert h.kubectl.object("configmap", "shop")["data"] == {"greeting": "hello"}
    assert kinds(h.kubectl) == set(charts.KINDS)
    history = h.json("history", "shop")
    assert [(each["revision"], each["status"]) for each in history] == [
        (1, "superseded"), (2, "superseded"), (3, "deployed"),
    ]  # fmt: skip
    assert history[2]["description"] == "Rollback to 1"


def test_list_shows_the_releases_of_the_namespace_and_of_all(h: Helm) -> None:
    assert h.json("list") == []
    h("install", "shop", h.chart)
    h("install", "second", h.chart)
    shown = [(each["name"], each["revision"], each["chart"]) for each in h.json("list")]
    assert shown == [("second", "1", "shop-1.0.0"), ("shop", "1", "shop-1.0.0")]
    everywhere = [each["namespace"] for each in h.json("list", "--all-namespaces", "--filter", "^shop$")]
    assert h.kubectl.namespace in everywhere


def test_status_values_and_manifest_are_read_from_the_release(h: Helm) -> None:
    h("install", "shop", h.chart, "--set", "replicas=2")
    assert h.json("status", "shop")["info"]["status"] == "deployed"
    assert h.json("get", "values", "shop") == {"replicas": 2}
    assert h("get", "manifest", "shop").count("\nkind: ") == len(charts.KINDS)


def test_uninstall_deletes_the_objects_and_the_release(h: Helm) -> None:
    h("install", "shop", h.chart)
    assert h("uninstall", "shop") == 'release "shop" uninstalled\n'
    left = h.kubectl("get", ALL, "-l", "app.kubernetes.io/name=shop", "-o", "name").split()
    assert left in ([], ["persistentvolumeclaim/shop"]), "only the claim's finalizer waits for a controller"
    assert h.kubectl("get", "secrets", "-o", "name") == ""
    assert "release: not found" in h.fails("status", "shop")


def test_uninstall_can_keep_the_history(h: Helm) -> None:
    h("install", "shop", h.chart)
    h("uninstall", "shop", "--keep-history")
    assert [each["status"] for each in h.json("history", "shop")] == ["uninstalled"]


def test_a_dry_run_on_the_server_leaves_nothing(h: Helm) -> None:
    h("install", "shop", h.chart, "--dry-run=server")
    assert h.kubectl("get", ALL, "-l", "app.kubernetes.io/name=shop", "-o", "name") == ""
    assert h.json("list") == []


def test_a_name_that_is_taken_is_refused(h: Helm) -> None:
    h("install", "shop", h.chart)
    assert "cannot reuse a name that is still in use" in h.fails("install", "shop", h.chart)


def test_what_the_server_refuses_makes_a_failed_release(h: Helm) -> None:
    text = h.fails("install", "shop", h.chart, "--set", "replicas=-1")
    assert "spec.replicas: Invalid value: -1: must be greater than or equal to 0" in text
    assert [each["status"] for each in h.json("list", "--failed")] == ["failed"]
    h("upgrade", "shop", h.chart, "--reset-values")
    assert [each["status"] for each in h.json("history", "shop")] == ["superseded", "deployed"]
