"""Expressions in CEL about requests: what they may use, what they are given, conditions made of them.

`declaring` says which variables there are and compiles, `inputs` is what one request gives them, `conditions` are the
match conditions of webhooks and policies.
Mirrors `plugin/cel` and `plugin/webhook/matchconditions` of `k8s.io/apiserver/pkg/admission`.
"""
