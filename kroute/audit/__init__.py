"""Who did what: events of requests, as a policy chooses them, to files and webhooks.

`auditor.Auditor` is what the server's filter works with.  Mirrors `k8s.io/apiserver/pkg/audit` and `plugin/pkg/audit`.
"""
