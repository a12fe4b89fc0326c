"""The flags of authentication, and the options that they come to.

They bear kube-apiserver's names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from kroute.auth import methods, proxies, signing, webhooktokens
from kroute.auth.oidc import options as providing
from kroute.flags import kinds

HEADING = "Authentication"
FILE, DURATION = kinds.FILE, kinds.Duration()


class Flat(kinds.Words):
    """Words of a flag that may be given several times."""


class Pair(click.ParamType[tuple[str, str]]):
    """`key=value`."""

    name = "key=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        if not isinstance(value, str):
            return tuple(value)
        key, sign, wanted = value.partition("=")
        if not key or not sign:
            self.fail(f"{value!r} is not of the form key=value", param, ctx)
        return key, wanted


def options() -> Sequence[Callable[[Any], Any]]:
    """All of them, in order."""

    def option(name: str, **rest: Any) -> Callable[[Any], Any]:
        return kinds.option(HEADING, name, **{"show_default": bool(rest.get("default")), **rest})

    def words(name: str, text: str) -> Callable[[Any], Any]:
        return option(name, type=Flat(), multiple=True, help=text)

    return (
        option("--client-ca-file", type=FILE, help="Authority (PEM) whose client certificates are let in."),
        option("--token-auth-file", type=FILE, help='Bearer tokens: token,user,uid,"group1,group2" a line.'),
        option(
            "--anonymous-auth",
            type=bool,
            default=True,
            help="Whether requests without credentials are looked at; never with the mode AlwaysAllow.",
        ),
        option("--enable-bootstrap-token-auth", type=bool, is_flag=True, help="Take tokens of Secrets in kube-system."),
        words("--api-audiences", "Whom tokens for this server are for.  [default: the issuers]"),
        words("--service-account-issuer", f"Who tokens are from; the first signs.  [default: {signing.ISSUER}]"),
        option(
            "--service-account-key-file",
            type=FILE,
            multiple=True,
            help="Public keys (PEM) of tokens.  [default: of the signing key]",
        ),
        option(
            "--service-account-signing-key-file",
            type=FILE,
            help="Private key (PEM) that signs tokens.  [default: one in the data directory]",
        ),
        option("--service-account-jwks-uri", default="", metavar="URL", help="Where others find the public keys."),
        option("--service-account-lookup", type=bool, default=True, help="Whether tokens of Secrets need these."),
        option(
            "--service-account-max-token-expiration",
            type=DURATION,
            default="0s",
            help="How long tokens are valid at most; 0s is no limit.",
        ),
        option(
            "--service-account-extend-token-expiration",
            type=bool,
            default=True,
            help="Whether tokens of pods last longer than asked for.",
        ),
        option(
            "--authentication-config",
            type=FILE,
            help="An AuthenticationConfiguration: providers, anonymous paths.",
        ),
        option(
            "--authentication-token-webhook-config-file",
            type=FILE,
            help="Kubeconfig of a server that knows tokens.",
        ),
        option(
            "--authentication-token-webhook-version",
            type=click.Choice(webhooktokens.VERSIONS),
            default="v1beta1",
            help="Version of the reviews that it gets.",
        ),
        option(
            "--authentication-token-webhook-cache-ttl",
            type=DURATION,
            default="2m",
            help="How long its answers hold.",
        ),
        *providers(option, words),
        option(
            "--requestheader-client-ca-file",
            type=FILE,
            help="Authority (PEM) of proxies that are believed whom they ask for.",
        ),
        words("--requestheader-allowed-names", "Common names of their certificates.  [default: any]"),
        words("--requestheader-username-headers", "Headers that name the user: X-Remote-User."),
        words("--requestheader-uid-headers", "Headers with the user's uid: X-Remote-Uid."),
        words("--requestheader-group-headers", "Headers with the user's groups: X-Remote-Group."),
        words("--requestheader-extra-headers-prefix", "How the names of others begin: X-Remote-Extra-."),
    )


def providers(
    option: Callable[..., Callable[[Any], Any]], words: Callable[[str, str], Callable[[Any], Any]]
) -> Sequence[Callable[[Any], Any]]:
    """Those of an identity provider."""
    return (
        option("--oidc-issuer-url", default="", metavar="URL", help="Identity provider (OpenID Connect) to believe."),
        option("--oidc-client-id", default="", help="Whom its tokens must be for."),
        option("--oidc-ca-file", type=FILE, help="Authority (PEM) of the provider.  [default: the system's]"),
        option("--oidc-username-claim", default="sub", help="Claim that is the user's name."),
        option(
            "--oidc-username-prefix", default="", help="What names begin with; - is nothing.  [default: the issuer#]"
        ),
        option("--oidc-groups-claim", default="", help="Claim that has the user's groups."),
        option("--oidc-groups-prefix", default="", help="What groups begin with."),
        words("--oidc-signing-algs", "Algorithms of signatures.  [default: RS256]"),
        option(
            "--oidc-required-claim",
            type=Pair(),
            multiple=True,
            help="Claim with the value that it must have; may be given several times.",
        ),
    )


def flat(given: Sequence[Sequence[str]]) -> tuple[str, ...]:
    return tuple(word for words in given for word in words)


def options_of(flags: Mapping[str, Any]) -> methods.Options:
    return methods.Options(
        client_ca_file=flags["client_ca_file"],
        token_auth_file=flags["token_auth_file"],
        anonymous=flags["anonymous_auth"],
        bootstrap_tokens=flags["enable_bootstrap_token_auth"],
        audiences=flat(flags["api_audiences"]),
        accounts=methods.Accounts(
            issuers=flat(flags["service_account_issuer"]) or (signing.ISSUER,),
            key_files=flags["service_account_key_file"],
            signing_key_file=flags["service_account_signing_key_file"],
            jwks_uri=flags["service_account_jwks_uri"],
            lookup=flags["service_account_lookup"],
            longest=flags["service_account_max_token_expiration"],
            extend=flags["service_account_extend_token_expiration"],
        ),
        config_file=flags["authentication_config"],
        webhook=webhook_of(flags),
        oidc=providing.Flags(
            issuer_url=flags["oidc_issuer_url"],
            client_id=flags["oidc_client_id"],
            ca_file=flags["oidc_ca_file"],
            username_claim=flags["oidc_username_claim"],
            username_prefix=flags["oidc_username_prefix"],
            groups_claim=flags["oidc_groups_claim"],
            groups_prefix=flags["oidc_groups_prefix"],
            signing_algorithms=flat(flags["oidc_signing_algs"]) or ("RS256",),
            required_claims=dict(flags["oidc_required_claim"]),
        ),
        proxies=proxies.Options(
            client_ca_file=flags["requestheader_client_ca_file"],
            allowed_names=flat(flags["requestheader_allowed_names"]),
            username_headers=flat(flags["requestheader_username_headers"]),
            uid_headers=flat(flags["requestheader_uid_headers"]),
            group_headers=flat(flags["requestheader_group_headers"]),
            extra_prefixes=flat(flags["requestheader_extra_headers_prefix"]),
        ),
    )


def webhook_of(flags: Mapping[str, Any]) -> methods.Webhook | None:
    file = flags["authentication_token_webhook_config_file"]
    if file is None:
        return None
    return methods.Webhook(
        config_file=file,
        version=flags["authentication_token_webhook_version"],
        ttl=flags["authentication_token_webhook_cache_ttl"],
    )
