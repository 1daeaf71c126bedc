"""A file that is fetched: whole or not at all, taken up where it broke, compared with its sha256."""

import hashlib
import io
from pathlib import Path

import httpx2
import pytest
from longshore.cli.archives import downloads
from longshore.cli.archives.downloads import fetch_file, write_file
from longshore.errors import ArchiveError, UnavailableError
from unit.cli.leavings import CONTENT, URL, artifact
from unit.cli.scripts import Answer, Script, answer_content

BROKEN = httpx2.ReadError("broken")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "PAUSE", 0.0)


def fetch(place: Path, *answers: Answer) -> tuple[list[int], list[str]]:
    """How far it went each time, and the ranges that were asked for."""
    script, moved = Script({URL: list(answers)}), list[int]()
    fetch_file(script.open_archive(), artifact(), place, moved.append)
    return moved, [request.headers["range"] for request in script.asked]


def test_a_file_is_taken_up_where_it_broke(tmp_path: Path) -> None:
    place = tmp_path / "report.xml"
    answers = (answer_content(CONTENT[:4], error=BROKEN), answer_content(CONTENT[4:], 206))
    assert fetch(place, *answers) == ([4, 6], ["bytes=0-", "bytes=4-"])
    assert place.read_bytes() == CONTENT
    assert list(tmp_path.iterdir()) == [place]


def test_a_file_is_taken_up_by_the_next_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "report.xml"
    with monkeypatch.context() as patch:
        patch.setattr(downloads, "PATIENCE", 0.0)
        with pytest.raises(UnavailableError, match="broken"):
            fetch(place, answer_content(CONTENT[:4], error=BROKEN))
    assert not place.exists()
    assert fetch(place, answer_content(CONTENT[4:], 206)) == ([4, 6], ["bytes=4-"])
    assert place.read_bytes() == CONTENT


@pytest.mark.parametrize("content", [b"x123456789", CONTENT + b"more"])
def test_what_is_not_as_listed_is_thrown_away(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="what came of test/report does not have the sha256"):
        fetch(tmp_path / "x", answer_content(content))
    assert not (tmp_path / "x").exists()


def test_a_server_that_begins_anew(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="does not send test/report from byte 4 on"):
        fetch(tmp_path / "x", answer_content(CONTENT[:4], error=BROKEN), answer_content(CONTENT))


def test_an_empty_file_asks_nothing(tmp_path: Path) -> None:
    empty = artifact(size=0, sha256=hashlib.sha256().hexdigest())
    fetch_file(Script({}).open_archive(), empty, tmp_path / "x", lambda _: None)
    assert (tmp_path / "x").read_bytes() == b""


def test_to_standard_output() -> None:
    out = io.BytesIO()
    write_file(Script({URL: [answer_content(CONTENT)]}).open_archive(), artifact(), out, lambda _: None)
    assert out.getvalue() == CONTENT
