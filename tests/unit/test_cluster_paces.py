"""How fast calls may follow one another, without waiting for it."""

import itertools

import pytest
from longshore.cluster.paces import Backoff, TokenBucket


def test_a_burst_passes_at_once_and_the_rest_at_the_rate() -> None:
    bucket = TokenBucket(rate=100, burst=200)
    waits = [bucket.reserve(now=1000) for _ in range(300)]
    assert waits[:200] == [0] * 200
    assert waits[200:] == pytest.approx([0.01 * n for n in range(1, 101)])


def test_a_bucket_fills_up_again_but_no_further() -> None:
    bucket = TokenBucket(rate=10, burst=5)
    for _ in range(5):
        bucket.reserve(now=0)
    assert bucket.reserve(now=0) == pytest.approx(0.1)
    waits = [bucket.reserve(now=1000) for _ in range(6)]
    assert waits == pytest.approx([0, 0, 0, 0, 0, 0.1])


def test_a_bucket_in_use_lets_the_rate_pass() -> None:
    bucket = TokenBucket(rate=10, burst=1)
    assert [bucket.reserve(now=n / 10) for n in range(5)] == pytest.approx([0] * 5)


def test_delays_double_to_the_last() -> None:
    backoff = Backoff(first=0.1, last=5, clock=itertools.count().__next__)
    for expected in (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5):
        assert expected / 2 <= backoff.next_delay() <= expected
        assert backoff.is_exhausted is (expected == 5)


def test_a_failure_long_after_begins_anew() -> None:
    moments = iter([100.0] * 10 + [110, 120.1])
    backoff = Backoff(first=0.1, last=5, clock=lambda: next(moments))
    for _ in range(10):
        backoff.next_delay()
    assert backoff.next_delay() > 0.1
    assert backoff.next_delay() <= 0.1
    assert not backoff.is_exhausted
