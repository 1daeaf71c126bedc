"""Logs are kept whole: through breaks, restarts, rotation, refusals and a full volume, and are compressed then."""

import base64
import errno
import gzip
import logging
from pathlib import Path

import pytest
from longshore.api.records import EventType
from longshore.archive.logs.containers import LogKey
from longshore.archive.logs.files import LogFile
from longshore.archive.logs.followers import PODS_END
from longshore.archive.logs.jumps import FILE
from longshore.archive.logs.keepers import LogKeeper
from longshore.archive.logs.reads import Wish
from longshore.archive.logs.records import Gap, Record
from longshore.archive.logs.secrets import SecretMaskers
from longshore.archive.logs.writers import OUTRUN
from longshore.archive.ports import Json
from longshore.errors import ForbiddenError, NotFoundError
from support.archives.journals import build_version
from support.archives.logs import StubPod, build_key, run_keeper, run_log_site
from support.conditions import eventually
from support.log_servers import Cut, Refuse, Say, serve_logs

KEY = build_key()


def write(first: int, count: int = 3) -> bytes:
    """Lines, one a second, that say which they are."""
    seconds = range(first, first + count)
    return b"".join(b"2026-01-01T00:%02d:%02d.5Z line %d\n" % (n // 60, n % 60, n) for n in seconds)


async def get(keeper: LogKeeper, key: LogKey = KEY) -> Record | None:
    return next((known.record for known in await keeper.list("u") if known.record.key == key), None)


async def wait_kept(keeper: LogKeeper, size: int) -> None:
    """Return once so many bytes can be read."""

    async def has_come() -> bool:
        record = await get(keeper)
        return record is not None and record.bytes >= size

    await eventually(has_come)


async def wait_safe(keeper: LogKeeper, pod: Json) -> None:
    """Return once all logs of a pod are safe."""

    async def is_safe() -> bool:
        return keeper.has_all(pod)

    await eventually(is_safe)


async def test_a_log_is_followed_and_complete_when_its_container_has_ended(tmp_path: Path) -> None:
    async with run_log_site(tmp_path) as site:
        pod = StubPod()
        log = site.add(pod)
        log.print(write(0))
        site.keeper.follow(pod.build())
        await wait_kept(site.keeper, len(write(0)))
        assert not site.keeper.has_all(pod.build())
        log.print(write(3))
        log.end()
        site.keeper.follow(pod.end())
        await wait_safe(site.keeper, pod.build())
        record = await get(site.keeper)
        assert record is not None
        assert (record.state != "Open", record.lines, record.gaps) == (True, 6, ())
        assert await site.read(KEY) == write(0, 6)


async def test_a_container_that_ended_before_it_was_seen(tmp_path: Path) -> None:
    async with run_log_site(tmp_path) as site:
        pod = StubPod()
        log = site.add(pod)
        log.print(write(0) + b"2026-01-01T00:00:09.5Z killed in the midd")
        log.end()
        site.keeper.follow(pod.end())
        await wait_safe(site.keeper, pod.build())
        assert await site.read(KEY) == write(0) + b"2026-01-01T00:00:09.5Z killed in the midd"


@pytest.mark.parametrize("size", [0, 20, 36, 60])
async def test_a_stream_that_breaks_anywhere_loses_and_doubles_nothing(tmp_path: Path, size: int) -> None:
    async with run_log_site(tmp_path) as site:
        pod = StubPod()
        log = site.add(pod)
        log.print(write(0, 5))
        log.faults.extend([Cut(size), Refuse(503), Cut(size), Refuse(429)])
        site.keeper.follow(pod.build())
        await wait_kept(site.keeper, len(write(0, 5)))
        log.faults.append(Cut(size))
        log.end()
        site.keeper.follow(pod.end())
        await wait_safe(site.keeper, pod.build())
        assert await site.read(KEY) == write(0, 5)


async def test_a_follow_goes_on_in_the_next_file_of_the_kubelet(tmp_path: Path) -> None:
    async with run_log_site(tmp_path) as site:
        pod = StubPod()
        log = site.add(pod)
        log.print(write(0))
        site.keeper.follow(pod.build())
        await wait_kept(site.keeper, len(write(0)))
        log.rotate()
        log.print(write(3))
        log.end()
        site.keeper.follow(pod.end())
        await wait_safe(site.keeper, pod.build())
        record = await get(site.keeper)
        assert (await site.read(KEY), record and record.gaps) == (write(0, 6), ())


async def test_what_was_rotated_while_nobody_looked_is_a_gap(tmp_path: Path) -> None:
    async with serve_logs() as server:
        pod = StubPod()
        async with run_keeper(tmp_path, server) as site:
            log = site.add(pod)
            log.print(write(0))
            site.keeper.follow(pod.build())
            await wait_kept(site.keeper, len(write(0)))
        log.print(write(3))
        log.rotate()
        log.print(write(6))
        log.end()
        async with run_keeper(tmp_path, server) as site:
            site.keeper.follow(pod.end())
            await wait_safe(site.keeper, pod.build())
            record = await get(site.keeper)
            assert record is not None
            assert await site.read(KEY) == write(0) + write(6)
            [gap] = record.gaps
            assert (gap.offset, gap.since, gap.until) == (
                len(write(0)),
                "2026-01-01T00:00:02.5Z",
                "2026-01-01T00:00:06Z",
            )


async def test_a_file_that_the_kubelet_left_out_of_a_stream_is_a_gap(tmp_path: Path) -> None:
    async with run_log_site(tmp_path) as site:
        pod = StubPod()
        log = site.add(pod)
        before, after = write(0, 1) * (FILE // len(write(0, 1)) + 1), write(30)
        log.print(before + after)
        log.end()
        site.keeper.follow(pod.end())
        await wait_safe(site.keeper, pod.build())
        record = await get(site.keeper)
        assert record is not None
        assert record.bytes == len(before + after)
        assert record.gaps == (Gap(len(before), "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:30Z", OUTRUN),)


async def test_a_gap_is_told_once_also_where_the_journal_learns_of_its_run_later(tmp_path: Path) -> None:
    async with serve_logs() as server:
        pod = StubPod()
        async with run_keeper(tmp_path, server) as site:
            log = site.add(pod)
            log.print(write(0))
            site.keeper.follow(pod.build())
            await wait_kept(site.keeper, len(write(0)))
        log.print(write(3))
        log.rotate()
        log.print(write(6))
        async with run_keeper(tmp_path, server) as site:
            site.keeper.follow(pod.build())
            await wait_kept(site.keeper, len(write(0) + write(6)))
            await site.journal.see_run(build_version("u"))
            log.end()
            site.keeper.follow(pod.end())
            await wait_safe(site.keeper, pod.build())
            told = [event for event in await site.journal.list_events("u") if event.type == EventType.LOG_GAP]
            [gap] = (await site.keeper.list("u"))[0].record.gaps
    assert [(event.step, event.attempt, event.data) for event in told] == [
        (
            "a",
            1,
            {
                "container": "step",
                "offset": gap.offset,
                "after": "2026-01-01T00:00:02.5Z",
                "before": "2026-01-01T00:00:06Z",
                "cause": gap.cause,
            },
        )
    ]


@pytest.mark.parametrize("torn", [0, 1, 10])
async def test_the_archive_goes_on_where_it_was_killed(tmp_path: Path, torn: int) -> None:
    async with serve_logs() as server:
        pod = StubPod()
        async with run_keeper(tmp_path, server) as site:
            log = site.add(pod)
            log.print(write(0))
            site.keeper.follow(pod.build())
            await wait_kept(site.keeper, len(write(0)))
        path = tmp_path / "logs" / "u" / "a" / "1" / "step"
        with path.open("ab") as file:
            file.write(write(3)[:torn])
        log.print(write(3))
        async with run_keeper(tmp_path, server) as site:
            site.keeper.follow(pod.build())
            await wait_kept(site.keeper, len(write(0, 6)))
            assert path.read_bytes() == write(0, 6)


async def test_a_container_that_waits_and_a_kubelet_that_does_not_answer_are_asked_again(tmp_path: Path) -> None:
    async with run_log_site(tmp_path) as site:
        pod = StubPod()
        log = site.add(pod)
        log.faults.extend([Refuse(400, "is waiting to start"), Say(), Refuse(500, "dial tcp: refused")])
        log.faults.append(Refuse(404, "pod does not exist"))  # so says a kubelet that has just started
        log.print(write(0))
        site.keeper.follow(pod.build())
        await wait_kept(site.keeper, len(write(0)))
        assert await site.read(KEY) == write(0)


async def test_a_pod_that_is_gone_ends_its_log_and_says_so(tmp_path: Path) -> None:
    async with run_log_site(tmp_path) as site:
        pod = StubPod()
        log = site.add(pod)
        log.print(write(0) + b"2026-01-01T00:00:05.5Z torn")
        log.faults.append(Cut(10**6))
        site.keeper.follow(pod.build())
        await wait_kept(site.keeper, len(write(0)))
        del site.server.logs[pod.name, "step"]
        log.restart()
        await wait_safe(site.keeper, pod.end())
        record = await get(site.keeper)
        assert record is not None
        assert [gap.cause for gap in record.gaps] == [PODS_END]
        assert await site.read(KEY) == write(0) + b"2026-01-01T00:00:05.5Z torn"


async def test_a_log_that_the_kubelet_has_not_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longshore.archive.logs.followers.REFUSED_SECONDS", 0.2)
    async with run_log_site(tmp_path) as site:
        pod = StubPod()
        site.add(pod).faults.extend([Say("unable to retrieve container logs")] * 50)
        site.keeper.follow(pod.end())
        await wait_safe(site.keeper, pod.build())
        record = await get(site.keeper)
        assert record is not None
        assert "unable to retrieve" in record.gaps[0].cause


async def test_a_service_that_is_started_anew_goes_on_in_the_same_log(tmp_path: Path) -> None:
    async with run_log_site(tmp_path) as site:
        pod = StubPod(services=("db",), states={"db": "running"})
        key = build_key(container="db")
        log = site.add(pod, "db")
        log.print(write(0))
        site.keeper.follow(pod.build())
        await site.wait_text(key, write(0))
        log.restart()
        log.earlier = write(0, 5)
        log.print(write(7))
        pod.restarts["db"] = 1
        site.keeper.follow(pod.build())
        await site.wait_text(key, write(0, 5) + write(7))
        record = await get(site.keeper, key)
        assert record is not None
        assert record.gaps == ()


async def test_each_step_of_a_shared_pod_has_the_log_of_its_container(tmp_path: Path) -> None:
    async with run_log_site(tmp_path) as site:
        pod = StubPod(fused=("a", "b"), states={"a": "terminated", "b": "running"})
        site.add(pod, "a").print(write(0))
        site.add(pod, "a").end()
        site.add(pod, "b").print(write(5))
        site.keeper.follow(pod.build())
        await site.wait_text(build_key("b", "b"), write(5))
        await site.wait_text(build_key("a", "a"), write(0))


async def test_a_full_volume_holds_up_but_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append, is_full = LogFile.append, True

    def fill(file: LogFile, data: bytes) -> None:
        if is_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        append(file, data)

    monkeypatch.setattr(LogFile, "append", fill)
    async with run_log_site(tmp_path) as site:
        pod = StubPod()
        log = site.add(pod)
        log.print(write(0))
        log.end()
        site.keeper.follow(pod.end())

        async def is_told() -> bool:
            return any("No space left" in known.message for known in await site.keeper.list("u"))

        await eventually(is_told)
        assert not site.keeper.has_all(pod.build())
        is_full = False
        await wait_safe(site.keeper, pod.build())
        assert await site.read(KEY) == write(0)


async def test_a_complete_log_is_compressed_and_reads_the_same(tmp_path: Path) -> None:
    async with run_log_site(tmp_path) as site:
        pod = StubPod()
        log = site.add(pod)
        log.print(write(0, 30))
        log.end()
        site.keeper.follow(pod.end())
        packed = site.get_path(KEY).with_suffix(".gz")

        async def is_sealed() -> bool:
            return packed.exists() and not site.get_path(KEY).exists()

        await eventually(is_sealed)
        assert gzip.decompress(packed.read_bytes()) == write(0, 30)
        assert await site.read(KEY) == write(0, 30)
        assert await site.read(KEY, Wish(tail=2, has_stamps=True)) == write(28, 2)
        assert await site.read(KEY, Wish(tail=1)) == b"line 29\n"


async def test_a_text_that_was_compressed_already_is_removed_at_the_next_start(tmp_path: Path) -> None:
    async with serve_logs() as server:
        pod = StubPod()
        async with run_keeper(tmp_path, server) as site:
            log = site.add(pod)
            log.print(write(0))
            log.end()
            site.keeper.follow(pod.end())
            path = site.get_path(KEY)

            async def is_sealed() -> bool:
                return path.with_suffix(".gz").exists() and not path.exists()

            await eventually(is_sealed)
        path.write_bytes(write(0))
        async with run_keeper(tmp_path, server):

            async def is_gone() -> bool:
                return not path.exists()

            await eventually(is_gone)


async def test_logs_of_pods_that_went_while_nobody_looked_are_closed(tmp_path: Path) -> None:
    async with serve_logs() as server:
        pod = StubPod()
        async with run_keeper(tmp_path, server) as site:
            log = site.add(pod)
            log.print(write(0))
            site.keeper.follow(pod.build())
            await wait_kept(site.keeper, len(write(0)))
        async with run_keeper(tmp_path, server) as site:
            await site.keeper.close_lost(lambda _: True)
            record = await get(site.keeper)
            assert (record and record.state) == "Open"
            await site.keeper.close_lost(lambda _: False)
            record = await get(site.keeper)
            assert record is not None
            assert (record.state != "Open", record.lines, [gap.cause for gap in record.gaps]) == (
                True,
                3,
                [PODS_END],
            )


async def test_logs_of_a_run_are_forgotten(tmp_path: Path) -> None:
    async with run_log_site(tmp_path) as site:
        pod = StubPod()
        site.add(pod).end()
        site.keeper.follow(pod.end())
        await wait_safe(site.keeper, pod.build())
        await site.keeper.forget("u")
        assert await site.keeper.list("u") == []
        assert not (tmp_path / "logs" / "u").exists()


async def test_values_of_secrets_are_never_written(tmp_path: Path) -> None:
    is_readable = False

    async def read(name: str) -> Json:
        if name == "gone":
            raise NotFoundError(name)
        if not is_readable:
            raise ForbiddenError("no")
        return hold("417", b"hunter2")

    async with run_log_site(tmp_path, SecretMaskers(read)) as site:
        pod = StubPod(secrets=("token", "gone"))
        log = site.add(pod)
        log.print(b"2026-01-01T00:00:00.5Z it is hunter2, in base64 aHVudGVyMg==\n")
        site.keeper.follow(pod.build())

        async def is_held() -> bool:
            return not log.calls and bool(site.keeper._followers[KEY].progress.message)

        await eventually(is_held)
        is_readable = True
        await site.wait_text(KEY, b"2026-01-01T00:00:00.5Z it is ***, in base64 ***\n")
        [use] = await site.keeper.list_uses("u")
        assert (use.step, use.attempt, use.secret, use.revision) == ("a", 1, "token", "417")


def hold(revision: str, value: bytes) -> Json:
    """A Secret."""
    data = {"key": base64.b64encode(value).decode()}
    return {"metadata": {"resourceVersion": revision}, "data": data}


async def test_a_secret_that_changes_while_it_is_mounted_stays_masked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("longshore.archive.logs.secrets.FRESH_SECONDS", 0.0)
    now = hold("1", b"before")

    async def read(_: str) -> Json:
        return now

    async with run_log_site(tmp_path, SecretMaskers(read)) as site:
        pod = StubPod(mounted=("token",))
        log = site.add(pod)
        log.print(b"2026-01-01T00:00:00.5Z before and after\n")
        site.keeper.follow(pod.build())
        text = b"2026-01-01T00:00:00.5Z *** and after\n"
        await site.wait_text(KEY, text)
        now = hold("2", b"after")
        log.print(b"2026-01-01T00:00:01.5Z before and after\n")
        await site.wait_text(KEY, text + b"2026-01-01T00:00:01.5Z *** and ***\n")
        [use] = await site.keeper.list_uses("u")
        assert use.revision == "1", "it is the one that the attempt began with"
        site.keeper.follow(pod.end())
        log.end()
        await wait_safe(site.keeper, pod.build())
        await site.keeper.forget("u")
        assert await site.keeper.list_uses("u") == []


async def test_a_fault_of_ours_is_told_and_does_not_end_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    recover = LogFile.recover
    faults = [ValueError("a bug")]

    def fail(file: LogFile, origin: int) -> object:
        if faults:
            raise faults.pop()
        return recover(file, origin)

    monkeypatch.setattr(LogFile, "recover", fail)
    with caplog.at_level(logging.ERROR):
        async with run_log_site(tmp_path) as site:
            pod = StubPod()
            site.add(pod).print(write(0))
            site.keeper.follow(pod.build())
            await wait_kept(site.keeper, len(write(0)))
    assert "a bug" in caplog.text
