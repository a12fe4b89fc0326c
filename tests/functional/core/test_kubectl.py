"""kubectl with manifests of Kubernetes' own kinds: apply, get, describe, rollout, generators, nodes."""

from __future__ import annotations

import itertools
import json

import pytest

from tests.fixtures.kubectls import Kubectl
from tests.functional.core import manifests

NODES = itertools.count(1)


@pytest.fixture
def web(kc: Kubectl) -> Kubectl:
    """With the application applied."""
    kc("apply", "-f", "-", stdin=manifests.APPLICATION)
    return kc


@pytest.fixture
def node(kc: Kubectl) -> str:
    """A node of the test's own."""
    name = f"node-{kc.namespace}-{next(NODES)}"
    kc.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}})
    return name


def image(k: Kubectl) -> str:
    return k("get", "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers[0].image}")


def test_apply_creates_leaves_and_configures_a_manifest_of_many_kinds(kc: Kubectl) -> None:
    made = kc("apply", "-f", "-", stdin=manifests.APPLICATION)
    assert made.splitlines() == [f"{name} created" for name in manifests.APPLICATION_NAMES]
    again = kc("apply", "-f", "-", stdin=manifests.APPLICATION.replace("web:1", "web:2"))
    told = dict(line.split() for line in again.splitlines())
    assert told.pop("deployment.apps/web") == "configured"
    assert told.pop("secret/web") in ("configured", "unchanged"), "stringData is never stored"
    assert set(told.values()) == {"unchanged"}
    assert image(kc) == "web:2"
    gone = kc("delete", "-f", "-", stdin=manifests.APPLICATION)
    assert gone.count("deleted") == len(manifests.APPLICATION_NAMES)


def test_apply_on_the_server_side_and_diff(kc: Kubectl) -> None:
    made = kc("apply", "--server-side", "-f", "-", stdin=manifests.APPLICATION)
    assert made.splitlines() == [f"{name} serverside-applied" for name in manifests.APPLICATION_NAMES]
    assert kc("diff", "--server-side", "-f", "-", stdin=manifests.APPLICATION) == ""
    changed = kc.run("diff", "-f", "-", stdin=manifests.APPLICATION.replace("replicas: 2", "replicas: 3"))
    assert (changed.code, changed.err) == (1, "")
    assert "-  replicas: 2\n+  replicas: 3\n" in changed.out


def test_get_all_shows_a_table_for_each_kind(web: Kubectl) -> None:
    web("run", "one", "--image=one:1")
    shown = web.table("get", "all")
    assert [row[0] for row in shown] == ["NAME", "pod/one", "NAME", "service/web", "NAME", "deployment.apps/web"]
    assert shown[1] == ["pod/one", "0/1", "Pending", "0", "<age>"]
    assert shown[3][1] == "ClusterIP"
    assert shown[5] == ["deployment.apps/web", "0/2", "0", "0", "<age>"]


@pytest.mark.parametrize(
    "kind, lines",
    [
        ("deploy", ["Replicas: 2 desired | 0 updated | 0 total | 0 available | 0 unavailable", "Image: web:1"]),
        ("svc", ["Selector: app=web", "Type: ClusterIP", "Port: http 80/TCP", "Session Affinity: None"]),
        ("cm", ["greeting:", "hello"]),
        ("secret", ["Type: Opaque", "password: 6 bytes"]),
        ("ingress", ["web.example.org", "/ web:http"]),
        ("role", ["configmaps [] [] [get list]"]),
        ("rolebinding", ["ServiceAccount web"]),
        ("sa", ["Name: web", "Image pull secrets: <none>"]),
    ],
)
def test_describe_of_what_was_applied(web: Kubectl, kind: str, lines: list[str]) -> None:
    shown = [" ".join(line.split()) for line in web("describe", kind, "web").splitlines()]
    for line in lines:
        assert any(found.startswith(line) for found in shown), (line, shown)


def test_describe_of_further_kinds(kc: Kubectl) -> None:
    assert kc.run("create", "-f", "-", stdin=manifests.MORE).code == 0
    for kind in manifests.MORE_KINDS:
        assert kc("describe", kind, "more").startswith("Name:"), kind
    assert kc("describe", "ns", kc.namespace).startswith("Name:")


