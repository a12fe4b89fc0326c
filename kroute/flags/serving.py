"""The flags of serving and of the store, of what is served, and of the log."""

from __future__ import annotations

from pathlib import Path

import click

from kroute import settings
from kroute.flags import kinds

FILE, DURATION, option = kinds.FILE, kinds.Duration(), kinds.option
SERVING, STORAGE, FEATURES, LOG = "Serving", "Storage", "Features", "Log"

SERVING_OPTIONS = (
    option(SERVING, "--bind-address", default="127.0.0.1", show_default=True, help="Address to listen at."),
    option(
        SERVING,
        "--secure-port",
        type=click.IntRange(0, 65535),
        default=6443,
        show_default=True,
        help="Port to serve HTTPS at; 0 takes a free one.",
    ),
    option(
        SERVING,
        "--advertise-address",
        type=kinds.Address(),
        default="",
        help="The address that the cluster is told this server has; one of this machine's own unless given.",
    ),
    option(SERVING, "--external-hostname", default="", help="A further name or address of this server."),
    option(
        SERVING,
        "--tls-cert-file",
        type=FILE,
        help="Certificate (PEM) to serve with, in place of a generated one.",
    ),
    option(SERVING, "--tls-private-key-file", type=FILE, help="Its private key (PEM)."),
    option(
        SERVING,
        "--workers",
        type=click.IntRange(1, 1024),
        default=1,
        show_default=True,
        help="Processes that share the port; more than one needs a storage that processes can share.",
    ),
    option(
        SERVING,
        "--request-timeout",
        type=DURATION,
        default="1m",
        show_default=True,
        help="Time for one request.",
    ),
    option(
        SERVING,
        "--min-request-timeout",
        type=click.IntRange(0),
        default=1800,
        show_default=True,
        help="Seconds that a watch runs at least, unless it says how long.",
    ),
    option(
        SERVING,
        "--max-connections",
        type=click.IntRange(0),
        default=0,
        help="Connections at once; 0 is as many as open files allow.",
    ),
    option(
        SERVING,
        "--shutdown-delay-duration",
        type=DURATION,
        default="0s",
        show_default=True,
        help="How long to go on, no longer ready, once told to stop.",
    ),
    option(
        SERVING,
        "--enable-priority-and-fairness",
        type=bool,
        default=True,
        show_default=True,
        help="Whether the requests below are shared out by FlowSchemas and PriorityLevelConfigurations.",
    ),
    option(
        SERVING,
        "--max-requests-inflight",
        type=click.IntRange(0),
        default=400,
        show_default=True,
        help="Reads worked on at once; 0 is no limit.",
    ),
    option(
        SERVING,
        "--max-mutating-requests-inflight",
        type=click.IntRange(0),
        default=200,
        show_default=True,
        help="Writes worked on at once; 0 is no limit.",
    ),
)

STORAGE_OPTIONS = (
    option(
        STORAGE,
        "--data-dir",
        type=click.Path(file_okay=False, path_type=Path),
        default=settings.DATA_DIR,
        show_default=True,
        help="Where certificates, the kubeconfig and the embedded store are kept.",
    ),
    option(
        STORAGE,
        "--storage",
        metavar="URL",
        default="",
        help="memory://, sqlite:///PATH, redis://... [default: embedded]",
    ),
    option(
        STORAGE,
        "--redis-wait-replicas",
        type=click.IntRange(0),
        default=0,
        show_default=True,
        help="Replicas that must have a write before it is acknowledged.",
    ),
    option(
        STORAGE,
        "--encryption-provider-config",
        type=FILE,
        help="What to encrypt in the store: an apiserver.config.k8s.io/v1 EncryptionConfiguration.",
    ),
)


FEATURES_OPTIONS = (
    option(
        FEATURES,
        "--servers",
        type=kinds.Servers(),
        default="core,extensions,aggregator",
        show_default=True,
        help="Servers to run: Kubernetes' own kinds, custom resources, other API servers' resources.",
    ),
    option(FEATURES, "--controllers", default="*", show_default=True, help="Controllers to run; -NAME leaves one out."),
    option(
        FEATURES,
        "--service-cluster-ip-range",
        type=kinds.Networks(),
        default="10.96.0.0/16",
        show_default=True,
        help="Where Services get their addresses from.",
    ),
    option(
        FEATURES,
        "--service-node-port-range",
        type=kinds.Ports(),
        default="30000-32767",
        show_default=True,
        help="Where Services get their node ports from.",
    ),
    option(
        FEATURES,
        "--endpoint-reconciler-type",
        type=click.Choice(("lease", "none")),
        default="lease",
        show_default=True,
        help="Whether the endpoints of the kubernetes Service are kept: those of the servers that live, or not at all.",
    ),
    option(
        FEATURES,
        "--proxy-client-cert-file",
        type=FILE,
        help="Certificate (PEM) to prove oneself with to other API servers, in place of a generated one.",
    ),
    option(FEATURES, "--proxy-client-key-file", type=FILE, help="Its private key (PEM)."),
    option(
        FEATURES,
        "--runtime-config",
        type=kinds.Switches(),
        default="",
        help="Built-in groups and versions to serve or not: group/version=false, api/all=false.",
    ),
)


LOG_OPTIONS = (
    option(LOG, "-v", "verbose", count=True, help="Log each request; twice, everything."),
    option(LOG, "--v", "level", type=click.IntRange(0), default=0, metavar="LEVEL", help="The same as a number."),
)
