"""Parts of a log, in a text and compressed: tail, since, pieces of any size, lines of any length."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from longshore.archive.logs import reads, seals
from longshore.archive.logs.lines import read_time
from longshore.archive.logs.reads import Wish, Writer, find_since, find_start, find_tail
from longshore.archive.logs.seals import seal
from longshore.archive.logs.texts import PlainText, SealedText, Text


def write(number: int, text: str = "x") -> bytes:
    """A line, of that second."""
    return f"2026-01-01T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}.5Z {text}\n".encode()


LINES = [write(number, "x" * (number * 37 % 300)) for number in range(2000)]
LINES[700] = write(700, "x" * 5000)
CONTENT = b"".join(LINES)


@pytest.fixture(params=["plain", "sealed"])
def text(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Text]:
    """The lines, read in small pieces."""
    monkeypatch.setattr(reads, "CHUNK", 1000)
    monkeypatch.setattr(seals, "BLOCK", 3000)
    path = tmp_path / "step"
    path.write_bytes(CONTENT)
    with closing(PlainText(path) if request.param == "plain" else SealedText(path, seal(path))) as made:
        yield made


@pytest.mark.parametrize("count", [0, 1, 2, 50, 1300, 1999, 2000, 5000])
def test_tail(text: Text, count: int) -> None:
    assert text.read(find_tail(text, count, len(CONTENT)), len(CONTENT)) == b"".join(
        LINES[-count:] if count else []
    )


@pytest.mark.parametrize("number", [0, 1, 500, 699, 700, 701, 1999, 3000])
@pytest.mark.parametrize("shift", [0, 1])
def test_since(text: Text, number: int, shift: int) -> None:
    time = read_time(write(number))
    assert time is not None
    assert text.read(find_since(text, time + shift, len(CONTENT)), len(CONTENT)) == b"".join(
        LINES[number + shift :]
    )


@pytest.mark.parametrize(("offset", "length"), [(0, 10), (2990, 50), (5000, 20_000), (len(CONTENT) - 5, 100)])
def test_any_place(text: Text, offset: int, length: int) -> None:
    assert text.read(offset, length) == CONTENT[offset : offset + length]


def test_a_last_line_without_an_end_counts(tmp_path: Path) -> None:
    path = tmp_path / "step"
    path.write_bytes(write(1) + write(2)[:-1])
    with closing(PlainText(path)) as plain:
        assert plain.read(find_tail(plain, 1, plain.size), 100) == write(2)[:-1]
        assert find_start(plain, Wish(tail=1, start=3), plain.size) == len(write(1))


def test_an_empty_log(tmp_path: Path) -> None:
    path = tmp_path / "step"
    path.touch()
    with closing(PlainText(path)) as plain, closing(SealedText(path, seal(path))) as sealed:
        for empty in (plain, sealed):
            assert find_start(empty, Wish(tail=5, since=5), 0) == 0
            assert empty.read(0, 10) == b""


@pytest.mark.parametrize("size", [1, 2, 7, 23, 24, 60, 1000, 10**6])
def test_times_are_left_out_wherever_pieces_are_cut(size: int) -> None:
    lines = [write(1, "a"), write(2, ""), write(3, "x" * 500), write(4, "2026-01-01T00:00:00.5Z y"), b"no time\n"]
    whole = b"".join(lines) + write(5, "end")[:-1]
    writer = Writer(has_stamps=False)
    parts = [writer.write(whole[start : start + size]) for start in range(0, len(whole), size)]
    expected = b"a\n\n" + b"x" * 500 + b"\n2026-01-01T00:00:00.5Z y\nno time\nend"
    assert b"".join(parts) + writer.finish() == expected
