"""Revisioned key-value stores behind one contract: memory, SQLite, Redis, and the watch cache over any of them.

Stores bytes by key and revision and tells watchers what changed; it knows nothing of kinds or strategies.
"""
