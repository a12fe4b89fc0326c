"""Names of signers of certificates, `example.com/name`, and of trust bundles that belong to them.

Mirrors `names.go` of `pkg/apis/core/validation`.
"""

from __future__ import annotations

from kroute.coreapi import checks
from kroute.machinery import fielderrors, goformat, names

LONGEST_DOMAIN = 253
LONGEST = LONGEST_DOMAIN + 1 + 63 + 1 + 253


def is_kubernetes(name: str) -> bool:
    """Whether the signer is one of Kubernetes' own."""
    host = name.partition("/")[0]
    return host == "kubernetes.io" or host.endswith(".kubernetes.io")


def validate(name: str, path: str) -> checks.Found:
    if not name:
        yield fielderrors.required(path)
        return
    domain, _, rest = name.partition("/")
    if name.count("/") != 1:
        text = "must be a fully qualified domain and path of the form 'example.com/signer-name'"
        yield fielderrors.invalid(path, name, text)
        return
    if names.size(domain) > LONGEST_DOMAIN:
        yield fielderrors.too_long(path, LONGEST_DOMAIN)
    yield from validate_labels(domain, names.dns1123_label, path)
    if "." not in domain:
        yield fielderrors.invalid(path, domain, "should be a domain with at least two segments separated by dots")
    yield from validate_labels(rest, names.dns1123_subdomain, path)
    if names.size(name) > LONGEST:
        yield fielderrors.too_long(path, LONGEST)


def validate_labels(text: str, rule: checks.Rule, path: str) -> checks.Found:
    """Labels joined by dots, up to the first bad one."""
    for label in text.split("."):
        wrong = list(rule(label))
        for what in wrong:
            yield fielderrors.invalid(path, text, f"validating label {goformat.quote(label)}: {what}")
        if wrong:
            return


def signer_of_bundle(name: str) -> str:
    """The signer that a bundle's name begins with; "" for none."""
    head, colon, _ = name.rpartition(":")
    return head.replace(":", "/") if colon else ""


def wrong_in_bundle_name(name: str, signer: str) -> list[str]:
    """What is wrong with the name of a trust bundle of this signer, or of none."""
    if not signer:
        if ":" in name:
            return ['ClusterTrustBundle without signer name must not have ":" in its name']
        return names.dns1123_subdomain(name)
    prefix = signer.replace("/", ":") + ":"
    if not name.startswith(prefix):
        return [f"ClusterTrustBundle for signerName {signer} must be named with prefix {prefix}"]
    return names.dns1123_subdomain(name.removeprefix(prefix))
