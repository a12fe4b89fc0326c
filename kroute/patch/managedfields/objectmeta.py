"""The schema of `metadata`, for kinds whose own schema doesn't spell it out.

Only what decides ownership is there: which lists are sets or have keys, and that labels and annotations are maps.
Also the fields that nobody ever owns.  Mirrors `meta/v1.ObjectMeta` and the field manager's stripped fields.
"""

from __future__ import annotations

from kroute.patch.managedfields import fieldsets
from kroute.schema import structural

TEXT = structural.Structural(type="string")
NUMBER = structural.Structural(type="integer", format="int64")
FLAG = structural.Structural(type="boolean")
TIME = structural.Structural(type="string", format="date-time")
TEXTS = structural.Structural(type="object", additional=TEXT)

OWNER_REFERENCE = structural.Structural(
    type="object",
    definition="io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference",
    properties={
        "apiVersion": TEXT,
        "kind": TEXT,
        "name": TEXT,
        "uid": TEXT,
        "controller": FLAG,
        "blockOwnerDeletion": FLAG,
    },
    required=("apiVersion", "kind", "name", "uid"),
    map_type="atomic",
)

MANAGED_FIELDS_ENTRY = structural.Structural(
    type="object",
    properties={
        "manager": TEXT,
        "operation": TEXT,
        "apiVersion": TEXT,
        "time": TIME,
        "fieldsType": TEXT,
        "fieldsV1": structural.Structural(type="object", preserve_unknown=True),
        "subresource": TEXT,
    },
)

OBJECT_META = structural.Structural(
    type="object",
    properties={
        "name": TEXT,
        "generateName": TEXT,
        "namespace": TEXT,
        "selfLink": TEXT,
        "uid": TEXT,
        "resourceVersion": TEXT,
        "generation": NUMBER,
        "creationTimestamp": TIME,
        "deletionTimestamp": TIME,
        "deletionGracePeriodSeconds": NUMBER,
        "labels": TEXTS,
        "annotations": TEXTS,
        "ownerReferences": structural.Structural(
            type="array", items=OWNER_REFERENCE, list_type="map", map_keys=("uid",)
        ),
        "finalizers": structural.Structural(type="array", items=TEXT, list_type="set"),
        "managedFields": structural.Structural(type="array", items=MANAGED_FIELDS_ENTRY),
    },
)

UNOWNED = fieldsets.fields(
    ("apiVersion",),
    ("kind",),
    ("metadata",),
    *(
        ("metadata", name)
        for name in (
            "name",
            "namespace",
            "creationTimestamp",
            "selfLink",
            "uid",
            "clusterName",
            "generation",
            "managedFields",
            "resourceVersion",
        )
    ),
)
