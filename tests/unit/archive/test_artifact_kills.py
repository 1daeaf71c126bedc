"""SIGKILL at every place where the archive's artifacts touch a volume, one after the other.

Whatever the place: what was acknowledged is there, what is listed is whole, and what was begun can be ended.
"""

import asyncio
import itertools
import multiprocessing
import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from longshore.api.archives import Transport
from longshore.archive.artifacts import partials, uploads
from longshore.archive.artifacts.holdings import Holdings
from longshore.archive.databases import Database
from support.archives.artifacts import (
    KEY,
    NOW,
    Keeper,
    build_artifact,
    build_upload,
    declare,
    list_tree,
    open_keeper,
    show,
    stream,
    write_tree,
)

PROCESSES = multiprocessing.get_context("fork")
FILES = {"a": b"0123456789", "b": b"9876543210", "d/c": b"0123456789"}
ARTIFACTS = (build_artifact("*", retentionSeconds=1), build_artifact("d", "dir", kind="dir"))
SENT = declare(*ARTIFACTS)
WRITTEN = declare(*ARTIFACTS, transport="Mount")
LISTED = [("dir", "d", 10), ("it", "a", 10), ("it", "b", 10)]
PLACES: tuple[tuple[Any, str], ...] = (
    (Database, "_transact"),
    (partials, "write_at"),
    (partials, "finish"),
    (partials, "_sync_folder"),
    (Holdings, "clear_uploads"),
    (Holdings, "remove"),
)
Act = Callable[[Keeper], Coroutine[Any, Any, None]]


async def send_all(keeper: Keeper) -> None:
    for path, content in FILES.items():
        upload = build_upload(path, content, SENT)
        begun = await keeper.intake.measure(upload)
        if begun < len(content):
            for offset in range(begun, len(content), 4):
                await keeper.intake.receive(upload, offset, stream(content[offset : offset + 4]))
    assert await keeper.intake.complete(KEY, [], {}) == []


async def send_former(keeper: Keeper) -> None:
    for path in FILES:
        await keeper.send(path, f"former {path}".encode(), SENT)


async def seal_sent(keeper: Keeper) -> None:
    assert (await keeper.seal(SENT)).artifacts == "Stored"


async def seal_written(keeper: Keeper) -> None:
    assert (await keeper.seal(WRITTEN)).artifacts == "Stored"


async def expire(keeper: Keeper) -> None:
    await keeper.remover.expire(NOW + timedelta(seconds=1))


async def forget(keeper: Keeper) -> None:
    await keeper.remover.forget("uid")


def test_a_file_that_is_sent(tmp_path: Path) -> None:
    for root in kill_everywhere(tmp_path, send_all):
        check_parts(root)
        act(root, send_all)
        act(root, check_whole)
        act(root, seal_sent)
        act(root, check_listed)


def test_a_file_that_takes_the_place_of_another(tmp_path: Path) -> None:
    for root in kill_everywhere(tmp_path, send_all, send_former):
        check_parts(root)
        act(root, send_all)
        act(root, check_whole)
        act(root, seal_sent)
        act(root, check_listed)
        assert len(list_tree(root / "archive" / "artifacts")) == 2


def test_a_judgement_of_what_was_sent(tmp_path: Path) -> None:
    for root in kill_everywhere(tmp_path, seal_sent, send_all):
        act(root, check_listed_or_nothing)
        act(root, seal_sent)
        act(root, check_listed)
        assert len(list_tree(root / "archive" / "artifacts")) == 2


def test_a_judgement_of_what_was_written(tmp_path: Path) -> None:
    for root in kill_everywhere(tmp_path, seal_written, write_all):
        act(root, check_listed_or_nothing)
        act(root, seal_written)
        act(root, check_listed)


def test_an_expiry(tmp_path: Path) -> None:
    for root in kill_everywhere(tmp_path, expire, send_all, seal_sent):
        act(root, check_readable)
        act(root, expire)
        assert list_tree(root / "archive" / "artifacts") == {f"uid/build/1/{sha256(FILES['d/c']).hexdigest()}"}


def test_a_removal_of_a_run(tmp_path: Path) -> None:
    for root in kill_everywhere(tmp_path, forget, write_all, seal_written):
        act(root, check_readable)
        act(root, forget)
        assert list_tree(root / "mount") == set()


def kill_everywhere(tmp_path: Path, victim: Act, *before: Act) -> Iterator[Path]:
    """Folders in which the victim was killed at its first place, its second, and so on."""
    for place in itertools.count(1):
        root = tmp_path / str(place)
        for each in before:
            act(root, each)
        process = PROCESSES.Process(target=die_at, args=(root, victim, place))
        process.start()
        process.join()
        if process.exitcode == 0:
            assert place > 2
            return
        assert process.exitcode == -signal.SIGKILL
        yield root


def die_at(root: Path, victim: Act, place: int) -> None:
    """Act, and die when the volume is touched for this time."""
    countdown = itertools.count(1)
    uploads.CHUNK = 2

    def arm(owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def touch(*arguments: Any, **options: Any) -> Any:
            if next(countdown) == place:
                os.kill(os.getpid(), signal.SIGKILL)
            return original(*arguments, **options)

        setattr(owner, name, touch)

    for each in PLACES:
        arm(*each)
    act(root, victim)


def act(root: Path, what: Act) -> None:
    """Do it in an archive that was just started."""

    async def do() -> None:
        async with open_keeper(root) as keeper:
            await what(keeper)

    asyncio.run(do())


async def write_all(keeper: Keeper) -> None:
    transport: Transport = "Mount"
    write_tree(keeper.holdings.get_folder(KEY, transport), FILES)


async def check_whole(keeper: Keeper) -> None:
    for path, content in FILES.items():
        assert await keeper.intake.measure(build_upload(path, content, SENT)) == len(content)


async def check_readable(keeper: Keeper) -> None:
    """What is listed is there, whole."""
    for artifact in await keeper.list_all():
        if artifact.kind != "dir":
            assert await keeper.read(artifact) == FILES[artifact.path]


async def check_listed(keeper: Keeper) -> None:
    assert show(await keeper.list_all()) == LISTED
    await check_readable(keeper)


async def check_listed_or_nothing(keeper: Keeper) -> None:
    assert show(await keeper.list_all()) in (LISTED, [])
    await check_readable(keeper)


def check_parts(root: Path) -> None:
    """Each file that lies among those that are whole is whole."""
    folder = root / "archive" / "artifacts"
    for path in list_tree(folder):
        assert sha256((folder / path).read_bytes()).hexdigest() == Path(path).name
