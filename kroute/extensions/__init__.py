"""The extensions server: CustomResourceDefinitions, and the resources that they define, served once established.

- `catalog`, `strategy`, `removal`: the resource customresourcedefinitions itself;
- `validation`: what a definition may say;
- `controllers`, `naming`, `conditions`, `finalizing`: what happens to a definition after it was written;
- `resources`, `serving`: from an established definition to endpoints, discovery and documents;
- `conversion`: objects in other versions by way of a webhook; `strays`: requests that no endpoint is for.

Mirrors `k8s.io/apiextensions-apiserver`.
"""
