"""DenyServiceExternalIPs: services get no further external addresses.  Not on by default.

Mirrors `k8s.io/kubernetes/plugin/pkg/admission/network/denyserviceexternalips`.
"""

from __future__ import annotations

from kroute.admission import attributes
from kroute.machinery import errors, gvk

SERVICES = gvk.GroupResource("", "services")
CREATE, UPDATE = attributes.Operation.CREATE, attributes.Operation.UPDATE


class DenyServiceExternalIPs:
    operations = (CREATE, UPDATE)
    resources = (SERVICES,)

    async def validate(self, found: attributes.Attributes) -> None:
        """Raises Forbidden."""
        if found.subresource:
            return
        now, then = (set(((each or {}).get("spec") or {}).get("externalIPs") or ()) for each in (found.obj, found.old))
        if now - then:
            why = "Use of external IPs is denied by admission control"
            raise errors.Forbidden.of(SERVICES, found.name, why)
