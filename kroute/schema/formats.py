"""String formats that schemas may ask for, checked as kube-apiserver checks them.

Mirrors `k8s.io/kube-openapi/pkg/validation/strfmt` and the list of formats that CRDs may use.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable

from kroute.machinery import durations, times

Check = Callable[[str], bool]

HEX = "[0-9a-fA-F]"
BYTE = r"(?:25[0-5]|2[0-4]\d|1\d\d?|[1-9]\d?|0)"
SHORT_NAME = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
CREDIT_CARD = (
    r"4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}"
    r"|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11}"
)
UNITS = ("ns", "us", "µs", "ms", "s", "m", "h", "hr", "d", "w", "wk")
LONG_UNITS = ("nano", "micro", "milli", "sec", "min", "hour", "day", "week")
SCALA_DURATION = re.compile(r"(\d+)\s*([A-Za-zµ]+)", re.ASCII)
CLOCK = re.compile(r"(\d{2}):(\d{2}):(\d{2})(.\d+)?(z|[+-]\d{2}:\d{2})", re.ASCII)
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]+"
ADDRESS = rf'(?:{ATOM}(?:\.{ATOM})*|"[^"\x00-\x1f]+")@(?:{ATOM}(?:\.{ATOM})*|\[[^\[\]]+\])'
EMAIL = re.compile(rf"{ADDRESS}|[^<>@]*<{ADDRESS}>")
HOSTNAME = re.compile(r"[a0s](?:-?[a0s]{0,62})?|(?:[a0s](?:[a0s-]{0,61}[a0s])?\.)+a{2,63}")
ESCAPE = re.compile(f"%(?!{HEX}{{2}})")
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", re.DOTALL)
HOST = re.compile(r"(?:\[[^\[\]]*\]|[^\[\]: <>\"{}|\\^`]*)(?::\d*)?")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def matcher(pattern: str) -> Check:
    """A check that the whole text matches."""
    match = re.compile(pattern, re.ASCII).fullmatch
    return lambda text: match(text) is not None


def uuid(third: str, fourth: str) -> Check:
    """A check of UUIDs whose third and fourth groups match."""
    return matcher(f"{HEX}{{8}}-?{HEX}{{4}}-?{third}-?{fourth}-?{HEX}{{12}}")


def is_date(text: str) -> bool:
    return len(text) == 10 and is_time(f"{text}T00:00:00Z")


def is_time(text: str) -> bool:
    try:
        times.parse(text)
    except ValueError:
        return False
    return True


def is_date_time(text: str) -> bool:
    date, found, clock = text.lower().partition("t")
    match = CLOCK.fullmatch(clock.partition("t")[0])
    return bool(found) and is_date(date) and match is not None and match[1] <= "23" and max(match[2], match[3]) <= "59"


def is_duration(text: str) -> bool:
    """Go's durations, and sentences with such parts as `3 days`."""
    try:
        durations.parse(text)
    except ValueError:
        return any(is_unit(unit.lower()) for _, unit in SCALA_DURATION.findall(text))
    return True


def is_unit(unit: str) -> bool:
    return unit in UNITS or unit.startswith(LONG_UNITS)


def is_email(text: str) -> bool:
    """An address, alone or as `Name <address>`."""
    return EMAIL.fullmatch(text.strip()) is not None


def is_ip(text: str, mark: str) -> bool:
    """An address in dotted (`.`) or colon (`:`) form; leading zeros are tolerated."""
    if mark not in text or "%" in text:
        return False
    try:
        ipaddress.ip_address(without_zeros(text))
    except ValueError:
        return False
    return True


def without_zeros(text: str) -> str:
    """IPv4 octets as plain decimals; others stay."""
    if ":" in text:
        return text
    return ".".join(part.lstrip("0") or "0" if part.isascii() and part.isdigit() else part for part in text.split("."))


def is_cidr(text: str) -> bool:
    address, slash, prefix = text.partition("/")
    if not slash or not (prefix.isascii() and prefix.isdigit()) or len(prefix) > 3 or "%" in address:
        return False
    try:
        ipaddress.ip_network(f"{without_zeros(address)}/{prefix}", strict=False)
    except ValueError:
        return False
    return True


def is_mac(text: str) -> bool:
    """6, 8 or 20 bytes with colons or dashes between bytes, or dots between pairs of them."""
    sizes = "|".join(rf"{HEX}{{2}}(?:{mark}{HEX}{{2}}){{{size - 1}}}" for mark in ":-" for size in (6, 8, 20))
    dotted = "|".join(rf"{HEX}{{4}}(?:\.{HEX}{{4}}){{{size - 1}}}" for size in (3, 4, 10))
    return re.fullmatch(f"{sizes}|{dotted}", text) is not None


