"""Field sets that were written under an older schema.

Where a map or a list has become atomic since, whoever owned anything in it now owns it as a whole.
Mirrors `typed.ReconcileFieldSetWithSchema`.
"""

from __future__ import annotations

from kroute.patch.managedfields import fieldsets, removing, shapes

FieldSet = fieldsets.FieldSet


def reconcile(shape: shapes.Shape, one: FieldSet) -> FieldSet:
    """The set as the schema has it now; the set itself when nothing changed."""
    result = None
    for element, node in one.items():
        if not node:
            continue
        child = removing.below(shape, element)[0]
        if child is None:
            continue
        settled = fieldsets.LEAF if is_atomic(child) else reconcile(child, node)
        if settled is node:
            continue
        if result is None:
            result = dict(one)
        result[element] = settled
    return one if result is None else result


def is_atomic(shape: shapes.Shape) -> bool:
    """Whether values of the shape are owned as a whole; of maps of anything that isn't asked."""
    if shape.is_map:
        return shape.map_atomic and (bool(shape.fields) or shape.free() is not shapes.DEDUCED)
    return shape.is_list and shape.list_atomic and not shape.scalar
