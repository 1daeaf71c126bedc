"""The plugin and the archive's own HTTP interface, over a real socket: Runs, events and logs."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from longshore.api.records import SecretUse
from longshore.archive.http import events, logs, runs
from longshore.archive.journal.journals import Journal
from longshore.cli.archives.clients import Archive
from longshore.cli.archives.events import follow_events, list_events
from longshore.cli.archives.logs import follow_archived, list_archived, read_archived
from longshore.cli.archives.runs import find_archived
from longshore.cli.archives.runs import list_archived as list_runs
from longshore.cli.logs.marks import Mark
from longshore.cli.words.wishes import LogPart
from longshore.errors import NotFoundError
from support.archives.http import run_site
from support.archives.journals import open_journal
from support.archives.logs import LogSite, StubPod, build_key, run_log_site
from support.archives.runs import ENDED, UID, build_run, build_step
from unit.cli.test_archive_contract import OpenGate

LINES = [f"2026-01-01T00:00:0{n}.500000000Z line {n}" for n in range(6)]


async def find_uses(_: str) -> list[SecretUse]:
    return [SecretUse(step="a", attempt=1, secret="forge", revision="417")]


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    """A journal that has seen a Run begin."""
    async with open_journal(tmp_path) as journal:
        await journal.see_run(build_run(1, {"phase": "Running", "steps": {"a": build_step("Running")}}))
        yield journal


@pytest.fixture
async def archive(journal: Journal) -> AsyncIterator[Archive]:
    """The way to it."""
    async with run_site(runs.build_router(journal, find_uses), events.build_router(journal)) as site:
        archive = Archive(OpenGate(site.local))
        yield archive
        archive.close()


async def end(journal: Journal) -> None:
    await journal.see_run(build_run(9, {"phase": "Failed", "completionTime": ENDED}))


async def take(items: Iterator[Any]) -> list[Any]:
    """The plugin blocks, and the server is of this thread."""
    return await asyncio.to_thread(lambda: list(items))


async def test_a_run_by_its_name_and_its_uid(archive: Archive, journal: Journal) -> None:
    await end(journal)
    await journal.see_deleted(UID)
    for name in ("nightly", UID):
        found = await asyncio.to_thread(find_archived, archive, name)
        assert (found.run["status"]["phase"], bool(found.deleted)) == ("Failed", True)
        assert found.secrets == ({"step": "a", "attempt": 1, "secret": "forge", "revision": "417"},)
    [record] = await take(list_runs(archive, {"phase": "Failed", "since": "2026-01-01T00:00:00Z"}))
    assert (record["name"], record["workflow"], record["finished"]) == ("nightly", "ci", ENDED)
    assert await take(list_runs(archive, {"phase": "Succeeded"})) == []


async def test_a_run_that_there_never_was(archive: Archive) -> None:
    with pytest.raises(NotFoundError):
        await asyncio.to_thread(find_archived, archive, "other")


async def test_events_are_followed_until_the_run_ends(archive: Archive, journal: Journal) -> None:
    begun = await take(list_events(archive, UID))
    following = asyncio.create_task(take(follow_events(archive, UID)))
    await end(journal)
    told = await following
    assert told[: len(begun)] == begun
    assert told == await take(list_events(archive, UID))
    assert (told[-1]["type"], told[-1]["data"]["phase"]) == ("RunPhaseChanged", "Failed")


class FoundRun:
    """Knows one Run."""

    async def find_run(self, run: str) -> str | None:
        """Its uid."""
        return "u" if run == "u" else None


def write(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[tuple[LogSite, StubPod, Archive]]:
    """A log that goes on, and the way to it."""
    async with run_log_site(tmp_path) as site:
        pod = StubPod()
        site.add(pod).print(write(LINES[:3]))
        site.keeper.follow(pod.build())
        await site.wait_text(build_key(), write(LINES[:3]))
        router: Any = logs.build_router(site.keeper, FoundRun())  # type: ignore[arg-type]
        async with run_site(router) as served:
            archive = Archive(OpenGate(served.local))
            yield site, pod, archive
            archive.close()


async def test_a_log_is_read_and_followed(kept: tuple[LogSite, StubPod, Archive]) -> None:
    site, pod, archive = kept
    [source] = await asyncio.to_thread(list_archived, archive, "u")
    assert (source.path, source.attempt, source.container, source.is_over) == ("a", 1, "step", False)
    assert await take(read_archived(archive, "u", source, LogPart(tail=2), Mark())) == LINES[1:3]
    since = LogPart(since_time="2026-01-01T00:00:02Z")
    assert await take(read_archived(archive, "u", source, since, Mark())) == LINES[2:3]
    mark = Mark(LINES[1].partition(" ")[0], 1)
    following = asyncio.create_task(take(follow_archived(archive, "u", source, LogPart(tail=1), mark)))
    site.add(pod).print(write(LINES[3:]))
    site.add(pod).end()
    site.keeper.follow(pod.end())
    assert await following == LINES[2:]
    [source] = await asyncio.to_thread(list_archived, archive, "u")
    assert source.is_over
