"""What goes, and in which order."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from longshore.archive.sweeps.retentions import Kept, Removal, plan_sweep

NOW = datetime(2026, 6, 1, tzinfo=UTC)
NEW, OLD = NOW - timedelta(hours=23), NOW - timedelta(hours=25)
A, B, C = (f"0b7e0000-0000-4000-8000-00000000000{digit}" for digit in "abc")
NOTHING: dict[str, Any] = {"logs": {}, "artifacts": {}, "known": (), "expired": (), "ended": ()}


@pytest.mark.parametrize(
    ("kept", "removals"),
    [
        ({}, []),
        ({"known": {A}, "logs": {A: OLD}, "artifacts": {A: OLD}}, []),
        ({"known": {A, B}, "expired": [B, A], "ended": [A, B], "logs": {A: OLD}}, [(B, "run"), (A, "run")]),
        ({"known": {A, B}, "ended": [A, B], "logs": {A: OLD}}, [(A, "logs")]),
        ({"logs": {A: OLD, B: NEW}, "artifacts": {C: OLD}}, [(A, "logs"), (C, "artifacts")]),
        ({"logs": {"lost+found": OLD, "..": OLD, A.upper(): OLD}, "artifacts": {"data": OLD}}, []),
    ],
    ids=["nothing", "known", "expired", "old logs", "orphans", "what is not ours"],
)
def test_what_goes(kept: dict[str, Any], removals: list[tuple[str, Any]]) -> None:
    assert plan_sweep(Kept(**NOTHING | kept), NOW) == [Removal(*removal) for removal in removals]
