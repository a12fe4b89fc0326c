"""Storage objects of built-in kinds that are more than a Store, its status or its scale: one resource a module.

`registry` says what is mounted where.
"""
