"""The last version of each pod: kept over a restart, written when it matters, forgotten in time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from longshore.archive.collect.pods import slim_pod
from longshore.archive.collect.seals import LastVersions, Sealer
from longshore.archive.collect.sightings import KEPT, Sightings
from longshore.archive.databases import Database, open_database
from longshore.archive.ports import Json
from support.archives.fakes import FakeArtifacts
from support.archives.pods import build_pod, declare, end

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NAME = build_pod("test")["metadata"]["name"]
REPORT = {"test": {"transport": "HTTP", "declared": [{"name": "report", "path": "out.xml"}]}}


def see(path: str = "test") -> Json:
    return slim_pod(build_pod(path))


async def test_the_last_version_is_found_before_and_after_it_is_written(tmp_path: Path) -> None:
    async with open_database(tmp_path / "db") as database:
        sightings = Sightings(database)
        sightings.see(None, see())
        assert await sightings.find(NAME) == see()
        ended = slim_pod(end(build_pod("test"), phase="Succeeded"))
        await sightings.flush(NOW)
        sightings.see(see(), ended)
        assert await sightings.find(NAME) == ended
        await sightings.flush(NOW)
    async with open_database(tmp_path / "db") as database:
        assert await Sightings(database).find(NAME) == ended
        assert await Sightings(database).find("other") is None


async def test_what_tells_nothing_new_is_not_written(tmp_path: Path) -> None:
    async with open_database(tmp_path / "db") as database:
        sightings = Sightings(database)
        sightings.see(None, see())
        await sightings.flush(NOW)
        later = see()
        later["status"]["conditions"] = [{"type": "Ready", "status": "True"}]
        sightings.see(see(), later)
        assert await sightings.find(NAME) == see()


async def insert_run(database: Database, finished: datetime | None) -> None:
    columns = await database.run(lambda connection: connection.execute("PRAGMA table_info(runs)").fetchall())
    values: dict[str, object] = {column["name"]: 0 if column["type"] == "INTEGER" else "" for column in columns}
    values |= {"uid": "uid-1", "deleted": None, "finished": finished and finished.isoformat()}
    marks = ", ".join("?" * len(values))
    insert = f"INSERT INTO runs ({', '.join(values)}) VALUES ({marks})"  # noqa: S608
    await database.run(lambda connection: connection.execute(insert, tuple(values.values())))


async def test_pods_are_forgotten_a_day_after_their_run_has_ended(tmp_path: Path) -> None:
    async with open_database(tmp_path / "db") as database:
        sightings = Sightings(database)
        sightings.see(None, see())
        await sightings.flush(NOW)
        await insert_run(database, None)
        await sightings.prune(NOW + 2 * KEPT)
        assert await sightings.find(NAME)
        await database.run(
            lambda connection: connection.execute("UPDATE runs SET finished = '2026-01-02T00:00:00Z'")
        )
        await sightings.prune(NOW + KEPT + timedelta(hours=23))
        assert await sightings.find(NAME)
        await sightings.prune(NOW + KEPT + timedelta(hours=25))
        assert await sightings.find(NAME) is None


async def test_pods_of_runs_that_nobody_knows_are_forgotten_too(tmp_path: Path) -> None:
    async with open_database(tmp_path / "db") as database:
        sightings = Sightings(database)
        sightings.see(None, see())
        await sightings.flush(NOW)
        await sightings.prune(NOW + KEPT)
        assert await sightings.find(NAME)
        await sightings.prune(NOW + KEPT + timedelta(seconds=1))
        assert await sightings.find(NAME) is None


async def test_a_pod_that_is_gone_tells_what_it_left_and_one_that_is_there_does_not(tmp_path: Path) -> None:
    there, artifacts = {"uid-of-test-1"}, FakeArtifacts()
    async with open_database(tmp_path / "db") as database:
        sightings = Sightings(database)
        versions = LastVersions(sightings, Sealer(artifacts), there.__contains__)
        pod = slim_pod(end(declare(build_pod("test"), REPORT)))
        sightings.see(None, pod)
        assert await versions.find(NAME) == pod
        assert artifacts.sealed == []
        there.clear()
        for _ in range(2):
            found = await versions.find(NAME)
            assert found is not None
            assert found["metadata"]["annotations"]["longshore.dev/archived"] == '{"test":{"artifacts":"Stored"}}'
            await sightings.flush(NOW)
        assert len(artifacts.sealed) == 1
        assert await versions.find("unknown") is None
