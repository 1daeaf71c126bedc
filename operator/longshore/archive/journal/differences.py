"""Owns which events lead from one version of a Run to another. Pure and total; must not know what is kept.

Versions in between may have been missed: what both ends tell is told, and nothing is made up.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from longshore.api.records import EventType
from longshore.planning.runs.summaries import FINISHED, summarize_run

Json = dict[str, Any]
_PARTICULARS = ("phase", "reason", "message", "exitCode", "agent", "node", "pod", "run")
_TRANSITION = ("phase", "reason", "exitCode")


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, before it has its number in the journal."""

    type: str
    data: Json
    step: str | None = None
    attempt: int | None = None
    time: str | None = None
    """RFC 3339, where the Run says when; None: all that is known is when it was seen."""


def diff_run(before: Json | None, after: Json) -> list[Event]:
    """The events by which a version of a Run differs from an earlier one; None: from nothing.

    Causes come before effects: what people ask for, then what became of it. The Run's end is the last.
    """
    old_spec, spec = _get(before or {}, "spec"), _get(after, "spec")
    old, new = _get(before or {}, "status"), _get(after, "status")
    phases = list(_diff_phase(old, new))
    has_ended = new.get("phase") in FINISHED
    return [
        *([] if before else [_tell_creation(after)]),
        *_diff_wishes(old_spec, spec),
        *_diff_answers(old_spec, spec, _get(new, "questions")),
        *([] if has_ended else phases),
        *_diff_source(old, new),
        *_diff_steps(_get(old, "steps"), _get(new, "steps")),
        *_diff_questions(old, new),
        *_diff_outputs(old, new),
        *(phases if has_ended else []),
    ]


def _tell_creation(run: Json) -> Event:
    summary, spec = summarize_run(run), _get(run, "spec")
    data = {
        "name": summary.name,
        "workflow": summary.workflow,
        "parent": summary.owner_name,
        "createdBy": spec.get("createdBy"),
        "rerunOf": _get(spec, "rerun").get("run"),
    }
    given = {key: value for key, value in data.items() if value}
    return Event(EventType.RUN_CREATED, given, time=run["metadata"]["creationTimestamp"])


def _diff_wishes(old: Json, new: Json) -> Iterator[Event]:
    """What people may still change once the Run is made."""
    if new.get("cancel") != old.get("cancel"):
        yield Event(EventType.CANCEL_REQUESTED, {"mode": new.get("cancel")})
    if bool(new.get("suspend")) != bool(old.get("suspend")):
        yield Event(EventType.RUN_SUSPENDED if new.get("suspend") else EventType.RUN_RESUMED, {})
    if new.get("priority", 0) != old.get("priority", 0):
        yield Event(EventType.PRIORITY_CHANGED, {"priority": new.get("priority", 0)})


def _diff_answers(old: Json, new: Json, questions: Mapping[str, Json]) -> Iterator[Event]:
    known = _get(old, "answers")
    for question, answers in _get(new, "answers").items():
        step = questions.get(question, {}).get("step")
        for user, answer in answers.items():
            if user not in _get(known, question):
                data = {"question": question, "user": user, "answer": answer}
                yield Event(EventType.ANSWER_GIVEN, data, step)


def _diff_phase(old: Json, new: Json) -> Iterator[Event]:
    phase = new.get("phase")
    if phase and phase != old.get("phase"):
        time = {"Queued": None, "Running": new.get("startTime")}.get(phase, new.get("completionTime"))
        yield Event(EventType.RUN_PHASE_CHANGED, _pick(new, "phase", "message"), time=time)


def _diff_source(old: Json, new: Json) -> Iterator[Event]:
    if (source := _get(new, "source")) and source != old.get("source"):
        yield Event(EventType.SOURCE_RESOLVED, source)


def _diff_steps(old: Mapping[str, Json], new: Mapping[str, Json]) -> Iterator[Event]:
    for path, status in new.items():
        known = old.get(path, {})
        if status != known:
            yield from _diff_step(path, known, status)


def _diff_step(path: str, old: Json, new: Json) -> Iterator[Event]:
    attempt = new["attempt"]
    same = old if old.get("attempt") == attempt else {}
    if any(new.get(field) != same.get(field) for field in _TRANSITION):
        time = _find_time(new) if new["phase"] != same.get("phase") else None
        yield Event(EventType.STEP_CHANGED, _pick(new, *_PARTICULARS), path, attempt, time)
    if (outputs := new.get("outputs")) and outputs != same.get("outputs"):
        yield Event(EventType.STEP_OUTPUTS, {"outputs": outputs}, path, attempt)


def _find_time(step: Json) -> str | None:
    """When a step came to be in its phase; only its start and its end have a time of their own."""
    return {"Pending": None, "Running": step.get("startTime")}.get(step["phase"], step.get("completionTime"))


def _diff_questions(old: Json, new: Json) -> Iterator[Event]:
    steps, known = _get(new, "steps"), _get(old, "questions")
    for question, asked in _get(new, "questions").items():
        if question not in known:
            step, attempt = asked["step"], _get(steps, asked["step"]).get("attempt")
            data = {"question": question} | {key: value for key, value in asked.items() if key != "step"}
            yield Event(EventType.QUESTION_ASKED, data, step, attempt)


def _diff_outputs(old: Json, new: Json) -> Iterator[Event]:
    if (outputs := new.get("outputs")) and outputs != old.get("outputs"):
        yield Event(EventType.RUN_OUTPUTS, {"outputs": outputs})


def _get(section: Mapping[str, Any], field: str) -> Json:
    """A part of an object; empty where it is absent or null."""
    return section.get(field) or {}


def _pick(section: Json, *fields: str) -> Json:
    return {field: section[field] for field in fields if section.get(field) is not None}
