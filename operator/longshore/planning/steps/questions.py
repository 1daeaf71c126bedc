"""Owns questions to people: what an approval asks, and what the answers come to. Must not check who answers.

That an answer is its user's own, and the user among the approvers, the admission policies see to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from longshore.api.step_statuses import Question, StepPhase, StepReason, StepStatus
from longshore.api.steps import Approval
from longshore.planning.attempts.attempts import TERMINAL, Situation
from longshore.planning.steps.statuses import build_end, build_wait
from longshore.planning.times import parse_time, write_time

APPROVE, REJECT = "Approve", "Reject"
MAX_QUESTIONS = 256
"""How many questions a Run's status may hold."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What people decided, and who: the last of them."""

    is_approved: bool
    message: str


def build_question(
    path: str, approval: Approval, text: str, deadline_seconds: int | None, now: datetime
) -> Question:
    """What is asked, as the Run's status has it; `text` has its expressions evaluated."""
    deadline = None if deadline_seconds is None else write_time(now + timedelta(seconds=deadline_seconds))
    return Question(
        step=path,
        text=text,
        options=[APPROVE, REJECT],
        approvers=approval.approvers,
        quorum=approval.quorum,
        except_creator=approval.except_creator,
        deadline=deadline,
    )


def find_question_id(path: str, status: StepStatus) -> str:
    """The name of the question that an attempt asks: each asks anew."""
    return path if status.attempt <= 1 else f"{path}.{status.attempt}"


def follow_question(
    questions: Mapping[str, Question], path: str, status: StepStatus, situation: Situation
) -> StepStatus:
    """The status of an approval after a look at what people answered."""
    name = find_question_id(path, status)
    question = questions.get(name)
    if question is None or status.phase in TERMINAL:
        return status
    now, answers = situation.now, situation.run.spec.answers.get(name, {})
    if situation.halt is not None:
        return build_end(status, StepPhase.CANCELED, situation.halt, now)
    if verdict := find_verdict(question, answers):
        if verdict.is_approved:
            return build_end(status, StepPhase.SUCCEEDED, StepReason.COMPLETED, now, verdict.message)
        return build_end(status, StepPhase.FAILED, StepReason.REJECTED, now, verdict.message)
    if question.deadline and now >= parse_time(question.deadline):
        message = f"nobody decided in time: {question.text}"
        return build_end(status, StepPhase.FAILED, StepReason.PENDING_DEADLINE_EXCEEDED, now, message)
    return build_wait(status, StepReason.AWAITING_INPUT, describe_wait(question, answers))


def find_verdict(question: Question, answers: Mapping[str, str]) -> Verdict | None:
    """What the answers come to so far: one rejection rejects, a quorum of different people approves."""
    rejecting = sorted(user for user, answer in answers.items() if _is(answer, REJECT))
    if rejecting:
        reason = answers[rejecting[0]].partition(":")[2].strip()
        return Verdict(is_approved=False, message=f"rejected by {rejecting[0]}{f': {reason}' if reason else ''}")
    approving = sorted(user for user, answer in answers.items() if _is(answer, APPROVE))
    if len(approving) >= question.quorum:
        return Verdict(is_approved=True, message=f"approved by {', '.join(approving)}")
    return None


def describe_wait(question: Question, answers: Mapping[str, str]) -> str:
    """What an approval waits for."""
    given = sum(_is(answer, APPROVE) for answer in answers.values())
    return f"waits for approval, {given} of {question.quorum}: {question.text}"


def _is(answer: str, option: str) -> bool:
    return answer.partition(":")[0].strip().lower() == option.lower()
