"""What annotations of new pods say of AppArmor is said by fields too, as kubelets read these alone.

Mirrors `applyAppArmorVersionSkew` of `pkg/registry/core/pod`.
"""

from __future__ import annotations

from kroute.coreapi.validation import podannotations, podwarnings, security, visiting
from kroute.machinery import context, objects


def carry_over(ctx: context.RequestContext, pod: objects.Object) -> None:
    """Fill the profiles of containers from annotations, and warn of these."""
    spec, annotations = pod["spec"], podannotations.of(pod)
    if (spec.get("os") or {}).get("name") == "windows" or not annotations:
        return
    whole = (spec.get("securityContext") or {}).get("appArmorProfile")
    for container in (container for kind in visiting.KINDS for container in spec.get(kind) or ()):
        key = podannotations.APPARMOR + (container.get("name") or "")
        own = container.get("securityContext") or {}
        if key not in annotations or own.get("appArmorProfile") is not None:
            continue
        profile = podannotations.apparmor_field(annotations[key])
        if profile is None or any(security.validate_apparmor(profile, "")):
            ctx.warn(podwarnings.apparmor(key))
        elif profile != whole:
            container["securityContext"] = {**own, "appArmorProfile": profile}
            ctx.warn(podwarnings.apparmor(key))
