"""The examples of hand-written storage, admission, mounting, documents and tests do what their docstrings say."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import sys
from pathlib import Path

import openapi_spec_validator
import pytest
import yaml

import examples.test_toys
from examples import admission, behind, documents, mounted, processes, shared
from tests.fixtures import missing, redis_servers
from tests.tools import sessions

KUBECTL = "kubectl --kubeconfig .kroute/kubeconfig"
MOUNTED = "kubectl -s http://127.0.0.1:8080/kube"


@pytest.fixture
def curl() -> None:
    if shutil.which("curl") is None:
        missing.program("no curl on PATH")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_processes(session: sessions.Session) -> None:
    listed, first, looks = session.play(processes)
    heading, *rows = listed.output.splitlines()
    assert heading.split() == ["PID", "STATE", "MEMORY", "COMMAND"]
    assert {str(os.getpid()), "1"} <= {row.split()[0] for row in rows}
    found = yaml.safe_load(first.output)
    assert (found["kind"], found["metadata"]["name"]) == ("Process", "1")
    assert found["status"]["memory"] >= 0
    assert re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \d+\n){3}", looks.output)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_processes_can_do_no_more_than_they_have_methods_for(session: sessions.Session) -> None:
    session.do(sessions.commands(processes.__doc__ or "")[0])
    deleted = session.run(f"{KUBECTL} delete process 1")
    assert deleted.code == 1
    assert "(MethodNotAllowed)" in deleted.output
    missing = session.run(f"{KUBECTL} get process 0")
    assert missing.output == 'Error from server (NotFound): processes.machine.example.org "0" not found\n'
    explained = session.run(f"{KUBECTL} explain process.status.memory")
    assert "How much of it is in memory, in bytes." in explained.output
    chosen = session.run(f"{KUBECTL} get ps --field-selector metadata.name=1 -o name")
    assert chosen.output == "process.machine.example.org/1\n"
    memory = f"{KUBECTL} get --raw '/apis/machine.example.org/v1/processes"
    assert "times and every must be numbers" in session.run(f"{memory}/1/memory?times=x'").output
    assert 'processes.machine.example.org "0" not found' in session.run(f"{memory}/0/memory'").output


def test_admission(session: sessions.Session) -> None:
    _, annotations, _, deleted = session.play(admission)
    assert json.loads(annotations.output)["toys.example.org/maker"] == "kubernetes-admin"
    assert deleted == (
        1,
        'Error from server (Forbidden): widgets.toys.example.org "big" is forbidden: it is protected; '
        "remove the label first\n",
    )
    taken = session.run(f"{KUBECTL} annotate widget big toys.example.org/maker=me --overwrite")
    assert taken.code == 0
    kept = session.run(f"{KUBECTL} get widget big -o jsonpath='{{.metadata.annotations.toys\\.example\\.org/maker}}'")
    assert kept.output == "kubernetes-admin"
    assert session.run(f"{KUBECTL} label widget big protected-").code == 0
    assert session.run(f"{KUBECTL} delete widget big").code == 0


@pytest.mark.usefixtures("curl")
def test_mounted(session: sessions.Session) -> None:
    hello, applied, shown, document = session.play(mounted)
    assert hello.output.endswith('{"hello": "world"}')
    assert applied.output == "widget.toys.example.org/big created\nwidget.toys.example.org/small created\n"
    assert sessions.same("NAME SIZE\nbig 30\nsmall 3", shown.output)
    described = json.loads(document.output[document.output.index("{") :])
    item = "/kube/apis/toys.example.org/v1/namespaces/{namespace}/widgets/{name}"
    assert {"/hello", item} <= described["paths"].keys()
    assert described["paths"][item]["get"]["operationId"] == "readToysExampleOrgV1NamespacedWidget"


@pytest.mark.usefixtures("curl")
def test_mounted_is_enough_for_kubectl(session: sessions.Session) -> None:
    session.do(sessions.commands(mounted.__doc__ or "")[0])
    assert "How big, in cm." in session.run(f"{MOUNTED} explain widget.spec.size").output
    applied = session.run(f"{MOUNTED} apply --server-side -f examples/widgets.yaml")
    assert applied.output.count("serverside-applied") == 2
    assert session.run(f"{MOUNTED} diff -f examples/widgets.yaml") == (0, "")
    assert "Server Version: v1." in session.run(f"{MOUNTED} version").output
    missing = json.loads(session.run("curl -s http://127.0.0.1:8080/kube/openapi/nothing").output)
    assert (missing["kind"], missing["code"]) == ("Status", 404)
    page = session.run("curl -s http://127.0.0.1:8080/kube/docs").output
    assert "/kube/docs/swagger-ui.css" in page
    assert "/kube/openapi/v3/apis/toys.example.org/v1" in page
    assert session.run("curl -sf http://127.0.0.1:8080/kube/docs/swagger-ui.css").code == 0
    assert session.run("curl -s http://127.0.0.1:8080/nothing").output == "404: Not Found"


def test_documents(session: sessions.Session) -> None:
    assert [result for result in session.play(documents) if result != (0, "")] == []
    for name in ("openapi.json", "swagger.json", "crds.yaml"):
        assert (session.folder / name).read_text() == (session.folder / "documents" / name).read_text()
    for name in ("openapi.json", "swagger.json"):
        openapi_spec_validator.validate(json.loads((session.folder / name).read_text()))
    manifests = list(yaml.safe_load_all((session.folder / "crds.yaml").read_text()))
    assert [manifest["metadata"]["name"] for manifest in manifests] == [
        "guestbooks.guestbook.example.org",
        "entries.guestbook.example.org",
    ]


def test_shared(start_redis: redis_servers.StartRedis, session: sessions.Session) -> None:
    session.take_port("6379", start_redis(tcp=True, durable=True).port)
    applied, shown = session.play(shared)
    assert applied.code == 0
    assert "guestbook.guestbook.example.org/inn" in shown.output
    assert "entry.guestbook.example.org/first" in shown.output
    one, other = (f"kubectl --kubeconfig .kroute/{name}/kubeconfig" for name in "ab")
    watched = session.start_watch(f"{other} get guestbooks -w -o name")
    assert watched.readline() == "guestbook.guestbook.example.org/inn\n"
    assert session.run(f"{one} create -f examples/guestbook.yaml --dry-run=server").code == 1
    assert session.run(f"{one} label guestbook inn seen=yes").code == 0
    assert watched.readline() == "guestbook.guestbook.example.org/inn\n"


def test_the_example_of_a_test_passes(session: sessions.Session) -> None:
    (run,) = session.play(examples.test_toys)
    assert run.code == 0, run.output
    assert "2 passed" in run.output


def test_every_example_is_tried_here() -> None:
    tried = {"__init__", "admission", "behind", "documents", "mounted", "processes", "shared", "test_toys"}
    tried |= {"guestbook", "plain", "toys", "versions"}
    assert {path.stem for path in Path(examples.__path__[0]).glob("*.py")} == tried


def test_behind(session: sessions.Session) -> None:
    printed = session.play(behind)[0].output
    found = {document["kind"]: document for document in yaml.safe_load_all(printed)}
    assert list(found) == ["ServiceAccount", "RoleBinding", "ClusterRoleBinding", "Service", "APIService"]
    spec = found["APIService"]["spec"]
    assert spec["service"] == {"name": "lamps", "namespace": "default", "port": 443}
    assert base64.b64decode(spec["caBundle"]).startswith(b"-----BEGIN CERTIFICATE-----")
