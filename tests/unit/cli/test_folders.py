"""A folder that is unpacked: files alone, none outside, no more than the archive lists."""

import gzip
import hashlib
import io
import tarfile
from pathlib import Path

import pytest
from longshore.cli.archives.artifacts import Artifact
from longshore.cli.archives.folders import fetch_folder
from longshore.cli.words.mistakes import MistakeError
from longshore.errors import ArchiveError
from unit.cli.leavings import CONTENT, SHA, URL, artifact
from unit.cli.scripts import Script, answer_content


def pack(*members: tarfile.TarInfo, content: bytes = CONTENT) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for member in members:
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def member(
    name: str, size: int = len(CONTENT), mode: int = 0o644, kind: bytes = tarfile.REGTYPE
) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.type, info.linkname = size, mode, kind, "/etc"
    return info


def folder(*paths: str) -> Artifact:
    lines = "".join(f"{SHA}  {path}\n" for path in sorted(paths))
    digest = hashlib.sha256(lines.encode()).hexdigest()
    return artifact(kind="dir", size=len(CONTENT) * len(paths), sha256=digest)


def unpack(packed: bytes, place: Path, *paths: str) -> None:
    fetch_folder(Script({URL: [answer_content(packed)]}).open_archive(), folder(*paths), place, lambda _: None)


def test_a_folder_is_unpacked(tmp_path: Path) -> None:
    packed = pack(member("./b/run", mode=0o755), member("b", 0, kind=tarfile.DIRTYPE), member("a"))
    unpack(packed, tmp_path / "site", "a", "b/run")
    assert (tmp_path / "site/a").read_bytes() == CONTENT
    assert [bool((tmp_path / "site" / name).stat().st_mode & 0o100) for name in ("a", "b/run")] == [False, True]
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


@pytest.mark.parametrize(
    ("packed", "said"),
    [
        (pack(member("../a")), "not safe to write"),
        (pack(member("/a")), "not safe to write"),
        (pack(member("a", 0, kind=tarfile.SYMTYPE)), "holds 'a', which is no file"),
        (pack(member("a", 0, kind=tarfile.CHRTYPE)), "holds 'a', which is no file"),
        (pack(member("a", 1 << 20), content=bytes(1 << 20)), "does not have the sha256"),
        (pack(member("b")), "does not have the sha256"),
        (gzip.compress(b"no tar at all" * 100), "is no tar.gz, or not all of it"),
        (pack(member("a"))[:40], "is no tar.gz, or not all of it"),
    ],
    ids=["parent", "absolute", "link", "device", "bomb", "other name", "no tar", "broken off"],
)
def test_folders_that_are_refused_leave_nothing(packed: bytes, said: str, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=said):
        unpack(packed, tmp_path / "site", "a")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_does_not_go_through_links(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/b").symlink_to("/etc")
    with pytest.raises(MistakeError, match="is a link"):
        unpack(pack(member("b/run")), tmp_path / "site", "b/run")
