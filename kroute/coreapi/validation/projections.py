"""Contents of volumes that Kubernetes writes: keys of config maps and secrets, fields of pods, tokens, certificates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.coreapi.validation import environment, options, signers
from kroute.machinery import fielderrors

Object = Mapping[str, Any]
KEY_TYPES = ("RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519")
SOURCES = ("secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle", "podCertificate")
SHORTEST_TOKEN, LONGEST_TOKEN = 10 * 60, 1 << 32
SHORTEST_CERTIFICATE, LONGEST_CERTIFICATE, LONGEST_KUBERNETES_CERTIFICATE = 3600, 91 * 86400, 86400
CERTIFICATE_PATHS = ("credentialBundlePath", "keyPath", "certificateChainPath")
SAME_PATH = "conflicting duplicate paths"


def validate_item(item: Object, path: str) -> checks.Found:
    """A key that becomes a file."""
    yield from checks.required_fields(item, path, "key", "path")
    yield from checks.file_below(item.get("path") or "", f"{path}.path")
    yield from checks.file_mode(item.get("mode"), f"{path}.mode")


def validate_downward_file(item: Object, path: str) -> checks.Found:
    """A field of the pod that becomes a file; errors don't say which."""
    yield from checks.required(item.get("path"), f"{path}.path")
    yield from checks.file_below(item.get("path") or "", f"{path}.path")
    field, resource = item.get("fieldRef"), item.get("resourceFieldRef")
    if field is not None:
        yield from environment.validate_field(field, environment.VOLUME_FIELDS, f"{path}.fieldRef")
        if resource is not None:
            text = "fieldRef and resourceFieldRef can not be specified simultaneously"
            yield fielderrors.invalid(path, "resource", text)
    elif resource is not None:
        yield from environment.validate_resource(resource, f"{path}.resourceFieldRef", in_volume=True)
    else:
        yield fielderrors.required(path, "one of fieldRef and resourceFieldRef is required")
    yield from checks.file_mode(item.get("mode"), f"{path}.mode")


def validate(volume: Object, path: str, opts: options.Options) -> checks.Found:
    """A projected volume: several sources, no two at one path."""
    yield from checks.file_mode(volume.get("defaultMode"), f"{path}.defaultMode")
    seen: set[str] = set()
    for index, source in enumerate(volume.get("sources") or ()):
        at = f"{path}.sources[{index}]"
        yield from validate_source(source, seen, path, at, opts)
        if sum(source.get(kind) is not None for kind in SOURCES) > 1:
            yield fielderrors.forbidden(at, "may not specify more than 1 volume type per source")


def validate_source(source: Object, seen: set[str], path: str, at: str, opts: options.Options) -> checks.Found:
    """`path` is the volume's, where errors about paths stand; `at` is the source's."""
    for kind in ("secret", "configMap"):
        keys = source.get(kind)
        if keys is not None:
            yield from checks.required(keys.get("name"), f"{at}.{kind}.name")
            for index, item in enumerate(keys.get("items") or ()):
                yield from validate_item(item, f"{at}.{kind}.items[{index}]")
                yield from validate_once(item.get("path"), seen, path, shown=keys.get("name") or "")
    for item in (source.get("downwardAPI") or {}).get("items") or ():
        yield from validate_downward_file(item, f"{at}.downwardAPI")
        yield from validate_once(item.get("path"), seen, path)
    if source.get("serviceAccountToken") is not None:
        yield from validate_token(source["serviceAccountToken"], path, f"{at}.serviceAccountToken", opts)
    bundle = source.get("clusterTrustBundle")
    if bundle is not None:
        yield from validate_trust_bundle(bundle, f"{at}.clusterTrustBundle")
        yield from validate_once(bundle.get("path") or "", seen, path, even_empty=True)
    if source.get("podCertificate") is not None:
        yield from validate_certificate(source["podCertificate"], seen, path, f"{at}.podCertificate")


def validate_once(
    file: str | None, seen: set[str], path: str, *, shown: str | None = None, even_empty: bool = False
) -> checks.Found:
    """One file at one place; errors show the file or what is `shown` instead."""
    if file is None or not (file or even_empty):
        return
    if file in seen:
        yield fielderrors.invalid(path, file if shown is None else shown, SAME_PATH)
    seen.add(file)


def validate_token(token: Object, path: str, at: str, opts: options.Options) -> checks.Found:
    seconds, file = token.get("expirationSeconds") or 0, token.get("path") or ""
    if seconds < SHORTEST_TOKEN:
        text = "may not specify a duration less than 10 minutes"
        yield fielderrors.invalid(f"{at}.expirationSeconds", seconds, text)
    if seconds > LONGEST_TOKEN:
        text = "may not specify a duration larger than 2^32 seconds"
        yield fielderrors.invalid(f"{at}.expirationSeconds", seconds, text)
    if not file:
        yield fielderrors.required(f"{path}.path")
    elif not opts.allow_token_paths:
        yield from checks.file_below(file, f"{path}.path")


def validate_trust_bundle(bundle: Object, path: str) -> checks.Found:
    """A bundle by its name, or all bundles of a signer."""
    name, signer, selector = (bundle.get(field) for field in ("name", "signerName", "labelSelector"))
    if name is not None and signer is not None:
        yield fielderrors.invalid(path, dict(bundle), "only one of name and signerName may be used")
    elif name is not None:
        if not name:
            yield fielderrors.required(f"{path}.name", "must be a valid object name")
        for wrong in signers.wrong_in_bundle_name(name, signers.signer_of_bundle(name)):
            yield fielderrors.invalid(f"{path}.name", name, f"not a valid clustertrustbundlename: {wrong}")
        if selector is not None:
            text = "labelSelector must be unset if name is specified"
            yield fielderrors.invalid(f"{path}.labelSelector", selector, text)
    elif signer is not None:
        if not signer:
            yield fielderrors.required(f"{path}.signerName", "must be a valid signer name")
        yield from signers.validate(signer, f"{path}.signerName")
        yield from checks.label_selector(selector, f"{path}.labelSelector")
    else:
        yield fielderrors.required(path, "either name or signerName must be specified")
    yield from checks.required(bundle.get("path"), f"{path}.path")
    yield from checks.file_below(bundle.get("path") or "", f"{path}.path")


def validate_certificate(certificate: Object, seen: set[str], path: str, at: str) -> checks.Found:
    signer = certificate.get("signerName") or ""
    yield from signers.validate(signer, f"{at}.signerName")
    yield from checks.one_of(certificate.get("keyType") or "", KEY_TYPES, f"{at}.keyType")
    seconds = certificate.get("maxExpirationSeconds")
    if seconds is not None:
        longest = LONGEST_KUBERNETES_CERTIFICATE if signers.is_kubernetes(signer) else LONGEST_CERTIFICATE
        text = "if provided, maxExpirationSeconds must be"
        if seconds < SHORTEST_CERTIFICATE:
            yield fielderrors.invalid(f"{at}.maxExpirationSeconds", seconds, f"{text} >= {SHORTEST_CERTIFICATE}")
        if seconds > longest:
            yield fielderrors.invalid(f"{at}.maxExpirationSeconds", seconds, f"{text} <= {longest}")
    for field in CERTIFICATE_PATHS:
        if certificate.get(field):
            yield from checks.file_below(certificate[field], f"{at}.{field}")
            yield from validate_once(certificate[field], seen, path)
    if not any(certificate.get(field) for field in CERTIFICATE_PATHS):
        text = "specify at least one of credentialBundlePath, keyPath, and certificateChainPath"
        yield fielderrors.required(at, text)
