"""The flags of `kroute serve`, under headings, and the settings that they come to.

Flags bear kube-apiserver's names where it has them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kroute import settings
from kroute.flags import admission, audit, authentication, authorization, delegation, kinds, serving

GroupedCommand = kinds.GroupedCommand


def options(command: kinds.Command) -> kinds.Command:
    """All of them, for a command."""
    for each in reversed(
        (
            *serving.SERVING_OPTIONS,
            *serving.STORAGE_OPTIONS,
            *serving.FEATURES_OPTIONS,
            *authentication.options(),
            *authorization.options(),
            *delegation.options(),
            *admission.options(),
            *audit.options(),
            *serving.LOG_OPTIONS,
        )
    ):
        command = each(command)
    return command


def storage_options(command: kinds.Command) -> kinds.Command:
    """Those of the store, for a command that works on it."""
    for each in reversed(serving.STORAGE_OPTIONS):
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
    listening = settings.Serving(
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
        serving=listening,
        access=delegation.access_of(authentication.options_of(flags), flags),
        limits=limits,
        audit=audit.options_of(flags),
        admission=admission.options_of(flags),
        authorization=delegation.authorization_of(authorization.options_of(flags), flags),
        controllers=tuple(part.strip() for part in flags["controllers"].split(",")),
        service_cluster_ip_range=flags["service_cluster_ip_range"],
        service_node_port_range=flags["service_node_port_range"],
        endpoint_reconciler=flags["endpoint_reconciler_type"],
        runtime_config=flags["runtime_config"],
        servers=flags["servers"],
        proxy_client=pair_of(flags["proxy_client_cert_file"], flags["proxy_client_key_file"]),
        verbosity=max(flags["verbose"], min(flags["level"], 2)),
    )
