"""Owns what becomes of a pod: its files are judged, it goes, or it stays. Pure and total; must not do any of it.

What a step left is judged once nothing more will come, and told on the pod, since its step ends only then. A pod
goes once three things hold: how each of its attempts ended is on record, its logs are safe, its files are judged.
All of it follows from what is in the cluster and on the volume, so it may be asked anew at any time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from longshore.archive.collect.pods import CollectedPod, Files
from longshore.archive.collect.runs import RunView

LOG_DELAY = timedelta(seconds=0.5)
"""Until it is looked again whether logs are safe."""


@dataclass(frozen=True, slots=True)
class Seal:
    """Judge what these steps left, and tell it on the pod."""

    files: tuple[Files, ...]


@dataclass(frozen=True, slots=True)
class Settle:
    """Tell whether what its steps saved may be restored: that of those that went well."""


@dataclass(frozen=True, slots=True)
class FindRun:
    """Find out whether the pod's Run is gone: nothing has told of it yet."""


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete the pod."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Look again after so long, should nothing change before."""

    delay: timedelta


Decision = Seal | Settle | FindRun | Delete | Wait | None
"""None: nothing, until something changes."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What the fate of a pod hangs on, besides the pod itself."""

    run: RunView | None
    """None: nothing has told of its Run yet."""
    has_logs: bool
    """Whether all its logs, or that they can't be had, are on the volume."""
    now: datetime
    upload: timedelta
    """How long files may be on their way after their step has ended, besides the pod's grace."""
    is_settled: bool = False
    """Whether it was told whether what the pod's steps saved may be restored, since this process began."""


def plan_pod(pod: CollectedPod, situation: Situation) -> Decision:
    """What to do with a pod now."""
    run, now = situation.run, situation.now
    if run is not None and run.is_foreign:
        return None
    late = pod.grace + situation.upload
    if due := tuple(files for files in pod.files if _is_due(files, now - late)):
        return Seal(due)
    if not pod.has_ended:
        ends = [files.ended for files in pod.files if files.ended is not None]
        return Wait(min(ends) + late - now) if ends else None
    if pod.savers and not situation.is_settled:
        return Settle()
    if pod.is_deleted:
        return None
    return _plan_deletion(pod, situation)


def _plan_deletion(pod: CollectedPod, situation: Situation) -> Decision:
    """What to do with a pod that has ended, and whose files are judged."""
    run = situation.run
    if run is not None and not _is_recorded(pod, run):
        return None
    if not situation.has_logs:
        return Wait(LOG_DELAY)
    return FindRun() if run is None else Delete()


def _is_recorded(pod: CollectedPod, run: RunView) -> bool:
    """Whether nothing that became of the pod's steps is news to whoever plans.

    The first step is at home here: a record that names another pod is an older one.
    """
    first, *guests = pod.attempts
    return run.knows_end(first) and all(run.knows_end(key) or run.has_left(key, pod.name) for key in guests)


def _is_due(files: Files, latest: datetime) -> bool:
    """Whether files are judged now: a pod that is kept, or a node that is lost, holds nobody up for ever."""
    return files.is_sent or (files.ended is not None and files.ended <= latest)
