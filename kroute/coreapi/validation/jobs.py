"""Jobs, and templates of jobs in cron jobs.  Mirrors `pkg/apis/batch/validation`; the status is in `jobstatus`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kroute.coreapi import checks, internals
from kroute.coreapi.validation import jobpolicies, podspecs, ratcheting, templates
from kroute.machinery import fielderrors, labelselector, metavalidation, names

Object = Mapping[str, Any]

MODES = ("NonIndexed", "Indexed")
INDEXED = "Indexed"
MOST_PARALLEL = MOST_FAILED = MANY_COMPLETIONS = 100_000
MOST_PARALLEL_OF_MANY = MOST_FAILED_OF_MANY = 10_000
LONGEST_MANAGER = 63
NUMBERS = (
    "parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished",
    "backoffLimitPerIndex", "maxFailedIndexes",
)  # fmt: skip
LABELS = {"controller-uid": "uid", "job-name": "name"}
PREFIX = "batch.kubernetes.io/"
HTTP_PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+"
OF_MANY = f"when completions are above {MANY_COMPLETIONS} and used with backoff limit per index"
SCHEDULING = ("nodeSelector", "tolerations", "schedulingGates")


def validate(obj: Object, *, prefixed_labels: bool = True) -> checks.Found:
    """A job whose selector was generated.  `prefixed_labels`: it has the labels that newer jobs have."""
    spec, name = obj.get("spec") or {}, obj["metadata"].get("name") or ""
    yield from validate_generated(obj, prefixed_labels=prefixed_labels)
    yield from validate_spec(spec, None)
    completions = spec.get("completions") or 0
    if spec.get("completionMode") == INDEXED and completions > 0:
        host = f"{name}-{completions - 1}"
        if names.dns1123_label(host):
            text = f"will not able to create pod with invalid DNS label: {host}"
            yield fielderrors.invalid("metadata.name", name, text)


def validate_generated(obj: Object, *, prefixed_labels: bool) -> checks.Found:
    """A generated selector selects the job's own labels, which its template carries."""
    spec, metadata = obj.get("spec") or {}, obj["metadata"]
    selector = spec.get("selector")
    if spec.get("manualSelector") or selector is None:
        return
    yield from checks.required(metadata.get("uid"), "metadata.uid")
    found = templates.labels_of(spec.get("template") or {})
    wanted = {key: metadata.get(field) or "" for key, field in LABELS.items()}
    if prefixed_labels:
        wanted |= {PREFIX + key: value for key, value in wanted.items()}
    for key, value in wanted.items():
        at = f"spec.template.metadata.labels[{key}]"
        if key not in found:
            yield fielderrors.required(at, f"must be '{value}'")
        elif found[key] != value:
            yield fielderrors.invalid(at, dict(found), f"must be '{value}'")
    ready = templates.compiled(selector)
    if ready is not None and not ready.matches(wanted):
        yield fielderrors.invalid("spec.selector", dict(selector), "`selector` not auto-generated")


def validate_spec(spec: Object, before: Object | None) -> checks.Found:
    yield from validate_common(spec, before, "spec")
    selector = spec.get("selector")
    if selector is None:
        yield fielderrors.required("spec.selector")
    else:
        yield from labelselector.validate(selector, "spec.selector")
    ready = templates.compiled(selector)
    if ready is not None:
        old_template = (before or {}).get("template")
        yield from templates.validate_labels(ready, spec.get("template") or {}, old_template, "spec")


