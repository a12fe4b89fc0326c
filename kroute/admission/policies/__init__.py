"""Policies: expressions that refuse or change what they don't like, bound to parameters and to parts of the cluster.

`matching` says which requests a policy or a binding is for, `params` where parameters come from, `definitions` are
policies and bindings as requests are matched with them, `variables` what a policy's own variables are, `evaluating`
validates, `applying` changes objects.  The plugins are `admission.plugins.validating_policies` and
`mutating_policies`.
Mirrors `plugin/policy` of `k8s.io/apiserver/pkg/admission`.
"""
