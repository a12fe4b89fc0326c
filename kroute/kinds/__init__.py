"""Kinds as records: a resource's definition, the catalog of built-in ones, and building storage objects from them.

Facts about kinds live in data files read by one loader, not in classes.
"""
