"""Where a stream is taken to have left lines out, and where it is not."""

import pytest
from longshore.archive.logs.jumps import FILE, JumpFinder
from longshore.archive.logs.lines import SECOND, read_time

MUCH = FILE // 40 + 1


def write(second: int, count: int = 1) -> bytes:
    """Lines of 40 bytes that were all printed then."""
    return b"2026-01-01T00:%02d:%02dZ %s\n" % (second // 60, second % 60, b"x" * 18) * count


def at(second: int) -> int:
    """Then, in nanoseconds since 1970."""
    return read_time(write(second)) or 0


@pytest.mark.parametrize(
    ("parts", "jumps"),
    [
        pytest.param([(write(0, MUCH), 30), (write(20), 30)], [None, 0], id="a file was left out"),
        pytest.param(
            [(write(0, MUCH), 30), (write(0) + write(20), 30)], [None, 40], id="among lines read at once"
        ),
        pytest.param([(write(0, MUCH), 1), (write(20), 21)], [None, None], id="printed late, and read at once"),
        pytest.param([(write(0, 9), 30), (write(20), 30)], [None, None], id="no file was full yet"),
        pytest.param(
            [(write(0, MUCH), 30), (write(7), 30)], [None, None], id="too near for a file to lie between"
        ),
        pytest.param(
            [(write(0, MUCH), 50), (write(20), 50), (write(40), 50)], [None, 0, None], id="the next file"
        ),
        pytest.param([(write(0, MUCH), 30), (b"words\n", 30), (write(20), 30)], [None, None, 0], id="after words"),
        pytest.param(
            [(write(0, MUCH), 30), (write(0) + b"words\n" + write(20), 30)], [None, 46], id="words between"
        ),
    ],
)
def test_jumps(parts: list[tuple[bytes, int]], jumps: list[int | None]) -> None:
    finder = JumpFinder()
    assert [finder.find(lines, at(now)) for lines, now in parts] == jumps


def test_much_that_is_read_late_but_is_whole_has_no_jump() -> None:
    finder = JumpFinder()
    parts = (write(second, MUCH // 4) for second in range(0, 60, 7))
    assert {finder.find(part, at(60) + 9 * SECOND) for part in parts} == {None}
