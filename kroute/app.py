"""APIServer: one server made of resources, to be run, or to be served from inside a program or a test.

Here settings become the parts of a running server: its store, its certificates, who is let in, its processes.
What is served is put together by `server.assembling`.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import ssl
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from urllib import parse

from aiohttp import web

from kroute import background, chain, delegating, guarding, installer, settings
from kroute.auth import methods, modes
from kroute.server import assembling, frontproxy, generic, hosting, listening, logs, processes
from kroute.server import certificates as files
from kroute.storage import capabilities
from kroute.storage.backend import base, errors, factory

log = logging.getLogger("kroute.server")

EMBEDDED, THROW_AWAY = "kroute.db", "memory://"
"""The embedded store's file in the data directory; the store of a server that keeps nothing."""

ROLES = frozenset(("roles", "clusterroles", "rolebindings", "clusterrolebindings"))


class CannotServe(Exception):
    """The server can't start; the text says why in one line."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that is being served."""

    url: str
    port: int
    kubeconfig: Path
    """Lets clients in as the administrator."""
    directory: files.Directory
    tls: bool

    def ssl_context(self) -> ssl.SSLContext | None:
        """For clients in Python: trusts the server and lets them in as the administrator.  None without TLS."""
        if not self.tls:
            return None
        made = ssl.create_default_context(cafile=self.directory.authority)
        made.load_cert_chain(self.directory.admin_certificate, self.directory.admin_key)
        return made


Storage: TypeAlias = str | Callable[[], base.Backend]
"""A URL, or what makes a backend that is yet to be entered."""


class APIServer:
    """A server of the given resources.

    `resources` are classes or records made with `kroute.resource`, and `kroute.GroupVersionStorage` records of
    hand-written storage objects.  `storage` is the URL of the store, or makes a backend of one's own; "" for the
    embedded one.
    `admission` are plugins for all resources; `title` and `version` stand in the OpenAPI documents.
    `core` names Kubernetes' own resources to serve as well: `["namespaces", "configmaps"]`, True for all of them.
    `extensions`: CustomResourceDefinitions are taken, and what they define is served.
    `aggregator`: APIServices are taken, and requests for their group-versions passed on to the servers they name.
    Raises `kroute.InstallError`, a ValueError, for what can't be served.
    """

    def __init__(
        self,
        resources: Iterable[Any] = (),
        *,
        storage: Storage = "",
        admission: Sequence[Any] = (),
        title: str = "kroute",
        version: str = "unversioned",
        core: Sequence[str] | bool = (),
        extensions: bool = False,
        aggregator: bool = False,
    ) -> None:
        self.storage = storage
        self.chain = chain.Chain(core=core, extensions=extensions, aggregator=aggregator)
        self.chain.sources(settings.Settings())  # so that what can't be served is said here
        self.content = assembling.Content(resources, admission=admission, title=title, version=version)

    @property
    def has_core(self) -> bool:
        """Whether any of Kubernetes' own kinds are served."""
        return bool(self.chain.core)

    @property
    def has_roles(self) -> bool:
        """Whether roles and their bindings are among them."""
        core = self.chain.core
        return core if isinstance(core, bool) else ROLES.issubset(core)

    def run(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 8080,
        tls: bool = False,
        insecure: bool = False,
        data_dir: str | Path = settings.DATA_DIR,
        verbosity: int = 0,
    ) -> None:
        """Serve until told to stop by SIGTERM or SIGINT, then end the process.

        Without `tls` this is plain HTTP for this machine alone, and every request is an administrator's;
        `insecure=True` lets other machines in as well.  With `tls` it is what `kroute serve` does."""
        serving = settings.Serving(host=host, port=port, tls=tls, insecure=insecure)
        try:
            sys.exit(run(self, settings.Settings(data_dir=Path(data_dir), serving=serving, verbosity=verbosity)))
        except CannotServe as error:
            sys.exit(f"kroute: {error}")

    @contextlib.asynccontextmanager
    async def serve(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: bool = False,
        data_dir: str | Path | None = None,
        storage: str = "",
        token_auth_file: str | Path | None = None,
        authorization_mode: Sequence[str] = (),
        controllers: Sequence[str] = ("*",),
    ) -> AsyncIterator[Running]:
        """Serve while the body of the `async with` runs.  Without a data directory nothing is kept.

        `authorization_mode` names who decides, as `--authorization-mode` does; without any, whoever is known may do
        everything.  `controllers` are what `--controllers` takes.
        Raises CannotServe."""
        access = methods.Options(token_auth_file=None if token_auth_file is None else Path(token_auth_file))
        chosen = settings.Settings(
            data_dir=None if data_dir is None else Path(data_dir),
            storage=storage,
            serving=settings.Serving(host=host, port=port, tls=tls),
            access=access,
            authorization=modes.Options(modes=authorization_mode),
            controllers=controllers,
        )
        with contextlib.ExitStack() as stack:
            prepared = prepare(self, chosen, stack)
            async with serving(self, prepared, prepared.bind()) as running:
                yield running

    def install(
        self, app: web.Application, *, prefix: str = "", storage: Storage = "", user: installer.UserOf | None = None
    ) -> None:
        """Serve the resources from somebody's own aiohttp application, below `prefix`, beside its own routes.

        The store is opened and closed with the application; without any nothing is kept.  `user` tells who asks, for
        hooks, plugins and field managers; whom to let in is the application's business.
        Raises `kroute.InstallError`, and CannotServe for a URL that names no store."""
        for name in (chain.EXTENSIONS, chain.AGGREGATOR):
            if getattr(self.chain, name):
                raise capabilities.InstallError(f"an application's routes don't change, so it can't have {name}")
        backend = open_store(storage or self.storage or THROW_AWAY)
        sources = self.chain.sources(settings.Settings())
        hosting.install(app, self.content, backend, sources=sources, prefix=prefix, user=user)

    def openapi(self, version: str = "v3") -> str:
        """The OpenAPI document as JSON; `version` is v2 (Swagger) or v3."""
        return self.content.openapi(version, sources=self.chain.sources(settings.Settings()))

    def crds(self) -> str:
        """CustomResourceDefinitions of the resources, as YAML."""
        return self.content.crds()


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is at hand before the first event loop starts."""

    chosen: settings.Settings
    storage: Storage
    directory: files.Directory
    tls: listening.TLS | None
    guard: generic.Guard
    proxy: frontproxy.Pair | None = None

    def bind(self, *, shared: bool = False, port: int | None = None) -> list[Any]:
        """The sockets to listen at.  Raises CannotServe."""
        where = self.chosen.serving
        try:
            return listening.bind(where.host, where.port if port is None else port, shared=shared)
        except listening.CannotListen as error:
            raise CannotServe(str(error)) from error

    def store(self) -> base.Backend:
        """The store, not connected yet.  Raises CannotServe."""
        return sealed(open_store(self.storage, wait_replicas=self.chosen.redis_wait_replicas), self.chosen)

    def url(self, port: int) -> str:
        scheme = "http" if self.tls is None else "https"
        return f"{scheme}://{listening.show(listening.reachable(self.chosen.serving.host), port)}"

    def write_kubeconfig(self, port: int) -> None:
        """The administrator's kubeconfig."""
        if self.tls is None:
            files.write_kubeconfig(self.directory.kubeconfig, server=self.url(port))
            return
        own = self.chosen.serving.certificate
        files.write_kubeconfig(
            self.directory.kubeconfig,
            server=self.url(port),
            authority=(own or self.directory.authority).read_bytes(),
            certificate=self.directory.admin_certificate.read_bytes(),
            key=self.directory.admin_key.read_bytes(),
        )


