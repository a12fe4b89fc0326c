"""CertificateSubjectRestriction: nobody gets a client certificate of the group that may do everything.

Mirrors `plugin/pkg/admission/certificates/subjectrestriction`.
"""

from __future__ import annotations

import base64
import binascii

from cryptography.x509.oid import NameOID

from kroute.admission import attributes
from kroute.machinery import errors, gvk, objects, pem

REQUESTS = gvk.GroupResource("certificates.k8s.io", "certificatesigningrequests")
SIGNER, GROUP = "kubernetes.io/kube-apiserver-client", "system:masters"


class CertificateSubjectRestriction:
    operations = (attributes.Operation.CREATE,)

    async def validate(self, found: attributes.Attributes) -> None:
        """Raises Forbidden."""
        if found.resource.group_resource != REQUESTS or found.subresource or found.obj is None:
            return
        spec = found.obj.get("spec") or {}
        if spec.get("signerName") == SIGNER and GROUP in organizations(spec):
            why = f"use of {SIGNER} signer with {GROUP} group is not allowed"
            raise errors.Forbidden.of(REQUESTS, found.name, why)


def organizations(spec: objects.Object) -> list[str]:
    """The groups in the subject of a request."""
    try:
        request = pem.request(base64.b64decode(spec.get("request") or ""))
    except (pem.PEMError, binascii.Error):  # validation has said so
        return []
    return [str(entry.value) for entry in request.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
