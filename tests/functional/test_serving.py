"""`kroute serve` from outside: what it prints and writes, who gets in, how it ends."""

from __future__ import annotations

import json
import re
import signal
import socket
import ssl
import stat
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.fixtures import commands

WIDGETS = "/apis/toys.example.org/v1/namespaces/default/widgets"


def test_it_says_when_it_is_ready_and_what_to_try(
    kroute_serve_command: commands.StartCommand, kubectl: Path, tmp_path: Path
) -> None:
    begun = time.perf_counter()
    served = kroute_serve_command()
    print(f"ready after {time.perf_counter() - begun:.2f} s")  # noqa: T201
    assert served.ready == f"kubectl --kubeconfig {served.kubeconfig} get widgets"
    arguments = served.ready.split()[1:]
    run = subprocess.run([kubectl, *arguments], env={"HOME": str(tmp_path)}, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "No resources found in default namespace.\n")
    assert stat.S_IMODE(served.kubeconfig.stat().st_mode) == 0o600
    assert served.stop() == 0
    assert served.log == ""


def test_certificate_token_and_neither_are_told_apart(
    kroute_serve_command: commands.StartCommand, tmp_path: Path
) -> None:
    tokens = tmp_path / "tokens.csv"
    tokens.write_text('admintoken,admin,1,system:masters\nbobtoken,bob,3,"devs,ops"\n')
    served = kroute_serve_command("--token-auth-file", str(tokens))
    assert served.get(WIDGETS, admin=True)[0] == 200
    assert served.get(WIDGETS, token="bobtoken")[0] == 200
    assert served.get(WIDGETS, token="wrong")[0] == 401
    assert served.get("/livez", token="wrong")[0] == 401
    assert served.get("/livez") == (200, "ok")
    status, body = served.get(WIDGETS)
    assert (status, body["message"]) == (
        403,
        'widgets.toys.example.org is forbidden: User "system:anonymous" cannot list resource "widgets" in API group'
        ' "toys.example.org" in the namespace "default"',
    )


def test_anonymous_requests_can_be_refused_altogether(kroute_serve_command: commands.StartCommand) -> None:
    served = kroute_serve_command("--anonymous-auth=false")
    assert served.get("/livez")[0] == 401
    assert served.get("/livez", admin=True) == (200, "ok")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_watches_whole_and_the_process_well(
    kroute_serve_command: commands.StartCommand, number: int
) -> None:
    served = kroute_serve_command()
    where = urlsplit(served.url)
    with (
        socket.create_connection((where.hostname, where.port), timeout=commands.PATIENCE) as plain,
        served.context().wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        connection.sendall(f"GET {WIDGETS}?watch=true HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        head = connection.recv(65536)
        assert head.startswith(b"HTTP/1.1 200 OK")
        assert served.stop(number) == 0
        rest = b""
        while more := connection.recv(65536):
            rest += more
    assert rest.endswith(b"0\r\n\r\n")  # the end of a chunked body: the stream wasn't cut


def test_the_next_start_uses_the_same_keys(kroute_serve_command: commands.StartCommand, tmp_path: Path) -> None:
    first = kroute_serve_command(data_dir=tmp_path / "kept")
    before = {file.name: file.read_bytes() for file in (first.data_dir / "pki").iterdir()}
    assert first.stop() == 0
    second = kroute_serve_command(data_dir=tmp_path / "kept")
    assert {file.name: file.read_bytes() for file in (second.data_dir / "pki").iterdir()} == before
    assert second.get("/version", admin=True)[0] == 200


def test_an_own_certificate_is_served_and_trusted_by_the_kubeconfig(
    kroute_serve_command: commands.StartCommand, kubectl: Path, tmp_path: Path
) -> None:
    other = kroute_serve_command()
    pki = other.data_dir / "pki"
    flags = ("--tls-cert-file", str(pki / "serving.crt"), "--tls-private-key-file", str(pki / "serving.key"))
    served = kroute_serve_command(*flags)
    command = [kubectl, "--kubeconfig", served.kubeconfig, "get", "--raw", "/readyz"]
    run = subprocess.run(command, env={"HOME": str(tmp_path)}, capture_output=True, text=True)
    assert run.stdout == "ok"


def test_clients_of_another_authority_are_let_in_by_flag(kroute_serve_command: commands.StartCommand) -> None:
    other = kroute_serve_command()
    served = kroute_serve_command("--client-ca-file", str(other.data_dir / "pki" / "ca.crt"))
    context = ssl.create_default_context(cafile=served.data_dir / "pki" / "ca.crt")
    context.load_cert_chain(other.data_dir / "pki" / "admin.crt", other.data_dir / "pki" / "admin.key")
    where = urlsplit(served.url)
    with (
        socket.create_connection((where.hostname, where.port), timeout=commands.PATIENCE) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")


def test_each_request_is_logged_as_json_on_demand(kroute_serve_command: commands.StartCommand) -> None:
    served = kroute_serve_command("-v")
    served.get("/livez?verbose", admin=True)
    assert served.stop() == 0
    (line,) = [json.loads(line) for line in served.log.splitlines() if line.startswith("{")]
    assert (line["method"], line["uri"], line["code"]) == ("GET", "/livez?verbose", 200)
    assert line["user"] == "kubernetes-admin"
    assert re.fullmatch(r"[0-9a-f-]{36}", line["audit_id"])


def test_a_client_that_speaks_no_tls_leaves_no_trace_in_the_log(
    kroute_serve_command: commands.StartCommand,
) -> None:
    served = kroute_serve_command()
    where = urlsplit(served.url)
    with socket.create_connection((where.hostname, where.port), timeout=commands.PATIENCE) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        while plain.recv(1000):
            pass
    assert served.get("/livez") == (200, "ok")
    assert served.stop() == 0
    assert served.log == ""


def test_workers_share_a_port_and_a_store(
    kroute_serve_command: commands.StartCommand, redis_url: str, kubectl: Path, tmp_path: Path
) -> None:
    served = kroute_serve_command("--workers", "2", "--storage", redis_url)
    manifest = tmp_path / "widget.json"
    widget = {"apiVersion": "toys.example.org/v1", "kind": "Widget", "metadata": {"name": "a"}, "spec": {"size": 1}}
    manifest.write_text(json.dumps(widget))

    def run(*arguments: str) -> str:
        command = [kubectl, "--kubeconfig", served.kubeconfig, *arguments]
        return subprocess.run(command, env={"HOME": str(tmp_path)}, capture_output=True, text=True, check=True).stdout

    assert run("create", "-f", str(manifest)) == "widget.toys.example.org/a created\n"
    assert {run("get", "widgets", "-o", "name") for _ in range(6)} == {"widget.toys.example.org/a\n"}
    assert served.stop() == 0