def validate_common(spec: Object, before: Object | None, path: str) -> checks.Found:
    """What holds for jobs and for templates of jobs."""
    yield from checks.non_negative(spec, path, *NUMBERS)
    if spec.get("maxFailedIndexes") is not None and spec.get("backoffLimitPerIndex") is None:
        yield fielderrors.required(f"{path}.backoffLimitPerIndex", "when maxFailedIndexes is specified")
    manager = spec.get("managedBy")
    if manager is not None:
        yield from validate_manager(manager, f"{path}.managedBy")
    mode = spec.get("completionMode")
    yield from checks.optional_one_of(mode, MODES, f"{path}.completionMode")
    if mode == INDEXED:
        yield from validate_indexed(spec, path)
    elif mode in (None, "NonIndexed"):
        for field in ("backoffLimitPerIndex", "maxFailedIndexes"):
            if spec.get(field) is not None:
                yield fielderrors.invalid(f"{path}.{field}", spec[field], "requires indexed completion mode")
    if spec.get("podFailurePolicy") is not None:
        yield from jobpolicies.validate_failure(spec, f"{path}.podFailurePolicy")
    policy = spec.get("successPolicy")
    if policy is not None and mode != INDEXED:
        yield fielderrors.invalid(f"{path}.successPolicy", dict(policy), "requires indexed completion mode")
    elif policy is not None:
        yield from jobpolicies.validate_success(spec, f"{path}.successPolicy")
    yield from jobpolicies.validate_replacement(spec, f"{path}.podReplacementPolicy")
    opts = ratcheting.for_update(None if before is None else before.get("template"))
    yield from podspecs.validate_template(spec.get("template") or {}, f"{path}.template", opts)
    yield from validate_restart(spec, f"{path}.template.spec.restartPolicy")


def validate_manager(name: str, path: str) -> checks.Found:
    """Who looks after the job: a domain and a path."""
    domain, _, rest = name.partition("/")
    if not name:
        yield fielderrors.required(path)
    elif not domain or not rest:
        yield fielderrors.invalid(path, name, 'must be a domain-prefixed path (such as "acme.io/foo")')
    else:
        yield from checks.text(domain, names.dns1123_subdomain, path) if names.dns1123_subdomain(domain) else ()
        if not re.fullmatch(HTTP_PATH, rest):
            yield fielderrors.invalid(path, rest, names.regex_error("Invalid path", HTTP_PATH))
    if names.size(name) > LONGEST_MANAGER:
        yield fielderrors.too_long(path, LONGEST_MANAGER)


def validate_indexed(spec: Object, path: str) -> checks.Found:
    completions, parallel, failed = (spec.get(key) for key in ("completions", "parallelism", "maxFailedIndexes"))
    if completions is None:
        yield fielderrors.required(f"{path}.completions", "when completion mode is Indexed")
    if parallel is not None and parallel > MOST_PARALLEL:
        text = f"must be less than or equal to {MOST_PARALLEL} when completion mode is Indexed"
        yield fielderrors.invalid(f"{path}.parallelism", parallel, text)
    if failed is not None and completions is not None and failed > completions:
        yield fielderrors.invalid(f"{path}.maxFailedIndexes", failed, "must be less than or equal to completions")
    if failed is not None and failed > MOST_FAILED:
        yield fielderrors.invalid(f"{path}.maxFailedIndexes", failed, f"must be less than or equal to {MOST_FAILED}")
    if (completions or 0) <= MANY_COMPLETIONS or spec.get("backoffLimitPerIndex") is None:
        return
    if failed is None:
        text = f"must be specified when completions is above {MANY_COMPLETIONS}"
        yield fielderrors.required(f"{path}.maxFailedIndexes", text)
    if parallel is not None and parallel > MOST_PARALLEL_OF_MANY:
        text = f"must be less than or equal to {MOST_PARALLEL_OF_MANY} {OF_MANY}"
        yield fielderrors.invalid(f"{path}.parallelism", parallel, text)
    if failed is not None and failed > MOST_FAILED_OF_MANY:
        text = f"must be less than or equal to {MOST_FAILED_OF_MANY} {OF_MANY}"
        yield fielderrors.invalid(f"{path}.maxFailedIndexes", failed, text)


