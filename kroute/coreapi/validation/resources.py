"""What containers and pods ask for: names and amounts of resources, requests below limits, claims.

Mirrors the checks of ResourceRequirements in `pkg/apis/core/validation`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from kroute.coreapi import checks, internals, podresources, resourcenames
from kroute.coreapi.validation import options
from kroute.machinery import fielderrors, names, quantity

Object = Mapping[str, Any]
NameCheck = Callable[[str, str], checks.Found]
POD_LEVEL = ("cpu", "hugepages-", "memory")


def validate_containers(
    requirements: Object | None, claims: Collection[str], path: str, opts: options.Options
) -> checks.Found:
    """`resources` of a container; `claims` are the names of the pod's resource claims."""
    if requirements:
        yield from validate(requirements, validate_container_name, claims, path, opts)


def validate(
    requirements: Object, name_check: NameCheck, claims: Collection[str], path: str, opts: options.Options
) -> checks.Found:
    limits, requests = requirements.get("limits") or {}, requirements.get("requests") or {}
    for name, text in limits.items():
        yield from validate_amount(name, text, name_check, f"{path}.limits[{name}]")
        yield from validate_huge_pages(name, text, f"{path}.limits[{name}]", opts)
    for name, text in requests.items():
        yield from validate_amount(name, text, name_check, f"{path}.requests[{name}]")
        yield from validate_against_limit(name, text, limits.get(name), path)
        yield from validate_huge_pages(name, text, f"{path}.requests[{name}]", opts)
    if any(map(resourcenames.is_huge_pages, (*limits, *requests))) and not {"cpu", "memory"} & {*limits, *requests}:
        yield fielderrors.forbidden(path, "HugePages require cpu or memory")
    if requirements.get("claims"):
        yield from validate_claims(requirements["claims"], claims, f"{path}.claims")


def validate_amount(name: str, text: str, name_check: NameCheck, path: str) -> checks.Found:
    if name != "cpu" and name != "memory":  # what nearly everybody asks for
        yield from name_check(name, path)
    yield from validate_value(name, text, path)


def validate_value(name: str, text: str, path: str) -> checks.Found:
    """An amount of the named resource: not negative, and whole where there are no fractions."""
    amount = quantity.parse(text)
    if amount.nanos < 0:
        yield fielderrors.invalid(path, text, checks.NOT_NEGATIVE)
    if amount.milli % 1000 and resourcenames.is_whole(name):
        yield fielderrors.invalid(path, text, "must be an integer")


def validate_against_limit(name: str, text: str, limit: str | None, path: str) -> checks.Found:
    overcommit = resourcenames.may_overcommit(name)
    if limit is None:
        if not overcommit:
            text = "Limit must be set for non overcommitable resources"
            yield fielderrors.required(f"{path}.limits", text)
        return
    if text == limit:
        return
    wanted, allowed = quantity.parse(text), quantity.parse(limit)
    if wanted != allowed and not overcommit:
        yield fielderrors.invalid(f"{path}.requests", text, f"must be equal to {name} limit of {limit}")
    elif wanted > allowed:
        yield fielderrors.invalid(f"{path}.requests", text, f"must be less than or equal to {name} limit of {limit}")


def validate_huge_pages(name: str, text: str, path: str, opts: options.Options) -> checks.Found:
    if not opts.allow_huge_page_fractions and is_huge_page_fraction(name, text):
        yield fielderrors.invalid(path, text, f"{text} is not positive integer multiple of {name}")


def is_huge_page_fraction(name: str, text: str) -> bool:
    """Whether an amount of huge pages is no multiple of their size."""
    if not resourcenames.is_huge_pages(name):
        return False
    size = resourcenames.page_size(name)
    return not size or bool(quantity.parse(text).value % size)


def validate_name(name: str, path: str) -> checks.Found:
    """A resource's name: known, or with a prefix."""
    wrong = names.qualified_name(name)
    for text in wrong:
        yield fielderrors.invalid(path, name, text)
    if not wrong and "/" not in name and not resourcenames.is_standard(name):
        yield fielderrors.invalid(path, name, "must be a standard resource type or fully qualified")


def validate_container_name(name: str, path: str) -> checks.Found:
    """A resource that containers may ask for."""
    yield from validate_name(name, path)
    if "/" not in name:
        if not resourcenames.is_for_containers(name):
            yield fielderrors.invalid(path, name, "must be a standard resource for containers")
    elif not resourcenames.is_native(name) and not resourcenames.is_extended(name):
        yield fielderrors.invalid(path, name, "doesn't follow extended resource name standard")


def validate_pod_name(name: str, path: str) -> checks.Found:
    """A resource that pods as a whole may ask for."""
    found = list(validate_name(name, path))
    if not found and not resourcenames.at_pod_level(name):
        found.append(fielderrors.not_supported(path, name, POD_LEVEL))
    yield from found


