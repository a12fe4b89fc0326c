"""The tests of kroute: unit, contract (backends), functional (over real HTTP) and package (the project itself)."""
