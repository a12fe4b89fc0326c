"""The deletion of namespaces: everything in them goes first, and what holds it up is told in their conditions."""
