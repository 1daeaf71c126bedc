"""Whatever an operator lives through, no time has two Runs, none is missed that it was there for, and all ends."""

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from longshore.api.workflows import Schedule, WorkflowSpec
from longshore.planning.workflows.crons import check_schedule, find_latest, find_next
from support.planning.runs import NOW, workflow
from support.planning.schedule_simulations import Schedules

BOUND = settings(deadline=None, max_examples=150)
CRONS = st.sampled_from(["* * * * *", "*/5 * * * *", "7 * * * *", "0,30 1-3 * * *", "@hourly", "15 2 * * *"])
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"])
POLICIES = st.sampled_from(["Allow", "Forbid", "Replace"])
SCHEDULES = st.fixed_dictionaries(
    {"cron": CRONS, "timeZone": ZONES, "concurrencyPolicy": POLICIES},
    optional={"startingDeadlineSeconds": st.sampled_from([0, 20, 600])},
)
LIMITS = st.fixed_dictionaries(
    {},
    optional={
        "ttlSecondsAfterFinished": st.sampled_from([0, 90]),
        "successfulRunsHistoryLimit": st.integers(0, 2),
        "failedRunsHistoryLimit": st.integers(0, 2),
    },
)
EVENTS = st.one_of(
    st.tuples(st.just("advance"), st.sampled_from([1, 20, 59, 60, 300, 3600, 86_400])),
    st.tuples(st.just("operate"), st.none()),
    st.tuples(st.just("operate"), st.integers(0, 3)),
    st.tuples(st.just("end_runs"), st.sampled_from(["Succeeded", "Failed", "Canceled"])),
    st.tuples(st.just("expire")),
)


@BOUND
@given(schedule=SCHEDULES, limits=LIMITS, events=st.lists(EVENTS, max_size=40))
def test_no_time_has_two_runs_and_the_latest_is_never_missed(
    schedule: dict[str, Any], limits: dict[str, Any], events: list[tuple[Any, ...]]
) -> None:
    world = Schedules(schedule, limits)
    for name, *arguments in events:
        getattr(world, name)(*arguments)
    world.end_runs("Succeeded")
    world.operate()
    times = [time for _, time in world.made]
    assert len(set(times)) == len(times)
    assert times == sorted(times)
    given_schedule = Schedule.model_validate(schedule)
    assert all(find_latest(given_schedule, time) == time for time in times)
    latest = find_latest(given_schedule, world.now)
    if latest is not None and latest > NOW and "startingDeadlineSeconds" not in schedule:
        assert latest in times
    if schedule["concurrencyPolicy"] == "Forbid":
        assert world.most_active <= 1


CRASHES = st.sampled_from([("advance", 60), ("operate", None), ("operate", 1), ("end_and_expire_runs",)])


@BOUND
@given(
    limits=st.sampled_from([{"ttlSecondsAfterFinished": 0}, {"successfulRunsHistoryLimit": 0}]),
    events=st.lists(CRASHES, min_size=5, max_size=30),
)
def test_a_run_that_is_gone_again_at_once_was_made_all_the_same(
    limits: dict[str, Any], events: list[tuple[Any, ...]]
) -> None:
    world = Schedules({"cron": "* * * * *"}, limits)
    for name, *arguments in events:
        getattr(world, name)(*arguments)
    world.operate()
    times = [time for _, time in world.made]
    assert len(set(times)) == len(times)


@BOUND
@given(schedule=SCHEDULES, waits=st.lists(st.integers(1, 4000), max_size=30))
def test_an_operator_that_is_always_there_makes_a_run_of_every_time(
    schedule: dict[str, Any], waits: list[int]
) -> None:
    world, given_schedule = Schedules(schedule), Schedule.model_validate(schedule)
    world.operate()
    due = []
    for seconds in waits:
        target = world.now + timedelta(seconds=seconds)
        while (time := find_next(given_schedule, world.now)) is not None and time <= target:
            world.now = time
            due.append(time)
            world.operate()
            world.end_runs("Succeeded")
        world.now = target
        world.operate()
    assert [time for _, time in world.made] == due


@BOUND
@given(
    cron=CRONS,
    zone=ZONES,
    day=st.integers(0, 364),
    minutes=st.lists(st.integers(0, 2000), min_size=1, max_size=8),
)
def test_looking_back_and_looking_ahead_agree(cron: str, zone: str, day: int, minutes: list[int]) -> None:
    schedule = Schedule(cron=cron, time_zone=zone)
    start = NOW + timedelta(days=day)
    for minute in minutes:
        now = start + timedelta(minutes=minute)
        latest, following = find_latest(schedule, now), find_next(schedule, now)
        assert latest is not None
        assert following is not None
        assert latest <= now < following
        assert find_next(schedule, latest) == following
        assert find_latest(schedule, following - timedelta(seconds=1)) == latest
        assert find_latest(schedule, following) == following


@BOUND
@given(
    cron=st.one_of(st.text(max_size=20), st.text(alphabet="0123456789*/,-L#W@MONFEBsday ", max_size=30)),
    zone=st.one_of(st.just("UTC"), st.text(max_size=12)),
)
def test_any_text_is_a_schedule_that_comes_or_is_told_why_not(cron: str, zone: str) -> None:
    given_schedule = Schedule.model_construct(
        cron=cron, time_zone=zone, concurrency_policy="Allow", starting_deadline_seconds=None
    )
    spec = WorkflowSpec.model_validate(workflow()).model_copy(update={"schedule": given_schedule})
    if not list(check_schedule(spec)):
        assert find_next(given_schedule, NOW) is not None
