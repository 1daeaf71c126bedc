"""What of a log can not be had any more is a gap that says so, and what is merely late is none."""

from pathlib import Path

import pytest
from longshore.api.records import EventType
from longshore.archive.logs import followers
from longshore.archive.logs.followers import PODS_END
from longshore.archive.logs.jumps import FILE
from longshore.archive.logs.records import Gap
from longshore.archive.logs.writers import OUTRUN
from support.archives.journals import build_version
from support.archives.keepers import KEY, find_record, wait_kept, wait_safe, write_lines
from support.archives.logs import StubPod, run_keeper, run_log_site
from support.conditions import eventually
from support.log_servers import Cut, Say, serve_logs


async def test_a_follow_goes_on_in_the_next_file_of_the_kubelet(tmp_path: Path) -> None:
    async with run_log_site(tmp_path) as site:
        pod = StubPod()
        log = site.add(pod)
        log.print(write_lines(0))
        site.keeper.follow(pod.build())
        await wait_kept(site.keeper, len(write_lines(0)))
        log.rotate()
        log.print(write_lines(3))
        log.end()
        site.keeper.follow(pod.end())
        await wait_safe(site.keeper, pod.build())
        record = await find_record(site.keeper)
        assert (await site.read(KEY), record and record.gaps) == (write_lines(0, 6), ())


async def test_a_stream_that_stays_with_a_rotated_file_is_asked_for_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may as well be that the connection hung, and the old file had more: so lines may be missing."""
    monkeypatch.setattr(followers, "STALL_SECONDS", 0.1)
    monkeypatch.setattr(followers, "STALL_BYTES", len(write_lines(0)))
    async with run_log_site(tmp_path) as site:
        pod = StubPod()
        log = site.add(pod)
        log.is_unnoticed = True
        log.print(write_lines(0))
        site.keeper.follow(pod.build())
        await wait_kept(site.keeper, len(write_lines(0)))
        log.rotate()
        log.print(write_lines(3))
        await wait_kept(site.keeper, len(write_lines(0, 6)))
        log.rotate()
        log.print(write_lines(6))
        await wait_kept(site.keeper, len(write_lines(0, 9)))
        log.end()
        site.keeper.follow(pod.end())
        await wait_safe(site.keeper, pod.build())
        record = await find_record(site.keeper)
        assert record is not None
        assert await site.read(KEY) == write_lines(0, 9)
        assert [gap.cause for gap in record.gaps] == ["the stream broke"] * 2


async def test_a_stream_that_rests_is_asked_for_anew_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followers, "STALL_SECONDS", 0.1)
    monkeypatch.setattr(followers, "STALL_BYTES", len(write_lines(0, 6)))
    async with run_log_site(tmp_path) as site:
        pod = StubPod()
        log = site.add(pod)
        log.print(write_lines(0, 6))
        site.keeper.follow(pod.build())

        async def is_asked_anew() -> bool:
            return len(log.calls) == 2

        await eventually(is_asked_anew)
        log.print(write_lines(6))
        await wait_kept(site.keeper, len(write_lines(0, 9)))
        log.end()
        site.keeper.follow(pod.end())
        await wait_safe(site.keeper, pod.build())
        record = await find_record(site.keeper)
        assert (await site.read(KEY), record and record.gaps) == (write_lines(0, 9), ())


async def test_what_was_rotated_while_nobody_looked_is_a_gap(tmp_path: Path) -> None:
    async with serve_logs() as server:
        pod = StubPod()
        async with run_keeper(tmp_path, server) as site:
            log = site.add(pod)
            log.print(write_lines(0))
            site.keeper.follow(pod.build())
            await wait_kept(site.keeper, len(write_lines(0)))
        log.print(write_lines(3))
        log.rotate()
        log.print(write_lines(6))
        log.end()
        async with run_keeper(tmp_path, server) as site:
            site.keeper.follow(pod.end())
            await wait_safe(site.keeper, pod.build())
            record = await find_record(site.keeper)
            assert record is not None
            assert await site.read(KEY) == write_lines(0) + write_lines(6)
            [gap] = record.gaps
            assert (gap.offset, gap.since, gap.until) == (
                len(write_lines(0)),
                "2026-01-01T00:00:02.5Z",
                "2026-01-01T00:00:06Z",
            )


async def test_a_file_that_the_kubelet_left_out_of_a_stream_is_a_gap(tmp_path: Path) -> None:
    async with run_log_site(tmp_path) as site:
        pod = StubPod()
        log = site.add(pod)
        before, after = write_lines(0, 1) * (FILE // len(write_lines(0, 1)) + 1), write_lines(30)
        log.print(before + after)
        log.end()
        site.keeper.follow(pod.end())
        await wait_safe(site.keeper, pod.build())
        record = await find_record(site.keeper)
        assert record is not None
        assert record.bytes == len(before + after)
        assert record.gaps == (Gap(len(before), "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:30Z", OUTRUN),)


async def test_a_gap_is_told_once_also_where_the_journal_learns_of_its_run_later(tmp_path: Path) -> None:
    async with serve_logs() as server:
        pod = StubPod()
        async with run_keeper(tmp_path, server) as site:
            log = site.add(pod)
            log.print(write_lines(0))
            site.keeper.follow(pod.build())
            await wait_kept(site.keeper, len(write_lines(0)))
        log.print(write_lines(3))
        log.rotate()
        log.print(write_lines(6))
        async with run_keeper(tmp_path, server) as site:
            site.keeper.follow(pod.build())
            await wait_kept(site.keeper, len(write_lines(0) + write_lines(6)))
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


async def test_a_pod_that_is_gone_ends_its_log_and_says_so(tmp_path: Path) -> None:
    async with run_log_site(tmp_path) as site:
        pod = StubPod()
        log = site.add(pod)
        log.print(write_lines(0) + b"2026-01-01T00:00:05.5Z torn")
        log.faults.append(Cut(10**6))
        site.keeper.follow(pod.build())
        await wait_kept(site.keeper, len(write_lines(0)))
        del site.server.logs[pod.name, "step"]
        log.restart()
        await wait_safe(site.keeper, pod.end())
        record = await find_record(site.keeper)
        assert record is not None
        assert [gap.cause for gap in record.gaps] == [PODS_END]
        assert await site.read(KEY) == write_lines(0) + b"2026-01-01T00:00:05.5Z torn"


async def test_a_log_that_the_kubelet_has_not_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longshore.archive.logs.followers.REFUSED_SECONDS", 0.2)
    async with run_log_site(tmp_path) as site:
        pod = StubPod()
        site.add(pod).faults.extend([Say("unable to retrieve container logs")] * 50)
        site.keeper.follow(pod.end())
        await wait_safe(site.keeper, pod.build())
        record = await find_record(site.keeper)
        assert record is not None
        assert "unable to retrieve" in record.gaps[0].cause


async def test_logs_of_pods_that_went_while_nobody_looked_are_closed(tmp_path: Path) -> None:
    async with serve_logs() as server:
        pod = StubPod()
        async with run_keeper(tmp_path, server) as site:
            log = site.add(pod)
            log.print(write_lines(0))
            site.keeper.follow(pod.build())
            await wait_kept(site.keeper, len(write_lines(0)))
        async with run_keeper(tmp_path, server) as site:
            await site.keeper.close_lost(lambda _: True)
            record = await find_record(site.keeper)
            assert (record and record.state) == "Open"
            await site.keeper.close_lost(lambda _: False)
            record = await find_record(site.keeper)
            assert record is not None
            assert (record.state != "Open", record.lines, [gap.cause for gap in record.gaps]) == (
                True,
                3,
                [PODS_END],
            )
