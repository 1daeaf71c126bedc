"""Logs are kept whole: through breaks, restarts, rotation, refusals and a full volume, and are compressed then."""

import errno
import gzip
import logging
from pathlib import Path

import pytest
from longshore.archive.logs.files import LogFile
from longshore.archive.logs.reads import Wish
from support.archives.keepers import KEY, find_record, wait_kept, wait_safe, write_lines
from support.archives.logs import StubPod, build_key, run_keeper, run_log_site
from support.conditions import eventually
from support.log_servers import Cut, Refuse, Say, serve_logs


async def test_a_log_is_followed_and_complete_when_its_container_has_ended(tmp_path: Path) -> None:
    async with run_log_site(tmp_path) as site:
        pod = StubPod()
        log = site.add(pod)
        log.print(write_lines(0))
        site.keeper.follow(pod.build())
        await wait_kept(site.keeper, len(write_lines(0)))
        assert not site.keeper.has_all(pod.build())
        log.print(write_lines(3))
        log.end()
        site.keeper.follow(pod.end())
        await wait_safe(site.keeper, pod.build())
        record = await find_record(site.keeper)
        assert record is not None
        assert (record.state != "Open", record.lines, record.gaps) == (True, 6, ())
        assert await site.read(KEY) == write_lines(0, 6)


async def test_what_comes_in_is_measured(tmp_path: Path) -> None:
    async with run_log_site(tmp_path) as site:
        pod = StubPod()
        log = site.add(pod)
        log.print(write_lines(0))
        site.keeper.follow(pod.build())
        await wait_kept(site.keeper, len(write_lines(0)))
        assert site.measure("streams") == 1
        log.print(write_lines(3))
        log.end()
        site.keeper.follow(pod.end())
        await wait_safe(site.keeper, pod.build())
        names = ("bytes_total", "lines_total", "gaps_total", "streams")
        assert [site.measure(name) for name in names] == [len(write_lines(0, 6)), 6, 0, 0]
        batches = site.measure("lag_seconds_count")
        assert site.measure("lag_seconds_sum") > 3600 * batches > 0, "it was printed long ago"


async def test_a_container_that_ended_before_it_was_seen(tmp_path: Path) -> None:
    async with run_log_site(tmp_path) as site:
        pod = StubPod()
        log = site.add(pod)
        log.print(write_lines(0) + b"2026-01-01T00:00:09.5Z killed in the midd")
        log.end()
        site.keeper.follow(pod.end())
        await wait_safe(site.keeper, pod.build())
        assert await site.read(KEY) == write_lines(0) + b"2026-01-01T00:00:09.5Z killed in the midd"


@pytest.mark.parametrize("size", [0, 20, 36, 60])
async def test_a_stream_that_breaks_anywhere_loses_and_doubles_nothing(tmp_path: Path, size: int) -> None:
    async with run_log_site(tmp_path) as site:
        pod = StubPod()
        log = site.add(pod)
        log.print(write_lines(0, 5))
        log.faults.extend([Cut(size), Refuse(503), Cut(size), Refuse(429)])
        site.keeper.follow(pod.build())
        await wait_kept(site.keeper, len(write_lines(0, 5)))
        log.faults.append(Cut(size))
        log.end()
        site.keeper.follow(pod.end())
        await wait_safe(site.keeper, pod.build())
        assert await site.read(KEY) == write_lines(0, 5)


@pytest.mark.parametrize("torn", [0, 1, 10])
async def test_the_archive_goes_on_where_it_was_killed(tmp_path: Path, torn: int) -> None:
    async with serve_logs() as server:
        pod = StubPod()
        async with run_keeper(tmp_path, server) as site:
            log = site.add(pod)
            log.print(write_lines(0))
            site.keeper.follow(pod.build())
            await wait_kept(site.keeper, len(write_lines(0)))
        path = tmp_path / "logs" / "u" / "a" / "1" / "step"
        with path.open("ab") as file:
            file.write(write_lines(3)[:torn])
        log.print(write_lines(3))
        async with run_keeper(tmp_path, server) as site:
            site.keeper.follow(pod.build())
            await wait_kept(site.keeper, len(write_lines(0, 6)))
            assert path.read_bytes() == write_lines(0, 6)


