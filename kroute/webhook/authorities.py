"""Whom webhooks' certificates must be signed by: a bundle given with the webhook, or the system's authorities."""

from __future__ import annotations

import ssl
from collections import OrderedDict

KEPT = 200


class BundleError(ValueError):
    """A bundle holds no certificates; the text is Go's."""

    def __init__(self) -> None:
        super().__init__("unable to load root certificates: unable to parse bytes as PEM block")


class Authorities:
    """TLS contexts by bundle; those used last are kept, as making one takes milliseconds."""

    def __init__(self) -> None:
        self._contexts: OrderedDict[bytes, ssl.SSLContext] = OrderedDict()

    def context(self, bundle: bytes) -> ssl.SSLContext:
        """The context that trusts a bundle.  Raises BundleError."""
        found = self._contexts.get(bundle)
        if found is None:
            found = self._contexts[bundle] = made(bundle)
            if len(self._contexts) > KEPT:
                self._contexts.popitem(last=False)
        self._contexts.move_to_end(bundle)
        return found


def made(bundle: bytes) -> ssl.SSLContext:
    """A context for one bundle.  Raises BundleError."""
    if not bundle:
        context = ssl.create_default_context()
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            context.load_verify_locations(cadata=bundle.decode())
        except (ValueError, ssl.SSLError):
            raise BundleError from None
    # as Go verifies: whatever certificate is in the bundle is trusted, authority or not
    context.verify_flags = (context.verify_flags | ssl.VERIFY_X509_PARTIAL_CHAIN) & ~ssl.VERIFY_X509_STRICT
    return context
