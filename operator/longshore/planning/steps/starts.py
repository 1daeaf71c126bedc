"""Owns which attempts start now, and what the rest wait for. Must not look at running attempts."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from longshore.api.step_statuses import StepPhase, StepReason, StepStatus
from longshore.api.steps import Retry
from longshore.errors import ExpressionError
from longshore.manifests.children import build_child, build_slice
from longshore.manifests.placements import Placement
from longshore.manifests.pods import Extras, build_pod
from longshore.manifests.stretches import fuse_pods
from longshore.names import get_step_name, is_slice
from longshore.planning.attempts.attempts import TERMINAL
from longshore.planning.attempts.budgets import OutputBudget
from longshore.planning.attempts.retries import find_retry_time
from longshore.planning.attempts.standings import is_made, is_started
from longshore.planning.expressions.interpolations import escape_for_kubelet, interpolate
from longshore.planning.expressions.scopes import (
    FINDING_VARIABLE,
    build_run_scope,
    render_call,
    render_checkout,
    render_step,
)
from longshore.planning.groups.groups import Claim
from longshore.planning.groups.places import (
    describe_wait,
    find_claim,
    find_place,
    find_verdict,
    has_place,
    write_wait,
)
from longshore.planning.observations import Refusal
from longshore.planning.plans import CreatePod, CreateRun
from longshore.planning.runs.rounds import Round, find_waits, tell_wait
from longshore.planning.steps.children import find_depth_problem
from longshore.planning.steps.claims import find_claim_problem, find_claim_refusal, plan_claims
from longshore.planning.steps.ends import settle
from longshore.planning.steps.loops import find_finding
from longshore.planning.steps.memos import recall_success
from longshore.planning.steps.placements import could_place, place
from longshore.planning.steps.questions import MAX_QUESTIONS, build_question, find_question_id
from longshore.planning.steps.slices import find_live_limit
from longshore.planning.steps.statuses import (
    build_failure,
    build_started,
    build_started_run,
    build_wait,
    list_names,
)
from longshore.planning.steps.stretches import is_placement, list_followers
from longshore.planning.steps.transfers import awaits_volume, find_archive_problem, plan_transfer
from longshore.planning.times import write_time

BACKOFFS = frozenset({StepReason.BACKOFF, StepReason.INFRA_BACKOFF})


def plan_starts(followed: Round) -> Round:
    """Settle what can't start any more, then start what is ready, in order, as far as there is room."""
    settled = followed.copy()
    while True:
        settle(settled)
        round_ = settled.copy()
        ended = _start_ready(round_)
        settle(round_)  # a fan-out tells of items that have just begun
        if not ended:
            return round_
        # A step that ends at once may fail the Run, or let others start: look again, with nothing started.
        settled.statuses.put(ended)


def _start_ready(round_: Round) -> dict[str, StepStatus]:
    """Start what is ready. Returns what ended in place of starting; then nothing of this round counts."""
    room, budget = _Room.measure(round_), OutputBudget(round_.statuses)
    ended: dict[str, StepStatus] = {}
    for path in list(round_.list_paths()):
        if not _is_ready(round_, path):
            continue
        if full := room.find_obstacle(round_, path):
            tell_wait(round_, path, StepReason.AWAITING_SLOT, full)
            continue
        end = _start(round_, path, room)
        if end is None:
            room.take(round_, path)
        else:
            ended[path] = budget.charge(end)
    return ended


@dataclass(slots=True)
class _Room:
    """How many attempts there are now, in all and of each fan-out."""

    active: int
    items: Counter[str]
    waits: Counter[tuple[str, str]]
    """Of each group and key, how many wait for a place: no more than have room, as they are to start with it."""
    newcomers: Counter[tuple[str, str]]
    """How many of these have just begun to."""

    @classmethod
    def measure(cls, round_: Round) -> "_Room":
        active = [
            path for path, status in round_.statuses.items() if is_made(status) and status.phase not in TERMINAL
        ]
        made = {round_.statuses[path].pod or path for path in active}  # steps may share a pod
        return cls(len(made), Counter(map(get_step_name, active)), Counter(), Counter())

    def find_obstacle(self, round_: Round, path: str, more: int = 0) -> str:
        """Why there is no room for the path beside so many more, or empty. People who are asked take none."""
        step, limit = round_.get_step(path), round_.graph.spec.max_parallel_steps
        if step.approval is not None:
            return ""
        if limit is not None and self.active + more >= limit:
            return f"maxParallelSteps: {limit} steps run"
        if is_slice(path):
            source = round_.situation.run.status.source
            live = find_live_limit(round_.graph.spec, round_.graph.steps[step.name], source)
            return f"{live} slices of the items run" if self.items[step.name] >= live else ""
        most = step.for_each.max_parallel if step.for_each else None
        if most is not None and self.items[step.name] + more >= most:
            return f"forEach.maxParallel: {most} items run"
        return ""

    def take(self, round_: Round, path: str) -> None:
        if is_made(round_.statuses[path]):
            self.active += 1
            self.items[get_step_name(path)] += 1


