"""Runs on their way into the journal: the newest version, and nothing is known that the journal lacks."""

import asyncio

from longshore.archive.collect.feeds import RunFeed, slim_run
from longshore.archive.places import AttemptKey
from longshore.archive.ports import Json
from longshore.cluster.caches import Change
from longshore.errors import ArchiveError
from support.archives.fakes import FakeJournal
from support.conditions import eventually
from support.tasks import beside


def build_run(version: int, phase: str = "Running", uid: str = "uid-1") -> Json:
    metadata = {"name": "run", "namespace": "default", "uid": uid, "resourceVersion": str(version)}
    return {"metadata": metadata, "spec": {"much": "text"}, "status": {"phase": phase}}


def tell(version: int, phase: str = "Running") -> Change:
    run = build_run(version, phase)
    return Change(None, slim_run(run), run)


def test_the_informer_keeps_little_of_a_run() -> None:
    assert slim_run(build_run(1)) == {"metadata": build_run(1)["metadata"]}


async def test_the_newest_version_is_passed_on_and_then_known() -> None:
    journal, told = FakeJournal(), list[str]()
    feed = RunFeed(journal)
    feed.listen(told.append)
    async with beside(feed.run()):
        for change in (tell(1), tell(2), tell(3, "Succeeded")):
            feed.see(change)
        assert feed.find("uid-1") is None
        await feed.wait_caught_up()
    assert [run["metadata"]["resourceVersion"] for run in journal.runs] == ["3"]
    known = feed.find("uid-1")
    assert known is not None
    assert known.is_finished
    assert told == ["uid-1"]


async def test_a_version_that_comes_later_is_passed_on_too() -> None:
    journal = FakeJournal()
    feed = RunFeed(journal)
    async with beside(feed.run()):
        for version in (1, 2):
            feed.see(tell(version))
            await feed.wait_caught_up()
    assert [run["metadata"]["resourceVersion"] for run in journal.runs] == ["1", "2"]


async def test_a_run_that_is_gone_is_known_no_more() -> None:
    journal = FakeJournal()
    feed = RunFeed(journal)
    async with beside(feed.run()):
        feed.see(tell(1))
        feed.see(Change(slim_run(build_run(1)), None))
        await feed.wait_caught_up()
    assert [run["metadata"]["resourceVersion"] for run in journal.runs] == ["1"], "what it was last is kept"
    assert journal.deleted == ["uid-1"]
    assert feed.find("uid-1") is None


async def test_runs_that_went_while_nobody_looked_are_told_to_be_gone() -> None:
    journal = FakeJournal()
    journal.present = ["uid-0", "uid-1"]
    feed = RunFeed(journal)
    async with beside(feed.run()):
        feed.see(tell(1))
        await feed.wait_caught_up()
        await feed.settle()
    assert journal.deleted == ["uid-0"]


async def test_a_full_volume_holds_everything_up_and_loses_nothing() -> None:
    journal = FakeJournal()
    journal.failure = ArchiveError("the volume is full")
    feed = RunFeed(journal)
    key = AttemptKey("uid-1", "test", 1)
    async with beside(feed.run()):
        feed.see(tell(1, "Succeeded"))

        async def has_failed() -> bool:
            return feed.problem == "the volume is full"

        await eventually(has_failed)
        assert feed.find("uid-1") is None
        journal.failure = None
        async with asyncio.timeout(5):
            await feed.wait_caught_up()
    assert feed.problem == ""
    known = feed.find("uid-1")
    assert known is not None
    assert known.knows_end(key)
