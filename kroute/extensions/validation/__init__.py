"""What a definition may say, in kube-apiserver's words.

Mirrors `pkg/apis/apiextensions/validation` of `k8s.io/apiextensions-apiserver`.
"""

from __future__ import annotations

from collections.abc import Iterable

from kroute.machinery import fielderrors, objects


def errors_of(crd: objects.Object, old: objects.Object | None) -> Iterable[fielderrors.FieldError]:
    """What is wrong with a new definition, or with the successor of `old`."""
    return ()


def status_errors(crd: objects.Object) -> Iterable[fielderrors.FieldError]:
    """What is wrong with a definition whose status alone is updated."""
    return ()


def warnings_of(crd: objects.Object, old: objects.Object | None) -> Iterable[str]:
    """What its writer is warned of."""
    return ()
