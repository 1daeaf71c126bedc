"""A sweep: what is removed, in which order, and what happens when it fails."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from longshore.archive.sweeps.meters import ClaimMeter, StorageMeter
from longshore.archive.sweeps.quotas import Claim, StorageQuota
from longshore.archive.sweeps.storages import Storage
from longshore.archive.sweeps.sweepers import Keepings, Sweeper, SweepPlaces
from longshore.archive.sweeps.tellers import StorageTeller
from longshore.cluster.events import Occurrence
from longshore.errors import ArchiveError
from prometheus_client import CollectorRegistry
from support.conditions import eventually
from support.tasks import beside

NOW = datetime.now(UTC)
A, B, C = (f"0b7e0000-0000-4000-8000-00000000000{digit}" for digit in "abc")


class Shelf:
    """Keeps things, says which are over, and writes down what is removed."""

    def __init__(self, name: str, told: list[str]) -> None:
        self.name, self.told = name, told
        self.expired: list[str] = []
        self.ended: list[str] = []
        self.failure: Exception | None = None

    async def forget(self, run_uid: str) -> None:
        """Remove all of a Run."""
        if self.failure:
            raise self.failure
        self.told.append(f"{self.name} {run_uid[-1]}")

    async def expire(self, now: datetime) -> None:
        """Remove what is over."""
        self.told.append(f"{self.name} before {now:%Y}")

    async def sweep(self) -> None:
        """Remove what waits too long."""
        self.told.append(self.name)

    async def list_known(self) -> list[str]:
        """All Runs."""
        return [A, B]

    async def list_expired(self, _: datetime) -> list[str]:
        """Those that go."""
        return self.expired

    async def list_ended(self, before: datetime) -> list[str]:
        """Those that ended."""
        assert before == NOW - timedelta(days=30)
        return self.ended


class World:
    """All that is swept."""

    def __init__(self, root: Path) -> None:
        self.told: list[str] = []
        self.registry = CollectorRegistry()
        self.journal, self.logs, self.artifacts, self.caches = (
            Shelf(name, self.told) for name in ("journal", "logs", "artifacts", "caches")
        )
        meter = StorageMeter(self.registry)
        keepings = Keepings(self.journal, self.logs, self.artifacts, self.caches)
        places = SweepPlaces(root / "logs", (root / "artifacts", root / "uploads"))
        quota = StorageQuota(Claim("archive", root), ClaimMeter(meter, "archive"))
        self.sweeper = Sweeper(keepings, places, timedelta(days=30), [quota], meter)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_a_run_goes_after_what_it_left(world: World) -> None:
    world.journal.expired = [A]
    await world.sweeper.sweep(NOW)
    assert world.told == ["caches", f"artifacts before {NOW:%Y}", "logs a", "artifacts a", "journal a"]


async def test_a_run_stays_whose_logs_can_not_go(world: World) -> None:
    world.journal.expired = [A]
    world.logs.failure = ArchiveError("the volume is read-only")
    with pytest.raises(ArchiveError):
        await world.sweeper.sweep(NOW)
    assert "journal a" not in world.told


def make_old(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "file").touch()
    old = (NOW - timedelta(days=2)).timestamp()
    os.utime(folder, (old, old))


async def test_folders_are_found(world: World, tmp_path: Path) -> None:
    world.journal.ended = [A, B]
    make_old(tmp_path / "logs" / B)
    make_old(tmp_path / "uploads" / C)
    (tmp_path / "artifacts").mkdir()
    (tmp_path / "artifacts" / C).symlink_to(tmp_path)
    await world.sweeper.sweep(NOW)
    assert world.told[2:] == ["logs b", "artifacts c"]
    removed = world.registry.get_sample_value("longshore_archive_sweep_removals_total", {"kind": "logs"})
    assert removed == 1


async def test_a_sweep_that_fails_is_made_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longshore.archive.sweeps.sweepers.SWEEP_SECONDS", 0.01)
    monkeypatch.setattr("longshore.archive.sweeps.sweepers.read_clock", lambda: NOW)
    world.journal.expired = [A]
    world.logs.failure = ArchiveError("the volume is read-only")
    measured: list[Storage] = []

    async def tell(claim: str, storage: Storage) -> None:
        assert claim == "archive"
        measured.append(storage)

    async def has_failed() -> bool:
        return bool(world.registry.get_sample_value("longshore_archive_sweep_errors_total"))

    async def is_done() -> bool:
        return "journal a" in world.told and bool(measured)

    async with beside(world.sweeper.run(tell)):
        await eventually(has_failed)
        world.logs.failure = None
        await eventually(is_done)


async def test_people_are_told_once_of_each_claim() -> None:
    told: list[Occurrence] = []

    async def publish(occurrence: Occurrence) -> None:
        told.append(occurrence)

    teller = StorageTeller(publish)
    for used in (10, 90, 95, 50, 91):
        await teller.tell("archive", Storage(used * 2**20, None, (100 - used) * 2**20))
        await teller.tell("artifacts", Storage(95 * 2**20, None, 5 * 2**20))
    assert [occurrence.reason for occurrence in told] == ["StorageLow"] * 3
    assert [occurrence.note.partition(";")[0] for occurrence in told] == [
        "95 % of 100 MiB of claim artifacts are used",
        "90 % of 100 MiB of claim archive are used",
        "91 % of 100 MiB of claim archive are used",
    ]
