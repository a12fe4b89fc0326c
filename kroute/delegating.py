"""A server behind another API server's aggregator: whom to believe is read from the host before anything is served.

The host's ConfigMap says which clients it lets in itself, and what its aggregator proves itself with; what the settings
say comes first.  Authorities are followed while the server runs.
Mirrors `DelegatingAuthenticationOptions` of `pkg/server/options` of k8s.io/apiserver.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import logging
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from kroute import settings
from kroute.aio import tasks
from kroute.auth import methods, proxies
from kroute.server import certificates, frontproxy
from kroute.webhook import hosts

log = logging.getLogger("kroute.server")

INTERVAL = 60.0
CLIENTS, PROXIES = "host-client-ca.crt", "host-proxy-ca.crt"


def looked_up(chosen: settings.Settings, directory: certificates.Directory) -> settings.Settings:
    """The settings with what the host's ConfigMap adds to them.  Raises OSError, ValueError."""
    access = chosen.access
    if not access.host or access.skip_lookup:
        return chosen
    try:
        data = hosts.trusted(hosts.target(access.host))
    except (OSError, ValueError) as error:
        if not access.tolerate_lookup_failure:
            raise
        log.warning("the host's clients are not let in: %s", error)
        return chosen
    return dataclasses.replace(chosen, access=believing(access, data, directory))


def believing(access: methods.Options, data: Mapping[str, str], directory: certificates.Directory) -> methods.Options:
    """The options of access with what the host says.  Raises OSError, ValueError."""
    clients, proxy = data.get("client-ca-file", ""), data.get("requestheader-client-ca-file", "")
    if clients and access.client_ca_file is None:
        access = dataclasses.replace(access, client_ca_file=kept(directory, CLIENTS, clients))
    if proxy and access.proxies.client_ca_file is None:
        access = dataclasses.replace(
            access,
            proxies=proxies.Options(
                client_ca_file=kept(directory, PROXIES, proxy),
                allowed_names=words(data, "requestheader-allowed-names"),
                username_headers=words(data, "requestheader-username-headers"),
                uid_headers=words(data, "requestheader-uid-headers"),
                group_headers=words(data, "requestheader-group-headers"),
                extra_prefixes=words(data, "requestheader-extra-headers-prefix"),
            ),
        )
    return access


@contextlib.asynccontextmanager
async def following(
    chosen: settings.Settings, directory: certificates.Directory, *, interval: float = INTERVAL
) -> AsyncIterator[None]:
    """Keep the files that the host's authorities were read into as its ConfigMap is, asked every `interval` seconds.

    Which names and headers are believed is read at the start alone."""
    access = chosen.access
    if not access.host or access.skip_lookup:
        yield
        return
    async with tasks.Scope("authorities of the host") as scope:
        scope.spawn(follow(access.host, directory, interval), name="follow", eternal=True)
        yield


async def follow(where: str, directory: certificates.Directory, interval: float) -> None:
    while True:
        await asyncio.sleep(interval)
        try:
            refresh(directory, await asyncio.to_thread(lambda: hosts.trusted(hosts.target(where))))
        except (OSError, ValueError) as error:
            log.warning("what the host believes can't be read at present: %s", error)


def refresh(directory: certificates.Directory, data: Mapping[str, str]) -> None:
    """Write what has changed of the files in use.  Raises OSError."""
    for name, key in ((CLIENTS, "client-ca-file"), (PROXIES, "requestheader-client-ca-file")):
        file, content = directory.path / "pki" / name, data.get(key, "")
        if content and file.exists() and file.read_text() != content:
            kept(directory, name, content)


def told(chosen: settings.Settings, directory: certificates.Directory, *, aggregator: bool) -> proxies.Options:
    """The proxies that servers behind this one are told to believe: those that it believes itself, else its own."""
    given = chosen.access.proxies
    if given.client_ca_file is not None or chosen.proxy_client is not None or not aggregator:
        return given
    return proxies.Options(
        client_ca_file=frontproxy.authority(directory),
        allowed_names=(frontproxy.CLIENT,),
        username_headers=("X-Remote-User",),
        uid_headers=("X-Remote-Uid",),
        group_headers=("X-Remote-Group",),
        extra_prefixes=("X-Remote-Extra-",),
    )


def kept(directory: certificates.Directory, name: str, content: str) -> Path:
    """A file of the data directory with that content.  Raises OSError."""
    certificates.make_folder(directory)
    file = directory.path / "pki" / name
    certificates.write(file, content.encode(), mode=0o644)
    return file


def words(data: Mapping[str, str], key: str) -> tuple[str, ...]:
    """A list of texts, as the ConfigMap has it.  Raises ValueError."""
    found = json.loads(data.get(key) or "[]")
    if not isinstance(found, list):
        raise ValueError(f"{key} of configmap/extension-apiserver-authentication is no list")
    return tuple(str(each) for each in found)
