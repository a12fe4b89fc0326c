"""Expressions in Kubernetes' dialect of CEL: rules of schemas, policies, match conditions.

`programs` is what others use: an `Environment` of declared variables compiles expressions to `Program`s, which are
evaluated on plain decoded JSON.  `declared` has the types, also those that are derived from schemas; `rules` is for
`x-kubernetes-validations`; `library` has the functions.

Expressions are parsed and type-checked by `cel-expr-python`, an optional dependency (`kroute[server]`): without it
nothing here fails to import, and what would compile raises `configuring.Unavailable`.
Mirrors `k8s.io/apiserver/pkg/cel`.
"""