def validate_restart(spec: Object, path: str) -> checks.Found:
    """Pods of jobs come to an end, so they are not always restarted."""
    policy = ((spec.get("template") or {}).get("spec") or {}).get("restartPolicy") or ""
    if policy in ("", "Always"):
        yield fielderrors.required(path, 'valid values: "OnFailure", "Never"')
    elif policy not in ("OnFailure", "Never"):
        yield fielderrors.not_supported(path, policy, ("OnFailure", "Never"))
    elif spec.get("podFailurePolicy") is not None and policy != "Never":
        text = 'only "Never" is supported when podFailurePolicy is specified'
        yield fielderrors.invalid(path, policy, text)


def validate_update(obj: Object, old: Object) -> checks.Found:
    """A job that replaces another; kube-apiserver checks the whole new one first, and then its spec once more."""
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    labels = templates.labels_of(before.get("template") or {})
    yield from validate(obj, prefixed_labels=all(PREFIX + key in labels for key in LABELS))
    yield from validate_spec(spec, before)
    yield from validate_completions(spec, before)
    yield from checks.immutable(spec, before, "spec", "selector")
    yield from validate_template_stays(obj, old)
    fields = ("completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy")
    for field in fields:
        if not checks.same(spec.get(field), before.get(field)):
            shown = internals.encode_field(spec, "batch.v1.JobSpec", field)
            yield fielderrors.invalid(f"spec.{field}", shown, metavalidation.IMMUTABLE)


def validate_completions(spec: Object, before: Object) -> checks.Found:
    """An indexed job may grow and shrink, as long as all of it runs at once."""
    if spec.get("completionMode") != INDEXED:
        yield from checks.immutable(spec, before, "spec", "completions")
        return
    wanted = spec.get("completions")
    if wanted is not None and wanted != before.get("completions") and wanted != spec.get("parallelism"):
        text = "can only be modified in tandem with spec.parallelism"
        yield fielderrors.invalid("spec.completions", wanted, text)


def validate_template_stays(obj: Object, old: Object) -> checks.Found:
    """The template stays, but for where pods may be scheduled of a job that is suspended."""
    template = (obj.get("spec") or {}).get("template") or {}
    before = (old.get("spec") or {}).get("template") or {}
    if template == before:
        return
    if is_suspended(old):
        before = with_scheduling(before, template)
    if not checks.same_fields(template, before):
        shown = internals.encode(template, "core.v1.PodTemplateSpec")
        yield fielderrors.invalid("spec.template", shown, metavalidation.IMMUTABLE)


def is_suspended(job: Object) -> bool:
    status = job.get("status") or {}
    stopped = any(
        condition.get("type") == "Suspended" and condition.get("status") == "True"
        for condition in status.get("conditions") or ()
    )
    return bool((job.get("spec") or {}).get("suspend")) and (stopped or status.get("startTime") is None)


def with_scheduling(old: Object, new: Object) -> Object:
    """The old template with what may change in it taken from the new one."""
    metadata = {**(old.get("metadata") or {})}
    for field in ("annotations", "labels"):
        take(metadata, new.get("metadata") or {}, field)
    pod, wanted = {**(old.get("spec") or {})}, new.get("spec") or {}
    for field in SCHEDULING:
        take(pod, wanted, field)
    rules = {**(pod.get("affinity") or {})}
    take(rules, wanted.get("affinity") or {}, "nodeAffinity")
    if rules or wanted.get("affinity") is not None:
        pod["affinity"] = rules
    else:
        pod.pop("affinity", None)
    return {**old, "metadata": metadata, "spec": pod}


def take(target: dict[str, Any], source: Object, field: str) -> None:
    if source.get(field) is None:
        target.pop(field, None)
    else:
        target[field] = source[field]


def validate_template(template: Object, before: Object | None, path: str) -> checks.Found:
    """A template of jobs, whose selectors will be generated."""
    spec = template.get("spec") or {}
    yield from validate_common(spec, None if before is None else before.get("spec") or {}, f"{path}.spec")
    if spec.get("selector") is not None:
        text = "`selector` will be auto-generated"
        yield fielderrors.invalid(f"{path}.spec.selector", dict(spec["selector"]), text)
    if spec.get("manualSelector"):
        yield fielderrors.not_supported(f"{path}.spec.manualSelector", True, ("nil", "false"))
