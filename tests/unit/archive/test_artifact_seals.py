"""What is said of attempts, by either transport, and that it is said once."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest
from longshore.api.archives import PodArtifacts, Transport
from longshore.api.steps import Artifact
from longshore.archive.artifacts import folders
from support.archives.artifacts import (
    KEY,
    Keeper,
    build_artifact,
    declare,
    list_tree,
    open_keeper,
    show,
    write_tree,
)

REPORT = b"<testsuite><testcase/><testcase><failure/></testcase></testsuite>"
FILES = {"a.xml": REPORT, "out/b.xml": REPORT, "site/index.html": b"<p>", "site/css/a.css": b"p{}"}
BOTH = pytest.mark.parametrize("transport", ["HTTP", "Mount"])


async def leave(keeper: Keeper, declared: PodArtifacts, files: dict[str, bytes]) -> None:
    """Have a step leave files."""
    if declared.transport == "Mount":
        write_tree(keeper.holdings.get_folder(KEY, "Mount"), files)
        return
    for path, content in files.items():
        await keeper.send(path, content, declared)
    assert await keeper.intake.complete(KEY, [], {}) == []


@BOTH
async def test_all_that_is_declared_is_listed(tmp_path: Path, transport: Transport) -> None:
    declared = declare(
        build_artifact("**/*.xml", "tests", kind="junit", retentionSeconds=60),
        build_artifact("site", "site", kind="dir"),
        build_artifact("*.log", "log", optional=True),
        transport=transport,
    )
    async with open_keeper(tmp_path) as keeper:
        await leave(keeper, declared, FILES)
        archived = await keeper.seal(declared)
        assert archived.model_dump(exclude_none=True) == {
            "artifacts": "Stored",
            "message": "",
            "missing": [],
            "tests": {"passed": 2, "failed": 2, "skipped": 0},
        }
        found = await keeper.list_all()
        assert show(found) == [("site", "site", 6), ("tests", "a.xml", 65), ("tests", "out/b.xml", 65)]
        assert [each.expires_at for each in found] == [None, "2026-01-01T00:01:00Z", "2026-01-01T00:01:00Z"]
        assert [await keeper.read(each) for each in found[1:]] == [REPORT, REPORT]
        assert [event[1:] for event in keeper.journal.events] == [
            ("ArtifactStored", each.to_json(), KEY) for each in found
        ]


@BOTH
async def test_it_says_the_same_each_time_also_after_a_restart(tmp_path: Path, transport: Transport) -> None:
    declared = declare(build_artifact("a.xml"), transport=transport)
    async with open_keeper(tmp_path) as keeper:
        await leave(keeper, declared, {"a.xml": b"one"})
        first, listed = await keeper.seal(declared), await keeper.list_all()
    async with open_keeper(tmp_path) as keeper:
        if transport == "Mount":
            write_tree(keeper.holdings.get_folder(KEY, "Mount"), {"a.xml": b"another"})
        assert await keeper.seal(declared) == first
        assert await keeper.list_all() == listed
        assert keeper.journal.events == []


async def test_events_that_a_crash_kept_from_the_journal_come_with_the_next_call(tmp_path: Path) -> None:
    declared = declare(build_artifact("a"), transport="Mount")
    async with open_keeper(tmp_path) as keeper:
        await leave(keeper, declared, {"a": b""})
        keeper.journal.runs.clear()
        await keeper.seal(declared)
        assert keeper.journal.events == []
        keeper.journal.runs["run"] = "uid"
        await keeper.seal(declared)
        await keeper.seal(declared)
        assert len(keeper.journal.events) == 1


@BOTH
@pytest.mark.parametrize(
    ("artifact", "files", "message"),
    [
        (build_artifact("*.xml"), {}, "it: no file matches *.xml"),
        (build_artifact("site", kind="dir"), {}, "it: no folder matches site"),
    ],
)
async def test_what_is_missing_is_told(
    tmp_path: Path, transport: Transport, artifact: Artifact, files: dict[str, bytes], message: str
) -> None:
    declared = declare(artifact, build_artifact("b", "other", optional=True), transport=transport)
    async with open_keeper(tmp_path) as keeper:
        await leave(keeper, declared, files)
        archived = await keeper.seal(declared)
        assert (archived.artifacts, archived.missing, archived.message) == ("Lost", ["it"], message)
        assert await keeper.list_all() == []


async def test_a_folder_that_was_declared_as_a_file_is_explained(tmp_path: Path) -> None:
    declared = declare(build_artifact("site"), transport="Mount")
    async with open_keeper(tmp_path) as keeper:
        await leave(keeper, declared, FILES)
        assert "which is a folder: declare site/**, or kind: dir" in (await keeper.seal(declared)).message


async def test_files_of_which_not_all_arrived_are_lost_unless_optional(tmp_path: Path) -> None:
    declared = declare(build_artifact("*.xml"), build_artifact("*.log", "log", optional=True))
    async with open_keeper(tmp_path) as keeper:
        await keeper.send("a.xml", REPORT, declared)
        archived = await keeper.seal(declared)
        assert (archived.artifacts, archived.missing) == ("Lost", ["it"])
        assert "not all files had arrived" in archived.message


async def test_files_that_could_not_be_sent_are_told(tmp_path: Path) -> None:
    declared = declare(build_artifact("*"))
    async with open_keeper(tmp_path) as keeper:
        await keeper.send("a", b"", declared)
        failed = {"b": "changes all the time", "c\\": "HTTP 422", "d/e": "is not declared"}
        await keeper.intake.complete(KEY, [], failed)
        archived = await keeper.seal(declared)
        assert archived.artifacts == "Lost"
        assert archived.message == (
            "'b' changes all the time; 'c\\\\' holds a backslash or a control character; rename the file"
        )


async def test_a_broken_report_is_told_and_kept(tmp_path: Path) -> None:
    declared = declare(build_artifact("*.xml", kind="junit"), transport="Mount")
    async with open_keeper(tmp_path) as keeper:
        await leave(keeper, declared, {"a.xml": REPORT, "b.xml": b"<html/>"})
        archived = await keeper.seal(declared)
        assert archived.artifacts == "Stored"
        assert archived.message == "'b.xml' is not counted: it is not JUnit's: its root is 'html'"
        assert archived.tests
        assert archived.tests.passed == 1
        assert len(await keeper.list_all()) == 2


def make_link(folder: Path) -> None:
    (folder / "x").symlink_to("/etc/passwd")


def make_folder_link(folder: Path) -> None:
    (folder / "d").symlink_to("/etc")


def make_hard_link(folder: Path) -> None:
    (folder.parent / "outside").write_bytes(b"secret")
    os.link(folder.parent / "outside", folder / "x")


def make_pipe(folder: Path) -> None:
    os.mkfifo(folder / "x")


def make_device_like(folder: Path) -> None:
    os.mknod(folder / "x", stat.S_IFSOCK | 0o600)


def make_control(folder: Path) -> None:
    (folder / "x\x1b[2J").write_bytes(b"")


def make_bytes(folder: Path) -> None:
    (folder / os.fsdecode(b"x\xff")).write_bytes(b"")


def make_large(folder: Path) -> None:
    (folder / "x").write_bytes(b"12345678901")


@pytest.mark.parametrize(
    ("make", "glob", "message"),
    [
        (make_link, "x", "symbolic links are left out: 'x'"),
        (make_folder_link, "d/*", "no file matches d/*"),
        (make_hard_link, "x", "'x' is a hard link to what lies outside"),
        (make_pipe, "x", "'x' is a socket, a pipe or a device"),
        (make_device_like, "x", "'x' is a socket, a pipe or a device"),
        (make_control, "x*", r"'x\x1b[2J' holds a backslash or a control character; rename"),
        (make_bytes, "x*", r"'x\udcff' holds a backslash or a control character; rename"),
        (make_large, "x", "'x' has 11 bytes, of which 10 may be; split it"),
    ],
)
async def test_what_could_deceive_is_no_artifact(tmp_path: Path, make: Any, glob: str, message: str) -> None:
    declared = declare(build_artifact(glob), build_artifact("good", "good"), transport="Mount")
    async with open_keeper(tmp_path, max_bytes=10) as keeper:
        await leave(keeper, declared, {"good": b"1"})
        make(keeper.holdings.get_folder(KEY, "Mount"))
        archived = await keeper.seal(declared)
        assert (archived.artifacts, archived.missing) == ("Lost", ["it"])
        assert message in archived.message
        assert show(await keeper.list_all()) == [("good", "good", 1)]


async def test_hard_links_within_are_files_like_others(tmp_path: Path) -> None:
    declared = declare(build_artifact("*"), transport="Mount")
    async with open_keeper(tmp_path) as keeper:
        await leave(keeper, declared, {"a": b"1"})
        folder = keeper.holdings.get_folder(KEY, "Mount")
        os.link(folder / "a", folder / "b")
        assert (await keeper.seal(declared)).artifacts == "Stored"
        assert show(await keeper.list_all()) == [("it", "a", 1), ("it", "b", 1)]


async def test_there_is_an_end_to_how_many_files_there_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = declare(build_artifact("*"), transport="Mount")
    async with open_keeper(tmp_path, max_files=2) as keeper:
        await leave(keeper, declared, dict.fromkeys("abc", b""))
        assert "there are 3 files, of which 2 may be; pack them" in (await keeper.seal(declared)).message
    monkeypatch.setattr(folders, "MAX_ENTRIES", 2)
    with pytest.raises(Exception, match="more than 2 files"):
        folders.list_folder(tmp_path / "mount" / KEY.folder)


async def test_folders_without_end_are_refused(tmp_path: Path) -> None:
    declared = declare(build_artifact("**"), transport="Mount")
    async with open_keeper(tmp_path) as keeper:
        deep = keeper.holdings.get_folder(KEY, "Mount") / "/".join("d" * 80)
        deep.mkdir(parents=True)
        assert "nested more than 64 deep" in (await keeper.seal(declared)).message


async def test_a_claim_that_is_not_mounted_is_named(tmp_path: Path) -> None:
    declared = declare(build_artifact("a"), transport="Mount")
    async with open_keeper(tmp_path) as keeper:
        keeper.holdings = type(keeper.holdings)(keeper.holdings.places, None)
        archived = await keeper.seal(declared)
        assert archived.artifacts == "Lost"
        assert "claim `artifacts` is not mounted" in archived.message


WRITTEN = declare(build_artifact("*.xml", "report"), transport="Mount")


@pytest.mark.parametrize(
    ("files", "has_failed", "verdict", "listed"),
    [
        ({"a.xml": b"whole"}, False, "Stored", 1),
        ({"a.xml": b"who"}, True, "Full", 0),
        ({}, False, "Full", 0),
    ],
    ids=["what a step that ends well wrote is whole", "of one that fails nothing is sure", "nothing came"],
)
async def test_on_a_volume_without_room(
    tmp_path: Path, files: dict[str, bytes], verdict: str, listed: int, *, has_failed: bool
) -> None:
    async with open_keeper(tmp_path) as keeper:
        keeper.mounted.spent = True
        folder = keeper.holdings.get_folder(KEY, "Mount")
        folder.mkdir(parents=True)
        write_tree(folder, files)
        archived = await keeper.seal(WRITTEN, has_failed=has_failed)
        assert (archived.artifacts, len(await keeper.list_all())) == (verdict, listed)
        assert folder.exists() is bool(listed)


async def test_what_is_over_the_quota_of_the_claim_is_not_kept(tmp_path: Path) -> None:
    async with open_keeper(tmp_path) as keeper:
        keeper.mounted.room = 3
        write_tree(keeper.holdings.get_folder(KEY, "Mount"), {"a.xml": b"four"})
        archived = await keeper.seal(WRITTEN)
        assert (archived.artifacts, await keeper.list_all()) == ("Full", [])
        assert "no room" in archived.message
        keeper.mounted.room = 100
        assert await keeper.seal(WRITTEN) == archived
        assert list_tree(tmp_path / "mount") == set()