def is_uri(text: str) -> bool:
    """What Go's url.ParseRequestURI takes: an absolute URI or an absolute path."""
    if not text or CONTROL.search(text):
        return False
    found = SCHEME.fullmatch(text)
    rest = found[2] if found else text
    path = rest.partition("?")[0]
    if not path.startswith("/"):
        return found is not None and path != ""  # opaque, as in mailto:x
    if found and path.startswith("//"):
        authority, slash, path = path[2:].partition("/")
        host = authority.rpartition("@")[2]
        if not HOST.fullmatch(host) or ESCAPE.search(host):
            return False
        path = slash + path
    return not ESCAPE.search(path)


def is_hostname(text: str) -> bool:
    """A host's name.  Characters are reduced to letter, digit, symbol and others first; `re` has no such classes."""
    if len(text.encode("utf-8", "surrogatepass")) > 255 or any(len(label) > 63 for label in text.split(".")):
        return False
    return HOSTNAME.fullmatch("".join(map(character_class, text))) is not None


def character_class(char: str) -> str:
    if char in "-.":
        return char
    category = unicodedata.category(char)
    return "a" if category[0] == "L" else "0" if "0" <= char <= "9" else "s" if category[0] == "S" else "!"


def is_credit_card(text: str) -> bool:
    digits = re.sub("[^0-9]+", "", text)
    if not re.fullmatch(CREDIT_CARD, digits):
        return False
    doubled = [int(digit) * (2 if index % 2 else 1) for index, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def is_isbn10(text: str) -> bool:
    plain = re.sub(r"[\s-]+", "", text)
    if not re.fullmatch("[0-9]{9}[0-9X]", plain):
        return False
    return sum((index + 1) * (10 if char == "X" else int(char)) for index, char in enumerate(plain)) % 11 == 0


def is_isbn13(text: str) -> bool:
    plain = re.sub(r"[\s-]+", "", text)
    if not re.fullmatch("[0-9]{13}", plain):
        return False
    return sum(int(char) * (3 if index % 2 else 1) for index, char in enumerate(plain)) % 10 == 0


def is_long_name(text: str) -> bool:
    return len(text) <= 253 and re.fullmatch(rf"{SHORT_NAME}(\.{SHORT_NAME})*", text) is not None


def is_short_name(text: str) -> bool:
    return len(text) <= 63 and re.fullmatch(SHORT_NAME, text) is not None


CHECKS: dict[str, Check] = {  # names as they are compared: without dashes
    "bsonobjectid": matcher(f"{HEX}{{24}}"),
    "uri": is_uri,
    "email": is_email,
    "hostname": is_hostname,
    "ipv4": lambda text: is_ip(text, "."),
    "ipv6": lambda text: is_ip(text, ":"),
    "cidr": is_cidr,
    "mac": is_mac,
    "uuid": uuid(f"{HEX}{{4}}", f"{HEX}{{4}}"),
    "uuid3": uuid(f"3{HEX}{{3}}", f"{HEX}{{4}}"),
    "uuid4": uuid(f"4{HEX}{{3}}", f"[89abAB]{HEX}{{3}}"),
    "uuid5": uuid(f"5{HEX}{{3}}", f"[89abAB]{HEX}{{3}}"),
    "isbn": lambda text: is_isbn10(text) or is_isbn13(text),
    "isbn10": is_isbn10,
    "isbn13": is_isbn13,
    "creditcard": is_credit_card,
    "ssn": lambda text: len(text) == 11 and re.fullmatch(r"\d{3}[- ]?\d{2}[- ]?\d{4}", text, re.ASCII) is not None,
    "hexcolor": matcher(f"#?({HEX}{{3}}|{HEX}{{6}})"),
    "rgbcolor": matcher(rf"rgb\(\s*{BYTE}\s*,\s*{BYTE}\s*,\s*{BYTE}\s*\)"),
    "byte": matcher(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})"),
    "password": lambda text: True,
    "date": is_date,
    "duration": is_duration,
    "datetime": is_date_time,
    "k8sshortname": is_short_name,
    "k8slongname": is_long_name,
}
NUMERIC = {"integer": ("int32", "int64"), "number": ("float", "double")}


def check_of(name: str) -> Check | None:
    """The check of a string format; None for one that isn't known and so means nothing."""
    return CHECKS.get(name.replace("-", ""))


def recognized(kind: str, name: str) -> bool:
    """Whether the format means something for values of the type; others are taken for text only."""
    if kind in NUMERIC:
        return name in NUMERIC[kind]
    return kind in ("", "string") and name.replace("-", "") in CHECKS
