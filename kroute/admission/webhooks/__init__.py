"""Webhooks: other servers that are asked about writes, and may change or refuse them.

`hooks` are configurations as requests are matched with them, `reviews` what is sent and what may come back, `calling`
one call with all that can go wrong.  The plugins are `admission.plugins.mutating_webhooks` and `validating_webhooks`.
Mirrors `plugin/webhook` of `k8s.io/apiserver/pkg/admission`.
"""
