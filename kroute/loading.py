"""From `MODULE:NAME` or `FILE.py:NAME` to the server in somebody's module.

What is wrong there is told for who wrote it: a resource that can't be served in one line, with its place; any other
error with the traceback from their own code on.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType, TracebackType

from kroute import app
from kroute.storage import capabilities

OURS = str(Path(__file__).parent)


class CannotLoad(Exception):
    """There is no such server; one line for a person."""


class Broken(Exception):
    """The module can't be imported; the text is its traceback."""


def load(target: str) -> app.APIServer:
    """The server that `target` names.  Raises CannotLoad, Broken."""
    where, colon, name = target.rpartition(":")
    if not (where and colon and name):
        raise CannotLoad(f"{target!r} doesn't name a server: it must look like MODULE:SERVER")
    sys.path.insert(0, str(Path.cwd()))
    found = getattr(imported(where), name, None)
    if isinstance(found, app.APIServer):
        return found
    if found is None:
        raise CannotLoad(f"{where} has no {name!r}")
    raise CannotLoad(f"{name!r} of {where} is not an APIServer but of type {type(found).__name__}")


def imported(where: str) -> ModuleType:
    """The module of that name, or in that file.  Raises CannotLoad, Broken."""
    try:
        return from_file(Path(where)) if where.endswith(".py") else from_name(where)
    except CannotLoad:
        raise
    except capabilities.InstallError as error:
        at = [each for each in traceback.extract_tb(error.__traceback__) if not each.filename.startswith(OURS)][-1]
        raise CannotLoad(f"{at.filename}, line {at.lineno}: {error}") from error
    except Exception as error:
        lines = traceback.format_exception(error.with_traceback(theirs(error.__traceback__)))
        raise Broken("".join(lines)) from error


def from_name(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise CannotLoad(f"there is no module {error.name!r}") from error
        raise


def from_file(file: Path) -> ModuleType:
    if not file.is_file():
        raise CannotLoad(f"there is no file {str(file)!r}")
    sys.path.insert(0, str(file.resolve().parent))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    return module


def theirs(trace: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames before the module's own: this package's and those of importing."""
    found = trace
    while found is not None:
        file = found.tb_frame.f_code.co_filename
        if not file.startswith((OURS, "<frozen importlib")) and file != importlib.__file__:
            return found
        found = found.tb_next
    return None
