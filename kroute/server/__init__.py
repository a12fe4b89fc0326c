"""A running server: the handler chain, the director, delegation, health, hooks, listening and its end."""
