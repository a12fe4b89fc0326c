"""Names of field managers: given in the query, or taken from the User-Agent.

Mirrors `meta/v1/validation.ValidateFieldManager` and the API server's `managerOrUserAgent`.
"""

from __future__ import annotations

from collections.abc import Iterator

from kroute.machinery import fielderrors, goformat

MAX_LENGTH = 128  # bytes of UTF-8
UNKNOWN = "unknown"
BEFORE_FIRST_APPLY = "before-first-apply"
ANCIENT_CHANGES = "ancient-changes"
KUBECTL = "kubectl"


def manager_or_user_agent(field_manager: str, user_agent: str) -> str:
    """The manager of a request: what it says, else what comes before the first slash of its User-Agent ("" for none)."""
    if field_manager:
        return field_manager
    prefix = "".join(char for char in user_agent.partition("/")[0] if char.isprintable())
    return prefix.encode(errors="replace")[:MAX_LENGTH].decode(errors="ignore")


def validate(
    field_manager: str, path: str = "fieldManager", *, required: bool = False
) -> Iterator[fielderrors.FieldError]:
    """What is wrong with a given name; `required` is for apply, which takes none from the User-Agent."""
    if required and not field_manager:
        yield fielderrors.required(path, "is required for apply patch")
    if len(field_manager.encode(errors="replace")) > MAX_LENGTH:
        yield fielderrors.too_long(path, MAX_LENGTH)
    position = 0
    for char in field_manager:
        if not char.isprintable():
            wrong = f"invalid character {goformat.code_point(char)} (at position {position})"
            yield fielderrors.invalid(path, field_manager, wrong)
        position += len(char.encode(errors="replace"))
