"""Two kroute servers, one behind the other, as users start them and as kubectl sees them."""

from __future__ import annotations

import json
import ssl
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
import yaml

from examples import behind
from tests.fixtures import commands, kubectls

WIDGETS = "/apis/toys.example.org/v1/namespaces/default/widgets"
TOKENS = 'admintoken,admin,1,system:masters\nalicetoken,alice,2,"devs,ops"\n'
WIDGET = {
    "apiVersion": "toys.example.org/v1",
    "kind": "Widget",
    "metadata": {"name": "a", "namespace": "default"},
    "spec": {"size": 3, "colour": "red"},
}
SPOOFED = {"X-Remote-User": "admin", "X-Remote-Group": "system:masters", "X_Remote_User": "admin"}


class Pair(NamedTuple):
    """`host` has the aggregator, `inner` the widgets; `k` is kubectl as the host's administrator."""

    host: commands.Command
    inner: commands.Command
    k: kubectls.Kubectl

    def wait(self, path: str, wanted: str) -> None:
        """Wait until kubectl shows what is wanted of the APIService."""
        deadline = time.monotonic() + commands.PATIENCE
        while self.k.run("get", "apiservice", "v1.toys.example.org", "-o", f"jsonpath={path}").out != wanted:
            assert time.monotonic() < deadline, self.k.run("get", "apiservice", "v1.toys.example.org", "-o", "yaml")


@pytest.fixture
def pair(kroute_serve_command: commands.StartCommand, kubectl: Path, tmp_path: Path) -> Pair:
    """The inner server knows no more of the host than the service account that the example gives it."""
    tokens = tmp_path / "tokens.csv"
    tokens.write_text(TOKENS)
    host = kroute_serve_command("--controllers=-*", "--token-auth-file", str(tokens), app="")
    folder = tmp_path / "work"
    folder.mkdir()
    running: Any = SimpleNamespace(running=host, namespace="default")
    k = kubectls.Kubectl(kubectl, running, folder, folder)
    wait_until_ready(host)
    *account, _, _ = registration(bundle=b"", port=443)
    for obj in account:
        k("create", "--namespace", obj["metadata"].get("namespace", "default"), "-f", "-", stdin=obj)
    kubeconfig = as_account(host, k("create", "token", "toys").strip(), folder / "account.kubeconfig")
    inner = kroute_serve_command(
        "--external-hostname=toys.default.svc",
        f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}",
    )
    found = Pair(host, inner, k)
    bundle = (inner.data_dir / "pki" / "ca.crt").read_bytes()
    *_, service, api_service = registration(bundle=bundle, port=int(inner.url.rpartition(":")[2]))
    k("apply", "-f", "-", stdin=[service, api_service])
    found.wait("{.status.conditions[0].reason}", "Passed")
    return found


def registration(*, bundle: bytes, port: int) -> list[Any]:
    made = behind.manifests(
        "toys.example.org",
        "v1",
        name="toys",
        namespace="default",
        bundle=bundle,
        port=port,
        external_name="localhost",
    )
    return list(made)


def as_account(host: commands.Command, token: str, file: Path) -> Path:
    """A kubeconfig of the host for the owner of a token."""
    document = yaml.safe_load(host.kubeconfig.read_text())
    document["users"][0]["user"] = {"token": token}
    file.write_text(yaml.safe_dump(document))
    return file


def wait_until_ready(server: commands.Command) -> None:
    deadline = time.monotonic() + commands.PATIENCE
    while server.get("/readyz")[0] != 200:
        assert time.monotonic() < deadline, server.log


def send(server: commands.Command, method: str, path: str, token: str = "", **headers: str) -> tuple[int, Any]:
    """Status and body of a request without a client certificate."""
    sent = {name.replace("__", "-"): value for name, value in headers.items()}
    if token:
        sent["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(server.url + path, headers=sent, method=method)
    context: ssl.SSLContext = server.context(admin=False)
    try:
        with urllib.request.urlopen(request, context=context, timeout=commands.PATIENCE) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def test_kubectl_works_with_what_the_inner_server_has(pair: Pair) -> None:
    k = pair.k
    assert k("apply", "-f", "-", stdin=WIDGET) == "widget.toys.example.org/a created\n"
    assert k.table("get", "wd") == [["NAME", "AGE"], ["a", "<age>"]]
    with k.background("get", "widgets", "--watch", "--output-watch-events") as lines:
        assert lines.next(2) == [["EVENT", "NAME", "AGE"], ["ADDED", "a", "<age>"]]
        k("patch", "widget", "a", "--type=merge", "-p", '{"spec":{"size":4}}')
        assert lines.next() == [["MODIFIED", "a", "<age>"]]
    assert "size\t<integer> -required-" in k("explain", "widgets.spec")
    assert "widgets   wd" in k("api-resources", "--api-group=toys.example.org")
    said = k.fails("apply", "-f", "-", stdin={**WIDGET, "spec": {"size": 0}})
    assert "spec.size in body should be greater than or equal to 1" in said
    assert k("delete", "widget", "a") == 'widget.toys.example.org "a" deleted from default namespace\n'


def test_the_host_decides_who_may_do_what(pair: Pair) -> None:
    for server in (pair.host, pair.inner):
        assert send(server, "GET", WIDGETS, "admintoken")[0] == 200
        assert send(server, "GET", WIDGETS, "nobodys")[0] == 401
        code, refusal = send(server, "GET", WIDGETS, "alicetoken")
        assert (code, refusal["message"].partition(":")[0]) == (403, "widgets.toys.example.org is forbidden")
    pair.k("create", "clusterrole", "toys", "--verb=list", "--resource=widgets.toys.example.org")
    pair.k("create", "clusterrolebinding", "toys", "--clusterrole=toys", "--group=ops")
    deadline = time.monotonic() + commands.PATIENCE
    while send(pair.host, "GET", WIDGETS, "alicetoken")[0] != 200:  # what was refused is remembered for a while
        assert time.monotonic() < deadline


@pytest.mark.parametrize("token", ["", "alicetoken"])
def test_who_says_to_be_somebody_gains_nothing(pair: Pair, token: str) -> None:
    for server in (pair.host, pair.inner):
        for method in ("GET", "DELETE"):
            code, refusal = send(server, method, WIDGETS, token, **SPOOFED)
            assert code == 403
            assert f'User "{"alice" if token else "system:anonymous"}"' in refusal["message"]


def test_the_host_does_without_a_server_that_is_killed(pair: Pair) -> None:
    pair.inner.process.kill()
    pair.inner.process.wait()
    said = pair.k.fails("get", "widgets")
    text = "Error from server (ServiceUnavailable): the server is currently unable to handle the request"
    assert said == f"{text} (get widgets.toys.example.org)\n"
    assert pair.k("get", "namespace", "default", "-o", "name") == "namespace/default\n"
    pair.k("annotate", "apiservice", "v1.toys.example.org", "looked=at")  # has it looked at again
    pair.wait("{.status.conditions[0].reason}", "FailedDiscoveryCheck")
    (row,) = [row for row in pair.k.table("get", "apiservices") if row[0] == "v1.toys.example.org"]
    assert row[1:3] == ["default/toys", "False (FailedDiscoveryCheck)"]
