"""Kubernetes' protobuf encoding of the built-in kinds, to and from the objects that JSON gives.

The room knows messages, not endpoints: which bodies come and go as protobuf is decided above.
"""
