"""What goes on beside requests, as settings say: the bootstrap controller and the controllers of `--controllers`."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from kroute import chain, delegating, settings
from kroute.aio import tasks
from kroute.auth import modes, signing
from kroute.controllers import accountsecrets, choosing, room, running
from kroute.server import assembling, certificates, listening


def beside(
    sources: assembling.Sources,
    servers: chain.Chain,
    chosen: settings.Settings,
    directory: certificates.Directory,
    port: int,
) -> assembling.Sources:
    """The sources with their companions; `port` is the one that the server listens at."""
    return dataclasses.replace(sources, beside=list(companions(servers, chosen, directory, port)))


def check(chosen: settings.Settings) -> None:
    """Raises choosing.ChoiceError, a ValueError, for a name in `--controllers` that is none."""
    choosing.choose(chosen.controllers, known())


def companions(
    servers: chain.Chain, chosen: settings.Settings, directory: certificates.Directory, port: int
) -> Iterator[assembling.Companion]:
    """Raises choosing.ChoiceError for a name in `--controllers` that is none."""
    if servers.core is True:
        yield bootstrap(servers, chosen, directory, port)
    elif servers.core and modes.RBAC in chosen.authorization.modes:
        from kroute.bootstrap import roles  # not loaded by those who do without

        yield roles.add_hook
    authority = directory.authority if chosen.serving.tls else None
    key = chosen.access.accounts.signing_key_file or directory.service_account_key
    if found := choosing.choose(chosen.controllers, known(authority, key)):
        yield running.Controllers(found)


def known(authority: Path | None = None, key: Path | None = None) -> Mapping[str, choosing.Entry]:
    """Every controller; `authority` is the file with that of the server's certificate, `key` the one with the key that
    signs tokens of service accounts."""
    text = str if authority is None else authority.read_text
    signer = signing.Signer() if key is None else signing.Signer(key.read_bytes)
    tokens = accountsecrets.controller(signer, text)
    return {
        **running.known(text),
        "serviceaccount-token-controller": choosing.Entry(tokens, "serviceaccount-token"),
        "resourcequota-controller": choosing.Entry(quotas, "resourcequota"),
    }


async def quotas(made_with: room.Room, scope: tasks.Scope) -> None:
    """The controller of quotas, which the core API has."""
    from kroute.coreapi.quotas import controller  # not loaded by those who do without

    if made_with.shelf(controller.NAME) is not None:
        await controller.start(made_with, scope)


def bootstrap(
    servers: chain.Chain, chosen: settings.Settings, directory: certificates.Directory, port: int
) -> assembling.Companion:
    from kroute.bootstrap import authentication, server  # not loaded by those who do without

    access, files = chosen.access, [directory.authority] if chosen.serving.tls else []
    if access.client_ca_file is not None:
        files.append(access.client_ca_file)
    proxies = delegating.told(chosen, directory, aggregator=servers.aggregator)

    def trust() -> authentication.Trust:
        return authentication.Trust(
            client_ca="".join(path.read_text() for path in files),
            proxy_ca="" if proxies.client_ca_file is None else proxies.client_ca_file.read_text(),
            user_headers=proxies.username_headers,
            uid_headers=proxies.uid_headers,
            group_headers=proxies.group_headers,
            extra_prefixes=proxies.extra_prefixes,
            allowed_names=proxies.allowed_names,
        )

    ranges = chosen.service_cluster_ip_range
    first = ipaddress.ip_network(ranges[0], strict=False)
    options = server.Options(
        service_ranges=ranges,
        cluster_ip=str(first[1]),
        address=advertised(chosen),
        port=port,
        trust=trust,
        endpoints=chosen.endpoint_reconciler != "none",
    )
    return server.Bootstrap(options)


def advertised(chosen: settings.Settings) -> str:
    """The address that others reach this server at: as the settings say, else any that isn't for this machine alone."""
    for text in (chosen.serving.advertised, chosen.serving.host, *listening.own_addresses("")):
        with suppress(ValueError):
            address = ipaddress.ip_address(text)
            if not (address.is_loopback or address.is_unspecified or address.is_link_local or address.is_multicast):
                return str(address)
    return ""
