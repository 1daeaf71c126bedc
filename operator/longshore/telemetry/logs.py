"""Owns log lines: JSON for programs, text for a terminal. Must not choose what is logged."""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal

_subject: ContextVar[dict[str, str | int]] = ContextVar("subject")  # no default: it would be shared and mutable


@contextmanager
def about(**subject: str | int) -> Iterator[None]:
    """Give every line that is logged inside, also by other tasks that start there, these fields."""
    token = _subject.set(_subject.get({}) | subject)
    try:
        yield
    finally:
        _subject.reset(token)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and what it is about."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_subject.get({}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class TextFormatter(logging.Formatter):
    """One readable line: time, level, message, and what it is about."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as text."""
        time = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S.%f")[:-3]
        subject = " ".join(f"{name}={value}" for name, value in _subject.get({}).items())
        line = f"{time} {record.levelname:<7} {record.getMessage()}" + (f"  [{subject}]" if subject else "")
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def configure_logs(style: Literal["auto", "json", "text"], level: str) -> None:
    """Write this process's log to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    is_text = style == "text" or (style == "auto" and sys.stderr.isatty())
    handler.setFormatter(TextFormatter() if is_text else JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # kopf tells of every event that it sees; what matters of it we log ourselves.
    logging.getLogger("kopf").setLevel(logging.WARNING)
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
