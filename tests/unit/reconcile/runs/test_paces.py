"""When a status is written."""

import pytest
from longshore.planning.runs.urgencies import Urgency
from longshore.reconcile.runs.paces import SHARES, StatusPace
from support.clocks import Clock

NEWS, WAITS = SHARES[Urgency.NEWS], SHARES[Urgency.WAITS]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(clock: Clock) -> StatusPace:
    return StatusPace(clock)


def spend(pace: StatusPace, count: int) -> None:
    """So many Runs have news."""
    for number in range(count):
        pace.find_delay(f"other-{number}", Urgency.NEWS)


def test_news_of_few_runs_is_written_at_once(pace: StatusPace) -> None:
    assert pace.find_delay("a", Urgency.NEWS) == 0


def test_news_of_many_runs_share_a_rate(pace: StatusPace, clock: Clock) -> None:
    spend(pace, NEWS.burst)
    delay = pace.find_delay("a", Urgency.NEWS)
    assert 0 < delay <= 2 / NEWS.rate
    assert pace.find_delay("a", Urgency.NEWS) == delay
    clock.now += delay
    assert pace.find_delay("a", Urgency.NEWS) == 0


def test_nothing_waits_for_ever(pace: StatusPace) -> None:
    spend(pace, 10_000)
    assert pace.find_delay("a", Urgency.NEWS) == NEWS.longest


def test_what_is_urgent_never_waits(pace: StatusPace) -> None:
    spend(pace, 10_000)
    assert pace.find_delay("a", Urgency.NOW) == 0


def test_waits_are_patient_until_there_is_news(pace: StatusPace, clock: Clock) -> None:
    assert pace.find_delay("a", Urgency.WAITS) == WAITS.patience
    clock.now += 0.5
    assert pace.find_delay("a", Urgency.WAITS) == WAITS.patience - 0.5
    assert pace.find_delay("a", Urgency.NEWS) == 0
    pace.note_write("a", steps=0)
    assert pace.find_delay("a", Urgency.WAITS) == WAITS.patience


def test_what_came_to_nothing_is_patient_anew(pace: StatusPace, clock: Clock) -> None:
    pace.find_delay("a", Urgency.WAITS)
    clock.now += 1
    pace.note_rest("a")
    assert pace.find_delay("a", Urgency.WAITS) == WAITS.patience


def test_a_large_run_rests_after_a_write(pace: StatusPace, clock: Clock) -> None:
    pace.note_write("large", steps=1000)
    pace.note_write("small", steps=5)
    clock.now += 0.01
    assert 0.9 < pace.find_delay("large", Urgency.NEWS) < 1
    assert pace.find_delay("small", Urgency.NEWS) == 0
    assert pace.find_delay("large", Urgency.NOW) == 0
    pace.forget("large")
    assert pace.find_delay("large", Urgency.NEWS) == 0
