"""pytest fixtures that give running servers.

    @pytest.fixture
    def kroute_resources():
        return [Widget]

    def test_widgets(kroute_server):
        kubectl("--kubeconfig", kroute_server.kubeconfig, "get", "widgets")

kroute itself is imported when a fixture is first used: the plugin is loaded in every run of pytest.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from kroute import app


class Serve(Protocol):
    """Starts a server, which ends with the test."""

    def __call__(self, resources: Sequence[Any] | app.APIServer = (), **options: Any) -> app.Running:
        """`resources` are what an APIServer is made of, or one; for `options` see `kroute.testing.running`."""
        ...


@pytest.fixture
def kroute_resources() -> Sequence[Any] | app.APIServer:
    """The resources of `kroute_server`, or an APIServer, such as one that takes definitions; override it."""
    return ()


@pytest.fixture
def kroute_objects() -> Sequence[Any]:
    """What `kroute_server` has from the start: paths of YAML files, or objects; override it."""
    return ()


@pytest.fixture
def kroute_serve() -> Iterator[Serve]:
    """A function that starts servers of the test's own."""
    from kroute import app
    from kroute.testing import serving

    with contextlib.ExitStack() as stack:

        def serve(resources: Sequence[Any] | app.APIServer = (), **options: Any) -> app.Running:
            server = resources if isinstance(resources, app.APIServer) else app.APIServer(resources)
            return stack.enter_context(serving.running(server, **options))

        yield serve


@pytest.fixture
def kroute_server(
    kroute_serve: Serve, kroute_resources: Sequence[Any] | app.APIServer, kroute_objects: Sequence[Any]
) -> app.Running:
    """A running server of the resources in `kroute_resources`, with the objects in `kroute_objects`.

    Memory store, free port, plain HTTP, kubeconfig."""
    return kroute_serve(kroute_resources, objects=kroute_objects)
