"""Custom resources in several versions that a webhook converts.

- `reviews`: asks the webhook, and checks what comes back;
- `metadata`: what a webhook may change of an object's metadata;
- `logs`: one version's view of the stored objects, with values that are converted when they are read and written;
- `owners`: conversions for field managers, which need an object in the versions that its owners wrote.

Each version has a Store of its own over such a view, so that all above it knows one version alone.
Mirrors `pkg/apiserver/conversion` of `k8s.io/apiextensions-apiserver`.
"""
