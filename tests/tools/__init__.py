"""Programs the tests use: where they are found and how they are run and ended."""
