"""The checks of the restricted level, beside those of the baseline: a pod is hardened as is best practice.

Mirrors the checks of `k8s.io/pod-security-admission/policy` that are of this level.
"""

from __future__ import annotations

from kroute.admission.podsecurity import baseline, wording
from kroute.machinery import objects

VOLUMES = frozenset({
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret",
})  # fmt: skip
OTHER_VOLUMES = (
    "hostPath", "gcePersistentDisk", "awsElasticBlockStore", "gitRepo", "nfs", "iscsi", "glusterfs", "rbd",
    "flexVolume", "cinder", "cephfs", "flocker", "fc", "azureFile", "vsphereVolume", "quobyte", "azureDisk",
    "photonPersistentDisk", "portworxVolume", "scaleIO", "storageos",
)  # fmt: skip


def escalation(metadata: objects.Object, spec: objects.Object) -> wording.Problem | None:
    blamed = [
        wording.name_of(each)
        for each in wording.containers(spec)
        if wording.security(each).get("allowPrivilegeEscalation") is not False
    ]
    if not blamed:
        return None
    detail = f"{wording.named(blamed)} must set securityContext.allowPrivilegeEscalation=false"
    return wording.Problem("allowPrivilegeEscalation != false", detail)


def capabilities(metadata: objects.Object, spec: objects.Object) -> wording.Problem | None:
    keeping, adding, further = [], [], set()
    for each in wording.containers(spec):
        chosen = wording.security(each).get("capabilities") or {}
        if "ALL" not in (chosen.get("drop") or ()):
            keeping.append(wording.name_of(each))
        added = set(chosen.get("add") or ()) - {"NET_BIND_SERVICE"}
        if added:
            adding.append(wording.name_of(each))
            further |= added
    told = []
    if keeping:
        told.append(f'{wording.named(keeping)} must set securityContext.capabilities.drop=["ALL"]')
    if adding:
        what = wording.quoted(sorted(further))
        told.append(f"{wording.named(adding)} must not include {what} in securityContext.capabilities.add")
    return wording.Problem("unrestricted capabilities", "; ".join(told)) if told else None


def volumes(metadata: objects.Object, spec: objects.Object) -> wording.Problem | None:
    blamed, kinds = [], set()
    for each in spec.get("volumes") or ():
        given = {name for name, source in each.items() if source is not None}
        if not given & VOLUMES:
            blamed.append(each.get("name", ""))
            kinds.add(next((kind for kind in OTHER_VOLUMES if kind in given), "unknown"))
    if not blamed:
        return None
    verb = wording.plural("uses", "use", blamed)
    what = wording.plural("restricted volume type", "restricted volume types", kinds)
    who = f"{wording.plural('volume', 'volumes', blamed)} {wording.quoted(blamed)}"
    return wording.Problem("restricted volume types", f"{who} {verb} {what} {wording.quoted(sorted(kinds))}")


def non_root(metadata: objects.Object, spec: objects.Object) -> wording.Problem | None:
    own = wording.security(spec).get("runAsNonRoot")
    chosen = [(wording.name_of(each), wording.security(each).get("runAsNonRoot")) for each in wording.containers(spec)]
    reason = "runAsNonRoot != true"
    by = wording.setters(own is False, [name for name, value in chosen if value is False])
    if by:
        return wording.Problem(reason, f"{by} must not set securityContext.runAsNonRoot=false")
    silent = [name for name, value in chosen if value is None and not own]
    if silent:
        return wording.Problem(reason, f"pod or {wording.named(silent)} must set securityContext.runAsNonRoot=true")
    return None


def user(metadata: objects.Object, spec: objects.Object) -> wording.Problem | None:
    blamed = [
        wording.name_of(each) for each in wording.containers(spec) if wording.security(each).get("runAsUser") == 0
    ]
    by = wording.setters(wording.security(spec).get("runAsUser") == 0, blamed)
    return wording.Problem("runAsUser=0", f"{by} must not set runAsUser=0") if by else None


def seccomp(metadata: objects.Object, spec: objects.Object) -> wording.Problem | None:
    if problem := baseline.seccomp(metadata, spec):
        return problem
    if baseline.seccomp_type(spec) is not None:
        return None
    silent = [wording.name_of(each) for each in wording.containers(spec) if baseline.seccomp_type(each) is None]
    if not silent:
        return None
    wanted = 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"'
    return wording.Problem("seccompProfile", f"pod or {wording.named(silent)} {wanted}")


def not_on_windows(check: wording.Check) -> wording.Check:
    """The check for pods that may run on Linux; others can't say what it asks for."""

    def checked(metadata: objects.Object, spec: objects.Object) -> wording.Problem | None:
        return None if wording.is_windows(spec) else check(metadata, spec)

    return checked


def not_of_own_users(check: wording.Check) -> wording.Check:
    """The check for pods that share the users of their node."""

    def checked(metadata: objects.Object, spec: objects.Object) -> wording.Problem | None:
        return None if wording.has_own_users(spec) else check(metadata, spec)

    return checked
