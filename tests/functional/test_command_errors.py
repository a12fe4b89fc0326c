"""Mistakes on the command line are told in one line, with the exit code that says whose fault it is."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.fixtures import commands

TOYS = "tests.tools.toys:server"


@pytest.mark.parametrize(
    "arguments, complaint",
    [
        (["serve", "toys"], "'toys' doesn't name a server: it must look like MODULE:SERVER"),
        (["serve", "no.such.module:server"], "there is no module 'no'"),
        (["serve", "tests.tools.nothing:server"], "there is no module 'tests.tools.nothing'"),
        (["serve", "nothing.py:server"], "there is no file 'nothing.py'"),
        (["serve", "tests.tools.toys:nothing"], "tests.tools.toys has no 'nothing'"),
        (
            ["serve", "tests.tools.toys:WIDGETS"],
            "'WIDGETS' of tests.tools.toys is not an APIServer but of type Resource",
        ),
        (["serve", TOYS, "--bogus"], "No such option '--bogus'."),
        (
            ["serve", TOYS, "--secure-port", "70000"],
            "Invalid value for '--secure-port': 70000 is not in the range 0<=x<=65535.",
        ),
        (
            ["serve", TOYS, "--request-timeout", "5"],
            "Invalid value for '--request-timeout': time: missing unit in duration \"5\"",
        ),
        (
            ["serve", TOYS, "--tls-cert-file", "setup.cfg"],
            "--tls-cert-file and --tls-private-key-file go together",
        ),
        (
            ["serve", TOYS, "--token-auth-file", "nothing"],
            "Invalid value for '--token-auth-file': File 'nothing' does not exist.",
        ),
        (
            ["serve", TOYS, "--service-cluster-ip-range", "10.0.0.0/16,10.1.0.0/16"],
            "Invalid value for '--service-cluster-ip-range': two networks must be of different IP versions",
        ),
        (
            ["serve", TOYS, "--service-node-port-range", "many"],
            "Invalid value for '--service-node-port-range': 'many' is no range of ports: 30000-32767, or 30000+2768",
        ),
        (
            ["serve", TOYS, "--service-node-port-range", "30000-20000"],
            "Invalid value for '--service-node-port-range': '30000-20000' is not within 1-65535",
        ),
        (
            ["serve", TOYS, "--authorization-mode", "Roles"],
            "Invalid value for '--authorization-mode': authorization-mode \"Roles\" is not a valid mode: "
            "RBAC, Node, Webhook, ABAC, AlwaysAllow, AlwaysDeny",
        ),
        (["nonsense"], "No such command 'nonsense'."),
    ],
)
def test_a_mistake_is_told_in_one_line(arguments: list[str], complaint: str) -> None:
    run = commands.run(*arguments)
    assert (run.returncode, run.stdout, run.stderr) == (2, "", f"kroute: {complaint}\n")


@pytest.mark.parametrize(
    "flags, complaint",
    [
        (
            ["--tls-cert-file", "setup.cfg", "--tls-private-key-file", "setup.cfg"],
            "the certificate files can't be used: ",
        ),
        (["--client-ca-file", "setup.cfg"], "the certificate files can't be used: "),
        (["--token-auth-file", "LICENSE"], "token file 'LICENSE' must have at least 3 columns"),
        (["--storage", "nonsense://"], "the store nonsense:// can't be used: "),
        (["--redis-wait-replicas", "1"], "the store memory:// can't be used: only Redis has replicas to wait for"),
        (["--bind-address", "192.0.2.1"], "can't listen at 192.0.2.1:"),
        (["--workers", "2"], "several workers need a storage that processes can share"),
    ],
)
def test_what_cannot_be_served_is_told_in_one_line(tmp_path: Path, flags: list[str], complaint: str) -> None:
    storage = [] if "--storage" in flags else ["--storage", "memory://"]
    run = commands.run("serve", TOYS, "--data-dir", str(tmp_path / "data"), "--secure-port", "0", *storage, *flags)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith(f"kroute: {complaint}")
    assert run.stderr.count("\n") == 1


def test_a_port_in_use_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        flags = ["--data-dir", str(tmp_path), "--storage", "memory://", "--secure-port", str(port)]
        run = commands.run("serve", TOYS, *flags)
    assert (run.returncode, run.stderr) == (1, f"kroute: can't listen at 127.0.0.1:{port}: the address is in use\n")


def test_an_unwritable_data_directory_is_told_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    run = commands.run("serve", TOYS, "--data-dir", str(file / "data"), "--storage", "memory://")
    assert (run.returncode, run.stderr) == (1, f"kroute: {file / 'data'}: Not a directory\n")


def test_the_help_shows_flags_under_headings() -> None:
    text = commands.run("serve", "--help").stdout
    for heading in ("Serving:", "Storage:", "Authentication:", "Features:", "Log:"):
        assert f"\n{heading}\n" in text
    assert commands.run("--version").stdout.startswith("kroute ")


def test_documents_are_written_without_serving(tmp_path: Path) -> None:
    file = tmp_path / "openapi.json"
    assert commands.run("openapi", TOYS, "-o", str(file)).stdout == ""
    assert '"openapi": "3.0.0"' in file.read_text()
    assert '"swagger": "2.0"' in commands.run("openapi", TOYS, "--v2").stdout
    assert "kind: CustomResourceDefinition" in commands.run("crd", TOYS).stdout
    missing = tmp_path / "missing" / "file"
    run = commands.run("crd", TOYS, "-o", str(missing))
    assert (run.returncode, run.stderr) == (2, f"kroute: can't write {str(missing)!r}: No such file or directory\n")
