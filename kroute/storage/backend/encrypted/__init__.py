"""Encryption at rest: a backend around any other that keeps values of chosen resources encrypted in it.

- `configuration`: the file that says which resources, and with what keys;
- `transforming`: what makes bytes unreadable, and readable again;
- `backend`, `log`: the wrapper.

Stored is `k8s:enc:PROVIDER:v1:KEY:`, the revision's digits, and the sealed rest of the value.
Mirrors `k8s.io/apiserver/pkg/storage/value` and `pkg/server/options/encryptionconfig`.
"""
