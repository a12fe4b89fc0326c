"""Addresses and node ports of services: handed out once each, by however many processes share a store.

A claim is a key of a log, so that of two who want the same only one succeeds: an address's is the IPAddress object
that clients see, a port's is in a log of its own.  `pools` picks what is free, `operation` gives back what a failed
write had claimed, `services` knows what a service needs.
Mirrors `pkg/registry/core/service` of Kubernetes: `storage/alloc.go`, `ipallocator` and `portallocator`.
"""
