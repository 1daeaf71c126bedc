"""Verdicts hold until their time, and are never too many."""

from longshore.archive.http.verdicts import Verdicts


def test_a_verdict_holds_until_its_time() -> None:
    now = 0.0
    verdicts: Verdicts[str, bool] = Verdicts(lambda: now)
    verdicts.put("a", verdict=False, until=5)
    now = 4.9
    assert verdicts.get("a") is False
    now = 5.0
    assert verdicts.get("a") is None
    assert verdicts.get("b") is None


def test_the_oldest_goes_first() -> None:
    verdicts: Verdicts[str, int] = Verdicts(lambda: 0, size=2)
    for key in ("a", "b", "a", "c"):
        verdicts.put(key, 1, until=1)
    assert [verdicts.get(key) for key in "abc"] == [1, None, 1]
