"""PodSecurity: pods keep to the standard that the labels of their namespace ask for; workloads whose pods wouldn't are
warned of.

Mirrors `k8s.io/pod-security-admission/admission` and `k8s.io/kubernetes/plugin/pkg/admission/security/podsecurity`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kroute.admission import attributes
from kroute.admission.podsecurity import configuring, levels, standards
from kroute.machinery import errors, gvk, objects
from kroute.storage import lookups

NAMESPACES = gvk.GroupResource("", "namespaces")
PODS = gvk.GroupResource("", "pods")
TEMPLATES: Mapping[gvk.GroupResource, Sequence[str]] = {
    gvk.GroupResource("", "replicationcontrollers"): ("spec", "template"),
    gvk.GroupResource("", "podtemplates"): ("template",),
    gvk.GroupResource("apps", "replicasets"): ("spec", "template"),
    gvk.GroupResource("apps", "deployments"): ("spec", "template"),
    gvk.GroupResource("apps", "statefulsets"): ("spec", "template"),
    gvk.GroupResource("apps", "daemonsets"): ("spec", "template"),
    gvk.GroupResource("batch", "jobs"): ("spec", "template"),
    gvk.GroupResource("batch", "cronjobs"): ("spec", "jobTemplate", "spec", "template"),
}
"""Where workloads have the template of their pods."""

IGNORED = frozenset({"exec", "attach", "binding", "eviction", "log", "portforward", "proxy", "status"})
"""Subresources of pods that can't change what a pod may do."""

MOST_PODS, MOST_SECONDS = 3000, 1.0
"""How many pods of a namespace are looked at when its labels change, and for how long."""

CREATE, UPDATE = attributes.Operation.CREATE, attributes.Operation.UPDATE


class PodSecurity:
    """`pods` are looked at when the labels of a namespace change."""

    operations = (CREATE, UPDATE)
    resources = (NAMESPACES, PODS, *TEMPLATES)

    def __init__(
        self, namespaces: lookups.Lookup, pods: lookups.Lookup | None, configuration: configuring.Configuration
    ) -> None:
        self._namespaces, self._pods, self._configuration = namespaces, pods, configuration
        self._standards = standards.Standards()

    async def validate(self, found: attributes.Attributes) -> None:
        """Raises Forbidden, Invalid, InternalError."""
        resource = found.resource.group_resource
        assert found.obj is not None
        if resource == NAMESPACES:
            if not found.subresource:
                await self._namespace(found, found.obj)
        elif resource == PODS:
            if found.subresource not in IGNORED:
                await self._pod(found, found.obj)
        elif not found.subresource:
            await self._workload(found, template_of(found.obj, TEMPLATES[resource]))

    async def _namespace(self, found: attributes.Attributes, namespace: objects.Object) -> None:
        labels = namespace["metadata"].get("labels") or {}
        old_labels = (found.old["metadata"].get("labels") or {}) if found.old is not None else {}
        defaults, name = self._configuration.defaults, namespace["metadata"].get("name", "")
        policy, wrong = levels.policy_of(labels, defaults)
        old_policy, old_wrong = levels.policy_of(old_labels, defaults)
        if wrong and (found.old is None or [str(each) for each in wrong] != [str(each) for each in old_wrong]):
            raise errors.Invalid.of(found.kind.group_kind, found.name, wrong)
        if found.old is not None and not is_stricter(policy.enforce, old_policy.enforce):
            return
        if name in self._configuration.namespaces:
            if not policy.privileged and not policy.equivalent(defaults):
                shown = shown_policy(policy, labels)
                found.ctx.warn(
                    f'namespace "{name}" is exempt from Pod Security, and the policy ({shown}) will be ignored'
                )
        elif found.old is not None and self._pods is not None:
            for warning in self._violations(name, policy.enforce, await self._pods.all(name)):
                found.ctx.warn(warning)

    async def _pod(self, found: attributes.Attributes, pod: objects.Object) -> None:
        if self._exempt(found):
            return
        namespace = await self._namespaces.find(found.namespace)
        if namespace is None:
            raise errors.InternalError.of(f'failed to lookup namespace "{found.namespace}"')
        policy, wrong = levels.policy_of(namespace["metadata"].get("labels") or {}, self._configuration.defaults)
        if not wrong and policy.privileged:
            annotate(found, "enforce-policy", str(levels.Standard()))
            return
        if found.old is not None and not is_significant(pod, found.old):
            return
        self._evaluate(found, policy, pod["metadata"], pod.get("spec") or {}, enforce=True)

    async def _workload(self, found: attributes.Attributes, template: objects.Object | None) -> None:
        if template is None or self._exempt(found):
            return
        namespace = await self._namespaces.find(found.namespace)
        if namespace is None:
            return
        policy, wrong = levels.policy_of(namespace["metadata"].get("labels") or {}, self._configuration.defaults)
        if not wrong and policy.warn.level == policy.audit.level == levels.PRIVILEGED:
            return
        self._evaluate(found, policy, template.get("metadata") or {}, template.get("spec") or {}, enforce=False)

    def _exempt(self, found: attributes.Attributes) -> bool:
        if found.namespace in self._configuration.namespaces:
            annotate(found, "exempt", "namespace")
        elif found.user.name in self._configuration.usernames:
            annotate(found, "exempt", "user")
        else:
            return False
        return True

    def _evaluate(
        self,
        found: attributes.Attributes,
        policy: levels.Policy,
        metadata: objects.Object,
        spec: objects.Object,
        *,
        enforce: bool,
    ) -> None:
        if spec.get("runtimeClassName") in self._configuration.runtime_classes:
            annotate(found, "exempt", "runtimeClass")
            return
        told: dict[levels.Standard, str] = {}

        def problems(standard: levels.Standard) -> str:
            if standard not in told:
                told[standard] = ", ".join(map(str, self._standards.problems(standard, metadata, spec)))
            return told[standard]

        if audited := problems(policy.audit):
            annotate(found, "audit-violations", f'would violate PodSecurity "{policy.audit}": {audited}')
        if enforce:
            annotate(found, "enforce-policy", str(policy.enforce))
            if refused := problems(policy.enforce):
                why = f'violates PodSecurity "{policy.enforce}": {refused}'
                raise errors.Forbidden.of(found.resource.group_resource, found.name, why)
        if warned := problems(policy.warn):
            found.ctx.warn(f'would violate PodSecurity "{policy.warn}": {warned}')

    def _violations(self, namespace: str, enforce: levels.Standard, pods: Sequence[objects.Object]) -> list[str]:
        """What to warn of when a namespace gets a stricter standard than its pods keep to."""
        waiting = self._in_turn(pods)
        end, looked_at = time.monotonic() + MOST_SECONDS, 0
        blamed: dict[str, list[str]] = {}
        for pod in waiting[:MOST_PODS]:
            looked_at += 1
            wrong = self._standards.problems(enforce, pod["metadata"], pod.get("spec") or {})
            if wrong:
                blamed.setdefault(", ".join(each.reason for each in wrong), []).append(pod["metadata"]["name"])
            if time.monotonic() > end:
                break
        warnings = []
        if looked_at < len(waiting):
            what = f"checked against the first {looked_at} of {len(waiting)} existing pods"
            warnings.append(f"new PodSecurity enforce level only {what}")
        if blamed:
            warnings.append(
                f'existing pods in namespace "{namespace}" violate the new PodSecurity enforce level "{enforce}"'
            )
        return warnings + sorted(f"{some(names)}: {reasons}" for reasons, names in blamed.items())

    def _in_turn(self, pods: Iterable[objects.Object]) -> list[objects.Object]:
        """The pods that aren't exempt, one of each controller first."""
        first: list[objects.Object] = []
        more: list[objects.Object] = []
        seen: set[str] = set()
        for pod in pods:
            if (pod.get("spec") or {}).get("runtimeClassName") in self._configuration.runtime_classes:
                continue
            owners = pod["metadata"].get("ownerReferences") or ()
            controller = next((each.get("uid") for each in owners if each.get("controller")), None)
            (more if controller in seen else first).append(pod)
            if controller is not None:
                seen.add(controller)
        return first + more


