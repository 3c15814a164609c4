"""What is written to the log: one JSON object a line on standard error, each with the id of its request.

What was asked is in it at the level `debug` only.
"""

import datetime as dt
import logging
import sys
from contextvars import ContextVar
from typing import Any

from qa.lines import json_line

LEVELS = ("debug", "info", "warning", "error")
OURS = ("pullquote", "qa", "index", "app")
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


class JsonLines(logging.Formatter):
    """A record as a line of JSON: time (UTC), level, logger, message, request_id, the `fields`, an exception."""

    def format(self, record: logging.LogRecord) -> str:
        moment = dt.datetime.fromtimestamp(record.created, dt.UTC)
        line: dict[str, Any] = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if named := request_id.get():
            line["request_id"] = named
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json_line(line)


def write_logs(level: str) -> None:
    """From now on what this program logs at `level` or above, and others' warnings, go to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())


def fields(**given: Any) -> dict[str, Any]:
    """What a log call takes as `extra`, so that `given` stand in the line under their own names."""
    return {"fields": given}
