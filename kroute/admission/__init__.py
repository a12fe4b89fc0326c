"""Cross-kind policy on objects before they are stored: the chain that mutates and then validates, and its plugins.

- `attributes` is what plugins are asked about, `chain` asks them; `forms` tells how objects look in other versions;
- `plugins`: one policy a module; `choosing` and `configfile` say which of them run, and how;
- `podsecurity`: the pod security standards;
- `webhooks`: other servers that are asked; `policies`: expressions that are; `expressions`: what both may use of CEL;
- `rules`: which requests webhooks and policies are for; `deriving`: configurations, parsed once.

It knows no HTTP; stores it looks into, and writes none.
"""
