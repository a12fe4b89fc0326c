"""What holds for all tests: where fixtures come from and how property tests run."""

import logging
import os
from collections.abc import Iterator

import hypothesis
import pytest

pytest_plugins = [
    "tests.fixtures.commands",
    "tests.fixtures.serving",
    "tests.fixtures.clients",
    "tests.fixtures.redis_servers",
    "tests.fixtures.sessions",
    "tests.fixtures.guestbooks",
    "tests.fixtures.kubectls",
    "tests.fixtures.browsers",
    "tests.fixtures.python_clients",
]

# No deadlines: a test says nothing about time.  CI plays the same examples each time, so that it fails only for
# what a change did; new examples are found on developers' machines.
hypothesis.settings.register_profile(
    "default",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    print_blob=True,
)
hypothesis.settings.load_profile("default")


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """A server that was run in this process leaves no log settings to the next test."""
    loggers = [logging.getLogger(name) for name in ("kroute", "kroute.access", "aiohttp", "asyncio")]
    before = [(list(logger.handlers), logger.propagate, logger.level) for logger in loggers]
    yield
    for logger, (handlers, propagate, level) in zip(loggers, before, strict=True):
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)
