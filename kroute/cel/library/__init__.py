"""The functions of expressions: CEL's own, those of its extensions, and Kubernetes'.

Each module has a table of overloads; `tables` puts them together.  What CEL's standard library declares itself is
found by the function's name (`operators`), all else by the overload.
"""
