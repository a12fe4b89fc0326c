"""Questions to an authorizer: `authorizer.group('apps').resource('deployments').check('create').allowed()`.

Expressions are evaluated without waiting, authorizers may have to be waited for: an `Authorizer` knows the answers that
were given so far, and raises `Undecided` with the question that has none.  `evaluate` asks it and starts over.
Mirrors `k8s.io/apiserver/pkg/cel/library/authz.go`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple, TypeVar

from kroute.cel.library.overloads import Overload, member
from kroute.cel.values import EvaluationError
from kroute.machinery import names

PREFIX: Final = "kubernetes.authorization."
Result = TypeVar("Result")


class Question(NamedTuple):
    """Whether somebody may do something: a verb at a path, or with a resource.

    `account` is the namespace and name of the service account that is meant; None for who made the request."""

    verb: str
    path: str = ""
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    field_selector: str = ""
    label_selector: str = ""
    account: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """An authorizer's answer; `error` is "" when nothing went wrong."""

    allowed: bool
    reason: str = ""
    error: str = ""

    cel_type = f"{PREFIX}Decision"


class Undecided(Exception):
    """There is no answer to a question yet."""

    def __init__(self, question: Question) -> None:
        super().__init__(question)
        self.question = question


@dataclass(frozen=True, slots=True, eq=False)
class Authorizer:
    """What expressions know as `authorizer`; `answers` are shared by all of one request."""

    answers: dict[Question, Decision] = field(default_factory=dict)
    account: tuple[str, str] | None = None

    cel_type = f"{PREFIX}Authorizer"

    def ask(self, question: Question) -> Decision:
        found = self.answers.get(question)
        if found is None:
            raise Undecided(question)
        return found


@dataclass(frozen=True, slots=True)
class PathCheck:
    authorizer: Authorizer
    path: str

    cel_type = f"{PREFIX}PathCheck"

    def check(self, verb: str) -> Decision:
        return self.authorizer.ask(Question(verb, path=self.path, account=self.authorizer.account))


@dataclass(frozen=True, slots=True)
class GroupCheck:
    authorizer: Authorizer
    group: str

    cel_type = f"{PREFIX}GroupCheck"


@dataclass(frozen=True, slots=True)
class ResourceCheck:
    """Also what expressions know as `authorizer.requestResource`."""

    authorizer: Authorizer
    group: str
    resource: str
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    field_selector: str = ""
    label_selector: str = ""

    cel_type = f"{PREFIX}ResourceCheck"

    def check(self, verb: str) -> Decision:
        return self.authorizer.ask(
            Question(
                verb,
                group=self.group,
                resource=self.resource,
                subresource=self.subresource,
                namespace=self.namespace,
                name=self.name,
                field_selector=self.field_selector,
                label_selector=self.label_selector,
                account=self.authorizer.account,
            )
        )


async def evaluate(
    run: Callable[[], Result], authorizer: Authorizer, decide: Callable[[Question], Awaitable[Decision]]
) -> Result:
    """What `run` returns once the authorizer has all answers that it asks for."""
    while True:
        try:
            return run()
        except Undecided as missing:
            authorizer.answers[missing.question] = await decide(missing.question)


def path_check(authorizer: Authorizer, path: str) -> PathCheck:
    if not path.strip():
        raise EvaluationError("path must not be empty")
    return PathCheck(authorizer, path)


def resource_check(check: GroupCheck, resource: str) -> ResourceCheck:
    if not resource.strip():
        raise EvaluationError("resource must not be empty")
    return ResourceCheck(check.authorizer, check.group, resource)


def service_account(authorizer: Authorizer, namespace: str, name: str) -> Authorizer:
    if names.subdomain_name(name):
        raise EvaluationError("Invalid service account name")
    if names.label_name(namespace):
        raise EvaluationError("Invalid service account namespace")
    return replace(authorizer, account=(namespace, name))


def part(label: str) -> Callable[[ResourceCheck, str], ResourceCheck]:
    """Sets one part of what is asked."""

    def run(check: ResourceCheck, value: str) -> ResourceCheck:
        changed: dict[str, Any] = {label: value}
        return replace(check, **changed)

    return run


A, P, G = Authorizer.cel_type, PathCheck.cel_type, GroupCheck.cel_type
R, D = ResourceCheck.cel_type, Decision.cel_type
AUTHORIZING: Final[tuple[Overload, ...]] = (
    member("path", "authorizer_path", f"{A}; string", P, path_check),
    member("group", "authorizer_group", f"{A}; string", G, GroupCheck),
    member("serviceAccount", "authorizer_serviceaccount", f"{A}; string; string", A, service_account),
    member("resource", "groupcheck_resource", f"{G}; string", R, resource_check),
    member("subresource", "resourcecheck_subresource", f"{R}; string", R, part("subresource")),
    member("namespace", "resourcecheck_namespace", f"{R}; string", R, part("namespace")),
    member("name", "resourcecheck_name", f"{R}; string", R, part("name")),
    member("fieldSelector", "authorizer_fieldselector", f"{R}; string", R, part("field_selector")),
    member("labelSelector", "authorizer_labelselector", f"{R}; string", R, part("label_selector")),
    member("check", "pathcheck_check", f"{P}; string", D, PathCheck.check),
    member("check", "resourcecheck_check", f"{R}; string", D, ResourceCheck.check),
    member("errored", "decision_errored", D, "bool", lambda decision: bool(decision.error)),
    member("error", "decision_error", D, "string", lambda decision: decision.error),
    member("allowed", "decision_allowed", D, "bool", lambda decision: decision.allowed),
    member("reason", "decision_reason", D, "string", lambda decision: decision.reason),
)
