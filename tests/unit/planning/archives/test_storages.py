"""What the Deployment of an archive tells of its room, and that it is told once."""

from datetime import UTC, datetime
from typing import Any

import pytest
from longshore.api.archives import ClaimStorage, StorageReport
from longshore.planning.archives.storages import plan_storage
from support.objects import merge

NOW, LATER = datetime(2026, 11, 21, 12, tzinfo=UTC), datetime(2026, 11, 21, 13, tzinfo=UTC)
AVAILABLE = {"type": "Available", "status": "True"}


def report(*low: str) -> StorageReport:
    """The room of both claims, some of them low."""
    claims = [
        ClaimStorage(name=name, used_bytes=1, total_bytes=1, is_low=name in low)
        for name in ("archive", "artifacts")
    ]
    return StorageReport(claims=claims)


def build_deployment(*conditions: dict[str, Any]) -> dict[str, Any]:
    """A Deployment that tells this."""
    return {"metadata": {"resourceVersion": "7"}, "status": {"conditions": list(conditions)}}


def tell(deployment: dict[str, Any], *low: str, now: datetime = NOW) -> dict[str, Any]:
    """The Deployment once it has told of the room."""
    told: dict[str, Any] = merge(deployment, plan_storage(deployment, report(*low), now))
    return told


def find(deployment: dict[str, Any]) -> dict[str, Any]:
    """The condition."""
    [found] = [each for each in deployment["status"]["conditions"] if each["type"] == "StorageLow"]
    return dict(found)


@pytest.mark.parametrize("conditions", [[], [AVAILABLE]])
def test_room_that_never_was_low_is_not_spoken_of(conditions: list[dict[str, Any]]) -> None:
    assert plan_storage(build_deployment(*conditions), report(), NOW) == {}


def test_a_deployment_without_a_status() -> None:
    assert plan_storage({"metadata": {"resourceVersion": "1"}}, report(), NOW) == {}


def test_little_room_is_told_beside_what_others_tell_of_the_version_that_was_seen() -> None:
    patch = plan_storage(build_deployment(AVAILABLE), report("artifacts"), NOW)
    assert patch["metadata"] == {"resourceVersion": "7"}
    others, condition = patch["status"]["conditions"]
    assert others == AVAILABLE
    assert (condition["status"], condition["reason"]) == ("True", "LittleRoom")
    assert "of claim artifacts; when it is full, steps fail" in condition["message"]


def test_it_is_told_once() -> None:
    told = tell(build_deployment(AVAILABLE), "archive")
    assert plan_storage(told, report("archive"), LATER) == {}
    enough = tell(told, now=LATER)
    assert find(enough)["status"] == "False"
    assert plan_storage(enough, report(), LATER) == {}


def test_another_claim_is_news_and_no_turn() -> None:
    told = tell(build_deployment(), "archive")
    both = find(tell(told, "archive", "artifacts", now=LATER))
    assert "claim archive and artifacts" in both["message"]
    assert both["lastTransitionTime"] == find(told)["lastTransitionTime"] != both["lastUpdateTime"]
    assert find(tell(told, now=LATER))["lastTransitionTime"] == "2026-11-21T13:00:00Z"
