"""Structural schemas: one model of a kind's fields, whatever language they were written in.

Pruning, defaulting, validation and list types all read the compiled schema; nothing else walks a kind's fields.
"""
