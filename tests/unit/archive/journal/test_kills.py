"""What the journal has after it was killed at any write: all that was acknowledged, and nothing by halves."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from longshore.archive.databases import connect
from longshore.archive.journal.differences import Event
from longshore.archive.journal.reads import read_events, read_run
from longshore.archive.journal.writes import write_events, write_version
from support.archives.runs import fold, summarize
from support.archives.storms import RUNS, build_version

KILLS = (1, 2, 5, 12, 31, 64, 97, 150)
"""After how many acknowledged writes."""
STRIDE = 4099
"""Bytes from one cut to the next: no multiple of a page, so that they fall anywhere."""
NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
UIDS = [f"u{number}" for number in range(RUNS)]
TESTS = Path(__file__).parents[3]


def test_what_was_acknowledged_is_there_however_often_it_is_killed(tmp_path: Path) -> None:
    acknowledged: list[list[str]] = []
    for after in KILLS:
        acknowledged += map(str.split, kill_in_a_storm(tmp_path, after))
        check(tmp_path, acknowledged)
    assert len(acknowledged) >= sum(KILLS)


def kill_in_a_storm(folder: Path, after: int) -> list[str]:
    """Write until so many writes are acknowledged, then kill; all that was acknowledged by then."""
    path = os.pathsep.join((str(TESTS), str(TESTS.parent / "operator")))
    command = [sys.executable, "-m", "support.archives.storms", str(folder)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": path}
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(after)]
        process.send_signal(signal.SIGKILL)
        # A line that was cut off says nothing.
        lines += [line for line in process.stdout if line.endswith("\n")]
    assert process.returncode == -signal.SIGKILL, lines
    return lines


def check(folder: Path, acknowledged: list[list[str]]) -> None:
    """All that was acknowledged is there, and whole."""
    with closing(connect(folder / "archive.db")) as connection:
        versions = dict.fromkeys(UIDS, 0)
        nonces = {uid: {} for uid in UIDS}  # type: dict[str, dict[int, int]]
        for what, uid, number, *nonce in acknowledged:
            if what == "kept":
                versions[uid] = max(versions[uid], int(number))
            else:
                nonces[uid][int(number)] = int(nonce[0])
        for uid in UIDS:
            events = read_events(connection, uid, 0, 1_000_000)
            assert [event.id for event in events] == list(range(1, len(events) + 1))
            told = {event.id: event.data["nonce"] for event in events if event.type == "Note"}
            assert nonces[uid].items() <= told.items(), "an event is lost, or another has its id"
            found = read_run(connection, uid)
            if found is None:
                assert not events
                assert not versions[uid]
                continue
            version = int(str(found.run["metadata"]["resourceVersion"]))  # type: ignore[index, call-overload]
            assert version >= versions[uid]
            assert found.run == build_version(uid, version), "half a version is kept"
            assert fold(events) == summarize(found.run)


def test_a_log_of_writes_that_was_cut_anywhere_leaves_whole_writes(tmp_path: Path) -> None:
    sizes = write_many(tmp_path / "whole")
    for number, cut in enumerate([*sizes, *range(0, sizes[-1], STRIDE)]):
        folder = tmp_path / str(number)
        folder.mkdir()
        shutil.copy(tmp_path / "whole" / "archive.db", folder)
        torn = (tmp_path / "whole" / "archive.db-wal").read_bytes()[:cut] + b"torn" * (number % 3)
        (folder / "archive.db-wal").write_bytes(torn)
        done = sum(size <= cut for size in sizes)
        check(folder, [["kept", "u0", str(version)] for version in range(1, done + 1)])
        with closing(connect(folder / "archive.db")) as connection:
            found = read_run(connection, "u0")
            assert (found.run if found else None) == (build_version("u0", done) if done else None)


def write_many(folder: Path) -> list[int]:
    """Versions of a Run, each with an event, left as by a crash; how long the log of writes was after each."""
    (folder / "live").mkdir(parents=True)
    with closing(connect(folder / "live" / "archive.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        sizes = []
        for version in range(1, 13):
            with connection:
                write_version(connection, build_version("u0", version), NOW)
                write_events(connection, "u0", [Event("Note", {"nonce": version})], NOW)
            sizes.append((folder / "live" / "archive.db-wal").stat().st_size)
        for file in (folder / "live").iterdir():
            shutil.copy(file, folder)
    return sizes
