"""Why a server can't be reached, or isn't trusted, as Go says it."""

from __future__ import annotations

import errno
import ssl

import aiohttp

REFUSED = {
    errno.ECONNREFUSED: "connection refused",
    errno.EHOSTUNREACH: "no route to host",
    errno.ENETUNREACH: "network is unreachable",
    errno.ECONNRESET: "connection reset by peer",
}
DEADLINE = "context deadline exceeded"

# X509_V_ERR_*: OpenSSL's numbers for what Go has one text for
UNKNOWN_AUTHORITY = frozenset((2, 7, 18, 19, 20, 21, 27))
NOT_YET_VALID, EXPIRED, WRONG_HOST, WRONG_ADDRESS = 9, 10, 62, 64


def text(error: Exception, address: str) -> str:
    """What Go says of an error that happened at `address` (host and port)."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return certificate(error.certificate_error)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        host = address.rpartition(":")[0]
        return f"dial tcp: lookup {host}: no such host"
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return tls(error.os_error)
    if isinstance(error, aiohttp.ClientConnectorError):
        return dial(error.os_error, address)
    if isinstance(error, ssl.SSLError):
        return tls(error)
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "EOF"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "unexpected EOF"
    if isinstance(error, TimeoutError):
        return DEADLINE
    if isinstance(error, OSError):
        return f"read tcp {address}: read: {REFUSED.get(error.errno or 0) or error.strerror or error}"
    return str(error)


def dial(error: BaseException, address: str) -> str:
    """No connection to an address."""
    if isinstance(error, TimeoutError) and error.errno is None:
        return f"dial tcp {address}: i/o timeout"
    number = error.errno if isinstance(error, OSError) else None
    known = REFUSED.get(number or 0) or getattr(error, "strerror", None) or str(error)
    return f"dial tcp {address}: connect: {known}"


def tls(error: BaseException) -> str:
    """A handshake that failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return certificate(error)
    reason = getattr(error, "reason", None) or ""
    if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"):
        return "http: server gave HTTP response to HTTPS client"
    if not reason:
        return str(error)
    return f"remote error: tls: {reason.replace('_', ' ').lower()}" if "ALERT" in reason else f"tls: {reason.lower()}"


def certificate(error: BaseException) -> str:
    """A certificate that isn't trusted."""
    code = getattr(error, "verify_code", None)
    if code in UNKNOWN_AUTHORITY:
        why = "certificate signed by unknown authority"
    elif code in (EXPIRED, NOT_YET_VALID):
        why = "certificate has expired or is not yet valid"
    elif code in (WRONG_HOST, WRONG_ADDRESS):
        why = "certificate is not valid for any names" if code == WRONG_HOST else "certificate is not valid for the IP"
        why = f"{why}: {getattr(error, 'verify_message', '')}"
    else:
        why = getattr(error, "verify_message", None) or str(error)
    return f"tls: failed to verify certificate: x509: {why}"
