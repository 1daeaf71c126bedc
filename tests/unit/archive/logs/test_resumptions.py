"""Which lines of a stream are new, for every way in which a stream may go on from a log."""

import pytest
from longshore.archive.logs.lines import Position, find_later, find_position, read_time
from longshore.archive.logs.resumptions import Resumption


def write(*lines: tuple[int, str]) -> bytes:
    """Lines, each with tenths of seconds and a text."""
    return b"".join(f"2026-01-01T00:00:{t // 10:02}.{t % 10}Z {text}\n".encode() for t, text in lines)


LOG = write((50, "a"), (60, "b"), (60, "c"))
END = Position(b"2026-01-01T00:00:06.0Z", write((60, "b"), (60, "c")))


@pytest.mark.parametrize(
    ("text", "position"),
    [
        (b"", None),
        (LOG, END),
        (write((60, "a")), Position(b"2026-01-01T00:00:06.0Z", write((60, "a")))),
        (
            write((50, "z"), (60, "a"), (60, ""), (60, "\r")),
            Position(b"2026-01-01T00:00:06.0Z", write((60, "a"), (60, ""), (60, "\r"))),
        ),
        # Words that are no line of a log belong to the line before them.
        (write((60, "a")) + b"words\n", Position(b"2026-01-01T00:00:06.0Z", write((60, "a")) + b"words\n")),
    ],
)
def test_the_end_of_a_log(text: bytes, position: Position | None) -> None:
    assert find_position(text) == position


@pytest.mark.parametrize(
    ("line", "time"),
    [
        (b"1970-01-01T00:00:01Z x", 10**9),
        (b"1970-01-01T00:00:01.5Z x", 1_500_000_000),
        (b"1970-01-01T00:00:01.000000001Z \n", 1_000_000_001),
        (b"1970-01-01T02:00:01.25+02:00 x", 1_250_000_000),
        (b"1970-01-01T00:00:01.5Zx", None),
        (b"1970-13-01T00:00:01Z x", None),
        (b"1970-01-01T00:00", None),
        (b"words", None),
        (b"", None),
    ],
)
def test_the_time_of_a_line(line: bytes, time: int | None) -> None:
    assert read_time(line) == time


def test_the_first_line_that_is_later() -> None:
    text = write((50, "a"), (60, "b"), (70, "c"))
    time = read_time(text[text.index(b"2026-01-01T00:00:06") :])
    assert time is not None
    assert [find_later(text, time + shift) for shift in (-1, 0, 10**10)] == [25, 50, 75]


@pytest.mark.parametrize(
    ("stream", "new", "has_met", "has_missed"),
    [
        # The same from there on, with and without more.
        (LOG, b"", True, False),
        (LOG + write((70, "d")), write((70, "d")), True, False),
        (write((60, "b"), (60, "c"), (70, "d")), write((70, "d")), True, False),
        # A third line of that time is new, and so is one that was printed before but written after.
        (LOG + write((60, "d")), write((60, "d")), True, False),
        (LOG + write((59, "d")), write((59, "d")), True, False),
        # Before the end come lines that are out of order.
        (write((50, "a"), (61, "x"), (60, "b"), (60, "c"), (70, "d")), write((70, "d")), True, False),
        # The end was rotated away.
        (write((61, "d")), write((61, "d")), False, True),
        (write((80, "d"), (80, "e")), write((80, "d"), (80, "e")), False, True),
        # Nothing has come since, or all that came was in the log.
        (b"", b"", False, False),
        (write((50, "a")), b"", False, False),
        # Between two lines of that time the kubelet has begun a new file.
        (write((60, "c")), b"", True, False),
        (write((60, "c"), (60, "d")), write((60, "d")), True, False),
        # The stream broke within the lines with which the log ends.
        (write((50, "a"), (60, "b")), b"", False, False),
        # After the end it has, and the next line is of the same time.
        (write((60, "d")), write((60, "d")), False, True),
        (write((60, "d"), (90, "e")), write((60, "d"), (90, "e")), False, True),
    ],
)
@pytest.mark.parametrize("piece", [1, 2, 3, 100])
def test_what_is_new(stream: bytes, new: bytes, *, has_met: bool, has_missed: bool, piece: int) -> None:
    lines = stream.splitlines(keepends=True)
    resumption = Resumption(END)
    found = b""
    for start in range(0, len(lines), piece):
        found += resumption.feed(b"".join(lines[start : start + piece]))
    found += resumption.settle()
    assert found == new
    assert (resumption.has_met, resumption.miss is not None) == (has_met, has_missed)


def test_of_a_new_log_all_is_new() -> None:
    resumption = Resumption(None)
    assert (resumption.since, resumption.feed(LOG), resumption.miss) == (None, LOG, None)


def test_lines_are_wanted_from_a_whole_second_before() -> None:
    assert Resumption(END).since == "2026-01-01T00:00:05Z"


def test_what_is_new_is_told_at_once_when_the_end_is_far_behind() -> None:
    assert Resumption(END).feed(write((90, "d"))) == write((90, "d"))
    assert Resumption(END).feed(write((65, "d"))) == b"", "the end may still come"


def test_lines_are_known_as_the_log_has_them() -> None:
    masked = Position(END.stamp, write((60, "***")))
    resumption = Resumption(masked, lambda lines: lines.replace(b"secret", b"***"))
    assert resumption.feed(write((60, "secret"), (70, "d"))) == write((70, "d"))
