"""Storage objects: what is mounted at a path, what it can do, and the generic one over a key-value backend.

Knows REST semantics (strategies, preconditions, deletion, tables) but no transport.
"""
