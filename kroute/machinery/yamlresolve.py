"""What a YAML scalar means: YAML 1.1 as Go's yaml.v2 reads it, which is what kube-apiserver does with manifests.

`yes`, `on` and `y` are true, `0755` and `0x1F` are integers, timestamps stay texts, `.nan` and `.inf` have no form in
JSON.  Used by `yamldecode`, and by `yamlencode` to see which texts have to be quoted.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from typing import Final, TypeAlias

from kroute.machinery import codecs

Scalar: TypeAlias = str | int | float | bool | None

PREFIX: Final = "tag:yaml.org,2002:"
STR, BOOL, INT, FLOAT, NULL, TIMESTAMP, BINARY, MERGE = (
    PREFIX + name for name in ("str", "bool", "int", "float", "null", "timestamp", "binary", "merge")
)
RESOLVABLE: Final = ("", STR, BOOL, INT, FLOAT, NULL, TIMESTAMP)

WORDS: Final[dict[str, Scalar]] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
SUSPECTS: Final = frozenset("yYnNtTfFoO~.+-0123456789")
"""How a text begins that may be something else."""

INTEGER = re.compile("([+-]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
LONGEST: Final = 400  # a longer run of digits is infinite anyway


class YAMLError(codecs.DecodeError):
    """A YAML text that cannot be read; the text is Go's, with its `yaml: ` in front."""


def resolve(tag: str, text: str) -> Scalar:
    """A scalar's value; `tag` is "" for a plain one that has none.  Raises YAMLError when text and tag disagree."""
    if tag == BINARY:
        return binary(text)
    if tag not in RESOLVABLE or tag == STR:
        return text
    value = plain(text)
    if tag in ("", tag_of(value)) or (tag == TIMESTAMP and isinstance(value, str)):
        return value
    if tag == FLOAT and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    raise YAMLError(f"yaml: cannot decode {short(tag_of(value))} `{text}` as a {short(tag)}")


def plain(text: str) -> Scalar:
    """What a text means that is neither quoted nor tagged."""
    if text and text[0] not in SUSPECTS:
        return text
    if text in WORDS:
        return WORDS[text]
    if text[0] in "yYnNtTfFoO~" or len(text) > LONGEST:
        return text
    value = number(text if text[0] == "." else text.replace("_", ""))
    return text if value is None else value


def number(text: str) -> int | float | None:
    """An integer that fits 64 bits, else a float, else None."""
    found = INTEGER.fullmatch(text)
    if found:
        value = integer(found)
        if -(2**63) <= value < 2**63 or (value >= 0 and not found[1] and value < 2**64):
            return value
    if not NUMBER.fullmatch(text):
        return None
    amount = float(text)
    return None if math.isinf(amount) else amount


def integer(found: re.Match[str]) -> int:
    _, hexadecimal, binary_digits, octal, decimal = found.groups()
    if hexadecimal is not None:
        value = int(hexadecimal, 16)
    elif binary_digits is not None:
        value = int(binary_digits, 2)
    else:
        value = int(octal, 8) if octal is not None else int(decimal)
    return -value if found[1] == "-" else value


def binary(text: str) -> str:
    """The text in base64; what is no UTF-8 is replaced."""
    try:
        return base64.b64decode(text.replace("\n", "").replace("\r", ""), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        raise YAMLError("yaml: !!binary value contains invalid base64 data") from None


def tag_of(value: Scalar) -> str:
    if value is None:
        return NULL
    if isinstance(value, bool):
        return BOOL
    return INT if isinstance(value, int) else FLOAT if isinstance(value, float) else STR


def short(tag: str) -> str:
    return "!!" + tag.removeprefix(PREFIX) if tag.startswith(PREFIX) else tag
