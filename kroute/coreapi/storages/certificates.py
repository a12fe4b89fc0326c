"""`certificatesigningrequests/approval`: where requests are approved or denied.

Mirrors `pkg/registry/certificates/certificates/storage`.
"""

from __future__ import annotations

from kroute.coreapi.storages import cases
from kroute.coreapi.strategies import certificates
from kroute.kinds import mounting
from kroute.storage import status

RESET = ("spec", "status.certificate")


def approval(case: cases.Case) -> mounting.Mount:
    chosen = certificates.Approval(case.facts, case.checks, case.form)
    return case.part(status.StatusStorage(case.core(chosen)), "approval", reset=RESET)
