"""How built-in kinds behave: `base` does what facts say, and a file a kind has what they can't say.

`registry` puts them together.  Mirrors the strategies of `k8s.io/kubernetes/pkg/registry`.
"""