def test_changing_a_deployment_through_set(web: Kubectl) -> None:
    assert web("set", "image", "deploy/web", "web=web:2") == "deployment.apps/web image updated\n"
    assert image(web) == "web:2"
    assert web("set", "env", "deploy/web", "MODE=fast") == "deployment.apps/web env updated\n"
    limited = web("set", "resources", "deploy/web", "--limits=cpu=1")
    assert limited == "deployment.apps/web resource requirements updated\n"
    assert web("scale", "deploy/web", "--replicas=4") == "deployment.apps/web scaled\n"
    assert web("get", "deploy", "web", "-o", "jsonpath={.spec.replicas} {.metadata.generation}") == "4 5"


def test_rollouts_of_which_no_controller_knows(web: Kubectl) -> None:
    assert web("rollout", "history", "deploy/web") == "deployment.apps/web \nNo rollout history found.\n"
    assert web("rollout", "restart", "deploy/web") == "deployment.apps/web restarted\n"
    assert web("rollout", "pause", "deploy/web") == "deployment.apps/web paused\n"
    assert web("rollout", "resume", "deploy/web") == "deployment.apps/web resumed\n"
    text = web.fails("rollout", "undo", "deploy/web")
    assert text.endswith('error: no rollout history found for deployment "web"\n')
    assert web("rollout", "status", "deploy/web", "--watch=false") == (
        "Waiting for deployment spec update to be observed...\n"
    )


def test_rollout_status_ends_when_the_status_says_so(web: Kubectl) -> None:
    status = {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2}
    with web.background("rollout", "status", "deploy/web") as rollout:
        assert rollout.next() == [["Waiting for deployment spec update to be observed..."]]
        web("patch", "deploy", "web", "--subresource=status", "--type=merge", "-p", json.dumps({"status": status}))
        assert rollout.next() == [['deployment "web" successfully rolled out']]
        assert rollout.end() == 0


def test_expose_and_autoscale(web: Kubectl) -> None:
    assert web("expose", "deploy", "web", "--name=more", "--type=NodePort") == "service/more exposed\n"
    spec = web.object("svc", "more")["spec"]
    assert (spec["selector"], spec["ports"][0]["port"]) == ({"app": "web"}, 8080)
    assert 30000 <= spec["ports"][0]["nodePort"] <= 32767
    assert web("autoscale", "deploy", "web", "--max=5", "--cpu=70%") == (
        "horizontalpodautoscaler.autoscaling/web autoscaled\n"
    )
    assert web.table("get", "hpa")[1][1:5] == ["Deployment/web", "cpu: <unknown>/70%", "1", "5"]


@pytest.mark.parametrize(
    "arguments, made",
    [
        ("configmap x --from-literal=a=b", "configmap/x"),
        ("secret generic x --from-literal=a=b", "secret/x"),
        ("secret docker-registry x --docker-username=u --docker-password=p", "secret/x"),
        ("deployment x --image=x:1 --replicas=2", "deployment.apps/x"),
        ("job x --image=x:1", "job.batch/x"),
        ("cronjob x --image=x:1 --schedule=@daily", "cronjob.batch/x"),
        ("ingress x --rule=x.example.org/=x:80", "ingress.networking.k8s.io/x"),
        ("service clusterip x --tcp=80", "service/x"),
        ("service nodeport x --tcp=80", "service/x"),
        ("service loadbalancer x --tcp=80", "service/x"),
        ("service externalname x --external-name=example.org", "service/x"),
        ("serviceaccount x", "serviceaccount/x"),
        ("role x --verb=get --resource=pods", "role.rbac.authorization.k8s.io/x"),
        ("rolebinding x --clusterrole=view --user=jo", "rolebinding.rbac.authorization.k8s.io/x"),
        ("quota x --hard=pods=2", "resourcequota/x"),
        ("poddisruptionbudget x --selector=app=x --min-available=1", "poddisruptionbudget.policy/x"),
    ],
)
def test_create_generators(kc: Kubectl, arguments: str, made: str) -> None:
    assert kc("create", *arguments.split()) == f"{made} created\n"
    assert kc("get", made, "-o", "name") == f"{made}\n"


def test_create_token_gives_a_signed_token(web: Kubectl) -> None:
    assert web("create", "token", "web").count(".") == 2


def test_run_makes_pods(kc: Kubectl) -> None:
    assert kc("run", "one", "--image=one:1", "--port=80", "--expose") == "pod/one created\nservice/one created\n"
    assert kc("get", "pods", "-o", "custom-columns=:metadata.name,:spec.containers[0].image,:status.phase").split() == [
        "one", "one:1", "Pending",
    ]  # fmt: skip
    assert kc("delete", "pod", "one", "--now") == f'pod "one" deleted from {kc.namespace} namespace\n'


