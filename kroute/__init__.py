"""Kubernetes API servers in Python: declare resources, serve them to kubectl and every other client.

The public names are gathered here, and nothing else is: no module inside kroute imports this one, so that
every room can be imported by itself.
"""
