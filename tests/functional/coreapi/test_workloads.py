"""Workloads: generated selectors and revisions, generations, scales, what is left when jobs go."""

from __future__ import annotations

from typing import Any

from tests.functional.coreapi.conftest import Core

APPS, BATCH = "/apis/apps/v1", "/apis/batch/v1"
LABELS = {"app": "web"}
TEMPLATE = {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "c", "image": "app:1"}]}}
JOB_TEMPLATE = {"spec": {"containers": [{"name": "c", "image": "app:1"}], "restartPolicy": "Never"}}
REVISION = "deprecated.daemonset.template.generation"


def workload(core: Core, plural: str, **metadata: Any) -> Any:
    spec = {"selector": {"matchLabels": LABELS}, "template": TEMPLATE}
    body = {"metadata": {"name": "web", **metadata}, "spec": spec}
    return core.create(plural, body, api=APPS)


def job(core: Core, **spec: Any) -> Any:
    return core.create("jobs", {"metadata": {"name": "once"}, "spec": {"template": JOB_TEMPLATE, **spec}}, api=BATCH)


def test_a_revision_of_a_daemon_set_has_to_be_a_number(core: Core) -> None:
    found = workload(core, "daemonsets", annotations={REVISION: "second"})
    assert found.status == 400
    assert 'parsing "second": invalid syntax' in found.message


def test_nobody_but_the_server_counts_templates_of_a_daemon_set(core: Core) -> None:
    assert workload(core, "daemonsets").body["metadata"]["annotations"] == {REVISION: "1"}
    found = core.patch("daemonsets/web", {"metadata": {"annotations": {REVISION: "7"}}}, api=APPS)
    assert found.body["metadata"]["annotations"] == {REVISION: "1"}
    template = {"spec": {"template": {"metadata": {"labels": {"v": "2"}}}}}
    found = core.patch("daemonsets/web", template, api=APPS)
    assert found.body["metadata"]["annotations"] == {REVISION: "2"}
    assert found.body["metadata"]["generation"] == 2


def test_annotations_of_a_deployment_are_a_new_generation(core: Core) -> None:
    assert workload(core, "deployments").body["metadata"]["generation"] == 1
    found = core.patch("deployments/web", {"metadata": {"annotations": {"a": "b"}}}, api=APPS)
    assert found.body["metadata"]["generation"] == 2
    found = core.patch("deployments/web", {"metadata": {"labels": {"a": "b"}}}, api=APPS)
    assert found.body["metadata"]["generation"] == 2


def test_a_job_keeps_the_selector_that_it_is_said_to_have(core: Core) -> None:
    template = {**JOB_TEMPLATE, "metadata": {"labels": LABELS}}
    found = job(core, manualSelector=True, selector={"matchLabels": LABELS}, template=template)
    assert found.body["spec"]["selector"] == {"matchLabels": LABELS}
    assert found.body["spec"]["template"]["metadata"]["labels"] == LABELS


def test_a_job_selects_what_bears_its_uid(core: Core) -> None:
    found = job(core).body
    uid = found["metadata"]["uid"]
    assert found["spec"]["selector"] == {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
    assert found["spec"]["template"]["metadata"]["labels"]["job-name"] == "once"


def test_who_deletes_a_job_is_told_that_its_pods_stay(core: Core) -> None:
    job(core)
    found = core.send("DELETE", core.path("jobs/once?propagationPolicy=Background&dryRun=All", BATCH))
    assert "Warning" not in found.headers
    found = core.send("DELETE", core.path("jobs/once", BATCH))
    assert "child pods are preserved by default" in found.headers["Warning"]
    assert core.read("jobs/once", api=BATCH)["metadata"]["finalizers"] == ["orphan"]


def test_a_scale_of_another_object_of_the_name_is_refused(core: Core) -> None:
    workload(core, "deployments")
    other = "11111111-2222-3333-4444-555555555555"
    found = core.patch("deployments/web/scale", {"metadata": {"uid": other}, "spec": {"replicas": 3}}, api=APPS)
    assert found.status == 409
    assert 'deployments/scale.apps "web": Precondition failed: UID in precondition: 1111' in found.message


def test_a_scale_without_replicas_is_none(core: Core) -> None:
    workload(core, "deployments")
    found = core.send("PUT", core.path("deployments/web/scale", APPS), {"metadata": {"name": "web"}})
    assert (found.status, found.body["spec"]) == (200, {})
    assert core.read("deployments/web", api=APPS)["spec"]["replicas"] == 0


def test_a_controller_of_old_has_a_scale_too(core: Core) -> None:
    body = {"metadata": {"name": "rc"}, "spec": {"replicas": 2, "selector": {"b": "2", "a": "1"}, "template": {
        **TEMPLATE, "metadata": {"labels": {"a": "1", "b": "2"}}}}}  # fmt: skip
    assert core.create("replicationcontrollers", body).status == 201
    assert core.read("replicationcontrollers/rc/scale")["status"] == {"replicas": 0, "selector": "a=1,b=2"}
