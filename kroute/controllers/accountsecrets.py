"""Secrets of type kubernetes.io/service-account-token: filled with a token that never ends, gone with their account.

Mirrors `tokens_controller.go` of `k8s.io/kubernetes/pkg/controller/serviceaccount`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator

import orjson

from kroute.aio import tasks
from kroute.auth import accounts, signing
from kroute.controllers import following, pernamespace, queueing, room
from kroute.machinery import errors, gvk, objects
from kroute.storage.backend.cacher import model

SECRETS = gvk.GroupVersionResource("", "v1", "secrets")
TYPE = "kubernetes.io/service-account-token"
NAME, UID = "kubernetes.io/service-account.name", "kubernetes.io/service-account.uid"


class AccountSecrets:
    """The controller; `authority` is the PEM that clients check the server with."""

    def __init__(self, made_with: room.Room, signer: signing.Signer, authority: str) -> None:
        self._room, self._signer, self._authority = made_with, signer, authority
        self._queue = queueing.WorkQueue(self._sync, name="tokens of secrets", clock=made_with.clock)

    async def start(self, scope: tasks.Scope) -> None:
        secrets, owners = self._room.shelf("secrets"), self._room.shelf("serviceaccounts")
        if secrets is None or owners is None:
            return
        self._queue.run(scope)
        for shelf, keys_of in ((owners, self._of_account), (secrets, self._of_secret)):
            follower = following.Follower(shelf, following.Keys(self._queue, keys_of, self._all))
            scope.spawn(follower.run(), name=f"follow {shelf.name}", eternal=True)
            await follower.ready()

    def _all(self, prefix: str = "") -> list[str]:
        return [entry.key for entry in self._room.entries("secrets", prefix) if is_one(entry)]

    def _of_account(self, entry: model.Entry) -> list[str]:
        return self._all(f"{entry.key.partition('/')[0]}/")

    def _of_secret(self, entry: model.Entry) -> Iterator[str]:
        if is_one(entry):
            yield entry.key

    async def _sync(self, key: str) -> None:
        entry = self._room.peek("secrets", key)
        if entry is None or not is_one(entry):
            return
        secret = orjson.loads(entry.value)
        metadata = secret["metadata"]
        if metadata.get("deletionTimestamp"):
            return
        namespace, _, name = key.partition("/")
        annotations = metadata.get("annotations") or {}
        account = await self._account(namespace, annotations.get(NAME) or "")
        if account is None or annotations.get(UID, account["metadata"]["uid"]) != account["metadata"]["uid"]:
            try:
                await self._room.client.delete(SECRETS, name, namespace=namespace, uid=metadata["uid"])
            except (errors.NotFound, errors.Conflict):
                return
            return
        if missing(secret):
            try:
                await self._room.client.change(SECRETS, name, self._filler(account), namespace=namespace)
            except errors.NotFound:
                return

    async def _account(self, namespace: str, name: str) -> objects.Object | None:
        """The account of a secret; asked for when the watch cache has none."""
        entry = self._room.peek("serviceaccounts", f"{namespace}/{name}")
        if entry is not None:
            found: objects.Object = orjson.loads(entry.value)
            return found
        try:
            return await self._room.client.get(pernamespace.ACCOUNTS, name, namespace=namespace)
        except (errors.NotFound, errors.BadRequest):
            return None

    def _filler(self, account: objects.Object) -> Callable[[objects.Object], bool]:
        """What puts into a secret whatever is missing."""

        def fill(secret: objects.Object) -> bool:
            absent = missing(secret)
            metadata, data = secret["metadata"], dict(secret.get("data") or {})
            if "token" in absent:
                claims = accounts.legacy_claims(account, metadata["name"])
                data["token"] = encoded(self._signer.sign(claims, issuer=accounts.LEGACY_ISSUER))
            if "ca.crt" in absent and self._authority:
                data["ca.crt"] = encoded(self._authority)
            if "namespace" in absent:
                data["namespace"] = encoded(metadata["namespace"])
            changed = data != (secret.get("data") or {}) or UID in absent
            secret["data"] = data
            metadata["annotations"] = {**(metadata.get("annotations") or {}), UID: account["metadata"]["uid"]}
            return changed

        return fill


def is_one(entry: model.Entry) -> bool:
    return entry.fields.get("type") == TYPE


def missing(secret: objects.Object) -> frozenset[str]:
    """What isn't in a secret yet."""
    there = {key for key, value in (secret.get("data") or {}).items() if value}
    if (secret["metadata"].get("annotations") or {}).get(UID):
        there.add(UID)
    return frozenset(("token", "ca.crt", "namespace", UID)) - there


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def controller(signer: signing.Signer, authority: Callable[[], str]) -> room.Controller:
    """The controller, as a `room.Controller`; `authority` is called when it starts."""

    async def start(made_with: room.Room, scope: tasks.Scope) -> None:
        await AccountSecrets(made_with, signer, authority()).start(scope)

    return start
