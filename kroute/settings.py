"""How a server is to run: what flags and arguments come to.

Read by cli, app and chain; rooms below get plain values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kroute.admission import choosing
from kroute.audit import building
from kroute.auth import methods, modes

DATA_DIR = Path(".kroute")


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """Where and how to listen.

    `port` 0 takes any free one.  Without `tls` every request is an administrator's, so that only requests from this
    machine are served, unless `insecure` is said.  `certificate` and `key` are PEM files in place of generated ones;
    `hostname` is a further name or address that a generated certificate is for; `advertised` the address that the
    cluster is told."""

    host: str = "127.0.0.1"
    port: int = 6443
    tls: bool = True
    insecure: bool = False
    certificate: Path | None = None
    key: Path | None = None
    hostname: str = ""
    advertised: str = ""
    workers: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Times are in seconds; 0 in-flight requests is no limit.

    `connections` 0 are as many as open files allow.  Watches run for `watch_timeout` at least that don't say how long.
    `priority_and_fairness`: the limits of reads and writes together are shared by priority, and fairly.
    `shutdown_delay` is how long the server goes on, no longer ready, after it was told to stop."""

    priority_and_fairness: bool = True
    reads_in_flight: int = 400
    writes_in_flight: int = 200
    connections: int = 0
    request_timeout: float = 60.0
    watch_timeout: float = 1800.0
    shutdown_delay: float = 0.0
    shutdown_timeout: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`storage` is a URL; "" is what the server itself says, else a file in the data directory.

    `redis_wait_replicas`: how many replicas must have a write before it is acknowledged.
    `encryption_config` says what is encrypted in the store.
    `data_dir` None: nothing is kept, and generated files are gone with the server.
    `verbosity` 0 logs warnings alone, 1 every request too, 2 much more."""

    data_dir: Path | None = DATA_DIR
    storage: str = ""
    redis_wait_replicas: int = 0
    encryption_config: Path | None = None
    serving: Serving = field(default_factory=Serving)
    access: methods.Options = field(default_factory=methods.Options)
    limits: Limits = field(default_factory=Limits)
    audit: building.Options = field(default_factory=building.Options)
    authorization: modes.Options = field(default_factory=modes.Options)
    admission: choosing.Options = field(default_factory=choosing.Options)
    controllers: Sequence[str] = ("*",)
    service_cluster_ip_range: Sequence[str] = ("10.96.0.0/16",)
    service_node_port_range: tuple[int, int] = (30000, 32767)
    endpoint_reconciler: str = "lease"
    runtime_config: Mapping[str, str] = field(default_factory=dict)
    servers: Sequence[str] = ("core", "extensions", "aggregator")
    """Which servers of the chain run, of those that there are."""
    proxy_client: tuple[Path, Path] | None = None
    """Certificate and key that the aggregator proves itself with; None: generated ones."""
    verbosity: int = 0
