"""Owns what people are told of the room of an archive: the condition StorageLow of its Deployment. Is pure."""

from datetime import datetime
from typing import Any

from longshore.api.archives import StorageReport
from longshore.planning.times import write_time

Json = dict[str, Any]

STORAGE_LOW = "StorageLow"


def plan_storage(deployment: Json, report: StorageReport, now: datetime) -> Json:
    """The merge patch of the Deployment's status by which it tells of the room; empty where it does so already.

    It names no numbers, which change all the time: the archive's metrics have them.
    """
    conditions = deployment.get("status", {}).get("conditions", [])
    told: Json = next((each for each in conditions if each["type"] == STORAGE_LOW), {})
    low = [claim.name for claim in report.claims if claim.is_low]
    wanted = {"type": STORAGE_LOW, **(_build_low(low) if low else _ENOUGH)}
    if wanted.items() <= told.items() or (not told and not low):
        return {}
    is_turned = told.get("status") != wanted["status"]
    since = write_time(now) if is_turned else told.get("lastTransitionTime", write_time(now))
    ours = {**wanted, "lastUpdateTime": write_time(now), "lastTransitionTime": since}
    others = [each for each in conditions if each["type"] != STORAGE_LOW]
    version = {"resourceVersion": deployment["metadata"]["resourceVersion"]}
    return {"metadata": version, "status": {"conditions": [*others, ours]}}


_ENOUGH = {"status": "False", "reason": "EnoughRoom", "message": "less than 90 % of each claim are used"}


def _build_low(claims: list[str]) -> Json:
    message = (
        f"90 % or more are used of claim {' and '.join(claims)}; when it is full, steps fail: make it larger, or"
        " keep less (archive.retention of the chart)"
    )
    return {"status": "True", "reason": "LittleRoom", "message": message}
