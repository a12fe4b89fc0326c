"""kroute's fixtures, for tests/ and for the example of a test; setup.cfg keeps out the plugin as it is installed."""

pytest_plugins = ["kroute.testing"]
