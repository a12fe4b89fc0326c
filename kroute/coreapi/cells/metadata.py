"""Cells that any object has: age, creation, and the name where it says more than the name."""

from __future__ import annotations

from typing import Any

from kroute.coreapi import cells
from kroute.machinery import objects
from kroute.storage import table

DEFAULT_ANNOTATIONS = (
    "ingressclass.kubernetes.io/is-default-class",
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
    "volumeattributesclass.alpha.kubernetes.io/is-default-class",
)


def age(obj: objects.Object, now: float) -> Any:
    return table.age(table.created_of(obj), now)


def name_with_default(obj: objects.Object, now: float) -> Any:
    """The name of a class, and whether objects that name none get it."""
    annotations = (obj.get("metadata") or {}).get("annotations") or {}
    is_default = any(annotations.get(key) == "true" for key in DEFAULT_ANNOTATIONS)
    return f"{table.name_of(obj)} (default)" if is_default else table.name_of(obj)


def controller(obj: objects.Object, now: float) -> Any:
    """The object that controls this one: `deployment.apps/web`."""
    for owner in (obj.get("metadata") or {}).get("ownerReferences") or ():
        if owner.get("controller"):
            group, slash, _ = owner["apiVersion"].rpartition("/")
            kind = f"{owner['kind']}.{group}" if slash else owner["kind"]
            return f"{kind.lower()}/{owner['name']}"
    return cells.NONE


def is_deleted(obj: objects.Object) -> bool:
    """Whether the object is being deleted."""
    return bool((obj.get("metadata") or {}).get("deletionTimestamp"))
