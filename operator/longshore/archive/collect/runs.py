"""Owns what is on record of Runs, as far as the fate of their pods hangs on it. Pure; must not decide anything."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from longshore.archive.places import AttemptKey
from longshore.archive.ports import Json
from longshore.names import CONTROLLER
from longshore.planning.attempts.attempts import TERMINAL
from longshore.planning.runs.summaries import FINISHED


@dataclass(frozen=True, slots=True)
class StepView:
    """Where a step of a Run is."""

    attempt: int
    has_ended: bool
    pod: str
    """Of its present attempt, or empty."""


@dataclass(frozen=True, slots=True)
class RunView:
    """A Run, as it was last written."""

    is_finished: bool = False
    """Whether it has ended, or is gone: nothing of it will be looked at again."""
    is_foreign: bool = False
    """Whether another controller makes its pods."""
    steps: Mapping[str, StepView] = field(default_factory=dict)
    """By path; empty where it has ended."""

    def knows_end(self, key: AttemptKey) -> bool:
        """Whether how the attempt ended is on record."""
        step = self.steps.get(key.step)
        if self.is_finished or step is None:
            return self.is_finished
        return step.attempt > key.number or (step.attempt == key.number and step.has_ended)

    def has_left(self, key: AttemptKey, pod: str) -> bool:
        """Whether it is on record that the attempt, which never ran in this shared pod, has one of its own."""
        step = self.steps.get(key.step)
        return step is not None and step.attempt == key.number and step.pod not in {"", pod}


GONE = RunView(is_finished=True)
"""Of a Run that the API server does not know any more."""


def observe_run(run: Json) -> RunView:
    """What is on record of a Run."""
    status = run.get("status", {})
    is_finished = status.get("phase") in FINISHED
    steps = {} if is_finished else status.get("steps", {})
    return RunView(
        is_finished=is_finished,
        is_foreign=run.get("spec", {}).get("managedBy", CONTROLLER) != CONTROLLER,
        steps={
            path: StepView(step.get("attempt", 0), step.get("phase") in TERMINAL, step.get("pod", ""))
            for path, step in steps.items()
        },
    )
