"""The admission plugins of the core API, in kube-apiserver's order, with the stores that they ask.

Mirrors `k8s.io/kubernetes/pkg/kubeapiserver/options/plugins.go`.
"""

from __future__ import annotations

from typing import Any

from kroute.admission.plugins import namespace_lifecycle
from kroute.coreapi import environment
from kroute.machinery import gvk
from kroute.storage import lookups


def chosen(made_with: environment.Environment) -> list[Any]:
    """The plugins for the resources that are served.  Called when all stores are built."""
    found: list[Any] = []
    namespaces = made_with.cores.get(gvk.GroupResource("", "namespaces"))
    if namespaces is not None:
        found.append(namespace_lifecycle.NamespaceLifecycle(lookups.Lookup(namespaces)))
    return found
