"""Certificates: who may approve, sign and vouch for them, and a group that nobody gets a client certificate of.

Mirrors `plugin/pkg/admission/certificates` of Kubernetes.
"""

from __future__ import annotations

import base64
import binascii

from cryptography.x509.oid import NameOID

from kroute.admission import asking, attributes
from kroute.machinery import errors, goformat, gvk, objects, pem

REQUESTS = gvk.GroupResource("certificates.k8s.io", "certificatesigningrequests")
BUNDLES = gvk.GroupResource("certificates.k8s.io", "clustertrustbundles")
SIGNER, GROUP = "kubernetes.io/kube-apiserver-client", "system:masters"
CREATE, UPDATE = attributes.Operation.CREATE, attributes.Operation.UPDATE


class CertificateSubjectRestriction:
    operations = (CREATE,)
    resources = (REQUESTS,)

    async def validate(self, found: attributes.Attributes) -> None:
        """Raises Forbidden."""
        if found.subresource or found.obj is None:
            return
        spec = found.obj.get("spec") or {}
        if spec.get("signerName") == SIGNER and GROUP in organizations(spec):
            why = f"use of {SIGNER} signer with {GROUP} group is not allowed"
            raise errors.Forbidden.of(REQUESTS, found.name, why)


class CertificateApproval:
    """Who approves must be allowed to for the request's signer."""

    operations = (UPDATE,)
    resources = (REQUESTS,)

    def __init__(self, ask: asking.Ask) -> None:
        self._ask = ask

    async def validate(self, found: attributes.Attributes) -> None:
        """Raises Forbidden."""
        if found.subresource != "approval" or found.old is None:
            return
        signer = (found.old.get("spec") or {}).get("signerName") or ""
        if not await may(self._ask, found, "approve", signer):
            why = f"user not permitted to approve requests with signerName {goformat.quote(signer)}"
            raise errors.Forbidden.of(REQUESTS, found.name, why)


class CertificateSigning:
    """Who sets a certificate must be allowed to sign for the request's signer."""

    operations = (UPDATE,)
    resources = (REQUESTS,)

    def __init__(self, ask: asking.Ask) -> None:
        self._ask = ask

    async def validate(self, found: attributes.Attributes) -> None:
        """Raises Forbidden."""
        if found.subresource != "status" or found.old is None or found.obj is None:
            return
        now, then = found.obj.get("status") or {}, found.old.get("status") or {}
        if (now.get("certificate") or "") == (then.get("certificate") or "") and failed(now) == failed(then):
            return
        signer = (found.old.get("spec") or {}).get("signerName") or ""
        if not await may(self._ask, found, "sign", signer):
            why = f"user not permitted to sign requests with signerName {goformat.quote(signer)}"
            raise errors.Forbidden.of(REQUESTS, found.name, why)


class ClusterTrustBundleAttest:
    """Who publishes a signer's trust bundle must be allowed to vouch for it."""

    operations = (CREATE, UPDATE)
    resources = (BUNDLES,)

    def __init__(self, ask: asking.Ask) -> None:
        self._ask = ask

    async def validate(self, found: attributes.Attributes) -> None:
        """Raises Forbidden."""
        if found.subresource or found.obj is None:
            return
        if found.old is not None and found.obj.get("spec") == found.old.get("spec"):
            return
        signer = (found.obj.get("spec") or {}).get("signerName") or ""
        if signer and not await may(self._ask, found, "attest", signer):
            why = f"user not permitted to attest for signerName {goformat.quote(signer)}"
            raise errors.Forbidden.of(BUNDLES, found.name, why)


async def may(ask: asking.Ask, found: attributes.Attributes, verb: str, signer: str) -> bool:
    """Whether the user may do this for a signer, or for all of its domain."""
    for name in (signer, f"{signer.partition('/')[0]}/*"):
        answer = await ask(found.user, asking.about(verb, "signers", group=REQUESTS.group, name=name))
        if answer.allowed:
            return True
    return False


def failed(status: objects.Object) -> bool:
    """Whether a request is marked as one that couldn't be signed."""
    return any(each.get("type") == "Failed" for each in status.get("conditions") or ())


def organizations(spec: objects.Object) -> list[str]:
    """The groups in the subject of a request."""
    try:
        request = pem.request(base64.b64decode(spec.get("request") or ""))
    except (pem.PEMError, binascii.Error):  # validation has said so
        return []
    return [str(entry.value) for entry in request.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
