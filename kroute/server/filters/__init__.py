"""Filters that each request passes before it is routed; one filter a module."""