def prepare(server: APIServer, chosen: settings.Settings, stack: contextlib.ExitStack) -> Prepared:
    """Make the data directory, keys and certificates, and read the files that the settings name.

    Raises CannotServe."""
    where = chosen.serving
    if not (where.tls or where.insecure or listening.is_loopback(where.host)):
        raise CannotServe(f"without TLS everybody at {where.host} would be an administrator: use TLS, or say insecure")
    try:
        background.check(chosen)
        path = chosen.data_dir or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kroute-")))
        directory = files.Directory(path.absolute())
        directory.make()
        chosen = delegating.looked_up(chosen, directory)
        tls = prepare_tls(chosen, directory) if where.tls else None
        if server.has_core:
            files.ensure_service_account_key(directory)
        guard = guarding.guard(chosen, tls=tls, key=directory.service_account_key if server.has_core else None)
        proxy = front_proxy(server, chosen, directory)
        return Prepared(chosen, storage_of(server, chosen, directory), directory, tls, guard, proxy)
    except ssl.SSLError as error:
        raise CannotServe(f"the certificate files can't be used: {error.reason or error}") from error
    except OSError as error:
        raise CannotServe(f"{error.filename}: {error.strerror}" if error.filename else str(error)) from error
    except ValueError as error:
        raise CannotServe(str(error)) from error


def front_proxy(server: APIServer, chosen: settings.Settings, directory: files.Directory) -> frontproxy.Pair | None:
    """What the aggregator proves itself with, where there is one.  Raises OSError, ValueError."""
    if not server.chain.only(chosen.servers).aggregator:
        return None
    given = chosen.proxy_client
    return frontproxy.ensure(directory) if given is None else frontproxy.Pair(*given)


def prepare_tls(chosen: settings.Settings, directory: files.Directory) -> listening.TLS:
    where, access = chosen.serving, chosen.access
    hosts = [host for host in (where.hostname, listening.reachable(where.host)) if host]
    renew = functools.partial(files.ensure, directory, hosts=[*hosts, *listening.own_addresses(where.host)])
    renew()
    authorities = [directory.authority]
    if access.client_ca_file is not None:
        authorities.append(access.client_ca_file)
    proxies = access.proxies.client_ca_file
    tls = listening.TLS(
        certificate=where.certificate or directory.serving_certificate,
        key=where.key or directory.serving_key,
        client_authorities=authorities,
        proxy_authorities=[] if proxies is None else [proxies],
        renew=renew,
    )
    tls.context()
    return tls


