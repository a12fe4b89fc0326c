"""kroute's fixtures, loaded by hand: this repository's own pytest settings keep installed plugins out."""

pytest_plugins = ["kroute.testing"]
