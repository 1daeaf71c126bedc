"""Owns rounds: what a `repeat` does after a success, and a `verify` after a failure. Must not start attempts."""

import re
from collections.abc import Iterator
from math import prod

from longshore.api.step_statuses import StepPhase, StepReason, StepStatus
from longshore.api.steps import ForEach, Step, Verify
from longshore.errors import ExpressionError
from longshore.names import CEL_KEYWORDS, IDENTIFIER, build_identifier
from longshore.planning.acceptance.graphs import Graph, find_between
from longshore.planning.attempts.standings import find_round
from longshore.planning.expressions.expressions import evaluate_condition
from longshore.planning.expressions.fanouts import MAX_ITEMS, list_matrix_keys
from longshore.planning.expressions.scopes import build_step_value
from longshore.planning.findings import Fault, Finding
from longshore.planning.runs.rounds import Round
from longshore.planning.steps.statuses import build_next_attempt

# What a check says of the work: its exit code, a person's rejection, or a child Run that failed.
_FINDINGS = frozenset({StepReason.ERROR, StepReason.REJECTED, StepReason.CHILD_FAILED})


def plan_repeat(round_: Round, path: str) -> None:
    """After a success: the next round, unless the condition holds or there were enough."""
    step, status = round_.get_step(path), round_.statuses[path]
    if step.repeat is None or status.phase is not StepPhase.SUCCEEDED:
        return
    try:
        scope = round_.build_scope(path)
        own = {build_identifier(step.name): build_step_value(status)}
        is_enough = evaluate_condition(step.repeat.until, {**scope, "steps": {**scope["steps"], **own}})
    except ExpressionError as error:
        round_.statuses[path] = _fail(status, StepReason.EXPRESSION_FAILED, f"repeat.until: {error}")
        return
    if is_enough:
        return
    rounds = find_round(status) + 1
    if rounds >= step.repeat.max:
        message = f"repeat.until did not hold after {rounds} rounds: {step.repeat.until}"
        round_.statuses[path] = _fail(status, StepReason.ROUNDS_EXHAUSTED, message)
    else:
        message = f"round {rounds} done, until {step.repeat.until}"
        round_.statuses[path] = build_next_attempt(status, StepReason.NEXT_ROUND, message)


def plan_verification(round_: Round, name: str) -> None:
    """After the failure of a check: the step that it names runs again with the finding, and all between too."""
    step, status = round_.graph.steps[name], round_.statuses[name]
    if step.verify is None or status.phase is not StepPhase.FAILED or status.reason not in _FINDINGS:
        return
    if status.retries >= step.verify.max:
        message = f"verify: still wrong after {status.retries} rounds: {status.message or ''}"
        round_.statuses[name] = _fail(status, StepReason.ROUNDS_EXHAUSTED, message)
        return
    finding = status.message or f"step {name} failed with exit code {status.exit_code}"
    for between in find_between(round_.graph, step.verify.step, name):
        # What another check has sent back is under way again already.
        if round_.is_done(between):
            is_end = between in (step.verify.step, name)
            reason = StepReason.VERIFICATION_FAILED if is_end else StepReason.NEXT_ROUND
            round_.statuses[between] = build_next_attempt(round_.statuses[between], reason, finding)
    counted = {"retries": status.retries + 1, "infra_retries": status.infra_retries}
    round_.statuses[name] = round_.statuses[name].model_copy(update=counted)


def find_finding(round_: Round, path: str) -> str:
    """What checks have found, for the step that they sent back to work; they keep it until they run again."""
    statuses = [
        round_.statuses[name]
        for name, step in round_.graph.steps.items()
        if step.verify is not None and step.verify.step == path
    ]
    found = [status for status in statuses if status.reason is StepReason.VERIFICATION_FAILED]
    return "\n".join(status.message or "" for status in found)


def _fail(status: StepStatus, reason: StepReason, message: str) -> StepStatus:
    return status.model_copy(update={"phase": StepPhase.FAILED, "reason": reason, "message": message})


def check_loops(prefix: str, step: Step, graph: Graph) -> Iterator[Finding]:
    """What is wrong with a step's forEach, repeat and verify."""
    if step.for_each is not None and step.repeat is not None:
        yield Finding(Fault.STEP, f"{prefix}.repeat", "can't be had together with forEach; put it into a Workflow")
    if step.for_each is not None:
        yield from _check_for_each(f"{prefix}.forEach", step.for_each)
    if step.verify is not None:
        yield from _check_verify(f"{prefix}.verify", step, step.verify, graph)


def _check_for_each(field: str, for_each: ForEach) -> Iterator[Finding]:
    if not for_each.items:
        yield from _check_matrix(f"{field}.matrix", for_each)
    elif for_each.matrix or for_each.include or for_each.exclude:
        yield Finding(Fault.STEP, f"{field}.items", "can't be had together with matrix, include and exclude")


def _check_matrix(field: str, for_each: ForEach) -> Iterator[Finding]:
    size = prod(len(values) for values in (for_each.matrix or {}).values()) + len(for_each.include)
    if size > MAX_ITEMS:
        message = f"has {size:,} combinations of at most {MAX_ITEMS:,}; split it over Runs"
        yield Finding(Fault.TOO_LARGE, field, message)
    if not for_each.matrix and not for_each.include:
        yield Finding(Fault.STEP, field, "has no keys, so the step would never run; add one, or use items")
    for key, values in (for_each.matrix or {}).items():
        if not values:
            yield Finding(Fault.STEP, f"{field}.{key}", "is empty, so the step would never run; add a value")
        if not re.fullmatch(IDENTIFIER, key) or key in CEL_KEYWORDS:
            message = f"is read as each.{key}, so it has to match {IDENTIFIER} and be no keyword of CEL"
            yield Finding(Fault.STEP, f"{field}.{key}", message)
    if "index" in list_matrix_keys(for_each):
        yield Finding(Fault.STEP, f"{field}.index", "each.index is the item's number; choose another name")


def _check_verify(field: str, step: Step, verify: Verify, graph: Graph) -> Iterator[Finding]:
    if step.name in graph.finals:
        yield Finding(Fault.STEP, field, "at the end there is no step to go back to")
        return
    if verify.step not in graph.upstream[step.name]:
        message = f"{verify.step!r} is not among the steps that this one needs, near or far; add it to needs"
        yield Finding(Fault.STEP, f"{field}.step", message)
        return
    if graph.steps[verify.step].workflow is not None:
        message = f"{verify.step!r} is a Workflow, which can't be handed a finding; name a step with an image"
        yield Finding(Fault.STEP, f"{field}.step", message)
    for name in find_between(graph, verify.step, step.name):
        if graph.steps[name].for_each is not None:
            message = f"step {name!r} would run again, but has forEach; verify can't repeat a fan-out"
            yield Finding(Fault.STEP, field, message)
        if graph.steps[name].repeat is not None:
            # A step's rounds are counted by its attempts, which go on over those of a check.
            message = f"step {name!r} would run again, but has repeat; put it into a step that needs no check"
            yield Finding(Fault.STEP, field, message)
    if step.retry is not None and step.retry.limit > 0:
        yield Finding(Fault.STEP, field, "takes the place of retry.limit; remove that")