def _is_ready(round_: Round, path: str) -> bool:
    """Whether the next attempt can be started now; else the status says what it waits for."""
    status, step, now = round_.statuses[path], round_.get_step(path), round_.situation.now
    name = get_step_name(path)
    if status.phase in TERMINAL or is_started(status):
        return False
    if waits := find_waits(round_, name):
        tell_wait(round_, path, StepReason.AWAITING_NEEDS, f"waits for {list_names(waits)}")
        return False
    due = find_retry_time(step.retry or Retry(), status) if status.reason in BACKOFFS else None
    refusal = _find_refusal(round_, path)
    if refusal is not None and refusal.kind == "Quota" and now < refusal.retry_at:
        tell_wait(round_, path, StepReason.AWAITING_QUOTA, refusal.message)
        due = refusal.retry_at
    if due is not None and now < due:
        round_.wake_at.append(due)
        return False
    if round_.is_suspended:
        tell_wait(round_, path, StepReason.SUSPENDED, "spec.suspend is true")
        return False
    return True


def _start(round_: Round, path: str, room: _Room) -> StepStatus | None:
    """Start an attempt, unless it has to wait. Returns how it ended where it can't, or need not."""
    status, now = round_.statuses[path], round_.situation.now
    step = round_.get_step(path)
    if problem := _find_problem(round_, path):
        return build_failure(status, *problem, now)
    begin = _ask if step.approval else _call if round_.has_child(path) else _create
    try:
        if memoized := recall_success(round_, path):
            return memoized
        claim = find_claim(round_, path)
        if claim is not None and not has_place(round_.observed.groups, claim):
            can_start = round_.has_child(path) or could_place(round_, path)
            return _await_place(round_, path, claim, room) if can_start else None
        begin(round_, path)
        if claim is not None and not is_started(round_.statuses[path]):
            round_.group_waits.append(claim)  # it keeps its place while it waits for room
    except ExpressionError as error:
        return build_failure(status, StepReason.EXPRESSION_FAILED, str(error), now)
    return None


def _await_place(round_: Round, path: str, claim: Claim, room: _Room) -> StepStatus | None:
    """The attempt is to start once it has a place in its group. Returns how it ended where it gets none."""
    status, now, groups = round_.statuses[path], round_.situation.now, round_.observed.groups
    if (verdict := find_verdict(groups, claim)) and verdict.reason == "GroupFull":
        return build_failure(status, StepReason.GROUP_FULL, verdict.message, now)
    key = claim.group, claim.key
    if full := room.find_obstacle(round_, path, room.waits[key]):
        tell_wait(round_, path, StepReason.AWAITING_SLOT, full)
        return None
    number = find_place(groups, claim, room.newcomers[key])
    room.waits[key] += 1
    room.newcomers[key] += status.queued_time is None
    round_.group_waits.append(claim)
    message = write_wait(status, describe_wait(groups, claim), number, now)
    tell_wait(round_, path, StepReason.AWAITING_GROUP, message)
    queued = {"queued_time": status.queued_time or write_time(now)}
    round_.statuses[path] = round_.statuses[path].model_copy(update=queued)
    return None


def _find_problem(round_: Round, path: str) -> tuple[StepReason, str] | None:
    """Why the attempt's pod or child Run can't be made."""
    if problem := find_claim_problem(round_, path) or find_archive_problem(round_, path):
        return problem
    call, refusal = round_.get_step(path).workflow, _find_refusal(round_, path)
    if refusal is not None and refusal.kind == "NameConflict":
        return StepReason.NAME_CONFLICT, refusal.message
    if refusal is not None and refusal.kind == "Rejected" and not refusal.is_fused:
        reason = StepReason.CHILD_REJECTED if round_.has_child(path) else StepReason.POD_REJECTED
        return reason, refusal.message
    if call is None:
        return None
    depth = find_depth_problem(round_.situation.run, round_.observed.lineage, call.name)
    return (StepReason.DEPTH_EXCEEDED, depth) if depth else None


