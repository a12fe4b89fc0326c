"""What makes bytes unreadable, and readable again.

Each transformer binds what it seals to a context, the place that the bytes are stored at: a value that somebody moved
to another place, or changed, isn't opened.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import Any, Protocol

from cryptography import exceptions
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.ciphers import Cipher, aead, algorithms, modes
from cryptography.hazmat.primitives.kdf import hkdf

NONCE, BLOCK, TAG = 12, 16, 32
TAMPERED = "the stored data does not match its key, or was changed"
NO_SECRETBOX = "secretbox needs the package PyNaCl: pip install 'kroute[server]'"


class CannotOpen(Exception):
    """The bytes weren't sealed with this key for this place, or were changed."""


class MissingLibrary(ValueError):
    """The provider needs a package that isn't installed."""


class Transformer(Protocol):
    def seal(self, data: bytes, context: bytes) -> bytes: ...

    def open(self, data: bytes, context: bytes) -> bytes:
        """Raises CannotOpen."""
        ...


class AesGcm:
    """AES-GCM with random nonces: a key should be replaced before some billions of writes."""

    def __init__(self, key: bytes) -> None:
        self._cipher = aead.AESGCM(key)

    def seal(self, data: bytes, context: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, data, context)

    def open(self, data: bytes, context: bytes) -> bytes:
        try:
            return self._cipher.decrypt(data[:NONCE], data[NONCE:], context)
        except (exceptions.InvalidTag, ValueError) as error:
            raise CannotOpen(TAMPERED) from error


class AesCbc:
    """AES-CBC with PKCS#7 padding, and an HMAC of it all: CBC alone would give garbage for changed bytes."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        derive = hkdf.HKDF(algorithm=hashes.SHA256(), length=TAG, salt=None, info=b"kroute aescbc hmac")
        self._mac_key = derive.derive(key)

    def seal(self, data: bytes, context: bytes) -> bytes:
        vector = os.urandom(BLOCK)
        padder = padding.PKCS7(BLOCK * 8).padder()
        encryptor = Cipher(algorithms.AES(self._key), modes.CBC(vector)).encryptor()
        sealed = vector + encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()
        return sealed + self._tag(sealed, context)

    def open(self, data: bytes, context: bytes) -> bytes:
        sealed, tag = data[:-TAG], data[-TAG:]
        if len(sealed) < 2 * BLOCK or not hmac.compare_digest(tag, self._tag(sealed, context)):
            raise CannotOpen(TAMPERED)
        decryptor = Cipher(algorithms.AES(self._key), modes.CBC(sealed[:BLOCK])).decryptor()
        padded = decryptor.update(sealed[BLOCK:]) + decryptor.finalize()
        unpadder = padding.PKCS7(BLOCK * 8).unpadder()
        return unpadder.update(padded) + unpadder.finalize()

    def _tag(self, sealed: bytes, context: bytes) -> bytes:
        length = len(context).to_bytes(4, "big")
        return hmac.digest(self._mac_key, length + context + sealed, hashlib.sha256)


class SecretBox:
    """XSalsa20 and Poly1305.  Having no place for a context, it seals that too.  Raises MissingLibrary."""

    def __init__(self, key: bytes) -> None:
        try:
            from nacl import exceptions as failures
            from nacl import secret
        except ImportError as error:
            raise MissingLibrary(NO_SECRETBOX) from error
        self._box: Any = secret.SecretBox(key)
        self._failure: type[Exception] = failures.CryptoError

    def seal(self, data: bytes, context: bytes) -> bytes:
        return bytes(self._box.encrypt(len(context).to_bytes(4, "big") + context + data))

    def open(self, data: bytes, context: bytes) -> bytes:
        try:
            found: bytes = self._box.decrypt(data)
        except (self._failure, ValueError) as error:
            raise CannotOpen(TAMPERED) from error
        start = len(context).to_bytes(4, "big") + context
        if not found.startswith(start):
            raise CannotOpen(TAMPERED)
        return found[len(start) :]