def storage_of(server: APIServer, chosen: settings.Settings, directory: files.Directory) -> Storage:
    """Where objects are kept.  Raises CannotServe."""
    storage = chosen.storage or server.storage
    if not storage:
        storage = THROW_AWAY if chosen.data_dir is None else f"sqlite:///{parse.quote(str(directory.path / EMBEDDED))}"
    if chosen.serving.workers > 1 and not open_store(storage).shared:
        raise CannotServe(f"several workers need a storage that processes can share, and {shown(storage)} is not one")
    return storage


def open_store(storage: Storage, *, wait_replicas: int = 0) -> base.Backend:
    """A store, not connected yet.  Raises CannotServe."""
    try:
        if not isinstance(storage, str):
            return storage()
        return factory.open_backend(storage, wait_replicas=wait_replicas or None)
    except errors.BackendError as error:
        raise CannotServe(f"the store {shown(storage)} can't be used: {error}") from error


def sealed(backend: base.Backend, chosen: settings.Settings) -> base.Backend:
    """The store with those values encrypted in it that the settings say.  Raises CannotServe."""
    if chosen.encryption_config is None:
        return backend
    from kroute.storage.backend.encrypted import backend as encrypted  # not loaded by those who do without
    from kroute.storage.backend.encrypted import configuration

    try:
        return encrypted.EncryptedBackend(backend, configuration.Configuration.read(chosen.encryption_config))
    except (OSError, ValueError) as error:
        raise CannotServe(f"the encryption configuration can't be used: {error}") from error


def shown(storage: Storage) -> str:
    """What a store is called in messages."""
    return storage if isinstance(storage, str) else getattr(storage, "__name__", repr(storage))


@contextlib.asynccontextmanager
async def serving(server: APIServer, prepared: Prepared, sockets: list[Any]) -> AsyncIterator[Running]:
    """Open the store and serve at the sockets.  Raises CannotServe."""
    port = sockets[0].getsockname()[1]
    prepared.write_kubeconfig(port)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(listening.close, sockets)
        try:
            backend = await stack.enter_async_context(prepared.store())
        except errors.BackendError as error:
            raise CannotServe(f"the store {shown(prepared.storage)} can't be used: {error}") from error
        for warning in backend.warnings():
            log.warning("%s", warning)
        try:
            servers = server.chain.only(prepared.chosen.servers)
            sources = servers.sources(prepared.chosen, prepared.guard, prepared.proxy)
            sources = background.beside(sources, servers, prepared.chosen, prepared.directory, port)
        except capabilities.InstallError as error:
            raise CannotServe(str(error)) from error
        await stack.enter_async_context(delegating.following(prepared.chosen, prepared.directory))
        built = await stack.enter_async_context(
            server.content.assembled(backend, sources=sources, watch_seconds=prepared.chosen.limits.watch_timeout)
        )
        await stack.enter_async_context(generic.run(built, guard=prepared.guard, sockets=sockets, tls=prepared.tls))
        directory = prepared.directory
        yield Running(prepared.url(port), port, directory.kubeconfig, directory, prepared.tls is not None)


def run(server: APIServer, chosen: settings.Settings) -> int:
    """Serve until told to stop, with as many processes as the settings say; the exit code.  Raises CannotServe."""
    logs.configure(chosen.verbosity)
    with contextlib.ExitStack() as stack:
        prepared = prepare(server, chosen, stack)
        if chosen.serving.workers == 1:
            sockets = prepared.bind()
            return processes.run_loop(until_stopped(server, prepared, sockets, lambda: announce(server, prepared)))
        first = prepared.bind(shared=True)  # holds the port for the workers; nobody listens at it
        port = first[0].getsockname()[1]
        stack.callback(listening.close, first)

        def work(ready: Callable[[], None]) -> int:
            try:
                sockets = prepared.bind(shared=True, port=port)
                return processes.run_loop(until_stopped(server, prepared, sockets, ready))
            except CannotServe as error:
                sys.stderr.write(f"kroute: {error}\n")
                return 1

        return processes.supervise(chosen.serving.workers, work, ready=lambda: announce(server, prepared))


async def until_stopped(server: APIServer, prepared: Prepared, sockets: list[Any], ready: Callable[[], None]) -> int:
    processes.quiet_handshakes()
    async with processes.Signals() as signals, serving(server, prepared, sockets):
        processes.settle()
        ready()
        await signals.wait()
    return 0


def announce(server: APIServer, prepared: Prepared) -> None:
    """Print the line to try."""
    path = prepared.directory.kubeconfig
    with contextlib.suppress(ValueError):
        path = path.relative_to(Path.cwd())
    example = server.content.example or server.chain.only(prepared.chosen.servers).example or "--raw /version"
    sys.stdout.write(f"kubectl --kubeconfig {path} get {example}\n")
    sys.stdout.flush()
