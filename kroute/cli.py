"""The command `kroute`: reads its arguments, makes settings of them, and hands over to `app`.

A mistake in the arguments is told in one line.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from kroute import app, flags, loading, rewriting
from kroute.auth import modes
from kroute.storage import capabilities

MISUSE = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kroute", message="%(prog)s %(version)s")
def commands() -> None:
    """Kubernetes API servers in Python."""


@commands.command(cls=flags.GroupedCommand)
@click.argument("target", metavar="[MODULE:SERVER]", default="")
@flags.options
def serve(target: str, **given: Any) -> int:
    """Serve an API until told to stop.

    MODULE:SERVER names a kroute.APIServer in a Python module or file; without it, that is Kubernetes' own API.
    """
    if bool(given["tls_cert_file"]) != bool(given["tls_private_key_file"]):
        raise click.UsageError("--tls-cert-file and --tls-private-key-file go together")
    server = loading.load(target) if target else kubernetes()
    if given["authorization_mode"] is None and given["authorization_config"] is None and server.has_roles:
        given["authorization_mode"] = (modes.RBAC,)
    return app.run(server, flags.settings_of(given))


@commands.command()
@click.argument("target", metavar="MODULE:SERVER")
@click.option("--v2", "version", flag_value="v2", help="Swagger 2.0.")
@click.option("--v3", "version", flag_value="v3", default="v3", help="OpenAPI 3.0 (the default).")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write to.")
def openapi(target: str, version: str, output: Path | None) -> int:
    """Write the OpenAPI document of a server."""
    return write(loading.load(target).openapi(version), output)


@commands.command(short_help="Write CustomResourceDefinitions for a server's resources.")
@click.argument("target", metavar="MODULE:SERVER")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write to.")
def crd(target: str, output: Path | None) -> int:
    """Write CustomResourceDefinitions for a server's resources, to be served by a real cluster."""
    return write(loading.load(target).crds(), output)


@commands.command(cls=flags.GroupedCommand, short_help="Write all objects of a store again, with new keys.")
@click.argument("target", metavar="[MODULE:SERVER]", default="")
@flags.storage_options
def rewrite(target: str, **given: Any) -> int:
    """Write all objects of a store again, encrypted with the first key of the configuration.

    To be run when keys have changed.  An embedded store must not be in use meanwhile, one in Redis may be.
    """
    done = rewriting.run(loading.load(target) if target else kubernetes(), flags.storage_settings_of(given))
    for each in done:
        if each.seen:
            left = f", {each.unreadable} can't be read" if each.unreadable else ""
            sys.stdout.write(f"{each.name}: {each.written} of {each.seen} rewritten{left}\n")
    return 1 if any(each.unreadable for each in done) else 0


def kubernetes() -> app.APIServer:
    """The server of Kubernetes' own API.  Raises UsageError."""
    try:
        return app.APIServer(core=True, extensions=True, aggregator=True, title="Kubernetes")
    except capabilities.InstallError as error:
        raise click.UsageError(str(error)) from error


def write(text: str, output: Path | None) -> int:
    if output is None:
        sys.stdout.write(text)
        return 0
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"can't write {str(output)!r}: {error.strerror}") from error
    return 0


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command; ends the process."""
    try:
        code = commands.main(args=arguments, prog_name="kroute", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        sys.stderr.write(f"{error.format_message()}\n")
        sys.exit(MISUSE)
    except click.ClickException as error:
        sys.stderr.write(f"kroute: {error.format_message()}\n")
        sys.exit(MISUSE)
    except loading.CannotLoad as error:
        sys.stderr.write(f"kroute: {error}\n")
        sys.exit(MISUSE)
    except loading.Broken as error:
        sys.stderr.write(str(error))
        sys.exit(1)
    except app.CannotServe as error:
        sys.stderr.write(f"kroute: {error}\n")
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)
