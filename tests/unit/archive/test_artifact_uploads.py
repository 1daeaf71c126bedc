"""Files that come in parts: what is taken, what is refused and why, and that nothing half-written is listed."""

import errno
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from longshore.archive.artifacts import partials, uploads
from longshore.archive.artifacts.selections import File
from longshore.archive.artifacts.uploads import Upload
from longshore.errors import ArchiveError, OffsetError, SealedError, StorageFullError, TooLargeError, UploadError
from support.archives.artifacts import (
    KEY,
    Keeper,
    build_artifact,
    build_upload,
    declare,
    list_tree,
    open_keeper,
    stream,
)

ANY = declare(build_artifact("**"))
CONTENT = b"0123456789"
UPLOAD = build_upload("out/a", CONTENT, ANY)


class BrokenError(Exception):
    """A connection that breaks."""


async def break_after(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
    raise BrokenError


async def judge(keeper: Keeper) -> list[str]:
    """The paths that are listed once the attempt has ended."""
    await keeper.seal(ANY)
    return [artifact.path for artifact in await keeper.list_all()]


async def test_a_file_comes_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "CHUNK", 3)
    async with open_keeper(tmp_path) as keeper:
        assert await keeper.intake.measure(UPLOAD) == 0
        with pytest.raises(BrokenError):
            await keeper.intake.receive(UPLOAD, 0, break_after(b"01", b"234", b"5"))
        assert await keeper.intake.measure(UPLOAD) == 6
        assert await keeper.intake.receive(UPLOAD, 4, stream(b"4567")) == 8
    async with open_keeper(tmp_path) as keeper:
        assert await keeper.intake.measure(UPLOAD) == 8
        assert await keeper.intake.receive(UPLOAD, 8, stream(b"89")) == 10
        assert await keeper.intake.measure(UPLOAD) == 10
        assert await keeper.intake.receive(UPLOAD, 0, stream(CONTENT)) == 10
        assert list_tree(tmp_path / "archive" / "uploads") == set()
        assert await keeper.intake.complete(KEY, [UPLOAD.file], {}) == []
        assert await judge(keeper) == ["out/a"]
        assert [await keeper.read(each) for each in await keeper.list_all()] == [CONTENT]


async def test_a_part_is_never_listed(tmp_path: Path) -> None:
    async with open_keeper(tmp_path) as keeper:
        await keeper.intake.receive(UPLOAD, 0, stream(CONTENT[:9]))
        assert await keeper.intake.complete(KEY, [UPLOAD.file], {}) == ["out/a"]
        assert await judge(keeper) == []
        assert list_tree(tmp_path / "archive" / "uploads") == set()


async def test_an_empty_file_is_a_file(tmp_path: Path) -> None:
    async with open_keeper(tmp_path) as keeper:
        assert await keeper.send("empty", b"", ANY) == 0
        assert await judge(keeper) == ["empty"]


async def test_the_same_content_under_two_names_lies_there_once(tmp_path: Path) -> None:
    async with open_keeper(tmp_path) as keeper:
        await keeper.send("a", CONTENT, ANY)
        assert await keeper.intake.measure(build_upload("b", CONTENT, ANY)) == 9
        assert await keeper.intake.receive(build_upload("b", CONTENT, ANY), 9, stream(b"9")) == 10
        assert len(list_tree(tmp_path / "archive" / "artifacts")) == 1
        assert await judge(keeper) == ["a", "b"]


async def test_a_file_that_grows_takes_the_room_of_one(tmp_path: Path) -> None:
    async with open_keeper(tmp_path) as keeper:
        for size in range(1, len(CONTENT) + 1):
            await keeper.send("a", CONTENT[:size], ANY)
            assert list_tree(tmp_path / "archive" / "artifacts") == {
                f"uid/build/1/{build_upload('a', CONTENT[:size], ANY).file.sha256}"
            }
        await keeper.intake.complete(KEY, [], {})
        assert await judge(keeper) == ["a"]
        assert [await keeper.read(each) for each in await keeper.list_all()] == [CONTENT]


async def test_content_that_another_file_has_stays_when_one_is_replaced(tmp_path: Path) -> None:
    async with open_keeper(tmp_path) as keeper:
        await keeper.send("a", b"same", ANY)
        await keeper.send("b", b"same", ANY)
        await keeper.send("a", b"other", ANY)
        await keeper.intake.complete(KEY, [], {})
        assert await judge(keeper) == ["a", "b"]
        assert [await keeper.read(each) for each in await keeper.list_all()] == [b"other", b"same"]


async def test_content_that_goes_while_another_file_of_it_is_recorded_is_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = partials.finish

    def lose(begun: Path, blob: Path, sha256: str) -> bool:
        is_here = finish(begun, blob, sha256)
        blob.unlink()
        return is_here

    async with open_keeper(tmp_path) as keeper:
        with monkeypatch.context() as patched:
            patched.setattr(partials, "finish", lose)
            with pytest.raises(ArchiveError, match="has to be sent again"):
                await keeper.send("a", CONTENT, ANY)
        assert await keeper.intake.measure(build_upload("a", CONTENT, ANY)) == 0
        await keeper.send("a", CONTENT, ANY)
        assert await judge(keeper) == ["a"]


async def test_a_gap_is_refused_with_the_place_to_go_on_from(tmp_path: Path) -> None:
    async with open_keeper(tmp_path) as keeper:
        await keeper.intake.receive(UPLOAD, 0, stream(b"01"))
        with pytest.raises(OffsetError) as caught:
            await keeper.intake.receive(UPLOAD, 5, stream(b"56789"))
        assert caught.value.offset == 2


