"""Owns the reconcile of a Workflow: review, plan, apply, one status write, events."""

import logging
from dataclasses import dataclass
from time import monotonic

from longshore.api.objects import Metadata
from longshore.api.workflows import WorkflowStatus
from longshore.clocks import read_clock
from longshore.errors import ForbiddenError, InvalidError
from longshore.planning.findings import Fault, Finding
from longshore.planning.observations import Refusal
from longshore.planning.patches import build_merge_patch
from longshore.planning.plans import WorkflowPlan
from longshore.planning.workflows.reviews import ObservedWorkflow, Review, review_workflow
from longshore.planning.workflows.workflows import build_template_probes, find_urgency, plan_workflow
from longshore.reconcile.ports import Announcer, Json, PodJudge, Statuses
from longshore.reconcile.runs.paces import StatusPace
from longshore.reconcile.stores import ObjectStore, RunStore
from longshore.reconcile.workflows.actions import WorkflowActions

logger = logging.getLogger(__name__)
LONGEST_SLEEP = 60.0
"""Seconds after which the clock is read again: it may be set, and it goes on while a machine sleeps."""


@dataclass(slots=True)
class _Memory:
    """What is kept of a Workflow between calls; a restart may forget it."""

    uid: str
    generation: int
    review: Review
    refusals: dict[str, Refusal]


@dataclass(frozen=True, slots=True)
class WorkflowPorts:
    """What a reconcile reaches the world by."""

    actions: WorkflowActions
    statuses: Statuses
    judge: PodJudge
    announcer: Announcer


class WorkflowReconciler:
    """Reconciles one Workflow at a time by `namespace/name`."""

    def __init__(self, workflows: ObjectStore, runs: RunStore, ports: WorkflowPorts) -> None:
        self._workflows = workflows
        self._runs = runs
        self._ports = ports
        self._memories: dict[str, _Memory] = {}
        self._pace = StatusPace(monotonic)

    def describe(self, key: str) -> dict[str, str]:
        """What log lines about a Workflow carry."""
        namespace, _, name = key.partition("/")
        return {"namespace": namespace, "workflow": name}

    async def reconcile(self, key: str) -> float | None:
        """One round; returns in how many seconds time alone may change something."""
        namespace, _, name = key.partition("/")
        raw = self._workflows.get(namespace, name)
        if raw is None:
            self._memories.pop(key, None)
            self._pace.forget(key)
            return None
        memory = await self._recall(key, raw)
        now = read_clock()
        plan = plan_workflow(self._observe(raw, memory), now)
        self._log_actions(plan)
        # A plan makes one Run at most, so it is refused once.
        if refusals := await self._ports.actions.apply(namespace, plan.actions, now):
            memory.refusals = refusals
            plan = plan_workflow(self._observe(raw, memory), now)
        delay = await self._write(key, raw, plan)
        wake = None if plan.wake_at is None else max(0.0, (plan.wake_at - now).total_seconds()) + 0.01
        waits = [seconds for seconds in (delay, wake) if seconds is not None]
        return min([*waits, LONGEST_SLEEP]) if waits else None

    async def _recall(self, key: str, raw: Json) -> _Memory:
        """What is known of this generation: it is reviewed once, however often its Runs change."""
        metadata = raw["metadata"]
        version = metadata["uid"], metadata.get("generation", 0)
        memory = self._memories.get(key)
        if memory is None or (memory.uid, memory.generation) != version:
            review = review_workflow(raw)
            findings = (*review.findings, *await self._judge_templates(raw))
            memory = self._memories[key] = _Memory(*version, Review(review.spec, findings), {})
        return memory

    def _observe(self, raw: Json, memory: _Memory) -> ObservedWorkflow:
        metadata = Metadata.model_validate(raw["metadata"])
        runs = self._runs.of_workflow(metadata.namespace, metadata.name)
        return ObservedWorkflow(
            metadata=metadata,
            status=WorkflowStatus.model_validate(raw.get("status", {})),
            review=memory.review,
            runs=[run for run in runs if not run.owner],
            refusals=memory.refusals,
        )

    async def _write(self, key: str, raw: Json, plan: WorkflowPlan) -> float | None:
        """Write the status if it changed; mere counts wait for what comes, and it says for how long."""
        patch = build_merge_patch(raw.get("status", {}), plan.status.to_json())
        if not patch:
            self._pace.note_rest(key)
            return None
        urgency = find_urgency(WorkflowStatus.model_validate(raw.get("status", {})), plan.status)
        if delay := self._pace.find_delay(key, urgency):
            return delay
        self._pace.note_write(key, steps=0)
        written = await self._ports.statuses.write_workflow(raw, {"status": patch})
        self._workflows.refresh(written)
        for notice in plan.notices:
            await self._ports.announcer.announce(written, notice)
        return 0.0  # what is on record now may be acted on

    def _log_actions(self, plan: WorkflowPlan) -> None:
        for action in plan.actions:
            logger.info("%s %s", type(action).__name__, action.name)

    async def _judge_templates(self, raw: Json) -> list[Finding]:
        """What the API server says of pods with the templates of this Workflow."""
        findings = []
        for field, probe in build_template_probes(raw).items():
            try:
                await self._ports.judge.try_create(probe)
            except InvalidError as error:
                findings.append(Finding(Fault.TEMPLATE, field, str(error)))
            except ForbiddenError as error:
                if "violates PodSecurity" in str(error):  # a quota that is used up passes, this does not
                    findings.append(Finding(Fault.TEMPLATE, field, str(error)))
        return findings
