"""Names of fields as expressions can write them: `namespace` is `__namespace__`, `a-b` is `a__dash__b`.

Mirrors `k8s.io/apiserver/pkg/cel/escaping.go`.
"""

from __future__ import annotations

import re
from typing import Final

RESERVED: Final = frozenset(
    (
        "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import",
        "let", "loop", "package", "namespace", "return", "var", "void", "while",
    )
)  # fmt: skip
ALLOWED: Final = re.compile(r"[A-Za-z_./-][A-Za-z0-9_./-]*")
SPECIAL: Final = re.compile(r"__|[-./]")
SHOWN: Final = {"__": "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__"}


def escape(name: str) -> str | None:
    """The name as an identifier; None when it can't be written as one."""
    if name in RESERVED:
        return f"__{name}__"
    if not ALLOWED.fullmatch(name):
        return None
    return SPECIAL.sub(lambda found: SHOWN[found[0]], name)
