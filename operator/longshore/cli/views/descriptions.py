"""Owns all that is known of a Run, as `kubectl describe` would say it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from longshore.cli.reasons.blockers import is_queued
from longshore.cli.reasons.condensations import condense_wait
from longshore.cli.reasons.debugs import find_kept_pods
from longshore.cli.views.facts import write_conditions, write_fact, write_facts
from longshore.cli.views.fanouts import count_folded, is_hidden
from longshore.cli.views.phases import write_phase
from longshore.cli.views.questions import write_answer
from longshore.cli.views.rows import list_paths
from longshore.cli.views.styles import write_span
from longshore.cli.words.questions import find_open_questions

Object = dict[str, Any]

MOST = 1000
"""Characters of a parameter or an output that are shown."""


def describe_run(
    run: Object, now: str, flags: str = "", deleted: str | None = None, secrets: Sequence[Object] = ()
) -> Iterator[str]:
    """The lines of a Run; `flags` go into the next commands. `deleted` is when the cluster lost it, if it did.

    `secrets` are those that its attempts had, as the archive tells of them.
    """
    status = run.get("status", {})
    yield from _describe_head(run, deleted or now)
    if deleted:
        yield from write_fact("Deleted", f"{deleted} (this is from the archive)")
    yield from _describe_values("Params", status.get("params") or run["spec"].get("params") or {})
    yield from write_conditions(status.get("conditions", []))
    yield from _describe_steps(run, now, flags)
    yield from _describe_secrets(secrets)
    yield from _describe_questions(run, flags)
    yield from _describe_values("Outputs", status.get("outputs") or {})


def _describe_head(run: Object, now: str) -> Iterator[str]:
    metadata, spec, status = run["metadata"], run["spec"], run.get("status", {})
    workflow = (spec.get("workflowRef") or {}).get("name") or "(of its own)"
    span = write_span(status.get("startTime"), status.get("completionTime"), now)
    facts = {
        "Name": metadata["name"],
        "Namespace": metadata["namespace"],
        "Workflow": workflow,
        "Created By": spec.get("createdBy"),
        "Managed By": spec.get("managedBy"),
        "Queue": spec.get("queueName"),
        "Priority": spec.get("priority") or None,
        "Phase": write_phase(run),
        "Message": status.get("message"),
        "Progress": status.get("progress"),
        "Created": metadata.get("creationTimestamp"),
        "Started": status.get("startTime"),
        "Completed": status.get("completionTime"),
        "Duration": span,
        "Cancel": spec.get("cancel"),
        "Commit": (status.get("source") or {}).get("commit"),
    }
    yield from write_facts(facts)


def _describe_steps(run: Object, now: str, flags: str) -> Iterator[str]:
    steps = run.get("status", {}).get("steps", {})
    kept = {pod.path: pod.write_command(flags) for pod in find_kept_pods(run, now)}
    folded = count_folded(steps)
    known = [path for path in list_paths(run) if path in steps and not is_hidden(path, folded)]
    if known:
        yield "Steps:"
    for path in known:
        yield f"  {path}:"
        if path in folded:
            yield from write_fact("Items", folded[path], "    ")
        yield from _describe_step(steps[path], now)
        if path in kept:
            yield from write_fact("To Look Into", kept[path], "    ")


def _describe_step(step: Object, now: str) -> Iterator[str]:
    end = step.get("completionTime") if step["phase"] not in {"Pending", "Running"} else None
    facts = {
        "Phase": f"{step['phase']} ({step['reason']})" if step.get("reason") else step["phase"],
        "Attempt": _describe_attempt(step),
        "Agent": step.get("agent"),
        "Pod": step.get("pod"),
        "Child Run": step.get("run"),
        "Node": step.get("node"),
        "Exit Code": step.get("exitCode"),
        "Started": step.get("startTime"),
        "Duration": write_span(step.get("startTime"), end, now),
        "Tests": _describe_tests(step.get("tests") or {}),
        **_describe_wait(step, now),
    }
    yield from write_facts(facts, "    ")
    for name, value in (step.get("outputs") or {}).items():
        yield from write_fact(f"Output {name}", _write_value(value), "    ")


def _describe_tests(counts: Mapping[str, int]) -> str:
    """The counts of its reports, such as `41 passed, 1 failed, 0 skipped`; empty where it has none."""
    kinds = ("passed", "failed", "skipped")
    return ", ".join(f"{counts.get(kind, 0)} {kind}" for kind in kinds) if counts else ""


def _describe_wait(step: Object, now: str) -> dict[str, Any]:
    """The message; of what has no Agent or no group yet, as who is in its way, and since when."""
    message = step.get("message")
    if not is_queued(step) or not message:
        return {"Message": message}
    since = step.get("queuedTime")
    span = f"{since} (for {write_span(since, None, now)})" if since else None
    return {"Waiting": condense_wait(message), "Waiting Since": span}


def _describe_secrets(secrets: Sequence[Object]) -> Iterator[str]:
    if secrets:
        yield "Secrets:"
    for use in secrets:
        yield f"  {use['step']}, attempt {use['attempt']}: {use['secret']} at revision {use['revision']}"


def _describe_questions(run: Object, flags: str) -> Iterator[str]:
    questions = run.get("status", {}).get("questions", {})
    commands = {question.id: write_answer(run, question, flags) for question in find_open_questions(run)}
    if questions:
        yield "Questions:"
    for name, question in questions.items():
        yield f"  {name}:"
        yield from _describe_question(question, commands.get(name))
        for user, answer in run["spec"].get("answers", {}).get(name, {}).items():
            yield from write_fact("Answer", f"{answer} ({user})", "    ")


def _describe_question(question: Object, command: str | None) -> Iterator[str]:
    approvers = [who.get("user") or f"group {who['group']}" for who in question.get("approvers", [])]
    facts = {
        "Text": question["text"],
        "Approvers": ", ".join(approvers),
        "Quorum": question.get("quorum"),
        "Deadline": question.get("deadline"),
        "To Approve": command,
    }
    yield from write_facts(facts, "    ")


def _describe_attempt(step: Object) -> str:
    counts = {
        "of its own": step.get("retries"),
        "of the infrastructure": step.get("infraRetries"),
        "moved": step.get("moves"),
    }
    failures = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
    return f"{step.get('attempt') or ''}{f' (failures before: {failures})' if failures else ''}"


def _describe_values(title: str, values: Mapping[str, Any]) -> Iterator[str]:
    if values:
        yield f"{title}:"
    for name, value in values.items():
        yield from write_fact(name, _write_value(value), "  ")


def _write_value(value: Any) -> str:
    """A value in JSON, or as it is; the beginning of a long one, which would fill the terminal."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MOST else f"{text[:MOST]}… ({len(text)} characters in all)"
