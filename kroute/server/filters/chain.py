"""The order of the filters, which is the order in which a request meets them.

Each place has a name; one that is None is left out.  Refusals by an inner filter are seen by the outer ones, so what
answers for errors comes first, and nothing is told to a client before it is known who it is.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from kroute.server import exchange


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The filters of a server, in run order."""

    failures: exchange.Filter
    tracking: exchange.Filter
    request_info: exchange.Filter
    local: exchange.Filter | None = None
    limits: exchange.Filter
    unauthenticated: exchange.Filter | None = None
    authentication: exchange.Filter
    audit: exchange.Filter | None = None
    impersonation: exchange.Filter | None = None
    flow_control: exchange.Filter
    authorization: exchange.Filter
    expectation: exchange.Filter

    def in_order(self) -> Iterator[exchange.Filter]:
        for place in dataclasses.fields(self):
            bound = getattr(self, place.name)
            if bound is not None:
                yield bound