async def test_a_container_that_waits_and_a_kubelet_that_does_not_answer_are_asked_again(tmp_path: Path) -> None:
    async with run_log_site(tmp_path) as site:
        pod = StubPod()
        log = site.add(pod)
        log.faults.extend([Refuse(400, "is waiting to start"), Say(), Refuse(500, "dial tcp: refused")])
        log.faults.append(Refuse(404, "pod does not exist"))  # so says a kubelet that has just started
        log.print(write_lines(0))
        site.keeper.follow(pod.build())
        await wait_kept(site.keeper, len(write_lines(0)))
        assert await site.read(KEY) == write_lines(0)


async def test_a_service_that_is_started_anew_goes_on_in_the_same_log(tmp_path: Path) -> None:
    async with run_log_site(tmp_path) as site:
        pod = StubPod(services=("db",), states={"db": "running"})
        key = build_key(container="db")
        log = site.add(pod, "db")
        log.print(write_lines(0))
        site.keeper.follow(pod.build())
        await site.wait_text(key, write_lines(0))
        log.restart()
        log.earlier = write_lines(0, 5)
        log.print(write_lines(7))
        pod.restarts["db"] = 1
        site.keeper.follow(pod.build())
        await site.wait_text(key, write_lines(0, 5) + write_lines(7))
        record = await find_record(site.keeper, key)
        assert record is not None
        assert record.gaps == ()


async def test_each_step_of_a_shared_pod_has_the_log_of_its_container(tmp_path: Path) -> None:
    async with run_log_site(tmp_path) as site:
        pod = StubPod(fused=("a", "b"), states={"a": "terminated", "b": "running"})
        site.add(pod, "a").print(write_lines(0))
        site.add(pod, "a").end()
        site.add(pod, "b").print(write_lines(5))
        site.keeper.follow(pod.build())
        await site.wait_text(build_key("b", "b"), write_lines(5))
        await site.wait_text(build_key("a", "a"), write_lines(0))


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
        log.print(write_lines(0))
        log.end()
        site.keeper.follow(pod.end())

        async def is_told() -> bool:
            return any("No space left" in known.message for known in await site.keeper.list("u"))

        await eventually(is_told)
        assert not site.keeper.has_all(pod.build())
        is_full = False
        await wait_safe(site.keeper, pod.build())
        assert await site.read(KEY) == write_lines(0)


async def test_a_complete_log_is_compressed_and_reads_the_same(tmp_path: Path) -> None:
    async with run_log_site(tmp_path) as site:
        pod = StubPod()
        log = site.add(pod)
        log.print(write_lines(0, 30))
        log.end()
        site.keeper.follow(pod.end())
        packed = site.get_path(KEY).with_suffix(".gz")

        async def is_sealed() -> bool:
            return packed.exists() and not site.get_path(KEY).exists()

        await eventually(is_sealed)
        assert gzip.decompress(packed.read_bytes()) == write_lines(0, 30)
        assert await site.read(KEY) == write_lines(0, 30)
        assert await site.read(KEY, Wish(tail=2, has_stamps=True)) == write_lines(28, 2)
        assert await site.read(KEY, Wish(tail=1)) == b"line 29\n"


async def test_a_text_that_was_compressed_already_is_removed_at_the_next_start(tmp_path: Path) -> None:
    async with serve_logs() as server:
        pod = StubPod()
        async with run_keeper(tmp_path, server) as site:
            log = site.add(pod)
            log.print(write_lines(0))
            log.end()
            site.keeper.follow(pod.end())
            path = site.get_path(KEY)

            async def is_sealed() -> bool:
                return path.with_suffix(".gz").exists() and not path.exists()

            await eventually(is_sealed)
        path.write_bytes(write_lines(0))
        async with run_keeper(tmp_path, server):

            async def is_gone() -> bool:
                return not path.exists()

            await eventually(is_gone)


async def test_logs_of_a_run_are_forgotten(tmp_path: Path) -> None:
    async with run_log_site(tmp_path) as site:
        pod = StubPod()
        site.add(pod).end()
        site.keeper.follow(pod.end())
        await wait_safe(site.keeper, pod.build())
        await site.keeper.forget("u")
        assert await site.keeper.list("u") == []
        assert not (tmp_path / "logs" / "u").exists()


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
            site.add(pod).print(write_lines(0))
            site.keeper.follow(pod.build())
            await wait_kept(site.keeper, len(write_lines(0)))
    assert "a bug" in caplog.text
