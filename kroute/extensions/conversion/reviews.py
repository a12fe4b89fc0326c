"""Asks the webhook of a definition to convert objects, and checks what it answers.

Mirrors `webhook_converter.go` of `k8s.io/apiextensions-apiserver`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from kroute.extensions.conversion import metadata
from kroute.machinery import errors, goformat, gvk, objects
from kroute.webhook import client, config

GROUP, KIND = "apiextensions.k8s.io", "ConversionReview"
KNOWN_REVIEWS = ("v1", "v1beta1")
AT_ONCE = 100
"""How many objects are sent together."""
LARGEST = 256 * 1024 * 1024


class Reviewer:
    """The webhook of one definition."""

    def __init__(self, calls: client.Clients, crd: objects.Object) -> None:
        webhook = crd["spec"]["conversion"]["webhook"]
        self._calls = calls
        self._where = config.ClientConfig.of(webhook["clientConfig"])
        self._reviews = [each for each in webhook["conversionReviewVersions"] if each in KNOWN_REVIEWS]
        group = crd["spec"]["group"]
        self._versions = {str(gvk.GroupVersion(group, each["name"])) for each in crd["spec"]["versions"]}

    async def convert(self, sent: Sequence[objects.Object], api_version: str) -> list[objects.Object]:
        """The objects in another version, in the same order; none of them is changed.

        Raises `errors.Plain` with what went wrong."""
        found: list[objects.Object] = []
        for start in range(0, len(sent), AT_ONCE):
            found += await self._convert(sent[start : start + AT_ONCE], api_version)
        return found

    async def _convert(self, sent: Sequence[objects.Object], api_version: str) -> list[objects.Object]:
        for each in sent:
            if each["apiVersion"] not in self._versions:
                raise errors.Plain(f"request to convert CR from an invalid group/version: {each['apiVersion']}")
        about = f"conversion webhook for {shown(sent[0])}"
        uid = str(uuid.uuid4())
        request = {"uid": uid, "desiredAPIVersion": api_version, "objects": list(sent)}
        try:
            answer = await self._calls.call(self._where, self._review(request), largest=LARGEST)
        except client.CallError as error:
            raise errors.Plain(f"{about} failed: {error}") from error
        converted = self._converted(answer, uid, about)
        if len(converted) != len(sent):
            raise errors.Plain(f"{about} returned {len(converted)} objects, expected {len(sent)}")
        return [self._checked(before, after, api_version, about) for before, after in zip(sent, converted, strict=True)]

    def _review(self, request: Mapping[str, Any]) -> objects.Object:
        if not self._reviews:
            raise errors.Plain("no supported conversion review versions")
        return {"kind": KIND, "apiVersion": f"{GROUP}/{self._reviews[0]}", "request": request}

    def _converted(self, review: Any, uid: str, about: str) -> Sequence[Any]:
        """The objects in an answer.  Raises Plain."""
        problem = self._problem(review, uid)
        if problem:
            raise errors.Plain(f"{about} failed: {problem}")
        return review["response"].get("convertedObjects") or ()

    def _problem(self, review: Any, uid: str) -> str:
        """Why an answer can't be used; "" when it can."""
        if not isinstance(review, dict):
            return f"expected webhook response of {GROUP}/v1, Kind={KIND}, got {goformat.kind(review)}"
        first = self._reviews[0] == "v1"
        if first and (review.get("kind"), review.get("apiVersion")) != (KIND, f"{GROUP}/v1"):
            return f"expected webhook response of {GROUP}/v1, Kind={KIND}, got {shown(review)}"
        response = review.get("response")
        if not isinstance(response, dict):
            return "no response provided"
        if first and response.get("uid") != uid:
            told = goformat.quote(str(response.get("uid") or ""))
            return f"expected response.uid={goformat.quote(uid)}, got {told}"
        result = response.get("result")
        result = result if isinstance(result, dict) else {}
        if result.get("status") != "Success":
            return result.get("message") or f"response.result.status was '{result.get('status') or ''}', not 'Success'"
        return ""

    def _checked(self, sent: objects.Object, found: Any, api_version: str, about: str) -> objects.Object:
        """A converted object, with its own metadata again.  Raises Plain."""
        about = f"{about} returned invalid"
        if not isinstance(found, dict):
            raise errors.Plain(f"{about} object at index 0: {goformat.kind(found)} is no object")
        if found.get("apiVersion") != api_version:
            why = f"invalid groupVersion (expected {api_version}, received {found.get('apiVersion') or ''})"
            raise errors.Plain(f"{about} object at index 0: {why}")
        if found.get("kind") != sent["kind"]:
            why = f"invalid kind (expected {sent['kind']}, received {found.get('kind') or ''})"
            raise errors.Plain(f"{about} object at index 0: {why}")
        try:
            metadata.check_same(sent, found)
        except metadata.Unfit as error:
            raise errors.Plain(f"{about} object: {error}") from error
        try:
            found["metadata"] = metadata.restored(sent, found)
        except metadata.Unfit as error:
            raise errors.Plain(f"{about} metadata: {error}") from error
        return found


def shown(obj: Mapping[str, Any]) -> str:
    """The kind of an object as Go shows it."""
    api_version, kind = obj.get("apiVersion") or "", obj.get("kind") or ""
    return f"{api_version if '/' in api_version else f'/{api_version}'}, Kind={kind}"
