"""How many writes a second one server process takes over HTTPS, and how fast 200 watchers are told of them.

    python -m benchmarks.writes --storage memory://

Starts `kroute serve`; the load comes from `benchmarks.write_generator`, a process of its own.  Beside the rate stands
the server's processor time for each request or event, which says the same on a machine that has other work to do.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time

from benchmarks import http_load

LOADS = ["create", "update", "merge-patch", "apply", "watch"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--app", default="examples.guestbook:server")
    parser.add_argument("--storage", default="", help="URL; the embedded store if not given")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--loads", default=",".join(LOADS), help=f"which of {','.join(LOADS)}")
    given, flags = parser.parse_known_args()
    with http_load.server(given.app, given.storage, flags) as (url, pid):
        measure(url + http_load.COLLECTION, pid, given.loads.split(","), given.connections, given.seconds)
        print(f"{http_load.resident(pid):.0f} MB resident")


def measure(url: str, pid: int, loads: list[str], connections: int, seconds: float) -> None:
    command = [sys.executable, "-m", "benchmarks.write_generator", url, "--header", http_load.TOKEN, *loads]
    command += ["--connections", str(connections), "--seconds", str(seconds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for load in loads:
            time.sleep(0.5)
            before = http_load.busy(pid)
            process.stdin.write("\n")
            process.stdin.flush()
            line = process.stdout.readline()
            if not line:
                raise SystemExit("the generator broke off")
            found = json.loads(line)
            used = http_load.busy(pid) - before
            share = f"server {used / found['took']:.0%}, generator {found['generator']:.0%} of a CPU"
            cost = f"{used / found['count'] * 1e6:6.0f} us of the server's CPU each"
            print(f"{load:12} {found['count'] / found['took']:9.0f} /s, {cost}; {share}", flush=True)


if __name__ == "__main__":
    main()