def annotate(found: attributes.Attributes, key: str, value: str) -> None:
    found.ctx.add_annotation(f"{levels.PREFIX}{key}", value)


def is_stricter(new: levels.Standard, old: levels.Standard) -> bool:
    """Whether pods that are there may be in the way of a standard."""
    if new == old or new.level == levels.PRIVILEGED:
        return False
    return new.minor != old.minor or levels.strictness(new.level) > levels.strictness(old.level)


def template_of(obj: objects.Object, path: Sequence[str]) -> objects.Object | None:
    found: Any = obj
    for key in path:
        found = (found or {}).get(key)
    return found if found is None else dict(found)


def is_significant(pod: objects.Object, old: objects.Object) -> bool:
    """Whether an update changes what the checks look at: containers, and their images."""
    spec, then = pod.get("spec") or {}, old.get("spec") or {}
    for kind in ("containers", "initContainers"):
        if images(spec, kind) != images(then, kind):
            return True
    before = {each.get("name"): each.get("image") for each in then.get("ephemeralContainers") or ()}
    return any(
        each.get("name") not in before or before[each.get("name")] != each.get("image")
        for each in spec.get("ephemeralContainers") or ()
    )


def images(spec: objects.Object, kind: str) -> list[Any]:
    return [each.get("image") or "" for each in spec.get(kind) or ()]


def some(names: Sequence[str]) -> str:
    """`web (and 2 other pods)`."""
    if len(names) == 1:
        return names[0]
    return f"{min(names)} (and {len(names) - 1} other pod{'s' if len(names) > 2 else ''})"


def shown_policy(policy: levels.Policy, labels: Mapping[str, str]) -> str:
    """What the labels of a namespace ask for, as far as it isn't privileged."""
    told = []
    for mode in ("enforce", "audit", "warn"):
        standard = getattr(policy, mode)
        asked = f"{levels.PREFIX}{mode}" in labels or f"{levels.PREFIX}{mode}-version" in labels
        if standard.level != levels.PRIVILEGED and asked:
            told.append(f"{mode}={standard}")
    return ", ".join(told)
