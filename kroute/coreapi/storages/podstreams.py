"""`pods/log`, `exec`, `attach` and `portforward`: what the kubelet of a pod's node does, if there is one.

Logs are passed on.  Connections that change their protocol are not; they are answered as where no kubelet can be
reached.  Mirrors LogREST, ExecREST, AttachREST and PortForwardREST of `pkg/registry/core/pod`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any, Final
from urllib import parse

import aiohttp

from kroute.coreapi import forwarding
from kroute.coreapi.storages import cases, proxies
from kroute.coreapi.validation import podlogs
from kroute.kinds import mounting
from kroute.machinery import context, errors, goformat, gvk, objects

LOG_OPTIONS: Final = gvk.GroupKind("", "PodLogOptions")
FORWARDED: Final = (
    "follow", "previous", "timestamps", "sinceSeconds", "sinceTime", "tailLines", "limitBytes", "stream",
)  # fmt: skip
KINDS = ("initContainers", "containers", "ephemeralContainers")
INTEGER, BOOLEAN, TEXT = {"type": "integer"}, {"type": "boolean"}, {"type": "string"}


class Kubelets:
    """Finds the kubelets of pods."""

    def __init__(self, case: cases.Case) -> None:
        self._pods, self._environment = case.store.core, case.environment

    async def pod(self, ctx: context.RequestContext, name: str) -> objects.Object:
        """Raises NotFound."""
        return await proxies.find(self._pods, ctx, name)

    async def of(self, ctx: context.RequestContext, pod: objects.Object) -> forwarding.Target | None:
        """The kubelet of the node that a pod is on; None for a pod on none.  Raises NotFound and Plain."""
        node = (pod.get("spec") or {}).get("nodeName")
        if not node:
            return None
        nodes = self._environment.core("nodes")
        if nodes is None:
            raise errors.NotFound.of(gvk.GroupResource("", "nodes"), node)
        status = (await proxies.find(nodes, ctx, node)).get("status") or {}
        port = ((status.get("daemonEndpoints") or {}).get("kubeletEndpoint") or {}).get("Port")
        return forwarding.Target("https", proxies.preferred_address(status), str(port or proxies.KUBELET_PORT))


class Log:
    """What a container has written."""

    get_options: Mapping[str, Mapping[str, Any]] = {
        "container": TEXT,
        "follow": BOOLEAN,
        "insecureSkipTLSVerifyBackend": BOOLEAN,
        "limitBytes": INTEGER,
        "previous": BOOLEAN,
        "sinceSeconds": INTEGER,
        "sinceTime": TEXT,
        "stream": TEXT,
        "tailLines": INTEGER,
        "timestamps": BOOLEAN,
    }
    get_subpath = False
    produces = ("text/plain",)

    def __init__(self, kubelets: Kubelets) -> None:
        self._kubelets = kubelets

    async def get_with_options(
        self, ctx: context.RequestContext, name: str, options: Mapping[str, str], path: str
    ) -> Any:
        """The log, piece by piece; None for a pod that is on no node yet."""
        problems = list(podlogs.validate(options))
        if problems:
            raise errors.Invalid.of(LOG_OPTIONS, name, problems)
        pod = await self._kubelets.pod(ctx, name)
        container = container_of(pod, options.get("container", ""))
        target = await self._kubelets.of(ctx, pod)
        if target is None:
            return None
        chosen = {key: options[key] for key in FORWARDED if options.get(key) not in (None, "", "false")}
        return await fetched(target, f"/containerLogs/{ctx.namespace}/{name}/{container}", parse.urlencode(chosen))


class Stream:
    """A connection to a container, or with `of_container` False to the pod itself."""

    connect_methods = ("GET", "POST")
    connect_subpath = False

    def __init__(self, kubelets: Kubelets, kind: gvk.GroupVersionKind, *, of_container: bool = True) -> None:
        self.kind = kind
        self._kubelets, self._of_container = kubelets, of_container

    async def connect(self, ctx: context.RequestContext, name: str, path: str, request: Any) -> Any:
        pod = await self._kubelets.pod(ctx, name)
        if self._of_container:
            container_of(pod, request.query.get("container", ""))
        target = await self._kubelets.of(ctx, pod)
        if target is None:
            raise errors.BadRequest(f"pod {name} does not have a host assigned")
        if "upgrade" not in request.headers.get("Connection", "").lower():
            raise errors.BadRequest("Upgrade request required")
        await dial(target)
        raise errors.BadRequest("connections that change their protocol can't be proxied")


def container_of(pod: objects.Object, wanted: str) -> str:
    """The container that is meant.  Raises BadRequest."""
    spec, name = pod.get("spec") or {}, pod["metadata"]["name"]
    known = [str(each.get("name") or "") for kind in KINDS for each in spec.get(kind) or ()]
    if wanted:
        if wanted not in known:
            raise errors.BadRequest(f"container {wanted} is not valid for pod {name}")
        return wanted
    containers: list[objects.Object] = spec.get("containers") or []
    if len(containers) == 1:
        return str(containers[0].get("name") or "")
    text = f"a container name must be specified for pod {name}"
    raise errors.BadRequest(f"{text}, choose one of: [{' '.join(known)}]" if containers else text)


async def fetched(target: forwarding.Target, path: str, query: str) -> AsyncIterator[bytes]:
    """What a kubelet answers, piece by piece.  Raises Plain when it can't be reached, and what it refuses with."""
    url = target.url(path, query)
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=forwarding.DIAL_SECONDS)
    session = aiohttp.ClientSession(timeout=timeout)
    try:
        answer = await session.get(url, ssl=False, allow_redirects=False)
    except (aiohttp.ClientError, TimeoutError) as error:
        await session.close()
        raise errors.Plain(f"Get {goformat.quote(str(url))}: {forwarding.show(error, target)}") from error
    except BaseException:
        await session.close()
        raise
    if answer.status >= 300:
        text = await answer.text(errors="replace")
        await session.close()
        raise errors.APIError(text, code=answer.status) if answer.status >= 500 else errors.BadRequest(text)
    return pieces(session, answer)


async def pieces(session: aiohttp.ClientSession, answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    async with session, answer:
        async for chunk in answer.content.iter_any():
            yield chunk


async def dial(target: forwarding.Target) -> None:
    """Raises Plain when nobody listens there."""
    try:
        async with asyncio.timeout(forwarding.DIAL_SECONDS):
            _, writer = await asyncio.open_connection(target.host, int(target.port))
    except (OSError, TimeoutError) as error:
        raise errors.Plain(f"error dialing backend: {forwarding.show_dial(error, target)}") from error
    writer.close()


def log(case: cases.Case) -> mounting.Mount:
    shown = replace(case.parent, subresource="log", managed=False)
    return mounting.Mount(Log(Kubelets(case)), shown)


def exec_(case: cases.Case) -> mounting.Mount:
    return stream(case, "exec", "PodExecOptions")


def attach(case: cases.Case) -> mounting.Mount:
    return stream(case, "attach", "PodAttachOptions")


def port_forward(case: cases.Case) -> mounting.Mount:
    return stream(case, "portforward", "PodPortForwardOptions", of_container=False)


def stream(case: cases.Case, name: str, kind: str, *, of_container: bool = True) -> mounting.Mount:
    chosen = case.parent.kind._replace(kind=kind)
    return case.foreign(Stream(Kubelets(case), chosen, of_container=of_container), name, chosen)
