"""The groups that every user is in, whatever the credentials say."""

from __future__ import annotations

import dataclasses

from kroute.machinery import context

AUTHENTICATED = "system:authenticated"
UNAUTHENTICATED = "system:unauthenticated"
MASTERS = "system:masters"


def authenticated(user: context.User) -> context.User:
    """The user with the group of all who proved who they are."""
    if user.name == context.ANONYMOUS.name or AUTHENTICATED in user.groups or UNAUTHENTICATED in user.groups:
        return user
    return dataclasses.replace(user, groups=(*user.groups, AUTHENTICATED))


def anonymous(user: context.User) -> bool:
    """Whether the user came without credentials."""
    return user.name == context.ANONYMOUS.name or UNAUTHENTICATED in user.groups
