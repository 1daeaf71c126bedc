"""Which caches go."""

import pytest
from longshore.archive.caches.evictions import Entry, plan_evictions

ENTRIES = [Entry("new", 3, "2026-03"), Entry("old", 1, "2026-01"), Entry("middle", 2, "2026-02")]


@pytest.mark.parametrize(
    ("limit", "evicted"),
    [
        (6, []),
        (5, ["old"]),
        (4, ["old", "middle"]),
        (3, ["old", "middle"]),
        (2, ["old", "middle", "new"]),
        (0, ["old", "middle", "new"]),
    ],
)
def test_those_go_that_nobody_has_used_for_longest(limit: int, evicted: list[str]) -> None:
    assert [entry.key for entry in plan_evictions(ENTRIES, limit)] == evicted


def test_nothing_goes_where_there_is_nothing() -> None:
    assert plan_evictions([], 0) == []
