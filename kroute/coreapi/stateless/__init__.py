"""Built-in resources whose objects are answered and forgotten: reviews, bindings, component statuses.

`registry` says what is mounted where.
"""
