"""Sockets and TLS: where a server listens, and how long it puts up with clients that don't go on."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import itertools
import logging
import os
import resource
import socket
import ssl
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BACKLOG = 1024
HANDSHAKE_TIMEOUT = 10.0
"""Seconds that a client may take for the TLS handshake."""

CLOSING_TIMEOUT = 1.0
"""Seconds that a client may take to agree that a TLS connection is closed."""

OTHER_FILES = 64
"""Open files that are no connections."""

UNREAD_TIMEOUT = 90_000
"""Milliseconds after which a connection is closed whose client does not take what is sent."""

log = logging.getLogger("kroute.server")


RENEWAL_LAPS = 60
"""How many times the files are looked at before their age is."""


class CannotListen(Exception):
    """The address can't be listened at; the text says why in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TLS:
    """The files of a TLS server.

    With `client_authorities` clients are asked for a certificate of one of them, or of `proxy_authorities`; they need
    not have one.
    `renew` is called now and then to have files made anew that are about to expire."""

    certificate: Path
    key: Path
    client_authorities: Sequence[Path] = ()
    proxy_authorities: Sequence[Path] = ()
    renew: Callable[[], None] | None = None

    @property
    def authorities(self) -> Sequence[Path]:
        """The files of all that clients' certificates may be of."""
        return (*self.client_authorities, *self.proxy_authorities)

    def context(self) -> ssl.SSLContext:
        """Raises OSError and ssl.SSLError for files that can't be used."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        made.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
        made.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
        made.set_alpn_protocols(["http/1.1"])
        made.load_cert_chain(self.certificate, self.key)
        for file in self.authorities:
            made.load_verify_locations(cafile=file)
        if self.authorities:
            made.verify_mode = ssl.CERT_OPTIONAL
        return made


def most_connections() -> int:
    """How many connections the limit of open files leaves room for, beside what else is opened; 0 for any."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 0 if soft == resource.RLIM_INFINITY else max(1, soft - OTHER_FILES)


def bind(host: str, port: int, *, shared: bool = False) -> list[socket.socket]:
    """Sockets at every address of `host`; port 0 takes any free one.  `shared`: other processes may take the same.

    Raises CannotListen."""
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise CannotListen(f"can't listen at {host}: {error.strerror or error}") from error
    sockets: list[socket.socket] = []
    try:
        for family, _, _, _, address in dict.fromkeys(found):
            if sockets and port == 0:  # the same port at all addresses
                address = (address[0], sockets[0].getsockname()[1], *address[2:])
            sockets.append(bind_one(family, address, shared=shared))
    except OSError as error:
        close(sockets)
        reason = "the address is in use" if error.errno == errno.EADDRINUSE else error.strerror or str(error)
        raise CannotListen(f"can't listen at {show(host, port)}: {reason}") from error
    return sockets


def bind_one(family: socket.AddressFamily, address: Any, *, shared: bool) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # accepted connections inherit it
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_TIMEOUT)
        made.bind(address)
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made


def close(sockets: Iterable[socket.socket]) -> None:
    for one in sockets:
        with suppress(OSError):
            one.close()


async def listen(
    protocol: Callable[[], asyncio.BaseProtocol], sockets: Sequence[socket.socket], tls: ssl.SSLContext | None
) -> list[asyncio.AbstractServer]:
    """Accept connections; `protocol` makes the protocol of each."""
    loop = asyncio.get_running_loop()
    hello, goodbye = (None, None) if tls is None else (HANDSHAKE_TIMEOUT, CLOSING_TIMEOUT)
    return [
        await loop.create_server(
            protocol, sock=one, backlog=BACKLOG, ssl=tls, ssl_handshake_timeout=hello, ssl_shutdown_timeout=goodbye
        )
        for one in sockets
    ]


def show(host: str, port: int) -> str:
    """`host:port` as it stands in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def reachable(host: str) -> str:
    """The address to reach a server at that listens at `host` (which may be all addresses)."""
    if host in ("", "0.0.0.0"):
        return "127.0.0.1"
    return "::1" if host == "::" else host


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def own_addresses(host: str) -> list[str]:
    """The names and addresses that others reach this machine at, if `host` is all of its addresses."""
    if host not in ("", "0.0.0.0", "::"):
        return [host]
    found = [socket.gethostname()]
    for family, elsewhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((elsewhere, 9))  # sends nothing, but chooses the address to send from
            found.append(str(probe.getsockname()[0]))
    return found


class Reloader:
    """Has new connections served with the certificate that is in the files now, and those of new authorities let in.

    An authority that is in its file no more stays known here: who counts is decided by authentication."""

    def __init__(self, tls: TLS, context: ssl.SSLContext) -> None:
        self._tls, self._context = tls, context
        self._seen = stamps_of((tls.certificate, tls.key))
        self._trusted = stamps_of(tls.authorities)

    async def watch(self, interval: float = 60.0) -> None:
        """Look at the files now and then; never returns."""
        for lap in itertools.count():
            await asyncio.sleep(interval)
            if lap % RENEWAL_LAPS == 0:
                await asyncio.to_thread(self.renew)
            self.look()
            self.trust()

    def renew(self) -> None:
        """Have files renewed that need it."""
        try:
            if self._tls.renew is not None:
                self._tls.renew()
        except (OSError, ValueError) as error:
            log.warning("the certificates can't be renewed: %s", error)

    def look(self) -> bool:
        """Load the files again if they changed; whether they were loaded."""
        stamps = stamps_of((self._tls.certificate, self._tls.key))
        if stamps == self._seen:
            return False
        try:
            self._context.load_cert_chain(self._tls.certificate, self._tls.key)
        except (OSError, ssl.SSLError) as error:  # perhaps half written: it is tried again
            log.warning("the new serving certificate can't be used yet: %s", error)
            return False
        self._seen = stamps
        log.info("serving with a new certificate")
        return True

    def trust(self) -> bool:
        """Take in authorities whose files changed; whether there were any."""
        stamps = stamps_of(self._tls.authorities)
        if stamps == self._trusted:
            return False
        try:
            for file in self._tls.authorities:
                self._context.load_verify_locations(cafile=file)
        except (OSError, ssl.SSLError) as error:
            log.warning("the new authorities of clients can't be used yet: %s", error)
            return False
        self._trusted = stamps
        return True


def stamps_of(files: Iterable[Path]) -> list[int]:
    return [os.stat(file).st_mtime_ns if file.exists() else 0 for file in files]
