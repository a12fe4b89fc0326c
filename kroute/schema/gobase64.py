"""Base64 as Go's encoding/base64 reads it: the canonical text, or the place of the first wrong byte."""

from __future__ import annotations

import binascii

ALPHABET = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
NEWLINES = frozenset(b"\r\n")
PADDING = ord("=")


def canonical(text: str) -> str:
    """The text re-encoded, line breaks left out; raises ValueError in Go's words."""
    try:
        raw = binascii.a2b_base64(text.replace("\n", "").replace("\r", ""), strict_mode=True)
    except ValueError:  # binascii.Error, and characters outside ASCII
        wrong = first_wrong(text.encode("utf-8", "surrogatepass"))
        raise ValueError(f"illegal base64 data at input byte {wrong}") from None
    return encode(raw)


def encode(raw: bytes) -> str:
    return binascii.b2a_base64(raw, newline=False).decode("ascii")


def first_wrong(data: bytes) -> int:
    """The offset that Go names for data that is no base64."""
    at, taken = 0, 0  # taken: characters of the group of four
    while at < len(data):
        byte = data[at]
        if byte in ALPHABET:
            taken = (taken + 1) % 4
        elif byte not in NEWLINES:
            return at if byte != PADDING or taken < 2 else after_padding(data, at, taken)
        at += 1
    return len(data) - taken


def after_padding(data: bytes, at: int, taken: int) -> int:
    """What is wrong after the first `=` of a group: a second one missing, or something after the end."""
    at = skip_newlines(data, at + 1)
    if taken == 2:
        if at == len(data):
            return at
        if data[at] != PADDING:
            return at - 1
        at = skip_newlines(data, at + 1)
    return at


def skip_newlines(data: bytes, at: int) -> int:
    while at < len(data) and data[at] in NEWLINES:
        at += 1
    return at
