"""What holds for all tests: where fixtures come from and how property tests run."""

import os

import hypothesis

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
    "tests.fixtures.node",
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
