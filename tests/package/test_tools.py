"""The programs that tests use really are the real ones, and leave nothing behind."""

import shutil
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.fixtures import redis_servers
from tests.tools import kubectl, redis_server


def test_a_missing_package_is_named(tmp_path: Path):
    with pytest.raises(kubectl.Missing, match="make venv"):
        kubectl.clients(tmp_path)


def test_kubectl_and_helm_run(clients: kubectl.Clients):
    shown = subprocess.run([clients.kubectl, "version", "--client"], capture_output=True, text=True, check=True)
    assert "v1.37" in shown.stdout
    shown = subprocess.run([clients.helm, "version", "--short"], capture_output=True, text=True, check=True)
    assert shown.stdout.startswith("v4.")


def test_a_server_that_cannot_start_says_why(redis_flavour: redis_server.Flavour):
    server = redis_server.RedisServer(redis_flavour.path, options={"databases": "many"})
    with pytest.raises(RuntimeError, match="does not start"):
        server.start()
    server.close()


def test_an_unknown_program_is_no_flavour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name, text in (("redis-server", "Redis server v=6.2.1 sha=0"), ("valkey-server", "no version")):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho '{text}'\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert all(tmp_path not in flavour.path.parents for flavour in redis_server.flavours())


def test_each_test_gets_an_empty_redis(redis_url: str, shared_redis: redis_server.RedisServer):
    assert redis_url == shared_redis.url
    assert shared_redis.command("DBSIZE") == ":0"
    assert shared_redis.command("SET a 1") == "+OK"


def test_acknowledged_writes_survive_the_kill_of_a_durable_server(each_redis: redis_server.RedisServer):
    assert each_redis.command("SET a 1") == "+OK"
    each_redis.kill()
    each_redis.start()
    assert each_redis.command("DBSIZE") == ":1"


def test_a_server_listens_on_a_port_when_asked(start_redis: redis_servers.StartRedis):
    server = start_redis(tcp=True)
    assert server.tcp_url == f"redis://127.0.0.1:{server.port}"
    assert server.port > 0
    with pytest.raises(ValueError, match="tcp"):
        _ = start_redis().tcp_url


def test_a_server_that_was_paused_answers_again(start_redis: redis_servers.StartRedis):
    server = start_redis()
    server.pause()
    server.resume()
    assert server.command("PING") == "+PONG"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_a_server_dies_with_the_killed_process_that_started_it(redis_flavour: redis_server.Flavour):
    script = f"""
        import os, pathlib, signal
        from tests.tools import redis_server
        server = redis_server.RedisServer(pathlib.Path({str(redis_flavour.path)!r})).start()
        print(server.folder, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True)
    folder = Path(run.stdout.strip())
    while answers(folder / "redis.sock"):  # until the kernel has ended it; the test's timeout is the limit
        pass
    shutil.rmtree(folder)


def answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(path))
        except ConnectionRefusedError:
            return False
        return True
