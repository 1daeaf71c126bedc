"""Where artifacts may go on this machine."""

from pathlib import Path

import pytest
from longshore.cli.archives.artifacts import Artifact
from longshore.cli.archives.destinations import build_safe_path, check_free, choose_places, is_packed
from longshore.cli.words.mistakes import MistakeError
from longshore.errors import ArchiveError
from unit.cli.leavings import artifact


@pytest.mark.parametrize(
    ("several", "output", "places"),
    [
        ([artifact()], None, ["report.xml"]),
        ([artifact()], "new/", ["new/report.xml"]),
        ([artifact()], "there", ["there/report.xml"]),
        ([artifact()], "file", ["file"]),
        ([artifact(), artifact(path="out/b.xml")], "there", ["there/out/report.xml", "there/out/b.xml"]),
        ([artifact("a"), artifact("b")], "there", ["there/a/out/report.xml", "there/b/out/report.xml"]),
        ([artifact(kind="dir", path="")], None, ["report"]),
    ],
)
def test_places(
    several: list[Artifact], output: str | None, places: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there").mkdir()
    assert choose_places(several, output) == [Path(place) for place in places]


def test_several_files_need_a_directory() -> None:
    with pytest.raises(MistakeError, match=r"2 files are meant \(a/report, b/report\), which need a directory"):
        choose_places([artifact("a"), artifact("b")], "file")


@pytest.mark.parametrize(
    "path", ["../x", "/etc/passwd", "a//b", "a/./b", "a\\b", "a\nb", "a\x1b[2J", "", "a\u202eb"]
)
def test_names_that_are_not_safe(path: str) -> None:
    with pytest.raises(ArchiveError, match="which is not safe to write"):
        build_safe_path(path)


def test_a_link_leads_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to("/etc")
    with pytest.raises(MistakeError, match="is a link, which may lead out of"):
        choose_places([artifact(), artifact(path="out/b.xml")], str(tmp_path))


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to("nowhere")
    check_free([tmp_path / "free"])
    for place in (tmp_path, tmp_path / "dangling"):
        with pytest.raises(MistakeError, match="exists; --force overwrites it"):
            check_free([place])


def test_a_folder_may_stay_packed() -> None:
    assert is_packed(artifact(kind="dir"), Path("x.tar.gz"))
    assert not is_packed(artifact(kind="dir"), Path("x"))
    assert not is_packed(artifact(), Path("x.tgz"))