def _create(round_: Round, path: str) -> None:
    """Have the attempt's pod made where an Agent takes it, with the steps that may share it.

    Raises ExpressionError.
    """
    if awaits_volume(round_, path):
        return
    placement = place(round_, path)
    if placement is None:
        return
    attempt = round_.situation.build_attempt(path, max(round_.statuses[path].attempt, 1))
    pods = {path: _build_pod(round_, path, placement)}
    for name in _list_followers(round_, path, placement):
        if find_claim_refusal(round_, name):
            break
        try:
            pods[name] = _build_pod(round_, name, placement)
        except ExpressionError:
            break  # it fails when its turn comes
    manifest = fuse_pods(list(pods.values()))
    round_.actions += plan_claims(round_, attempt, list(pods))
    round_.actions.append(CreatePod(attempt.pod, path, attempt.number, manifest))
    before = ""
    for name in pods:
        status = build_started(round_.statuses[name], attempt, placement.agent)
        round_.statuses[name] = (
            build_wait(status, StepReason.AWAITING_NEEDS, f"waits for {before}") if before else status
        )
        before = name


def _list_followers(round_: Round, path: str, placement: Placement) -> list[str]:
    """The steps that share the pod of this one; none where its Agent adds more, or the API server refused that."""
    refusal = _find_refusal(round_, path)
    is_refused = refusal is not None and refusal.kind == "Rejected"
    return [] if is_refused or not is_placement(placement.spec.template) else list_followers(round_, path)


def _build_pod(round_: Round, path: str, placement: Placement) -> dict[str, Any]:
    """The pod of a path's next attempt. Raises ExpressionError."""
    run = round_.situation.run
    attempt = round_.situation.build_attempt(path, max(round_.statuses[path].attempt, 1))
    source, checkout = round_.graph.spec.source, None
    if source is not None:
        checkout = render_checkout(source.git, run.status, build_run_scope(run), round_.observed.runner_image)
    step = render_step(round_.get_step(path), round_.build_scope(path))
    variables = dict(round_.list_variables())
    if finding := find_finding(round_, path):
        variables[FINDING_VARIABLE] = escape_for_kubelet(finding)
    extras = Extras(checkout, plan_transfer(round_, path, step, checkout), placement)
    return build_pod(attempt, step, variables, extras)


def _call(round_: Round, path: str) -> None:
    """Have the attempt's child Run made. Raises ExpressionError."""
    spec, status, call = round_.situation.run.spec, round_.statuses[path], round_.get_step(path).workflow
    attempt = round_.situation.build_attempt(path, max(status.attempt, 1))
    if call is None:
        manifest = build_slice(attempt, spec)
    else:
        manifest = build_child(attempt, render_call(call, round_.build_scope(path)), spec)
    round_.actions.append(CreateRun(attempt.child, path, attempt.number, manifest))
    round_.statuses[path] = build_started_run(status, attempt.number, attempt.child)


def _ask(round_: Round, path: str) -> None:
    """Ask people, which takes no pod. Raises ExpressionError."""
    step, status = round_.get_step(path), round_.statuses[path]
    if step.approval is None:
        return
    if len(round_.questions) >= MAX_QUESTIONS:
        raise ExpressionError(f"approval: a Run asks at most {MAX_QUESTIONS} questions; split it over Runs")
    text = interpolate(step.approval.message, round_.build_scope(path))
    deadline = step.pending_deadline_seconds
    asked = status.model_copy(update={"phase": StepPhase.PENDING, "attempt": max(status.attempt, 1)})
    question = build_question(path, step.approval, text, deadline, round_.situation.now)
    round_.questions[find_question_id(path, asked)] = question
    round_.statuses[path] = build_wait(asked, StepReason.AWAITING_INPUT, text)


def _find_refusal(round_: Round, path: str) -> Refusal | None:
    if not round_.observed.refusals:
        return None
    attempt = round_.situation.build_attempt(path, max(round_.statuses[path].attempt, 1))
    return round_.observed.refusals.get(attempt.pod) or find_claim_refusal(round_, path)
