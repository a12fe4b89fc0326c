"""Which admission plugins run: kube-apiserver's, in its order, with its defaults, and what flags and a file say.

Mirrors `k8s.io/kubernetes/pkg/kubeapiserver/options` and AdmissionConfiguration of `k8s.io/apiserver/pkg/admission`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from kroute.machinery import goformat, gvk

DEFAULT = (
    "NamespaceLifecycle", "LimitRanger", "ServiceAccount", "TaintNodesByCondition", "PodSecurity", "Priority",
    "DefaultTolerationSeconds", "DefaultStorageClass", "StorageObjectInUseProtection", "PersistentVolumeClaimResize",
    "RuntimeClass", "CertificateApproval", "CertificateSigning", "ClusterTrustBundleAttest",
    "CertificateSubjectRestriction", "DefaultIngressClass", "MutatingAdmissionPolicy", "MutatingAdmissionWebhook",
    "ValidatingAdmissionPolicy", "ValidatingAdmissionWebhook", "ResourceQuota",
)  # fmt: skip
"""Plugins that run unless they are disabled, in order."""

OPTIONAL = (
    "AlwaysAdmit", "AlwaysDeny", "AlwaysPullImages", "DenyServiceExternalIPs", "ExtendedResourceToleration",
    "LimitPodHardAntiAffinityTopology", "NamespaceExists", "NodeRestriction",
    "OwnerReferencesPermissionEnforcement",
)  # fmt: skip
"""Plugins that run when they are enabled."""

ABSENT = (
    "EventRateLimit", "ImagePolicyWebhook", "JobValidation", "NamespaceAutoProvision", "NodeDeclaredFeatureValidator",
    "PodGroupProtection", "PodGroupWorkloadExists", "PodNodeSelector", "PodResizeValidator",
    "PodTolerationRestriction", "PodTopologyLabels",
)  # fmt: skip
"""Plugins of kube-apiserver that there are none of here; they may be disabled."""

CONFIGURATION_GROUP, CONFIGURATION_KIND = "apiserver.config.k8s.io", "AdmissionConfiguration"


class ChoiceError(ValueError):
    """Plugins can't run as is asked for; the text is one line."""


class Tolerated(NamedTuple):
    """How many seconds pods stay on a node that isn't ready, or can't be reached, where they don't say."""

    not_ready: int = 300
    unreachable: int = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is asked for: plugins by name, and the file with their configurations."""

    enabled: Sequence[str] = ()
    disabled: Sequence[str] = ()
    config_file: Path | None = None
    tolerated: Tolerated = field(default_factory=Tolerated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What runs beside the defaults, what doesn't, and what the file says of plugins, by name."""

    enabled: Collection[str] = ()
    disabled: Collection[str] = ()
    configurations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    tolerated: Tolerated = field(default_factory=Tolerated)

    def runs(self, name: str) -> bool:
        return name not in self.disabled and (name in DEFAULT or name in self.enabled)


def choice(enabled: Sequence[str], disabled: Sequence[str], configurations: Mapping[str, Mapping[str, Any]]) -> Choice:
    """What flags and the file come to.  Raises ChoiceError."""
    check(enabled, "enable")
    check(disabled, "disable")
    both = sorted({*enabled} & {*disabled})
    if both:
        shown = " ".join(both)
        raise ChoiceError(f"[{shown}] in enable-admission-plugins and disable-admission-plugins overlapped")
    return Choice(enabled=frozenset(enabled), disabled=frozenset(disabled), configurations=configurations)


def check(names: Iterable[str], flag: str) -> None:
    """Raises ChoiceError for what is no plugin, or one that can't be enabled."""
    for name in names:
        if name not in {*DEFAULT, *OPTIONAL, *ABSENT}:
            raise ChoiceError(f"{flag}-admission-plugins plugin {goformat.quote(name)} is unknown")
        if flag == "enable" and name in ABSENT:
            raise ChoiceError(f"{flag}-admission-plugins plugin {goformat.quote(name)} is not part of this server")


def configured(document: Any) -> list[tuple[str, str, Mapping[str, Any] | None]]:
    """What an AdmissionConfiguration says: names of plugins, each with a path or with its configuration.

    Raises ChoiceError."""
    if not isinstance(document, dict):
        raise ChoiceError("an AdmissionConfiguration is a mapping")
    group, version = gvk.GroupVersion.parse(str(document.get("apiVersion") or ""))
    kind = document.get("kind")
    if group != CONFIGURATION_GROUP or version not in ("v1", "v1alpha1") or kind != CONFIGURATION_KIND:
        shown = f"{kind} of {document.get('apiVersion')}"
        raise ChoiceError(f"{shown} is no {CONFIGURATION_KIND} of {CONFIGURATION_GROUP}/v1")
    found: list[tuple[str, str, Mapping[str, Any] | None]] = []
    for index, each in enumerate(document.get("plugins") or ()):
        if not isinstance(each, dict) or not isinstance(each.get("name"), str):
            raise ChoiceError(f"plugins[{index}] has no name")
        configuration = each.get("configuration")
        if configuration is not None and not isinstance(configuration, dict):
            raise ChoiceError(f"plugins[{index}].configuration is no mapping")
        found.append((each["name"], str(each.get("path") or ""), configuration))
    return found