def test_cordon_and_taint(kc: Kubectl, node: str) -> None:
    assert kc("cordon", node) == f"node/{node} cordoned\n"
    assert kc.table("get", "node", node)[1][1] == "Unknown,SchedulingDisabled"
    assert kc("uncordon", node) == f"node/{node} uncordoned\n"
    assert kc("taint", "node", node, "gpu=yes:NoSchedule") == f"node/{node} tainted\n"
    assert {"key": "gpu", "value": "yes", "effect": "NoSchedule"} in kc.object("node", node)["spec"]["taints"]
    assert kc("taint", "node", node, "gpu-") == f"node/{node} untainted\n"


def test_drain_as_a_dry_run_names_what_it_would_evict(kc: Kubectl, node: str) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bare"}}
    kc.create({**pod, "spec": {"nodeName": node, "containers": [{"name": "c", "image": "c:1"}]}})
    refused = kc.fails("drain", node, "--dry-run=server")
    text = "cannot delete Pods that declare no controller (use --force to override)"
    assert f"{text}: {kc.namespace}/bare" in refused
    done = kc.run("drain", node, "--force", "--dry-run=server")
    assert done.code == 0
    assert f"evicting pod {kc.namespace}/bare (server dry run)\n" in done.out
    assert kc.object("pod", "bare")["metadata"].get("deletionTimestamp") is None


def test_events_of_an_object(web: Kubectl) -> None:
    uid = web.object("deploy", "web")["metadata"]["uid"]
    about = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "namespace": web.namespace, "uid": uid}
    event = {"apiVersion": "v1", "kind": "Event", "metadata": {"name": "web.1"}, "type": "Normal", "reason": "Scaled"}
    stamps = {"firstTimestamp": "2024-01-01T00:00:00Z", "lastTimestamp": "2024-01-01T00:00:00Z", "count": 1}
    web.create({**event, **stamps, "involvedObject": about, "message": "grew", "source": {"component": "test"}})
    assert web.table("events", "--for", "deployment/web")[1][1:] == ["Normal", "Scaled", "Deployment/web", "grew"]
    assert "Scaled" in web("describe", "deploy", "web")


def test_top_fails_without_metrics(kc: Kubectl) -> None:
    assert kc.fails("top", "pods") == "error: Metrics API not available\n"
    assert kc.fails("top", "nodes") == "error: Metrics API not available\n"


@pytest.mark.parametrize(
    "path, kind, text",
    [
        ("deploy", "Deployment", "Deployment enables declarative updates for Pods and ReplicaSets."),
        ("pods.spec.containers", "Pod", "A single application container that you want to run within a pod."),
        ("hpa.spec.metrics.type", "HorizontalPodAutoscaler", "FIELD: type <string>"),
        ("networkpolicy.spec", "NetworkPolicy", "podSelector"),
    ],
)
def test_explain(kc: Kubectl, path: str, kind: str, text: str) -> None:
    shown = kc("explain", path)
    assert f"KIND:       {kind}\n" in shown
    assert text in shown


def test_who_am_i_and_what_may_i(kc: Kubectl) -> None:
    assert "Username" in kc("auth", "whoami")
    assert kc("auth", "can-i", "create", "deployments.apps") == "yes\n"


def test_undo_takes_the_template_of_an_earlier_replica_set(web: Kubectl) -> None:
    uid = web.object("deploy", "web")["metadata"]["uid"]
    owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": uid, "controller": True}
    for revision in (1, 2):
        labels = {"app": "web", "pod-template-hash": f"h{revision}"}
        container = {"name": "web", "image": f"web:{revision}"}
        metadata = {
            "name": f"web-{revision}",
            "labels": labels,
            "annotations": {"deployment.kubernetes.io/revision": str(revision)},
            "ownerReferences": [owner],
        }
        template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
        spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": template}
        web.create({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": metadata, "spec": spec})
    web("set", "image", "deploy/web", "web=web:2")
    history = web.table("rollout", "history", "deploy/web")
    assert [row[0] for row in history[2:]] == ["1", "2"]
    done = web.run("rollout", "undo", "deploy/web", "--to-revision=1")
    assert (done.code, done.out) == (0, "deployment.apps/web rolled back\n")
    assert image(web) == "web:1"