def validate_claims(wanted: Collection[Object], claims: Collection[str], path: str) -> checks.Found:
    """Each claim once, whole or by its requests, and only those that the pod has."""
    seen: set[str] = set()
    for index, claim in enumerate(wanted):
        at, name, request = f"{path}[{index}]", claim.get("name") or "", claim.get("request") or ""
        if not name:
            yield fielderrors.required(at)
            continue
        yield from validate_claim_once(name, request, seen, at)
        if name not in claims:
            listed = f": {', '.join(sorted(claims))}" if claims else " which is empty"
            text = f"must be one of the names in pod.spec.resourceClaims{listed}"
            yield fielderrors.FieldError(fielderrors.NOT_FOUND, at, name, text)


def validate_claim_once(name: str, request: str, seen: set[str], path: str) -> checks.Found:
    if name in seen:
        yield fielderrors.duplicate(path, name)
        return
    key = f"{name}/{request}" if request else name
    yield from checks.optional_text(request, names.dns1123_label, f"{path}.request")
    if key in seen:
        yield fielderrors.duplicate(path, key)
    elif not request:
        for other in seen:
            if other.startswith(f"{name}/"):
                yield fielderrors.duplicate(path, name)
    seen.add(key)


def validate_resize_policy(policies: Collection[Object], restart: str, path: str) -> checks.Found:
    """Which resources of a container may change without a restart; `restart` is the pod's restart policy."""
    seen = set()
    for index, policy in enumerate(policies):
        name, action = policy.get("resourceName") or "", policy.get("restartPolicy") or ""
        if name in seen:
            yield fielderrors.duplicate(f"{path}[{index}]", name)
        seen.add(name)
        yield from checks.required_one_of(name, ("cpu", "memory"), path)
        yield from checks.required_one_of(action, ("NotRequired", "RestartContainer"), path)
        if restart == "Never" and action != "NotRequired":
            yield fielderrors.invalid(path, action, "must be 'NotRequired' when `restartPolicy` is 'Never'")


def validate_pod_level(spec: Object, claims: Collection[str], path: str, opts: options.Options) -> checks.Found:
    """Resources of a pod as a whole; `path` is the spec's."""
    requirements = spec.get("resources")
    if requirements is None:
        return
    at = f"{path}.resources"
    if (spec.get("os") or {}).get("name") == "windows":
        yield fielderrors.forbidden(at, "may not be set for a windows pod")
        return
    if requirements.get("claims"):
        yield fielderrors.forbidden(f"{at}.claims", "claims may not be set for Resources at pod-level")
    yield from validate(requirements, validate_pod_name, claims, at, opts)
    yield from validate_sums(spec, requirements, at)


def validate_sums(spec: Object, requirements: Object, path: str) -> checks.Found:
    """Containers together ask for no more than the pod does, and none of them may use more."""
    limits, requests = requirements.get("limits") or {}, requirements.get("requests") or {}
    text = "must be greater than or equal to aggregate container"
    for name, total in podresources.aggregate(spec, "requests").items() if requests else ():
        if name in requests and total > quantity.parse(requests[name]):
            yield fielderrors.invalid(f"{path}.requests[{name}]", requests[name], f"{text} requests of {total}")
    for name, total in podresources.aggregate(spec, "limits").items() if limits else ():
        if resourcenames.is_huge_pages(name) and name in limits and total > quantity.parse(limits[name]):
            yield fielderrors.invalid(f"{path}.limits[{name}]", limits[name], f"{text} limits of {total}")
    for index, container in enumerate(spec.get("containers") or ()):
        for name, own in ((container.get("resources") or {}).get("limits") or {}).items():
            if name in limits and quantity.parse(own) > quantity.parse(limits[name]):
                at = f"{path}.containers[{index}][{name}].limits"
                yield fielderrors.invalid(at, own, f"must be less than or equal to pod limits of {limits[name]}")


def validate_pod_claims(claims: Collection[Object], path: str, *, is_mirror: bool) -> checks.Found:
    """`resourceClaims` of a pod: named ones, each by a claim or a template."""
    seen: set[str] = set()
    for index, claim in enumerate(claims):
        if is_mirror:
            yield fielderrors.forbidden("", "static pods do not support resource claims")
            continue
        yield from validate_pod_claim(claim, seen, f"{path}[{index}]")


def validate_pod_claim(claim: Object, seen: set[str], path: str) -> checks.Found:
    name = claim.get("name") or ""
    if name and name in seen:
        yield fielderrors.duplicate(f"{path}.name", name)
    else:
        yield from checks.required_text(name, names.dns1123_label, f"{path}.name")
        seen.add(name)
    sources = ("resourceClaimName", "resourceClaimTemplateName")
    given = [source for source in sources if claim.get(source) is not None]
    shown = internals.encode(claim, "core.v1.PodResourceClaim")
    if len(given) > 1:
        text = "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"
        yield fielderrors.invalid(path, shown, text)
    if not given:
        yield fielderrors.invalid(path, shown, "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`")
    for source in given:
        yield from checks.text(claim[source], names.dns1123_subdomain, f"{path}.{source}")
