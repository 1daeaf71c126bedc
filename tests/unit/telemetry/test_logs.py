"""Log lines: one JSON object or one readable line each, with what they are about."""

import asyncio
import json
import logging
import sys
from collections.abc import Iterator

import pytest
from longshore.telemetry.logs import JsonFormatter, TextFormatter, about, configure_logs


def write(formatter: logging.Formatter, message: str, *arguments: object, **fields: object) -> str:
    """The line for a message."""
    record = logging.LogRecord("longshore.x", logging.WARNING, __file__, 1, message, arguments, None)
    for name, value in fields.items():
        setattr(record, name, value)
    return formatter.format(record)


def test_a_line_of_json_says_what_it_is_about() -> None:
    with about(namespace="ci", run="nightly"), about(step="test", attempt=2):
        line = json.loads(write(JsonFormatter(), "step %s: %s", "test", "Failed"))
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "warning",
        "logger": "longshore.x",
        "message": "step test: Failed",
        "namespace": "ci",
        "run": "nightly",
        "step": "test",
        "attempt": 2,
    }


def test_outside_a_line_is_about_nothing() -> None:
    with about(run="nightly"):
        pass
    assert set(json.loads(write(JsonFormatter(), "x"))) == {"time", "level", "logger", "message"}


@pytest.mark.parametrize("message", ['two\nlines "quoted"', "über", "\x00\x1b[31m", "100 %"])
def test_a_line_is_one_line_whatever_it_holds(message: str) -> None:
    line = write(JsonFormatter(), "%s", message)
    assert "\n" not in line
    assert json.loads(line)["message"] == message


def test_a_traceback_is_in_the_line() -> None:
    try:
        int("a bug")
    except ValueError:
        line = write(JsonFormatter(), "failed", exc_info=sys.exc_info())
    assert "ValueError: invalid literal" in json.loads(line)["exception"]
    assert "\n" not in line


def test_text_is_for_people() -> None:
    with about(run="nightly", step="test"):
        line = write(TextFormatter(), "gone")
    assert line.endswith(" WARNING gone  [run=nightly step=test]")


async def test_tasks_keep_what_they_are_about_apart() -> None:
    async def tell(run: str) -> str:
        with about(run=run):
            await asyncio.sleep(0)
            return str(json.loads(write(JsonFormatter(), "x"))["run"])

    assert list(await asyncio.gather(tell("a"), tell("b"))) == ["a", "b"]


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, which is put back as it was."""
    logger = logging.getLogger()
    handlers, level = logger.handlers[:], logger.level
    yield logger
    logger.handlers, logger.level = handlers, level


@pytest.mark.parametrize(
    ("style", "is_terminal", "formatter"),
    [
        ("auto", True, TextFormatter),
        ("auto", False, JsonFormatter),
        ("json", True, JsonFormatter),
        ("text", False, TextFormatter),
    ],
)
def test_the_style_follows_the_terminal(
    root: logging.Logger,
    monkeypatch: pytest.MonkeyPatch,
    style: str,
    is_terminal: bool,  # noqa: FBT001 - a column
    formatter: type,
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal, raising=False)
    configure_logs(style, "warning")  # type: ignore[arg-type]
    assert isinstance(root.handlers[0].formatter, formatter)
    assert root.level == logging.WARNING
