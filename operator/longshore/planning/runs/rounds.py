"""Owns one planning round of a Run: what was observed, what is decided so far, and what expressions see of both.

A path is a step's name, or of one item of a fan-out `name[index]`, or of several that a child Run runs
`name[first:end]`. A fan-out has an entry of its own, which tells of all its items. Must not decide.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from longshore.api.step_statuses import Question, StepPhase, StepReason, StepStatus
from longshore.api.steps import Step
from longshore.errors import ExpressionError
from longshore.names import build_identifier, get_items, get_step_name, is_slice
from longshore.planning.acceptance.graphs import Graph
from longshore.planning.attempts.attempts import HALTS, TERMINAL, Situation
from longshore.planning.attempts.standings import find_round
from longshore.planning.expressions.fanouts import Each, expand
from longshore.planning.expressions.scopes import Scope, build_run_scope, build_step_value, build_variables
from longshore.planning.groups.groups import Claim, Place
from longshore.planning.observations import Observed
from longshore.planning.plans import Action
from longshore.planning.pools.agents import Demand, Unplaced
from longshore.planning.pools.pools import AgentWait
from longshore.planning.steps.slices import build_slice_step, unpack_values
from longshore.planning.steps.statuses import build_wait
from longshore.planning.tables import StatusTable

Outcome = Literal["Succeeded", "Failed", "Canceled"]


@dataclass(slots=True)
class Round:
    """The statuses by path as they are decided so far, and the actions that go with them."""

    graph: Graph
    observed: Observed
    situation: Situation
    statuses: StatusTable
    questions: dict[str, Question] = field(default_factory=dict)
    actions: list[Action] = field(default_factory=list)
    wake_at: list[datetime] = field(default_factory=list)
    waits: list[AgentWait] = field(default_factory=list)
    placed: Counter[str] = field(default_factory=Counter)
    """How many attempts start on each Agent, beside those that were promised room."""
    unplaced: dict[Demand, Unplaced] = field(default_factory=dict)
    """What has found no room."""
    group_waits: list[Claim] = field(default_factory=list)
    """Attempts that would start if they had a place in their group."""
    _eaches: dict[str, list[Each]] = field(default_factory=dict)
    _values: dict[str, tuple[StepStatus, dict[str, Any]]] = field(default_factory=dict)
    """What expressions see of steps that have ended, each with the status that it was read from."""
    _variables: dict[str, str] = field(default_factory=dict)
    _unrecorded: AbstractSet[str] | None = None
    """The names of pods and child Runs that are not on record; None: nobody has asked yet."""

    def copy(self) -> "Round":
        """A round that goes on from here without touching this one."""
        return replace(
            self,
            statuses=self.statuses.copy(),
            questions=dict(self.questions),
            actions=list(self.actions),
            wake_at=list(self.wake_at),
            waits=list(self.waits),
            placed=Counter(self.placed),
            unplaced=dict(self.unplaced),
            group_waits=list(self.group_waits),
        )

    @property
    def is_suspended(self) -> bool:
        """Whether nothing new is to start; a cancel beats it."""
        return self.situation.run.spec.suspend and self.situation.run.spec.cancel is None

    def get_step(self, path: str) -> Step:
        """The step that a path is of."""
        step = self.graph.steps[get_step_name(path)]
        return build_slice_step(step) if is_slice(path) else step

    def has_child(self, path: str) -> bool:
        """Whether a child Run does what the path is of."""
        return is_slice(path) or self.get_step(path).workflow is not None

    def list_items(self, name: str) -> list[str]:
        """The paths of a fan-out's items, or slices of them, in order; empty before it is expanded."""
        return self.statuses.list_items(name)

    @property
    def first_item(self) -> int:
        """The first item that this Run runs of a fan-out."""
        part = self.situation.run.spec.slice
        return part.first if part else 0

    def _list_slices(self, name: str) -> list[str]:
        return [path for path in self.list_items(name) if is_slice(path)]

    def list_paths(self) -> Iterator[str]:
        """All that has attempts of its own, in order: steps, and in place of a fan-out its items."""
        for name in self.graph.order:
            yield from self.list_items(name) or [name]

    def build_scope(self, path: str) -> Scope:
        """What expressions of a path see. Raises ExpressionError where its items can't be told any more."""
        name = get_step_name(path)
        scope = self.build_step_scope(name)
        return scope if not (each := self.get_each(path)) else {**scope, "each": each}

    def build_step_scope(self, name: str) -> dict[str, Any]:
        """What expressions of a step see, in every item of it."""
        inherited = self.observed.inherited
        steps = inherited.steps if inherited else self._build_values(self.graph.upstream[name])
        scope = {**build_run_scope(self.situation.run), "steps": steps}
        if name in self.graph.finals:
            scope["run"] = {**scope["run"], "phase": self.find_outcome(self.list_main())}
        return scope

    def build_full_scope(self) -> Scope:
        """What the Run's outputs see: every step."""
        steps = self._build_values(self.graph.steps)
        return {**build_run_scope(self.situation.run), "steps": steps}

    def get_each(self, path: str) -> Each:
        """What `each` is for a path: its item, or the round of a repeat, counted from 0."""
        name, step = get_step_name(path), self.get_step(path)
        if step.repeat is not None:
            return {"index": find_round(self.statuses[path])}
        if step.for_each is None or path == name:
            return {}
        eaches, index = self.list_eaches(name), get_items(path).start
        if index - self.first_item >= len(eaches):
            raise ExpressionError(f"forEach has {len(eaches)} items now; item {index} is gone")
        return eaches[index - self.first_item]

    def list_eaches(self, name: str) -> list[Each]:
        """What `each` is in each item that this Run runs of a fan-out, by what it reads now.

        Raises ExpressionError.
        """
        for_each = self.graph.steps[name].for_each
        if for_each is None:
            return []
        if self.observed.inherited:
            return self.observed.inherited.eaches
        if name not in self._eaches:
            self._eaches[name] = expand(for_each, self.build_step_scope(name))
        return self._eaches[name]

    def has_begun(self, path: str, attempt: int) -> bool:
        """Whether an attempt that is not on record has its pod or child Run, made before a crash."""
        unrecorded = self._list_unrecorded()
        if not unrecorded:
            return False
        begun = self.situation.build_attempt(path, attempt)
        return begun.pod in unrecorded or begun.child in unrecorded

    def _list_unrecorded(self) -> AbstractSet[str]:
        if self._unrecorded is None:
            recorded = {status.pod or status.run for status in self.situation.run.status.steps.values()}
            self._unrecorded = (self.observed.pods.keys() | self.observed.children.keys()) - recorded
        return self._unrecorded

    def is_done(self, name: str) -> bool:
        """Whether a step has ended, for good or bad."""
        return self.statuses[name].phase in TERMINAL

    def list_failed(self) -> list[str]:
        """The steps that fail the Run, or leave it undone since they were replaced."""
        return [name for name in self.statuses.list_failed() if self.graph.steps[name].on_error != "Continue"]

    def list_obstacles(self, name: str) -> list[str]:
        """The failed steps that keep one from starting: before `finally` all there are, in it those it needs."""
        failed, finals = self.list_failed(), self.graph.finals
        if name in finals:
            return [other for other in failed if other in finals & self.graph.upstream[name]]
        return [other for other in failed if other not in finals]

    def list_main(self) -> list[str]:
        """The steps before `finally`."""
        return [name for name in self.graph.order if name not in self.graph.finals]

    def find_outcome(self, names: Iterable[str]) -> Outcome:
        """What these steps come to, by what is on record: the next operator's clock may be behind."""
        ends = {status.reason for status in self.statuses.values() if status.phase is StepPhase.CANCELED}
        if ends & HALTS and self.situation.run.spec.cancel is not None:
            return "Canceled"
        failed = {self.statuses[name].phase for name in set(names).intersection(self.list_failed())}
        if StepReason.RUN_DEADLINE_EXCEEDED in ends or StepPhase.FAILED in failed:
            return "Failed"
        return "Canceled" if failed else "Succeeded"

    def find_halt(self, path: str) -> StepReason | None:
        """Why a path is to end, where it is: `finally` is beyond the reach of a cancel."""
        name = get_step_name(path)
        if self.situation.halt is not None and name not in self.graph.finals:
            return self.situation.halt
        if path != name and self._fails_fast(name):
            return StepReason.FAIL_FAST
        return StepReason.REPLACED if self.find_replacement(path) else None

    def find_replacement(self, path: str) -> str:
        """For whom the path's attempt has to make way in its group, or empty."""
        concurrency = self.get_step(path).concurrency if self.observed.groups else None
        view = (self.observed.groups or {}).get(concurrency.group) if concurrency else None
        if view is None or not view.verdicts:
            return ""
        place = Place(self.situation.run.metadata.uid, path, max(self.statuses[path].attempt, 1))
        verdict = view.verdicts.get(place)
        return verdict.message if verdict and verdict.reason == "Replaced" else ""

    def get_situation(self, path: str) -> Situation:
        """The situation as it is for a path."""
        halt = self.find_halt(path)
        if halt is self.situation.halt:
            return self.situation
        message = self.find_replacement(path) if halt is StepReason.REPLACED else ""
        return replace(self.situation, halt=halt, halt_message=message)

    def _fails_fast(self, name: str) -> bool:
        for_each = self.graph.steps[name].for_each
        if for_each is None or not for_each.fail_fast:
            return False
        return self.statuses.has_failure(name)

    def list_variables(self) -> Mapping[str, str]:
        """The environment that all attempts have of the Run's parameters: written once, as it may be long."""
        if not self._variables:
            self._variables |= build_variables(self.situation.run.status.params or {})
        return self._variables

    def list_phases(self, name: str) -> list[str]:
        """The phases of all items of a fan-out, also of those that slices run."""
        phases: list[str] = self._build_value(name)["phase"]
        return phases

    def _build_values(self, names: Iterable[str]) -> dict[str, Any]:
        return {build_identifier(name): self._build_value(name) for name in names}

    def _build_value(self, name: str) -> dict[str, Any]:
        """What expressions see of a step; once it has ended, built once for all the items that look at it."""
        status, (known, value) = self.statuses[name], self._values.get(name, (None, {}))
        if known is not status:
            value = self._read_value(name)
            if status.phase in TERMINAL:
                self._values[name] = status, value
        return value

    def _read_value(self, name: str) -> dict[str, Any]:
        """What expressions see of a step; of a fan-out, lists."""
        step = self.graph.steps[name]
        if step.for_each is None:
            return build_step_value(self.statuses[name])
        if slices := self._list_slices(name):
            return unpack_values({path: self.statuses[path] for path in slices}, step.outputs or ())
        values = [build_step_value(self.statuses[item]) for item in self.list_items(name)]
        return {
            "phase": [value["phase"] for value in values],
            "exitCode": [value["exitCode"] for value in values],
            "outputs": {key: [value["outputs"].get(key) for value in values] for key in step.outputs or ()},
        }


def find_waits(round_: Round, name: str) -> list[str]:
    """The steps that have to end before this one; those of `finally` come after all others."""
    step = round_.graph.steps[name]
    before = [other for other in step.needs or () if other in round_.graph.steps]
    if name in round_.graph.finals:
        before += [other for other in round_.graph.steps if other not in round_.graph.finals]
    return [other for other in before if not round_.is_done(other)]


def tell_wait(round_: Round, path: str, reason: StepReason, message: str) -> None:
    """Say what a path waits for; a finding that it has to be given is not lost over that."""
    status = round_.statuses[path]
    if status.reason is not StepReason.VERIFICATION_FAILED:
        round_.statuses[path] = build_wait(status, reason, message)
