"""Owns the reconcile of a Run: observe, plan, apply, one status write, events. Must not know why it is called."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from typing import Any

from longshore.api.runs import Run, RunStatus
from longshore.clocks import read_clock
from longshore.errors import ConflictError, NotFoundError
from longshore.planning.observations import Refusal
from longshore.planning.plans import CreateClaim, CreatePod, CreateRun, Plan
from longshore.planning.pods import Pod
from longshore.planning.readings import observe_new_pod
from longshore.planning.runs.runs import plan_refusal, plan_run
from longshore.planning.runs.summaries import FINISHED
from longshore.planning.runs.urgencies import Urgency, build_status_patch, find_urgency
from longshore.queues import SOON
from longshore.reconcile.ports import (
    Announcer,
    ArchiveUses,
    BuiltIns,
    Claims,
    Json,
    Nodes,
    Places,
    Pods,
    Rooms,
    RunObserver,
    Runs,
    Statuses,
    Witness,
)
from longshore.reconcile.runs.actions import Objects, apply_actions
from longshore.reconcile.runs.admissions import Admissions
from longshore.reconcile.runs.children import ChildRuns
from longshore.reconcile.runs.flights import Calls, Flights
from longshore.reconcile.runs.inheritances import Inheritances
from longshore.reconcile.runs.observations import Surroundings
from longshore.reconcile.runs.paces import StatusPace
from longshore.reconcile.runs.recollections import Recollections
from longshore.reconcile.runs.sightings import Sightings
from longshore.reconcile.stores import ObjectStore, RunEntry, RunStore
from longshore.telemetry.logs import about

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ports:
    """What a reconcile reaches the world by."""

    pods: Pods
    runs: Runs
    statuses: Statuses
    announcer: Announcer
    observer: RunObserver
    claims: Claims
    uses: ArchiveUses
    rooms: Rooms
    built_ins: BuiltIns
    places: Places
    witness: Witness | None = None
    """Who saw pods, besides us; None: nobody."""
    nodes: Nodes | None = None
    """None: nothing is known of nodes."""


class RunReconciler:
    """Reconciles one Run at a time by uid; keeps between calls only what a restart may forget."""

    def __init__(
        self, runs: RunStore, workflows: ObjectStore, ports: Ports, runner_image: str, admissions: Admissions
    ) -> None:
        self._runs = runs
        self._ports = ports
        self._children = ChildRuns(ports.runs, runs)
        self._inheritances = Inheritances(ports.runs, runs)
        self._objects = Objects(ports.pods, self._children, ports.claims)
        self._refusals: dict[str, dict[str, Refusal]] = {}
        self._pace = StatusPace(monotonic)
        self._recollections = Recollections(ports.uses, ports.witness)
        self._sightings = Sightings(ports.pods, self._recollections)
        self._flights = Flights(self._use_turn)
        self._exits: dict[str, float] = {}
        self._surroundings = Surroundings(
            runs=runs,
            workflows=workflows,
            objects=ports.runs,
            uses=ports.uses,
            rooms=ports.rooms,
            places=ports.places,
            nodes=ports.nodes,
            admissions=admissions,
            children=self._children,
            inheritances=self._inheritances,
            sightings=self._sightings,
            runner_image=runner_image,
        )

    def start(self, mark: Callable[[str], None]) -> None:
        """Have `mark` called with the uid of a Run that is to be reconciled since there is an answer for it."""
        self._recollections.start(mark)

    def is_going_on(self, uid: str) -> bool:
        """Whether a Run is there that has not ended."""
        return self._runs.get(uid) is not None

    def note_exit(self, uid: str) -> None:
        """Remember when a step's exit was seen, for the metric of how fast the next one starts."""
        self._exits.setdefault(uid, monotonic())

    def give_turn(self, uid: str) -> None:
        """A Run has a turn at an Agent, which is not to wait for answers to the Run's calls."""
        with about(**self.describe(uid)):  # whoever gave it is at another Run
            self._flights.give_turn(uid)

    def note_gone(self, pod: Json) -> None:
        """Remember how a pod was when it went: two changes at once are seen as one."""
        self._sightings.note_gone(pod)

    async def reconcile(self, uid: str) -> float | None:
        """One round; returns in how many seconds time alone may change something."""
        try:
            return await self._reconcile(uid)
        except Exception:
            self._ports.rooms.skip(uid)  # others are not to wait until it works again
            raise

    async def _reconcile(self, uid: str) -> float | None:
        entry = self._runs.get(uid)
        if entry is None:
            self._forget(uid)
            return None
        now = read_clock()
        exit_seen = self._exits.pop(uid, None)
        await self._sightings.find_unseen(entry.run)
        namespace = entry.run.metadata.namespace
        if entry.graph is None or not self._ports.uses.is_known(namespace):
            await self._ports.uses.learn(namespace)
        if entry.graph is None:
            await self._ports.built_ins.ensure(entry.raw)
        await self._children.find_unseen(entry.run)
        await self._inheritances.find(entry.run, now)
        earlier = await self._surroundings.find_earlier(entry)
        plan = self._plan(entry, now, self._sightings.of_run(uid), earlier)
        self._tell(entry, plan)
        self._note_edge(uid, plan, exit_seen)
        async with self._flights.open(uid) as flight:
            # Each round some pod is refused that was not before, so there are no more rounds than steps.
            while refusals := await self._apply(entry, plan, now):
                self._note_refusals(uid, refusals)  # turns that come meanwhile are not to ask for these again
                self._note_refusals(uid, await flight.settle())
                if not self.is_going_on(uid):
                    return 0.0  # it went meanwhile, and what is refused to it is noted no more
                plan = self._plan(entry, now, self._sightings.of_run(uid), earlier)
                self._tell(entry, plan)
            delay = await self._write(entry, plan)
            self._note_refusals(uid, await flight.settle())
        wake = None if plan.wake_at is None else max(0.0, (plan.wake_at - now).total_seconds()) + 0.01
        return min((seconds for seconds in (delay, wake) if seconds is not None), default=None)

    def describe(self, uid: str) -> dict[str, str]:
        """What log lines about a Run carry."""
        entry = self._runs.get(uid)
        return {} if entry is None else {"namespace": entry.run.metadata.namespace, "run": entry.run.metadata.name}

    def _use_turn(self, uid: str) -> Calls | None:
        """Plan a Run whose calls are under way; of what is new, only its pods are made before its next round.

        What else there is to do, or to be asked of the API server first, is that round's, and the turn with it.
        """
        entry = self._runs.get(uid)
        making = self._flights.list_making(uid)
        if entry is None or entry.graph is None or self._sightings.list_unseen(entry.run) - making.keys():
            return None
        now = read_clock()
        plan = self._plan(entry, now, self._sightings.glance(uid), None)
        creates = tuple(action for action in plan.actions if isinstance(action, CreatePod))
        if not creates or any(isinstance(action, CreateClaim) for action in plan.actions):
            return None
        self._tell(entry, replace(plan, actions=(*making.values(), *plan.actions)))
        self._note_edge(uid, plan, self._exits.pop(uid, None))
        return self._apply(entry, replace(plan, actions=creates), now)

    def _plan(self, entry: RunEntry, now: datetime, pods: Mapping[str, Pod], earlier: Run | None) -> Plan:
        if entry.findings:
            return plan_refusal(entry.run, entry.findings, now)
        uid = entry.run.metadata.uid
        making = self._flights.list_making(uid)
        pods = {name: observe_new_pod(made.manifest, now) for name, made in making.items()} | dict(pods)
        observed = self._surroundings.observe(entry, pods, self._refusals.get(uid, {}), earlier)
        return plan_run(entry.run, observed, now)

    def _tell(self, entry: RunEntry, plan: Plan) -> None:
        """Have it known what is about to be made and waited for: nothing may come between the plan and this."""
        self._ports.places.tell(entry.run, plan)
        if (summary := self._runs.get_summary(entry.run.metadata.uid)) and not entry.findings:
            self._ports.rooms.tell(summary, plan)

    def _apply(self, entry: RunEntry, plan: Plan, now: datetime) -> Calls:
        metadata = entry.run.metadata
        attempts = {status.pod or status.run: (path, status.attempt) for path, status in plan.status.steps.items()}
        for action in plan.actions:
            step, attempt = attempts.get(action.name, ("", 0))
            with about(step=step, attempt=attempt):
                logger.info("%s %s", type(action).__name__, action.name)
        calls = apply_actions(self._objects, metadata.namespace, plan.actions, metadata.uid, now)
        return self._flights.fly(metadata.uid, plan.actions, calls)

    def _note_refusals(self, uid: str, refusals: dict[str, Refusal]) -> None:
        if refusals and self._runs.get(uid) is not None:
            self._refusals.setdefault(uid, {}).update(refusals)

    def _note_edge(self, uid: str, plan: Plan, exit_seen: float | None) -> None:
        """Tell how fast the next step starts; an exit that starts none is not held against a later one."""
        if not any(isinstance(action, CreatePod | CreateRun) for action in plan.actions):
            return
        if exit_seen is not None:
            self._ports.observer.on_edge(monotonic() - exit_seen)
        if (seconds := self._ports.places.take_handover(uid)) is not None:
            self._ports.observer.on_handover(seconds)

    async def _write(self, entry: RunEntry, plan: Plan) -> float | None:
        """Write the status if it changed; one that is not urgent waits for what comes, and says for how long."""
        uid, run = entry.run.metadata.uid, entry.run
        patch = build_status_patch(entry.raw.get("status", {}), run.status, plan.status)
        if not patch:
            self._pace.note_rest(uid)
            return None
        urgency = find_urgency(run.status, plan.status)
        if delay := self._pace.find_delay(uid, urgency):
            return delay
        self._pace.note_write(uid, len(plan.status.steps))
        written = await self._write_status(entry, patch)
        if written is None:
            return 0.0
        self._runs.refresh(written)
        self._sightings.record(uid)
        self._log_change(run.status, plan.status)
        for notice in plan.notices:
            await self._ports.announcer.announce(written, notice)
        if plan.status.phase in FINISHED:
            self._ports.observer.on_finished(run.metadata.namespace, plan.status.phase or "")
            self._forget(uid)
            return None
        # What is on record now may be acted on: at once where that is why it was written.
        return 0.0 if urgency is Urgency.NOW else SOON

    async def _write_status(self, entry: RunEntry, patch: dict[str, Any]) -> dict[str, Any] | None:
        """The Run as written, or None where another version is to be planned from first."""
        metadata = entry.run.metadata
        try:
            return await self._ports.statuses.write_run(entry.raw, {"status": patch})
        except ConflictError:
            logger.info("the Run changed meanwhile; planning again")
        except NotFoundError:
            self._runs.remove(metadata.uid)
            return None
        try:
            self._runs.refresh(await self._ports.runs.get(metadata.namespace, metadata.name))
        except NotFoundError:
            self._runs.remove(metadata.uid)
        return None

    def _forget(self, uid: str) -> None:
        self._pace.forget(uid)
        self._ports.rooms.forget(uid)
        self._sightings.forget(uid)
        self._inheritances.forget(uid)
        self._ports.places.forget(uid)
        for table in (self._refusals, self._exits):
            table.pop(uid, None)

    def _log_change(self, old: RunStatus, new: RunStatus) -> None:
        for path, status in new.steps.items():
            before = old.steps.get(path)
            if before is not None and (before.phase, before.attempt) != (status.phase, status.attempt):
                with about(step=path, attempt=status.attempt):
                    logger.info(
                        "step %s: %s%s", path, status.phase, f" ({status.reason})" if status.reason else ""
                    )
        if old.phase != new.phase:
            logger.info("run: %s%s", new.phase, f": {new.message}" if new.message else "")
