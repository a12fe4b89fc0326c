"""Calls webhooks: one JSON document there, one back, over connections that are kept.

What goes wrong is told in the words of kube-apiserver's client (`rest` of k8s.io/client-go); whoever calls says what
the call was for.  Mirrors `ClientManager` of `pkg/util/webhook` of k8s.io/apiserver.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Any, Final

import aiohttp
import yarl

from kroute.machinery import codecs, durations, errors, goformat
from kroute.webhook import authorities, config, gofailures, resolving, sessions

USER_AGENT: Final = "kube-apiserver-admission"
TIMEOUT: Final = 30.0
"""Seconds that a call may take where nobody says otherwise."""
LARGEST: Final = 16 * 1024 * 1024
"""Bytes that an answer may have where nobody says otherwise."""
IDLE_SECONDS: Final = 90.0
SHOWN: Final = 2048

GENERIC = {
    400: "the server rejected our request for an unknown reason",
    401: "the server has asked for the client to provide credentials",
    404: "the server could not find the requested resource",
    405: "the server does not allow this method on the requested resource",
    409: "the server reported a conflict",
    422: "the server rejected our request due to an error in our request",
    429: "the server has received too many requests and has asked us to try again later",
    503: "the server is currently unable to handle the request",
    504: "the server was unable to return a response in the time allotted, but may still be processing the request",
}


class CallError(Exception):
    """A webhook could not be called, or gave no answer that can be read; the text says why, as kube-apiserver does.

    `timed_out`: the time was over."""

    def __init__(self, text: str, *, timed_out: bool = False) -> None:
        super().__init__(text)
        self.timed_out = timed_out


class Clients(sessions.Caller):
    """Calls to any number of webhooks; an async context manager, which ends the connections."""

    def __init__(self, resolver: resolving.Resolver | None = None) -> None:
        self._resolver = resolver or resolving.NoServices()
        self._authorities = authorities.Authorities()

    async def call(
        self, where: config.ClientConfig, document: Any, *, timeout: float = TIMEOUT, largest: int = LARGEST
    ) -> Any:
        """Post a document; the object that comes back, which has a kind.

        `timeout` is in seconds, `largest` is how many bytes an answer may have.  Raises CallError."""
        url = where.target(durations.show(round(timeout * 1e9)))
        try:
            async with asyncio.timeout(timeout):
                status, text, body = await self._post(where, url, codecs.encode(document), largest)
        except TimeoutError as error:
            raise CallError(f"Post {goformat.quote(url)}: {gofailures.DEADLINE}", timed_out=True) from error
        return answer(status, text, body)

    async def _post(self, where: config.ClientConfig, url: str, body: bytes, largest: int) -> tuple[int, bool, bytes]:
        """The status, whether the body is text, and the body.  Raises CallError, TimeoutError."""
        try:
            context = self._authorities.context(where.ca_bundle)
        except authorities.BundleError as error:
            raise CallError(str(error)) from error
        target, headers = yarl.URL(url, encoded=True), {}
        address, name = f"{target.host}:{target.port}", None
        try:
            if where.service is not None:
                found = self._resolver.resolve(where.service.namespace, where.service.name, where.service.port)
                address, name, headers["Host"] = str(found), where.service.hostname, target.authority
                target = target.with_host(found.host).with_port(found.port)
            try:
                return await self._sent(target, headers, body, context, name, largest)
            except (aiohttp.ServerDisconnectedError, ConnectionResetError):
                # a kept connection that the other side has ended meanwhile
                return await self._sent(target, headers, body, context, name, largest)
        except resolving.ResolveError as error:
            raise CallError(f"Post {goformat.quote(url)}: {error}") from error
        except TimeoutError:
            raise
        except (aiohttp.ClientError, OSError, ssl.SSLError) as error:
            raise CallError(f"Post {goformat.quote(url)}: {gofailures.text(error, address)}") from error

    async def _sent(
        self,
        target: yarl.URL,
        headers: dict[str, str],
        body: bytes,
        context: ssl.SSLContext,
        name: str | None,
        largest: int,
    ) -> tuple[int, bool, bytes]:
        async with self.connected().post(
            target, data=body, headers=headers, ssl=context, server_hostname=name, allow_redirects=False
        ) as response:
            parts, size = [], 0
            async for part in response.content.iter_any():
                size += len(part)
                if size > largest:
                    raise CallError(f"the response is longer than {largest} bytes")
                parts.append(part)
            return response.status, response.content_type.startswith("text/"), b"".join(parts)

    def session(self) -> aiohttp.ClientSession:
        """A new session."""
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, limit_per_host=0, keepalive_timeout=IDLE_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(),
            headers={
                "Accept": "application/json, */*",
                "Content-Type": "application/json",
                "User-Agent": USER_AGENT,
            },
        )


def answer(status: int, text: bool, body: bytes) -> Any:
    """The object in a response.  Raises CallError."""
    if not 200 <= status <= 206:
        raise CallError(status_message(body) or generic_message(status, text, body))
    if not body:
        raise CallError(f"0-length response with status code: {status} and content type: application/json")
    try:
        document, _ = codecs.decode_object(body)
    except (codecs.DecodeError, errors.APIError) as error:
        raise CallError(str(error)) from error
    return document


def status_message(body: bytes) -> str:
    """What a Status says that failed; "" for any other body."""
    try:
        document = codecs.decode(body)
    except codecs.DecodeError:
        return ""
    if not isinstance(document, dict) or document.get("status") != "Failure":
        return ""
    if document.get("kind", "Status") != "Status" or document.get("apiVersion", "v1") != "v1":
        return ""
    message = document.get("message")
    return message if isinstance(message, str) else ""


def generic_message(status: int, text: bool, body: bytes) -> str:
    """What is said of a response that says nothing itself."""
    said = body[:SHOWN].decode("utf-8", "replace").strip() if text else "unknown"
    if status in (403, 406, 415):
        return said
    found = GENERIC.get(status)
    if found is None and status >= 500:
        found = f"an error on the server ({goformat.quote(said)}) has prevented the request from succeeding"
    return found or f"the server responded with the status code {status} but did not return more information"
