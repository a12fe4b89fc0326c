"""The versions of a definition as such, the stored ones among them, and the conversion between them.

Mirrors validateCustomResourceDefinitionSpec and its neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kroute.extensions import conditions
from kroute.extensions.validation import internal
from kroute.machinery import fielderrors, names, objects
from kroute.webhook import validation

LONGEST_WARNING = 256
REVIEWS = ("v1", "v1beta1")
"""The versions of ConversionReviews that are spoken."""
Errors = Iterator[fielderrors.FieldError]


def with_schemas(found: Sequence[Mapping[str, Any]]) -> Errors:
    for index, version in enumerate(found):
        if (version.get("schema") or {}).get("openAPIV3Schema") is None:
            yield fielderrors.required(f"spec.versions[{index}].schema.openAPIV3Schema")


def name_and_warning(version: Mapping[str, Any], path: str) -> Errors:
    if problems := names.dns1035_label(version.get("name") or ""):
        yield fielderrors.invalid(f"{path}.name", version.get("name") or "", ",".join(problems))
    warning = version.get("deprecationWarning")
    if warning is not None:
        for problem in warning_problems(warning, deprecated=bool(version.get("deprecated"))):
            yield fielderrors.invalid(f"{path}.deprecationWarning", warning, problem)


def warning_problems(text: str, *, deprecated: bool) -> Iterator[str]:
    if not deprecated:
        yield "can only be set for deprecated versions"
        return
    if len(text.encode()) > LONGEST_WARNING:
        yield f"must be <= {LONGEST_WARNING} characters long"
    if not text:
        yield "must not be an empty string"
    for index, char in enumerate(text):
        if not char.isprintable():
            at = len(text[:index].encode())
            yield f"must only contain printable UTF-8 characters; non-printable character found at index {at}"
            return


def together(spec: Mapping[str, Any]) -> Errors:
    """Each version once, and one of them the stored one."""
    found = spec.get("versions")
    versions = found or []
    listed = [version.get("name") or "" for version in versions]
    if len(set(listed)) != len(listed):
        yield fielderrors.invalid("spec.versions", internal.shown(found), "must contain unique version names")
    if sum(bool(version.get("storage")) for version in versions) != 1:
        why = "must have exactly one version marked as storage version"
        yield fielderrors.invalid("spec.versions", internal.shown(found), why)
    if listed and listed[0] and (problems := names.dns1035_label(listed[0])):
        yield fielderrors.invalid("spec.version", listed[0], ",".join(problems))


def stored(crd: objects.Object) -> Errors:
    """Versions in which there may be objects have to stay."""
    path, found = "status.storedVersions", (crd.get("status") or {}).get("storedVersions")
    if not found:
        yield fielderrors.invalid(path, found, "must have at least one stored version")
        return
    versions = crd["spec"].get("versions") or ()
    for version in versions:
        if version.get("storage") and version.get("name") not in found:
            yield fielderrors.invalid(path, found, f"must have the storage version {version.get('name')}")
    there = {version.get("name") for version in versions}
    for index, name in enumerate(found):
        if name not in there:
            why = (
                f"missing from spec.versions; {name} was previously a storage version, and must remain in "
                f"spec.versions until a storage migration ensures no data remains persisted in {name} and removes "
                f"{name} from status.storedVersions"
            )
            yield fielderrors.invalid(f"{path}[{index}]", name, why)


def conversion(found: Mapping[str, Any], path: str, old: objects.Object | None) -> Errors:
    """How versions are converted; `old` is the definition as it was."""
    strategy, webhook = found.get("strategy") or "", found.get("webhook")
    if not strategy:
        yield fielderrors.required(f"{path}.strategy")
    elif strategy not in ("None", "Webhook"):
        yield fielderrors.not_supported(f"{path}.strategy", strategy, ("None", "Webhook"))
    config = (webhook or {}).get("clientConfig")
    reviews = (webhook or {}).get("conversionReviewVersions")
    if strategy == "Webhook":
        if config is None:
            yield fielderrors.required(f"{path}.webhookClientConfig", "required when strategy is set to Webhook")
        else:
            yield from validation.validate(config, f"{path}.webhookClientConfig")
            if config.get("caBundle") and not may_have_bad_bundle(old):
                yield from validation.validate_bundle(config["caBundle"], f"{path}.webhookClientConfig.caBundle")
        before = (webhook_of(old) or {}).get("conversionReviewVersions") or ()
        known = not before or any(each in REVIEWS for each in before)
        yield from review_versions(reviews or (), f"{path}.conversionReviewVersions", one_known=known)
        return
    why = "should not be set when strategy is not set to Webhook"
    if config is not None:
        yield fielderrors.forbidden(f"{path}.webhookClientConfig", why)
    if reviews:
        yield fielderrors.forbidden(f"{path}.conversionReviewVersions", why)


def review_versions(found: Sequence[str], path: str, *, one_known: bool) -> Errors:
    """The versions of reviews that a webhook understands; `one_known`: there must be one that is spoken here."""
    if not found:
        yield fielderrors.required(path)
        return
    for index, each in enumerate(found):
        if each in found[:index]:
            yield fielderrors.invalid(f"{path}[{index}]", each, "duplicate version")
            continue
        for problem in names.dns1035_label(each):
            yield fielderrors.invalid(f"{path}[{index}]", each, problem)
    if one_known and not any(each in REVIEWS for each in found):
        yield fielderrors.invalid(path, list(found), f"must include at least one of {', '.join(REVIEWS)}")


def webhook_of(crd: objects.Object | None) -> Mapping[str, Any] | None:
    return None if crd is None else (crd["spec"].get("conversion") or {}).get("webhook")


def may_have_bad_bundle(old: objects.Object | None) -> bool:
    """Whether a bundle may be wrong: before the definition is established, or because it was wrong before."""
    if old is None or not conditions.is_true(old, conditions.ESTABLISHED):
        return True
    bundle = ((webhook_of(old) or {}).get("clientConfig") or {}).get("caBundle") or ""
    return bool(bundle) and any(validation.validate_bundle(bundle, ""))
