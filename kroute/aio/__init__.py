"""Asyncio tools: guarded task scopes, broadcasting to many readers, clocks.

The lowest floor: it knows nothing of Kubernetes, and everything above may use it.
"""
