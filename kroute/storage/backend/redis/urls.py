"""From a URL to a topology and the options of the backend.

    redis://[USER:PASSWORD@]HOST[:PORT][/DB]        rediss:// with TLS
    unix://PATH[?db=N]
    redis+sentinel://HOST[:PORT],.../SERVICE[/DB]   rediss+sentinel:// with TLS
    redis+cluster://HOST[:PORT],...                 rediss+cluster:// with TLS

Behind a question mark come options of redis-py's connections (`ssl_ca_certs`, `socket_connect_timeout`, ...), for
Sentinels also `sentinel_username` and `sentinel_password`, and of kroute: `prefix`, `wait_replicas`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib import parse

import redis.asyncio as asyncio_redis
import redis.asyncio.connection

from kroute.storage.backend import errors
from kroute.storage.backend.redis import topology

SCHEMES = frozenset({"redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster"})

_PORT, _SENTINEL_PORT = 6379, 26379


class Target(NamedTuple):
    """What a URL says: where the servers are, and options of the backend."""

    where: topology.Topology
    options: Mapping[str, Any]


def read(url: str) -> Target:
    """Raises Misconfigured, a line for a person."""
    try:
        return _read(url)
    except (ValueError, TypeError) as error:
        raise errors.Misconfigured(f"{_public(url)} is no URL of a Redis: {_reason(error)}") from error


def _read(url: str) -> Target:
    parts = parse.urlsplit(url)
    secure = parts.scheme.startswith("rediss")
    query = dict(parse.parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    options = _own(query)
    if parts.fragment:
        raise ValueError("a fragment (#...) means nothing here")
    if parts.scheme == "unix":
        given = redis.asyncio.connection.parse_url(parts._replace(query=parse.urlencode(query)).geturl())
        if not given.get("path"):
            raise ValueError("it names no socket")
        return Target(_single(given), options)
    plain, _, form = parts.scheme.partition("+")
    credentials, _, hosts = parts.netloc.rpartition("@")
    addresses = _addresses(hosts, _SENTINEL_PORT if form == "sentinel" else _PORT)
    segments = [parse.unquote(segment) for segment in parts.path.split("/") if segment]
    service = _service(segments) if form == "sentinel" else ""
    _check_database(segments, form)
    sentinel = _sentinel(query, secure) if form == "sentinel" else {}
    first = f"{credentials}@{hosts.split(',')[0]}" if credentials else hosts.split(",")[0]
    path = f"/{segments[0]}" if segments else ""
    given = redis.asyncio.connection.parse_url(f"{plain}://{first}{path}?{parse.urlencode(query)}")
    if not form:
        if len(addresses) > 1:
            raise ValueError("several hosts need redis+sentinel:// or redis+cluster://")
        return Target(_single(given), options)
    kind, common = _connections(given, without=("host", "port"))
    if form == "sentinel":
        return Target(
            topology.Sentinels(addresses, service, kind, common, sentinel_options=sentinel),
            options,
        )
    return Target(topology.Cluster(addresses, kind, common), options)


def _single(given: Mapping[str, Any]) -> topology.Single:
    return topology.Single(*_connections(given))


def _connections(given: Mapping[str, Any], *, without: Sequence[str] = ()) -> tuple[topology.Kind, dict[str, Any]]:
    """The class of connections and what they are made with.  Raises TypeError for unknown options."""
    options: dict[str, Any] = {
        "socket_connect_timeout": 5.0,
        **{name: value for name, value in given.items() if name not in without},
        "socket_timeout": None,
        "protocol": 2,
        "client_name": "kroute",
        "driver_info": None,
    }
    kind: topology.Kind = options.pop("connection_class", asyncio_redis.Connection)
    kind(**options)
    return kind, options


def _own(query: dict[str, str]) -> dict[str, Any]:
    """Takes kroute's own options out of the query."""
    found: dict[str, Any] = {}
    if (prefix := query.pop("prefix", None)) is not None:
        if not prefix or set(prefix) & set("{}"):
            raise ValueError("a prefix has at least one character, and no braces")
        found["prefix"] = prefix
    if (count := query.pop("wait_replicas", None)) is not None:
        if not count.isdigit():
            raise ValueError(f"wait_replicas is a number, not {count!r}")
        found["wait_replicas"] = int(count)
    return found


def _addresses(hosts: str, port: int) -> list[topology.Node]:
    found = []
    for host in hosts.split(","):
        parts = parse.urlsplit(f"//{host}")
        if not parts.hostname:
            raise ValueError("it names no host")
        found.append(topology.Node(parts.hostname, parts.port or port))
    return found


def _service(segments: list[str]) -> str:
    """Takes the name of the service out of the path."""
    if not segments:
        raise ValueError("the name of the service is missing: redis+sentinel://HOST/SERVICE")
    return segments.pop(0)


def _check_database(segments: Sequence[str], form: str) -> None:
    if form == "cluster" and segments:
        raise ValueError("a cluster has no databases")
    if len(segments) > 1 or not all(segment.isdigit() for segment in segments):
        raise ValueError(f"/{'/'.join(segments)} is no number of a database")


def _sentinel(query: dict[str, str], secure: bool) -> dict[str, Any]:
    """How the Sentinels themselves are spoken to."""
    found: dict[str, Any] = {"socket_timeout": 2.0, "socket_connect_timeout": 2.0}
    for name in ("username", "password"):
        if (value := query.pop(f"sentinel_{name}", None)) is not None:
            found[name] = value
    if secure:
        found["ssl"] = True
        found.update((name, value) for name, value in query.items() if name.startswith("ssl_"))
    return found


def _reason(error: Exception) -> str:
    text = str(error)
    if "unexpected keyword argument" in text:
        return f"there is no option {text.rsplit(' ', 1)[-1]}"
    return text


def _public(url: str) -> str:
    """The URL without its password."""
    scheme, _, rest = url.partition("://")
    before, at, behind = rest.rpartition("@")
    return f"{scheme}://...@{behind}" if at and before else url
