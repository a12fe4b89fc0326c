"""Play recorded exchanges of the reference API server against `kroute serve` and hold each area to its floor.

    conformance.py FOLDER      FOLDER has conformance.py, recorded/AREA, and kubectl.py, recorded-kubectl/AREA

The floors stand in the file beside this one; areas without a floor are not played.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOKENS = 'admintoken,admin,1,system:masters\nalicetoken,alice,2\nbobtoken,bob,3,"devs,ops"\n'
START, PLAY, END = 60, 1800, 30  # seconds: to get ready, to play one area, to end


def main(folder: Path) -> int:
    """Play every area that has a floor; the exit code is 1 when one falls under it."""
    floors = dict(read_floors(HERE / "floors"))
    if not floors:
        print("conformance: no area has a floor yet")
        return 0
    failed = False
    for area, floor in floors.items():
        with serving() as server:
            share, output = play(folder, area, server)
        kept = share >= floor
        failed = failed or not kept
        print(f"conformance: {area:<16} {share:5.1f}% of at least {floor:.1f}%{'' if kept else '  FAILED'}", flush=True)
        if not kept:
            print("\n".join(line for line in output.splitlines() if line.startswith("DIFF")))
    return int(failed)


def read_floors(path: Path) -> Iterator[tuple[str, float]]:
    """The table's rows: area and percentage."""
    for line in path.read_text().splitlines():
        words = line.split("#")[0].split()
        if words:
            yield words[0], float(words[1])


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """A server with nothing in it, of this environment's kroute; gives its URL."""
    with tempfile.TemporaryDirectory(prefix="kroute-conformance-") as data:
        tokens, log, port = Path(data, "tokens.csv"), Path(data, "log"), free_port()
        tokens.write_text(TOKENS)
        command = [sys.executable, "-m", "kroute", "serve", "--controllers=-*"]
        command += ["--service-cluster-ip-range=10.96.0.0/16", f"--token-auth-file={tokens}"]
        command += [f"--data-dir={data}/state", "--bind-address=127.0.0.1", f"--secure-port={port}"]
        with log.open("wb") as output:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        try:
            if not ready(process, port):
                raise SystemExit(f"conformance: the server does not get ready\n{log.read_text()[-4000:]}")
            yield f"https://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(END)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def ready(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until /readyz says so, or the process ends, or too much time has passed."""
    end = time.monotonic() + START
    while time.monotonic() < end and process.poll() is None:
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=ssl._create_unverified_context())
        try:
            connection.request("GET", "/readyz", headers={"Authorization": "Bearer admintoken"})
            if connection.getresponse().status == 200:
                return True
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    return False


def play(folder: Path, area: str, server: str) -> tuple[float, str]:
    """Play one area; gives the share of steps that match, in percent, and all that the player printed."""
    if Path(folder, "recorded-kubectl", area).is_dir():
        from tests.tools import kubectl

        command = [sys.executable, f"{folder}/kubectl.py", "check", "--kubectl", str(kubectl.clients().kubectl)]
        command += ["-j", "2", "--server", server, f"{folder}/recorded-kubectl/{area}"]
    else:
        command = [sys.executable, f"{folder}/conformance.py", "check", "--server", server, f"{folder}/recorded/{area}"]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PLAY)
    total = re.search(r"^all +\d+ of \d+ +([\d.]+)%", run.stdout, re.MULTILINE)
    if total is None:
        raise SystemExit(f"conformance: {area} was not played\n{run.stdout[-4000:]}")
    return float(total[1]), run.stdout


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    sys.exit(main(Path(sys.argv[1])))
