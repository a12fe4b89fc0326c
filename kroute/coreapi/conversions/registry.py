"""Which versions need more than another apiVersion, and the functions that convert them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from kroute.coreapi.conversions import autoscalers, events
from kroute.machinery import gvk, objects

Convert: TypeAlias = Callable[[objects.Object], objects.Object]


class Conversion(NamedTuple):
    """The way to the stored version and back; both may change what they are given."""

    to_stored: Convert
    from_stored: Convert


def all_conversions() -> Mapping[gvk.GroupVersionKind, Conversion]:
    """The conversions by the kind that isn't stored."""
    return {
        gvk.GroupVersionKind("autoscaling", "v1", "HorizontalPodAutoscaler"): Conversion(
            autoscalers.from_v1, autoscalers.to_v1
        ),
        gvk.GroupVersionKind("events.k8s.io", "v1", "Event"): Conversion(events.to_core, events.from_core),
    }
