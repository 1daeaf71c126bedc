"""The programs that carry a step's files, against an archive on loopback that has its bad moments."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from longshore_runner import archives, caches, couriers, uploads
from longshore_runner.archives import Archive, ArchiveError, read_archive
from longshore_runner.caches import Cache, read_caches, restore_cache, save_cache
from longshore_runner.couriers import run_inputs
from longshore_runner.downloads import fetch_inputs
from longshore_runner.uploads import Upload
from support.archives.stubs import FakeArchive, serve_archive
from support.conditions import eventually

DECLARED = [{"name": "all", "path": "**", "kind": "file"}]
FAR = 1e12
PAST = 0.0


@pytest.fixture
def fake() -> Iterator[FakeArchive]:
    with serve_archive() as archive:
        yield archive


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "FIRST_PAUSE", 0.001)


@pytest.fixture
def environment(fake: FakeArchive, tmp_path: Path) -> dict[str, str]:
    token = tmp_path / "token"
    token.write_text("secret\n")
    return {
        "LONGSHORE_ARCHIVE": f"http://127.0.0.1:{fake.port}",
        "LONGSHORE_TOKEN": str(token),
        "LONGSHORE_RUN_UID": "uid-1",
        "LONGSHORE_STEP": "test[0]",
        "LONGSHORE_ATTEMPT": "2",
        "LONGSHORE_UPLOAD_SECONDS": "10",
        "TERMINATION_MESSAGE_PATH": str(tmp_path / "message"),
    }


@pytest.fixture
def archive(environment: dict[str, str]) -> Archive:
    return read_archive(environment)


@pytest.fixture
def upload(archive: Archive, tmp_path: Path) -> Upload:
    root = tmp_path / "artifacts"
    (root / "out").mkdir(parents=True)
    (root / "out" / "a b.xml").write_bytes(b"<xml/>" * 1000)
    (root / "empty").touch()
    return Upload(archive, root, DECLARED)


def test_all_is_sent_and_told(upload: Upload, fake: FakeArchive) -> None:
    upload.finish(FAR)
    assert fake.files == {"out/a b.xml": b"<xml/>" * 1000, "empty": b""}
    [said] = fake.completed
    assert {each["path"] for each in said["files"]} == set(fake.files)
    assert fake.tokens == {"Bearer secret"}


@pytest.mark.parametrize("fault", ["500", "401", "429", "cut"])
def test_a_bad_moment_at_any_call_loses_nothing(upload: Upload, fake: FakeArchive, fault: str) -> None:
    fake.faults = ["", fault, fault, "", fault, "", "", fault]
    upload.finish(FAR)
    assert fake.files["out/a b.xml"] == b"<xml/>" * 1000
    assert len(fake.completed) == 1


def test_a_broken_transfer_goes_on_where_it_broke(upload: Upload, fake: FakeArchive) -> None:
    fake.partials["out/a b.xml"] = b"<xml/>" * 990
    upload.finish(FAR)
    assert fake.files["out/a b.xml"] == b"<xml/>" * 1000


def test_what_is_refused_is_told_and_the_rest_is_sent(upload: Upload, fake: FakeArchive) -> None:
    fake.refused["empty"] = 422
    upload.finish(FAR)
    [said] = fake.completed
    assert [each["path"] for each in said["failed"]] == ["empty"]
    assert list(fake.files) == ["out/a b.xml"]


def test_a_full_archive_is_not_asked_again(upload: Upload, fake: FakeArchive) -> None:
    fake.refused["out/a b.xml"] = fake.refused["empty"] = 507
    with pytest.raises(ArchiveError, match="507"):
        upload.finish(FAR)
    assert not fake.completed


def test_an_answer_before_the_end_of_a_large_file_is_heard(upload: Upload, fake: FakeArchive) -> None:
    large = upload.root / "out/large.xml"
    with large.open("wb") as file:
        file.truncate(64 * 2**20)
    fake.refused["out/large.xml"] = 507
    with pytest.raises(ArchiveError, match="507"):
        upload.finish(time.monotonic() + 20)
    assert sum(call.startswith("PUT") and "large" in call for call in fake.calls) == 1


def test_an_archive_that_stays_away_is_given_up(upload: Upload, fake: FakeArchive) -> None:
    fake.faults = ["500"] * 1000
    with pytest.raises(ArchiveError, match="500"):
        upload.finish(PAST)


def test_files_go_once_they_no_longer_change(upload: Upload, fake: FakeArchive) -> None:
    upload.send_settled()
    assert fake.files == {}, "nobody knows yet whether they change"
    with (upload.root / "out" / "a b.xml").open("ab") as file:
        file.write(b"more")
    upload.send_settled()
    assert list(fake.files) == ["empty"]
    upload.send_settled()
    assert fake.files["out/a b.xml"].endswith(b"more")
    before = len(fake.calls)
    upload.send_settled()
    assert len(fake.calls) == before, "what was sent is sent once"


def test_what_changed_after_it_was_sent_is_sent_anew(upload: Upload, fake: FakeArchive) -> None:
    upload.send_settled()
    upload.send_settled()
    (upload.root / "empty").write_bytes(b"not any more")
    upload.finish(FAR)
    assert fake.files["empty"] == b"not any more"


def test_a_file_that_is_written_with_pauses_is_sent_ever_more_seldom(upload: Upload, fake: FakeArchive) -> None:
    sent = []
    for look in range(60):
        if look % 5 == 0:
            with (upload.root / "empty").open("ab") as file:
                file.write(b"a line\n")
        before = fake.files.get("empty")
        upload.send_settled()
        if fake.files.get("empty") != before:
            sent.append(look)
    assert sent == [1, 7, 14], "it lay still for one look, for two, for four, and never for eight"
    upload.finish(FAR)
    assert fake.files["empty"] == b"a line\n" * 12


def test_only_what_is_declared_goes(archive: Archive, fake: FakeArchive, tmp_path: Path) -> None:
    for name in ("a.xml", "a.txt"):
        (tmp_path / name).touch()
    Upload(archive, tmp_path, [{"name": "x", "path": "*.xml", "kind": "junit"}]).finish(FAR)
    assert list(fake.files) == ["a.xml"]


def test_no_link_leads_to_the_token(upload: Upload, fake: FakeArchive, environment: dict[str, str]) -> None:
    token = Path(environment["LONGSHORE_TOKEN"])
    (upload.root / "token").symlink_to(token)
    (upload.root / "folder").symlink_to(token.parent)
    os.mkfifo(upload.root / "pipe")
    upload.finish(FAR)
    assert set(fake.files) == {"out/a b.xml", "empty"}


@pytest.mark.parametrize("faults", [[], ["500", "cut", "", "", "cut"]], ids=["well", "badly"])
def test_inputs_come_with_their_folders(
    fake: FakeArchive, environment: dict[str, str], tmp_path: Path, faults: list[str]
) -> None:
    fake.inputs = {"build/out/a.whl": b"wheel", "test/1/run.sh": b"true"}
    fake.faults = faults
    root = tmp_path / "inputs"
    root.mkdir()
    folders = json.dumps(["build", "test/0", "test/1"])
    assert run_inputs({**environment, "LONGSHORE_INPUTS": str(root), "LONGSHORE_INPUT_FOLDERS": folders}) == 0
    assert (root / "build/out/a.whl").read_bytes() == b"wheel"
    assert (root / "test/1/run.sh").stat().st_mode & 0o777 == 0o555
    assert list((root / "test/0").iterdir()) == []


def test_inputs_that_are_gone_are_told(
    fake: FakeArchive, environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(couriers, "INPUT_SECONDS", -1)
    fake.faults = ["410"]
    given = {**environment, "LONGSHORE_INPUTS": str(tmp_path), "LONGSHORE_INPUT_FOLDERS": "[]"}
    assert run_inputs(given) == 1
    message = Path(environment["TERMINATION_MESSAGE_PATH"]).read_text()
    assert message.startswith("The inputs could not be fetched: the archive says 410: it is not well")


def test_an_input_never_leaves_its_folder(archive: Archive, fake: FakeArchive, tmp_path: Path) -> None:
    fake.inputs = {"build/../../outside": b"x"}
    (tmp_path / "in").mkdir()
    with pytest.raises(OSError, match="leads out"):
        fetch_inputs(archive, tmp_path / "in", [], FAR)
    assert not (tmp_path / "outside").exists()


def build_cache(root: Path, key: str = "deps-1", *prefixes: str) -> Cache:
    return Cache("~/.cache", key, prefixes, root, ".cache")


def fill(root: Path) -> None:
    (root / ".cache" / "pip" / "deep").mkdir(parents=True)
    (root / ".cache" / "pip" / "wheel").write_bytes(os.urandom(300_000))
    (root / ".cache" / "pip" / "deep" / "link").symlink_to("../wheel")


def test_a_cache_is_saved_and_restored(archive: Archive, fake: FakeArchive, tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    for root in (before, after):
        root.mkdir()
    fill(before)
    save_cache(archive, build_cache(before), FAR)
    fake.faults = ["500", "cut"]
    restore_cache(archive, build_cache(after, "deps-2", "none", "deps-"), FAR)
    assert (after / ".cache/pip/deep/link").read_bytes() == (before / ".cache/pip/wheel").read_bytes()


def test_a_key_that_is_there_is_not_sent_again(archive: Archive, fake: FakeArchive, tmp_path: Path) -> None:
    fill(tmp_path)
    fake.caches["deps-1"] = b"as it was"
    save_cache(archive, build_cache(tmp_path), FAR)
    assert fake.caches == {"deps-1": b"as it was"}


def test_a_cache_never_fails_a_step(archive: Archive, fake: FakeArchive, tmp_path: Path) -> None:
    fake.caches["deps-1"] = b"no tar at all"
    restore_cache(archive, build_cache(tmp_path), PAST)
    fake.faults = ["500"] * 4
    restore_cache(archive, build_cache(tmp_path), PAST)
    save_cache(archive, build_cache(tmp_path / "gone"), PAST)
    save_cache(archive, build_cache(tmp_path), PAST)


def test_caches_are_read_from_variables() -> None:
    said = {"path": "~/x", "key": "k", "restoreKeys": ["a"], "root": "/longshore/home", "folder": "x"}
    given = {"LONGSHORE_CACHE_0": json.dumps(said)}
    assert read_caches(given) == [Cache("~/x", "k", ("a",), Path("/longshore/home"), "x")]


async def test_the_sidecar_sends_until_it_is_told_to_end(
    fake: FakeArchive, environment: dict[str, str], tmp_path: Path
) -> None:
    root = tmp_path / "artifacts"
    root.mkdir()
    variables = {
        **os.environ,
        **environment,
        "PYTHONPATH": "runner-image",
        "LONGSHORE_ARTIFACTS": str(root),
        "LONGSHORE_DECLARED": json.dumps(DECLARED),
    }
    command = [sys.executable, "-m", "longshore_runner", "artifacts"]
    sidecar = await asyncio.create_subprocess_exec(*command, env=variables)
    (root / "early").write_bytes(b"early")

    async def has_come() -> bool:
        return "early" in fake.files

    await eventually(has_come)
    (root / "late").write_bytes(b"late")
    sidecar.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(sidecar.wait(), 20) == 0
    assert fake.files == {"early": b"early", "late": b"late"}
    assert len(fake.completed) == 1


def test_each_piece_is_small_beside_the_memory_of_a_courier() -> None:
    assert max(uploads.PIECE, caches.PIECE) <= 2**20
