"""What goes, and that it goes from the list first."""

from datetime import timedelta
from pathlib import Path

import pytest
from longshore.archive.artifacts.holdings import Holdings
from longshore.archive.places import AttemptKey, Places
from support.archives.artifacts import (
    KEY,
    NOW,
    Keeper,
    build_artifact,
    declare,
    list_tree,
    open_keeper,
    show,
    write_tree,
)

SHORT = build_artifact("*.xml", "short", retentionSeconds=60)
HTTP = declare(SHORT)
AFTER = NOW + timedelta(seconds=60)


async def leave(keeper: Keeper, key: AttemptKey = KEY) -> None:
    await keeper.send("a.xml", b"same", HTTP, key)
    await keeper.send("b.xml", b"same", HTTP, key)
    await keeper.intake.complete(key, [], {})
    await keeper.seal(HTTP, key)


async def test_what_is_over_goes_and_nothing_before(tmp_path: Path) -> None:
    async with open_keeper(tmp_path) as keeper:
        await leave(keeper)
        await keeper.remover.expire(AFTER - timedelta(seconds=1))
        assert len(await keeper.list_all()) == 2
        await keeper.remover.expire(AFTER)
        assert await keeper.list_all() == []
        assert list_tree(tmp_path / "archive" / "artifacts") == set()
        assert (await keeper.seal(HTTP)).artifacts == "Stored"


async def test_what_another_artifact_holds_stays(tmp_path: Path) -> None:
    kept = build_artifact("a.xml", "long"), build_artifact("d", "dir", kind="dir")
    declared = declare(SHORT, *kept, transport="Mount")
    async with open_keeper(tmp_path) as keeper:
        write_tree(tmp_path / "mount" / KEY.folder, {"a.xml": b"a", "b.xml": b"b", "d/c": b"c", "undeclared": b""})
        await keeper.seal(declared)
        await keeper.remover.expire(AFTER)
        assert show(await keeper.list_all()) == [("dir", "d", 1), ("long", "a.xml", 1)]
        assert list_tree(tmp_path / "mount" / KEY.folder) == {"a.xml", "d/c", "undeclared"}


async def test_all_of_a_run_goes_and_nothing_of_another(tmp_path: Path) -> None:
    other = AttemptKey("other", "build", 1)
    async with open_keeper(tmp_path) as keeper:
        await leave(keeper)
        await leave(keeper, other)
        write_tree(tmp_path / "mount", {"uid/build/2/x": b"", "other/build/2/x": b""})
        await keeper.remover.forget("uid")
        assert await keeper.list_all() == []
        assert {path.split("/")[1] for path in list_tree(tmp_path) if "build" in path} == {"other", "artifacts"}
        assert list_tree(tmp_path / "mount") == {"other/build/2/x"}


async def test_a_crash_in_between_leaves_waste_that_goes_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_keeper(tmp_path) as keeper:
        await leave(keeper)
        with monkeypatch.context() as patch:
            patch.setattr(Holdings, "remove", lambda *_: False)
            await keeper.remover.forget("uid")
        assert await keeper.list_all() == []
        assert list_tree(tmp_path / "archive" / "artifacts")
    async with open_keeper(tmp_path) as keeper:
        await keeper.remover.expire(NOW)
        assert list_tree(tmp_path / "archive" / "artifacts") == set()


@pytest.mark.parametrize("path", ["..", "../x", "uid/../../x", "/x"])
def test_nothing_outside_of_the_volumes_goes(tmp_path: Path, path: str) -> None:
    write_tree(tmp_path, {"x": b"", "archive/artifacts/uid/y": b"", "mount/y": b""})
    Holdings(Places(tmp_path / "archive"), tmp_path / "mount").remove(path)
    assert list_tree(tmp_path) == {"x", "archive/artifacts/uid/y", "mount/y"}


async def test_a_link_is_removed_and_what_it_leads_to_is_not(tmp_path: Path) -> None:
    write_tree(tmp_path, {"precious/x": b"", "mount/uid/build/1/x": b""})
    (tmp_path / "mount/uid/build/1/link").symlink_to(tmp_path / "precious")
    (tmp_path / "mount/other").symlink_to(tmp_path / "precious")
    async with open_keeper(tmp_path) as keeper:
        await keeper.remover.forget("uid")
        assert not keeper.holdings.remove("other/x")
        assert list_tree(tmp_path / "precious") == {"x"}
        assert not (tmp_path / "mount/uid").exists()


async def test_what_its_step_does_not_say_the_namespace_says(tmp_path: Path) -> None:
    async with open_keeper(tmp_path) as keeper:
        keeper.retention = 30
        declared = declare(SHORT, build_artifact("*.bin", "silent"))
        for path in ("a.xml", "a.bin"):
            await keeper.send(path, b"<testsuite/>", declared)
        await keeper.seal(declared)
        await keeper.remover.expire(NOW + timedelta(seconds=31))
        assert [artifact.name for artifact in await keeper.list_all()] == ["short"]
