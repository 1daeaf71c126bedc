"""Owns how all attempts of a Run go on, by what pods, child Runs and people say. Must not start any."""

from longshore.planning.attempts.attempts import TERMINAL, follow_attempt
from longshore.planning.attempts.budgets import OutputBudget
from longshore.planning.attempts.standings import is_made
from longshore.planning.runs.rounds import Round
from longshore.planning.steps.children import follow_child
from longshore.planning.steps.items import recall_items
from longshore.planning.steps.loops import plan_repeat, plan_verification
from longshore.planning.steps.memos import record_success
from longshore.planning.steps.questions import follow_question
from longshore.planning.steps.shares import find_pod, place_attempt


def follow_all(round_: Round) -> None:
    """Look at all attempts, again while more have begun already, before a crash: of a next round, or of items."""
    recall_items(round_)
    while _follow(round_) or recall_items(round_):
        pass


def _follow(round_: Round) -> bool:
    """Look at all attempts. Returns whether a next round has begun already, before a crash: look again."""
    before, budget = dict(round_.statuses), OutputBudget(round_.statuses)
    for path in list(round_.list_paths()):
        if before[path].phase not in TERMINAL:
            _follow_path(round_, path)
            round_.statuses[path] = budget.charge(round_.statuses[path])
            plan_repeat(round_, path)
            record_success(round_, path)
    for name in round_.graph.order:
        plan_verification(round_, name)
    return any(
        status.attempt > before[path].attempt and not is_made(status) and round_.has_begun(path, status.attempt)
        for path, status in round_.statuses.items()
    )


def _follow_path(round_: Round, path: str) -> None:
    """Look at the pod or the child Run of a path's attempt, or at what people answered.

    It may have been created and not recorded, before a crash; and so may that of a retry after it.
    """
    step, situation = round_.get_step(path), round_.get_situation(path)
    status = round_.statuses[path]
    if step.approval is not None:
        round_.statuses[path] = follow_question(round_.questions, path, status, situation)
        return
    if status.pod in round_.observed.sought:
        return  # gone, and the archive may know how it ended
    status, turn = place_attempt(round_, path, status)
    while status.phase not in TERMINAL and turn != "Waits":
        number = max(status.attempt, 1)
        if not is_made(status) and not round_.has_begun(path, number):
            break
        attempt = situation.build_attempt(path, number)
        if round_.has_child(path):
            status = follow_child(step, status, round_.observed.children.get(attempt.child), situation)
        else:
            status = follow_attempt(step, status, find_pod(round_, path, status), situation)
        if status.attempt == number:
            break
    round_.statuses[path] = status
