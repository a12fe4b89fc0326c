"""The flags of `kroute serve`, under headings, and the settings that they come to.

Flags bear kube-apiserver's names where it has them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from kroute import admissionflags, auditflags, authenticationflags, authorizationflags, delegationflags, settings
from kroute.machinery import durations

Command = TypeVar("Command", bound=Callable[..., Any])
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class GroupedCommand(click.Command):
    """A command whose help shows its options under headings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        headings: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                headings.setdefault(getattr(parameter, "heading", "Other"), []).append(record)
        for heading, records in headings.items():
            with formatter.section(heading):
                formatter.write_dl(records)


class HeadedOption(click.Option):
    def __init__(self, *args: Any, heading: str, **rest: Any) -> None:
        super().__init__(*args, **rest)
        self.heading = heading


def option(heading: str, *names: str, **rest: Any) -> Callable[[Command], Command]:
    """An option under a heading of the help."""
    return click.option(*names, cls=HeadedOption, heading=heading, **rest)


class Duration(click.ParamType[float]):
    """`1m30s`, in seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        try:
            return durations.parse(value) / durations.SECOND
        except durations.DurationError as error:
            self.fail(str(error), param, ctx)


class Address(click.ParamType[str]):
    """An IP address that others can reach."""

    name = "ip"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        try:
            found = ipaddress.ip_address(text) if text else None
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if found is not None and (found.is_loopback or found.is_unspecified or found.is_multicast):
            self.fail(f"{text} is no address that others can reach", param, ctx)
        return text


class Networks(click.ParamType[Sequence[str]]):
    """One or two networks, separated by a comma."""

    name = "cidr[,cidr]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Sequence[str]:
        if not isinstance(value, str):
            return tuple(value)
        found = tuple(part.strip() for part in value.split(","))
        try:
            versions = [ipaddress.ip_network(part).version for part in found]
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if len(set(versions)) < len(versions):
            self.fail("two networks must be of different IP versions", param, ctx)
        return found


class Ports(click.ParamType[tuple[int, int]]):
    """A range of ports, by its first and last one or by its first one and how many there are."""

    name = "first-last"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        if not isinstance(value, str):
            return tuple(value)
        first, sign, rest = value.partition("+") if "+" in value else value.partition("-")
        if not first.strip().isdecimal() or (sign and not rest.strip().isdecimal()):
            self.fail(f"{value!r} is no range of ports: 30000-32767, or 30000+2768", param, ctx)
        low = int(first)
        high = low + int(rest) if sign == "+" else int(rest) if sign else low
        if not 0 < low <= high <= 65535:
            self.fail(f"{value!r} is not within 1-65535", param, ctx)
        return low, high


class Servers(click.ParamType[Sequence[str]]):
    """Some of core, extensions and aggregator."""

    name = "name[,name]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Sequence[str]:
        if not isinstance(value, str):
            return tuple(value)
        found = tuple(part.strip() for part in value.split(","))
        for name in found:
            if name not in ("core", "extensions", "aggregator"):
                self.fail(f"{name!r} is none of core, extensions, aggregator", param, ctx)
        return found


class Switches(click.ParamType[dict[str, str]]):
    """`group/version=false,api/beta=true`."""

    name = "key=value,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, str]:
        if not isinstance(value, str):
            return dict(value)
        parts = (part.strip().partition("=") for part in value.split(",") if part.strip())
        return {key.strip(): on.strip() for key, _, on in parts}


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
        type=Address(),
        default="",
        help="The address that the cluster is told this server has; one of this machine's own unless given.",
    ),
    option(SERVING, "--external-hostname", default="", help="A further name or address of this server."),
    option(SERVING, "--tls-cert-file", type=FILE, help="Certificate (PEM) to serve with, in place of a generated one."),
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
        SERVING, "--request-timeout", type=Duration(), default="1m", show_default=True, help="Time for one request."
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
        type=Duration(),
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

ACCESS_OPTIONS = authenticationflags.options(option, Duration())

FEATURES_OPTIONS = (
    option(
        FEATURES,
        "--servers",
        type=Servers(),
        default="core,extensions,aggregator",
        show_default=True,
        help="Servers to run: Kubernetes' own kinds, custom resources, other API servers' resources.",
    ),
    option(FEATURES, "--controllers", default="*", show_default=True, help="Controllers to run; -NAME leaves one out."),
    option(
        FEATURES,
        "--service-cluster-ip-range",
        type=Networks(),
        default="10.96.0.0/16",
        show_default=True,
        help="Where Services get their addresses from.",
    ),
    option(
        FEATURES,
        "--service-node-port-range",
        type=Ports(),
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
        type=Switches(),
        default="",
        help="Built-in groups and versions to serve or not: group/version=false, api/all=false.",
    ),
)

AUTHORIZATION_OPTIONS = authorizationflags.options(option, Duration())
DELEGATION_OPTIONS = delegationflags.options(option)
ADMISSION_OPTIONS = admissionflags.options(option)
AUDIT_OPTIONS = auditflags.options(option, Duration())

LOG_OPTIONS = (
    option(LOG, "-v", "verbose", count=True, help="Log each request; twice, everything."),
    option(LOG, "--v", "level", type=click.IntRange(0), default=0, metavar="LEVEL", help="The same as a number."),
)


def options(command: Command) -> Command:
    """All of them, for a command."""
    for each in reversed(
        (
            *SERVING_OPTIONS,
            *STORAGE_OPTIONS,
            *ACCESS_OPTIONS,
            *AUTHORIZATION_OPTIONS,
            *DELEGATION_OPTIONS,
            *ADMISSION_OPTIONS,
            *FEATURES_OPTIONS,
            *AUDIT_OPTIONS,
            *LOG_OPTIONS,
        )
    ):
        command = each(command)
    return command


def storage_options(command: Command) -> Command:
    """Those of the store, for a command that works on it."""
    for each in reversed(STORAGE_OPTIONS):
        command = each(command)
    return command


def storage_settings_of(flags: dict[str, Any]) -> settings.Settings:
    """The settings of such a command."""
    return settings.Settings(
        data_dir=flags["data_dir"],
        storage=flags["storage"],
        redis_wait_replicas=flags["redis_wait_replicas"],
        encryption_config=flags["encryption_provider_config"],
    )


def pair_of(certificate: Path | None, key: Path | None) -> tuple[Path, Path] | None:
    """Both files, or none.  Raises UsageError."""
    if (certificate is None) != (key is None):
        raise click.UsageError("--proxy-client-cert-file and --proxy-client-key-file go together")
    return None if certificate is None or key is None else (certificate, key)


def settings_of(flags: dict[str, Any]) -> settings.Settings:
    serving = settings.Serving(
        host=flags["bind_address"],
        port=flags["secure_port"],
        certificate=flags["tls_cert_file"],
        key=flags["tls_private_key_file"],
        hostname=flags["external_hostname"],
        advertised=flags["advertise_address"],
        workers=flags["workers"],
    )
    limits = settings.Limits(
        priority_and_fairness=flags["enable_priority_and_fairness"],
        reads_in_flight=flags["max_requests_inflight"],
        writes_in_flight=flags["max_mutating_requests_inflight"],
        connections=flags["max_connections"],
        request_timeout=flags["request_timeout"],
        watch_timeout=float(flags["min_request_timeout"]),
        shutdown_delay=flags["shutdown_delay_duration"],
    )
    return settings.Settings(
        data_dir=flags["data_dir"],
        storage=flags["storage"],
        redis_wait_replicas=flags["redis_wait_replicas"],
        encryption_config=flags["encryption_provider_config"],
        serving=serving,
        access=delegationflags.access_of(authenticationflags.options_of(flags), flags),
        limits=limits,
        audit=auditflags.options_of(flags),
        admission=admissionflags.options_of(flags),
        authorization=delegationflags.authorization_of(authorizationflags.options_of(flags), flags),
        controllers=tuple(part.strip() for part in flags["controllers"].split(",")),
        service_cluster_ip_range=flags["service_cluster_ip_range"],
        service_node_port_range=flags["service_node_port_range"],
        endpoint_reconciler=flags["endpoint_reconciler_type"],
        runtime_config=flags["runtime_config"],
        servers=flags["servers"],
        proxy_client=pair_of(flags["proxy_client_cert_file"], flags["proxy_client_key_file"]),
        verbosity=max(flags["verbose"], min(flags["level"], 2)),
    )
