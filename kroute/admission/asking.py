"""Asking whether somebody may do something, for plugins: what they are given in place of an authorizer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple, TypeAlias

from kroute.machinery import context


class Answer(NamedTuple):
    """`reason` is the authorizer's, `error` what went wrong; "" for neither."""

    allowed: bool
    reason: str = ""
    error: str = ""

    def __str__(self) -> str:
        return f"{self.reason}, {self.error or '<nil>'}"


Ask: TypeAlias = Callable[[context.User, context.RequestInfo], Awaitable[Answer]]


def about(
    verb: str, resource: str, *, group: str = "", subresource: str = "", namespace: str = "", name: str = "",
    version: str = "*",
) -> context.RequestInfo:  # fmt: skip
    """A request that nobody has sent."""
    return context.RequestInfo(
        path="",
        verb=verb,
        is_resource=True,
        api_prefix="apis" if group else "api",
        group=group,
        version=version,
        namespace=namespace,
        resource=resource,
        subresource=subresource,
        name=name,
    )
