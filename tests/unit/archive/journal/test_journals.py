"""The journal: what is kept of Runs, what is asked of it, who is woken, and what is forgotten."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from longshore.archive.databases import Database, open_database
from longshore.archive.journal.journals import PAGE, Journal
from longshore.archive.journal.reads import Position, RunFilter
from longshore.archive.places import AttemptKey
from longshore.planning.times import write_time
from support.archives.journals import LIMITS, NOW
from support.archives.runs import CREATED, ENDED, UID, build_run, build_step

Json = dict[str, Any]
FOREVER = 3600.0


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(tmp_path / "archive.db") as database:
        yield database


@pytest.fixture
def journal(database: Database) -> Journal:
    return Journal(database, LIMITS, lambda: NOW)


def running(version: int = 1) -> Json:
    return build_run(version, {"phase": "Running", "startTime": CREATED})


def finished(version: int = 2, ended: str = ENDED, uid: str = UID) -> Json:
    return build_run(version, {"phase": "Succeeded", "completionTime": ended}, {"uid": uid})


async def list_types(journal: Journal) -> list[tuple[int, str]]:
    return [(event.id, event.type) for event in await journal.list_events(UID)]


async def test_each_version_adds_what_is_new(journal: Journal) -> None:
    await journal.see_run(running(1))
    await journal.see_run(finished(2))
    assert await list_types(journal) == [(1, "RunCreated"), (2, "RunPhaseChanged"), (3, "RunPhaseChanged")]


async def test_a_version_that_comes_again_or_late_tells_nothing(journal: Journal) -> None:
    await journal.see_run(finished(9))
    told = await list_types(journal)
    for version in (9, 10, 8, 1):
        await journal.see_run(finished(version))
    await journal.see_run(running(8))
    assert await list_types(journal) == told
    found = await journal.get_run(UID)
    assert found is not None
    assert found.run == finished(10)


async def test_a_change_of_one_step_of_many_writes_little(journal: Journal, database: Database) -> None:
    steps = {f"test[{index}]": build_step("Pending") for index in range(1000)}
    await journal.see_run(build_run(1, {"phase": "Running", "progress": "0/1000", "steps": steps}))
    before = await database.run(lambda connection: connection.total_changes)
    changed = {**steps, "test[7]": build_step("Succeeded", reason="Completed")}
    await journal.see_run(build_run(2, {"phase": "Running", "progress": "1/1000", "steps": changed}))
    after = await database.run(lambda connection: connection.total_changes)
    # What lists show, the progress, the step, and the event.
    assert after - before == 4


async def test_an_event_has_the_time_of_the_fact_or_of_its_sight(journal: Journal) -> None:
    await journal.see_run(build_run(1, {"phase": "Queued"}))
    assert [event.time for event in await journal.list_events(UID)] == [CREATED, write_time(NOW)]


async def test_others_add_events_of_their_own(journal: Journal) -> None:
    await journal.see_run(build_run(1))
    assert await journal.append(UID, "ArtifactStored", {"name": "report"}, AttemptKey(UID, "test[0]", 2)) == 2
    assert await journal.append(UID, "Note", {}) == 3
    stored, note = await journal.list_events(UID, after=1)
    assert (stored.id, stored.type, stored.step, stored.attempt) == (2, "ArtifactStored", "test[0]", 2)
    assert (stored.data, stored.time) == ({"name": "report"}, write_time(NOW))
    assert (note.step, note.attempt) == (None, None)


async def test_an_event_of_a_run_that_is_not_known_is_not_kept(journal: Journal) -> None:
    assert await journal.append("nobody", "Note", {}) == 0
    assert await journal.list_events("nobody") == []


async def test_events_come_in_pages(journal: Journal) -> None:
    await journal.see_run(build_run(1))
    for _ in range(4):
        await journal.append(UID, "Note", {})
    assert [event.id for event in await journal.list_events(UID, after=1, limit=3)] == [2, 3, 4]
    assert [event.id for event in await journal.list_events(UID, after=4, limit=3)] == [5]
    assert await journal.list_events(UID, after=5) == []


async def test_a_run_that_is_gone_stays_with_the_time_of_its_going(journal: Journal) -> None:
    await journal.see_run(running())
    assert await journal.list_present() == [UID]
    await journal.see_deleted(UID)
    await journal.see_deleted(UID)
    found = await journal.get_run(UID)
    assert found is not None
    assert (found.deleted, found.run) == (write_time(NOW), running())
    assert (await list_types(journal))[2:] == [(3, "RunDeleted")]
    assert await journal.list_present() == []


async def test_a_late_version_of_a_run_that_is_gone_is_taken_in(journal: Journal) -> None:
    await journal.see_run(running(1))
    await journal.see_deleted(UID)
    await journal.see_run(finished(2))
    [record] = await journal.list_runs(RunFilter(), None, 5)
    assert (record.phase, record.finished, record.deleted) == ("Succeeded", ENDED, write_time(NOW))


async def test_going_of_a_run_that_is_not_known_is_no_news(journal: Journal) -> None:
    await journal.see_deleted("nobody")
    assert await journal.get_run("nobody") is None


# What is asked of it.


async def test_a_record_says_the_most_important(journal: Journal) -> None:
    status = {"phase": "Running", "startTime": CREATED, "progress": "1/2", "message": "builds"}
    await journal.see_run(build_run(1, status, {"labels": {"team": "red"}}))
    [record] = await journal.list_runs(RunFilter(), None, 5)
    assert record.to_json() == {
        "uid": UID,
        "name": "nightly",
        "workflow": "ci",
        "phase": "Running",
        "labels": {"team": "red"},
        "progress": "1/2",
        "message": "builds",
        "created": CREATED,
        "started": CREATED,
    }


async def see_many(journal: Journal) -> None:
    """Four Runs, r0 to r3, each a minute after the one before; the first two have ended."""
    for number in range(4):
        metadata = {
            "uid": f"u{number}",
            "name": f"r{number}",
            "creationTimestamp": f"2026-05-01T10:0{number}:00Z",
            "labels": {"parity": str(number % 2), "a.b/c": "x"},
        }
        status = {"phase": "Failed", "completionTime": ENDED} if number < 2 else {"phase": "Running"}
        workflow = {"workflowRef": {"name": "even"}} if number % 2 == 0 else {"workflowRef": None}
        await journal.see_run(build_run(number + 1, status, metadata, **workflow))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (RunFilter(), "u3 u2 u1 u0"),
        (RunFilter(phases=("Failed",)), "u1 u0"),
        (RunFilter(phases=("Failed", "Running")), "u3 u2 u1 u0"),
        (RunFilter(phases=("Canceled",)), ""),
        (RunFilter(workflow="even"), "u2 u0"),
        (RunFilter(prefix="r"), "u3 u2 u1 u0"),
        (RunFilter(prefix="r3"), "u3"),
        (RunFilter(prefix="%"), ""),
        (RunFilter(labels=(("parity", "1"),)), "u3 u1"),
        (RunFilter(labels=(("parity", "1"), ("a.b/c", "x"))), "u3 u1"),
        (RunFilter(labels=(("a", "x"),)), ""),
        (RunFilter(since=datetime(2026, 5, 1, 10, 2, tzinfo=UTC)), "u3 u2"),
        (RunFilter(until=datetime(2026, 5, 1, 10, 2, tzinfo=UTC)), "u1 u0"),
        (RunFilter(phases=("Failed",), workflow="even", prefix="r0"), "u0"),
    ],
)
async def test_runs_are_found(journal: Journal, wanted: RunFilter, found: str) -> None:
    await see_many(journal)
    assert [record.uid for record in await journal.list_runs(wanted, None, 10)] == found.split()


async def test_runs_come_in_pages_that_new_ones_do_not_shift(journal: Journal) -> None:
    await see_many(journal)
    first = await journal.list_runs(RunFilter(), None, 2)
    await journal.see_run(build_run(9, metadata={"uid": "u9", "creationTimestamp": "2026-05-02T10:00:00Z"}))
    last = first[-1]
    second = await journal.list_runs(RunFilter(), Position(last.created, last.uid), 2)
    assert [record.uid for record in first + second] == ["u3", "u2", "u1", "u0"]


async def test_runs_of_the_same_second_are_all_in_some_page(journal: Journal) -> None:
    for number in range(5):
        await journal.see_run(build_run(1, metadata={"uid": f"u{number}"}))
    found, position = [], None
    while page := await journal.list_runs(RunFilter(), position, 2):
        found += [record.uid for record in page]
        position = Position(page[-1].created, page[-1].uid)
    assert found == ["u4", "u3", "u2", "u1", "u0"]


@pytest.mark.parametrize(
    ("asked", "found"), [("old", "old"), ("new", "new"), ("nightly", "new"), ("night", None), ("", None)]
)
async def test_a_run_is_found_by_uid_and_the_newest_by_name(
    journal: Journal, asked: str, found: str | None
) -> None:
    await journal.see_run(build_run(5, metadata={"uid": "new", "creationTimestamp": "2026-05-02T10:00:00Z"}))
    await journal.see_run(build_run(1, metadata={"uid": "old"}))
    assert await journal.find_run(asked) == found


async def test_a_uid_goes_before_a_name(journal: Journal) -> None:
    await journal.see_run(build_run(1, metadata={"uid": "a"}))
    await journal.see_run(build_run(2, metadata={"uid": "b", "name": "a"}))
    assert await journal.find_run("a") == "a"


# Who is woken.


async def test_a_follower_gets_what_there_is_and_what_comes_until_the_run_ends(journal: Journal) -> None:
    await journal.see_run(running())
    async with aclosing(journal.follow(UID, 1, FOREVER)) as pages:
        assert [event.id for event in await anext(pages)] == [2]
        waiting = asyncio.ensure_future(anext(pages))
        await journal.append(UID, "Note", {})
        assert [event.id for event in await waiting] == [3]
        await journal.see_run(finished())
        assert [event.type for event in await anext(pages)] == ["RunPhaseChanged"]
        assert await anext(pages, None) is None


async def test_followers_of_one_run_are_all_woken_and_of_another_none(journal: Journal) -> None:
    await journal.see_run(running())
    await journal.see_run(build_run(1, metadata={"uid": "other"}))

    async def read(uid: str, after: int) -> list[int]:
        async with aclosing(journal.follow(uid, after, FOREVER)) as pages:
            return [event.id for event in await anext(pages)]

    first, second, other = (asyncio.ensure_future(read(*asked)) for asked in ((UID, 2), (UID, 2), ("other", 1)))
    assert not (await asyncio.wait({first, second, other}, timeout=0.05))[0]
    await journal.append(UID, "Note", {})
    assert await first == await second == [3]
    await journal.append("other", "Note", {})
    assert await other == [2]


async def test_a_follower_who_is_slow_gets_everything_a_page_at_a_time(journal: Journal) -> None:
    await journal.see_run(finished())
    async with aclosing(journal.follow(UID, 0, FOREVER)) as pages:
        assert [event.id for event in await anext(pages)] == [1, 2]
        for _ in range(2 * PAGE + 1):
            await journal.append(UID, "Note", {})
        sizes = [len(page) async for page in pages]
    assert sizes == [PAGE, PAGE, 1]


async def test_a_follower_hears_when_nothing_comes(journal: Journal) -> None:
    await journal.see_run(build_run(1))
    async with aclosing(journal.follow(UID, 1, 0.01)) as pages:
        assert await anext(pages) == []
        assert await anext(pages) == []


@pytest.mark.parametrize("after", [2, 7])
async def test_following_what_is_over_ends_at_once(journal: Journal, after: int) -> None:
    await journal.see_run(finished())
    assert [page async for page in journal.follow(UID, after, FOREVER)] == []


@pytest.mark.parametrize("end", ["see_deleted", "forget"])
async def test_following_ends_when_the_run_goes(journal: Journal, end: str) -> None:
    await journal.see_run(running())

    async def read_to_the_end() -> list[str]:
        return [event.type async for page in journal.follow(UID, 2, FOREVER) for event in page]

    reader = asyncio.ensure_future(read_to_the_end())
    await getattr(journal, end)(UID)
    assert await reader in (["RunDeleted"], [])


async def test_who_stops_to_follow_is_forgotten(journal: Journal) -> None:
    await journal.see_run(running())
    reader = asyncio.ensure_future(anext(journal.follow(UID, 2, FOREVER)))
    assert not (await asyncio.wait({reader}, timeout=0.05))[0]
    reader.cancel()
    await asyncio.wait({reader})
    assert not journal._bells._waiting


# What is forgotten.


async def see_ended(journal: Journal, uid: str, hours: float) -> None:
    """A Run that ended so many hours ago, and is gone."""
    await journal.see_run(finished(1, write_time(NOW - timedelta(hours=hours)), uid))
    await journal.see_deleted(uid)


async def test_what_is_too_old_or_too_many_expires(journal: Journal) -> None:
    for number, hours in enumerate((0.1, 0.2, 0.3, 1.1)):
        await see_ended(journal, f"u{number}", hours)
    assert await journal.list_expired(NOW) == ["u3", "u2"]
    assert await journal.list_expired(NOW + timedelta(minutes=50)) == ["u3", "u2", "u1"]


async def test_what_is_in_the_cluster_does_not_expire(journal: Journal) -> None:
    for number in range(5):
        await journal.see_run(finished(1, write_time(NOW - timedelta(days=400)), f"u{number}"))
    assert await journal.list_expired(NOW) == []


async def test_a_run_that_went_before_its_end_expires_by_its_going(journal: Journal) -> None:
    await journal.see_run(running())
    await journal.see_deleted(UID)
    assert await journal.list_expired(NOW + timedelta(minutes=59)) == []
    assert await journal.list_expired(NOW + timedelta(minutes=61)) == [UID]


async def test_what_is_forgotten_leaves_nothing(journal: Journal, database: Database) -> None:
    await journal.see_run(build_run(1, {"phase": "Running", "steps": {"a": build_step("Running")}}))
    await journal.see_run(build_run(1, metadata={"uid": "other"}))
    await journal.forget(UID)
    await journal.forget(UID)
    assert await journal.get_run(UID) is None
    left = "SELECT DISTINCT run_uid FROM run_parts UNION ALL SELECT DISTINCT run_uid FROM events"
    rows = await database.run(lambda connection: connection.execute(left).fetchall())
    assert [row["run_uid"] for row in rows] == ["other", "other"]