@pytest.mark.parametrize("content", [b"012345678X", b"XXXXXXXXXX"])
async def test_other_content_than_was_said_is_refused_and_goes(tmp_path: Path, content: bytes) -> None:
    async with open_keeper(tmp_path) as keeper:
        with pytest.raises(UploadError, match="another sha256"):
            await keeper.intake.receive(UPLOAD, 0, stream(content))
        assert list_tree(tmp_path / "archive" / "uploads") == set()
        assert await keeper.intake.receive(UPLOAD, 0, stream(CONTENT)) == 10


async def test_more_bytes_than_were_said_are_refused(tmp_path: Path) -> None:
    async with open_keeper(tmp_path) as keeper:
        with pytest.raises(UploadError, match="goes on after the 10 bytes"):
            await keeper.intake.receive(UPLOAD, 0, stream(CONTENT, b"!"))
        assert await keeper.intake.measure(UPLOAD) < 10


@pytest.mark.parametrize(
    ("path", "kind", "message"),
    [
        ("../a", UploadError, "is not relative"),
        ("/etc/passwd", UploadError, "is not relative"),
        ("a\0b", UploadError, "control character"),
        ("a" * 300, UploadError, "too long"),
        ("other/a", UploadError, "is no artifact that the step declares; leave it out"),
        ("out/large", TooLargeError, "11 bytes, of which 10 may be; split it"),
    ],
)
async def test_these_files_are_refused(tmp_path: Path, path: str, kind: type[UploadError], message: str) -> None:
    declared = declare(build_artifact("out/*"), build_artifact("a*", "other"))
    async with open_keeper(tmp_path, max_bytes=10) as keeper:
        for call in (keeper.intake.measure, lambda upload: keeper.intake.receive(upload, 0, stream(b"x" * 11))):
            with pytest.raises(kind, match=message):
                await call(build_upload(path, b"x" * 11, declared))
        assert list_tree(tmp_path / "archive") <= {"archive.db", "archive.db-wal", "archive.db-shm"}


@pytest.mark.parametrize("sha256", ["", "../../../../etc/passwd", "A" * 64, "a" * 63 + "/", "a" * 64 + "\n"])
async def test_a_digest_that_is_none_is_no_path(tmp_path: Path, sha256: str) -> None:
    async with open_keeper(tmp_path) as keeper:
        with pytest.raises(UploadError, match="64 hexadecimal"):
            await keeper.intake.receive(Upload(KEY, ANY, File("a", 1, sha256)), 0, stream(b"a"))


async def test_a_step_whose_files_travel_by_mount_sends_none(tmp_path: Path) -> None:
    declared = declare(build_artifact("**"), transport="Mount")
    async with open_keeper(tmp_path) as keeper:
        with pytest.raises(UploadError, match="leave it out"):
            await keeper.send("a", b"", declared)


async def test_there_is_an_end_to_how_many_files_there_may_be(tmp_path: Path) -> None:
    async with open_keeper(tmp_path, max_files=2) as keeper:
        for name in ("a", "b", "a"):
            await keeper.send(name, name.encode(), ANY)
        with pytest.raises(TooLargeError, match="more than the 2 files"):
            await keeper.send("c", b"c", ANY)


async def test_nothing_is_added_to_what_was_judged(tmp_path: Path) -> None:
    async with open_keeper(tmp_path) as keeper:
        await keeper.send("a", b"a", ANY)
        listed = await judge(keeper)
        for path, content in (("a", b"other"), ("b", b"b")):
            with pytest.raises(SealedError):
                await keeper.send(path, content, ANY)
        with pytest.raises(SealedError):
            await keeper.intake.measure(build_upload("a", b"a", ANY))
        with pytest.raises(SealedError):
            await keeper.intake.complete(KEY, [], {})
        assert await judge(keeper) == listed


async def test_judging_while_a_file_comes_refuses_its_end(tmp_path: Path) -> None:
    async def judge_midway() -> AsyncIterator[bytes]:
        yield CONTENT[:5]
        await keeper.seal(ANY)
        yield CONTENT[5:]

    async with open_keeper(tmp_path) as keeper:
        with pytest.raises(SealedError):
            await keeper.intake.receive(UPLOAD, 0, judge_midway())
        assert await judge(keeper) == []


async def test_a_quota_that_is_used_up_is_told_when_it_is_judged(tmp_path: Path) -> None:
    async with open_keeper(tmp_path) as keeper:
        keeper.quota.room = 9
        with pytest.raises(StorageFullError, match="quota"):
            await keeper.send("out/a", CONTENT, ANY)
        assert list_tree(tmp_path / "archive" / "uploads") == set()
        archived = await keeper.seal(ANY)
        assert (archived.artifacts, archived.missing) == ("Full", ["it"])
        assert "no room" in archived.message


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
async def test_a_volume_that_is_full_keeps_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fill(file: int, content: Any, offset: int) -> int:
        if offset:
            raise OSError(number, os.strerror(number))
        return write(file, content[:4], offset)

    write = os.pwrite
    async with open_keeper(tmp_path) as keeper:
        monkeypatch.setattr(os, "pwrite", fill)
        with pytest.raises(StorageFullError, match="make the claim larger"):
            await keeper.send("out/a", CONTENT, ANY)
        assert list_tree(tmp_path / "archive" / "uploads") == set()
        assert (await keeper.seal(ANY)).artifacts == "Full"


async def test_another_fault_of_the_volume_is_not_called_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> int:
        raise OSError(errno.EIO, "Input/output error")

    async with open_keeper(tmp_path) as keeper:
        monkeypatch.setattr(os, "pwrite", fail)
        with pytest.raises(ArchiveError, match="Input/output error") as caught:
            await keeper.send("a", CONTENT, ANY)
        assert not isinstance(caught.value, StorageFullError)
