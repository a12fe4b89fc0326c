"""Volumes of pods: each has a name of its own and one source.

What a source may hold is in `volumesources` (drivers), `projections` (contents that Kubernetes writes) and
`claimspecs` (claims made for the pod).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.coreapi.validation import claimspecs, options, projections, volumesources
from kroute.machinery import fielderrors, names, quantity

Object = Mapping[str, Any]
Check = Callable[[Object, str], checks.Found]
PULL_POLICIES = ("Always", "IfNotPresent", "Never")
PATH_TYPES = ("", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket")
SEVERAL = "may not specify more than 1 volume type"
PLACES_OF_SEVERAL = {"cephfs": "cephFS", "downwardAPI": "downwarAPI"}
"""Where kube-apiserver puts this error, when that isn't the field's name."""


class Volumes(dict[str, Object]):
    """The good volumes of a pod by name, for those who mount them."""


def validate(
    volumes: Collection[Object], pod_name: str, path: str, opts: options.Options, good: Volumes
) -> checks.Found:
    """The volumes of a pod, whose name is "" where it isn't known.  Good ones are added to `good`."""
    claims = {f"{pod_name}-{volume.get('name')}" for volume in volumes if pod_name and volume.get("ephemeral")}
    for index, volume in enumerate(volumes):
        at, name = f"{path}[{index}]", volume.get("name") or ""
        found = list(validate_sources(volume, pod_name, at, opts))
        found += checks.required_text(name, names.dns1123_label, f"{at}.name")
        if name in good:
            found.append(fielderrors.duplicate(f"{at}.name", name))
        if not found:
            good[name] = volume
        yield from found
        claim = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        if claim is not None and claim in claims:
            text = "must not reference a PVC that gets created for an ephemeral volume"
            yield fielderrors.invalid(f"{at}.persistentVolumeClaim.claimName", claim, text)


def validate_sources(volume: Object, pod_name: str, path: str, opts: options.Options) -> checks.Found:
    """Exactly one source, of which the first in kube-apiserver's order is looked into."""
    given = [kind for kind in volumesources.ORDER if volume.get(kind) is not None]
    if not given:
        yield fielderrors.required(path, "must specify a volume type")
        return
    for kind in given:
        if kind == given[0]:
            yield from validate_source(kind, volume, pod_name, path, opts)
        else:
            yield fielderrors.forbidden(f"{path}.{PLACES_OF_SEVERAL.get(kind, kind)}", SEVERAL)
        if kind == "iscsi" and volume[kind].get("initiatorName") is not None:
            yield from volumesources.validate_initiator_length(volume, path)


def validate_source(kind: str, volume: Object, pod_name: str, path: str, opts: options.Options) -> checks.Found:
    source, at = volume[kind], f"{path}.{kind}"
    check = CHECKS.get(kind)
    if check is not None:
        yield from check(source, at)
    elif kind == "projected":
        yield from projections.validate(source, at, opts)
    elif kind == "image":
        if opts.is_pod:
            yield from checks.required(source.get("reference"), f"{at}.reference")
        yield from checks.required_one_of(source.get("pullPolicy"), PULL_POLICIES, f"{at}.pullPolicy")
    elif kind == "ephemeral":
        yield from validate_ephemeral(source, volume.get("name") or "", pod_name, path)
    else:
        yield from volumesources.validate(kind, source, path)


def validate_ephemeral(source: Object, name: str, pod_name: str, path: str) -> checks.Found:
    """A claim that is made for the pod."""
    template = source.get("volumeClaimTemplate")
    if template is None:
        yield fielderrors.required(f"{path}.ephemeral.volumeClaimTemplate")
    else:
        yield from claimspecs.validate_template(template, f"{path}.ephemeral.volumeClaimTemplate")
    if pod_name and name:
        claim = f"{pod_name}-{name}"
        for wrong in names.dns1123_subdomain(claim):
            yield fielderrors.invalid(f"{path}.name", name, f'PVC name "{claim}": {wrong}')


def validate_empty_dir(source: Object, path: str) -> checks.Found:
    limit = source.get("sizeLimit")
    if limit is not None and quantity.parse(limit).nanos < 0:
        yield fielderrors.forbidden(f"{path}.sizeLimit", "SizeLimit field must be a valid resource quantity")


def validate_host_path(source: Object, path: str) -> checks.Found:
    if not source.get("path"):
        yield fielderrors.required(f"{path}.path")
        return
    yield from checks.no_backsteps(source["path"], f"{path}.path")
    yield from checks.optional_one_of(source.get("type"), PATH_TYPES, f"{path}.type")


def validate_git_repo(source: Object, path: str) -> checks.Found:
    yield from checks.required(source.get("repository"), f"{path}.repository")
    yield from checks.relative_path(source.get("directory") or "", f"{path}.directory")


def validate_secret(source: Object, path: str) -> checks.Found:
    yield from checks.required(source.get("secretName"), f"{path}.secretName")
    yield from validate_files(source, path)


def validate_config_map(source: Object, path: str) -> checks.Found:
    yield from checks.required(source.get("name"), f"{path}.name")
    yield from validate_files(source, path)


def validate_files(source: Object, path: str) -> checks.Found:
    yield from checks.file_mode(source.get("defaultMode"), f"{path}.defaultMode")
    for index, item in enumerate(source.get("items") or ()):
        yield from projections.validate_item(item, f"{path}.items[{index}]")


def validate_downward_api(source: Object, path: str) -> checks.Found:
    yield from checks.file_mode(source.get("defaultMode"), f"{path}.defaultMode")
    for item in source.get("items") or ():
        yield from projections.validate_downward_file(item, path)


def validate_claim(source: Object, path: str) -> checks.Found:
    yield from checks.required(source.get("claimName"), f"{path}.claimName")


CHECKS: Mapping[str, Check] = {
    "configMap": validate_config_map,
    "downwardAPI": validate_downward_api,
    "emptyDir": validate_empty_dir,
    "gitRepo": validate_git_repo,
    "hostPath": validate_host_path,
    "persistentVolumeClaim": validate_claim,
    "secret": validate_secret,
}
