"""What a server writes to its log: by default warnings alone; a line of JSON for each request when that is wanted."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from time import perf_counter

import orjson

from kroute.server import exchange

ACCESS = logging.getLogger("kroute.access")
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)


def configure(verbosity: int) -> None:
    """Send the log to standard error: 0 warnings, 1 requests too, 2 everything."""
    level = LEVELS[min(verbosity, 2)]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(FORMAT))
    plain = logging.StreamHandler(sys.stderr)
    plain.setFormatter(logging.Formatter("%(message)s"))
    replace(logging.getLogger("kroute"), handler, level)
    replace(logging.getLogger("aiohttp"), handler, logging.WARNING if verbosity < 2 else level)
    replace(logging.getLogger("asyncio"), handler, logging.WARNING)
    replace(ACCESS, plain, level)


def replace(logger: logging.Logger, handler: logging.Handler, level: int) -> None:
    logger.handlers[:] = [handler]
    logger.propagate = False
    logger.setLevel(level)


def access(current: exchange.Exchange, code: int, size: int) -> None:
    """Log an answered request."""
    request, info = current.request, current.info
    line = {
        "time": datetime.now(UTC),
        "method": request.method,
        "uri": request.raw_path,
        "verb": info.verb,
        "code": code,
        "bytes": size,
        "seconds": round(perf_counter() - current.started, 6),
        "user": current.user.name,
        "client": request.remote,
        "user_agent": current.user_agent,
        "audit_id": current.audit_id,
    }
    ACCESS.info("%s", orjson.dumps(line, default=str, option=orjson.OPT_UTC_Z).decode("utf-8", "replace"))
