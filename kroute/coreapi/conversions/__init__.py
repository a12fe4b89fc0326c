"""Versions of built-in kinds that differ from the stored one: the way there and back, one kind a module.

`registry` says which there are.  Results are brought into Go's form by decoding them once more.
"""
