"""Artifacts as people name them, and where they may go on this machine."""

import gzip
import hashlib
import io
import tarfile
from pathlib import Path

import httpx2
import pytest
from longshore.cli.archives import downloads
from longshore.cli.archives.artifacts import Artifact, build_artifact, choose_artifacts, list_items
from longshore.cli.archives.destinations import build_safe_path, check_free, choose_places, is_packed
from longshore.cli.archives.downloads import fetch_file, write_file
from longshore.cli.archives.folders import fetch_folder
from longshore.cli.mistakes import MistakeError
from longshore.errors import ArchiveError, UnavailableError
from unit.cli.samples import Object
from unit.cli.scripts import Answer, Script, answer, answer_content

CONTENT = b"0123456789"
SHA = hashlib.sha256(CONTENT).hexdigest()


def item(step: str = "test", name: str = "report", **others: object) -> Object:
    """As the archive says it."""
    known = {"id": f"{step}-{name}", "attempt": 1, "kind": "file", "path": f"out/{name}.xml", "size": len(CONTENT)}
    return {"step": step, "name": name, "sha256": SHA, "createdAt": "2026-01-02T10:00:00Z", **known, **others}


def artifact(step: str = "test", name: str = "report", **others: object) -> Artifact:
    return build_artifact(item(step, name, **others))


MANY = [
    artifact("build", "wheel"),
    artifact("test[0]"),
    artifact("test[1]", attempt=1, id="old"),
    artifact("test[1]", attempt=2, id="new"),
]


@pytest.mark.parametrize(
    ("wanted", "attempt", "found"),
    [
        ("wheel", None, ["build-wheel"]),
        ("build/wheel", None, ["build-wheel"]),
        ("report", None, ["test[0]-report", "new"]),
        ("test/report", None, ["test[0]-report", "new"]),
        ("test[1]/report", None, ["new"]),
        ("test[1]/report", 1, ["old"]),
        ("old", None, ["old"]),
    ],
)
def test_what_a_name_means(wanted: str, attempt: int | None, found: list[str]) -> None:
    assert [each.id for each in choose_artifacts(MANY, wanted, attempt)] == found


@pytest.mark.parametrize(
    ("wanted", "attempt", "said"),
    [
        ("weel", None, "there is no artifact 'weel'; did you mean 'wheel'?"),
        ("x", None, "there is no artifact 'x'; there are: build/wheel, test[0]/report, test[1]/report"),
        ("wheel", 2, "attempt 2 has no artifact 'wheel'"),
        ("test/wheel", None, "there is no artifact 'test/wheel'; did you mean 'wheel'?"),
    ],
)
def test_what_a_name_does_not_mean(wanted: str, attempt: int | None, said: str) -> None:
    with pytest.raises(MistakeError) as caught:
        choose_artifacts(MANY, wanted, attempt)
    assert caught.value.message == said


def test_all_pages_are_read() -> None:
    pages = [answer({"items": [item("a")], "next": "x"}), answer({"items": [item("b")]})]
    script = Script({"/v1/runs/u/artifacts": pages})
    assert [each["step"] for each in list_items(script.open_archive(), "u")] == ["a", "b"]
    assert script.parameters(1) == {"cursor": "x"}


def test_those_of_a_step() -> None:
    items = answer({"items": [item("test[0]"), item("test[1]"), item("build")]})
    archive = Script({"/v1/runs/u/artifacts": [items]}).open_archive()
    assert [each["step"] for each in list_items(archive, "u", "test")] == ["test[0]", "test[1]"]


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


URL = "/v1/artifacts/test-report/content"
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
