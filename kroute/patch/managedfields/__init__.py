"""Who owns which field: `metadata.managedFields`, and server-side apply, which is decided by it.

`manager.FieldManager` is the door.  Below it: `shapes` (what of a schema matters here), `elements` and `fieldsets`
(paths and sets of them), `extracting`, `comparing`, `merging` and `removing` (one or two objects against a shape).
Mirrors `k8s.io/apimachinery/pkg/util/managedfields` and `sigs.k8s.io/structured-merge-diff`.
"""
