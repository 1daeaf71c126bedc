"""Owns what a step waits for that nothing else holds up, in a few words, and what to do about it.

Pure functions of the Run, its pods and their warnings. Must not ask a cluster, or look at other steps.
"""

import re
import shlex
from collections.abc import Callable

from longshore.api.step_statuses import StepStatus
from longshore.api.steps import Retry
from longshore.cli.reasons import agents, groups
from longshore.cli.reasons.blockers import is_queued
from longshore.cli.reasons.condensations import (
    condense_container,
    condense_pull,
    condense_quota,
    condense_scheduling,
    condense_wait,
    find_quota,
)
from longshore.cli.reasons.scenes import Cause, Root
from longshore.cli.views.questions import write_answer
from longshore.cli.words.questions import find_open_questions
from longshore.planning.attempts.retries import find_retry_time
from longshore.planning.steps.questions import APPROVE
from longshore.planning.times import parse_time, write_duration

_SERVICE = re.compile(r"service ([a-z0-9-]+)")


def find_cause(root: Root) -> Cause:
    """What a path waits for."""
    if root.status.get("run"):
        return _describe_child(root)
    return _CAUSES.get(root.status.get("reason") or "", _describe_other)(root)


def _describe_child(root: Root) -> Cause:
    """A step that is a Run of its own waits for what that waits for."""
    child = root.status["run"]
    wait = root.scene.children.get(child) or root.message or "goes on"
    return Cause(f"run {child}: {wait}", f"kubectl longshore explain {shlex.quote(child)}{root.scene.flags}")


def _describe_other(root: Root) -> Cause:
    """What runs, is about to, or has a reason that this plugin does not know."""
    if root.status.get("reason"):
        return Cause(root.message or root.status["reason"], root.advice)
    if root.status["phase"] != "Running":
        return _describe_next(root)
    start = root.status.get("startTime")
    return Cause(f"runs for {write_duration(root.scene.now - parse_time(start))}" if start else "runs")


def _describe_start(root: Root) -> Cause:
    warning = root.scene.warnings.get(root.status.get("pod", ""))
    if warning is None:
        return Cause("its pod, which starts")
    return Cause(f"its pod: {' '.join(warning.split())}{root.write_limit()}", root.advice)


def _describe_volumes(root: Root) -> Cause:
    """A warning says more than the operator, which does not see any."""
    if root.status.get("pod", "") in root.scene.warnings:
        return _describe_start(root)
    return Cause(root.message + root.write_limit(), root.advice)


def _describe_next(_: Root) -> Cause:
    return Cause("the operator, which starts it next")


def _describe_person(root: Root) -> Cause:
    run, now = root.scene.run, root.scene.now
    question = next((found for found in find_open_questions(run) if found.step == root.path), None)
    if question is None:
        return Cause(root.message or "an answer")
    asked = run["status"]["questions"][question.id]
    given = sum(answer.lower().startswith(APPROVE.lower()) for answer in question.answers.values())
    approvers = [who.get("user") or f"group {who['group']}" for who in asked.get("approvers", ())]
    by = f" by {' or '.join(approvers)}" if approvers else ""
    late = f", fails in {write_duration(parse_time(asked['deadline']) - now)}" if asked.get("deadline") else ""
    command = write_answer(run, question, root.scene.flags)
    return Cause(f"approval{by}, {given} of {asked.get('quorum', 1)}{late}", command)


def _describe_suspension(root: Root) -> Cause:
    return Cause("the Run is suspended", f"kubectl longshore resume {root.scene.name}{root.scene.flags}")


def _describe_backoff(root: Root) -> Cause:
    status, now = root.status, root.scene.now
    past = StepStatus(
        reason=status["reason"],
        retries=status.get("retries", 0),
        infra_retries=status.get("infraRetries", 0),
        completion_time=status.get("completionTime"),
    )
    due, attempt = find_retry_time(root.step.retry or Retry(), past), status.get("attempt", 1)
    left = "now" if due is None or due <= now else f"in {write_duration(due - now)}"
    place = f"{root.scene.name} {shlex.quote(root.path)} --attempt {attempt - 1}"
    tried = f"; {root.message.rstrip(': ')}" if root.message else ""
    return Cause(f"attempt {attempt}, {left}{tried}", f"kubectl longshore logs {place}{root.scene.flags}")


def _describe_quota(root: Root) -> Cause:
    quota = find_quota(root.message)
    command = f"kubectl describe resourcequota{f' {quota}' if quota else ''}{root.scene.flags}"
    return Cause(condense_quota(root.message), command)


def _describe_scheduling(root: Root) -> Cause:
    text = condense_scheduling(root.message) or "no node takes its pod"
    return Cause(text + root.write_limit(), root.advice)


def _describe_pull(root: Root) -> Cause:
    return Cause((condense_pull(root.message) or "its image") + root.write_limit(), root.advice)


def _describe_config(root: Root) -> Cause:
    lacking = condense_container(root.message) or "what it refers to"
    return Cause(lacking + root.write_limit(), "create it; the step then starts by itself")


def _describe_service(root: Root) -> Cause:
    named = _SERVICE.match(root.message)
    place = f"{root.scene.name} {shlex.quote(root.path)} -c {named[1]}" if named else ""
    advice = f"kubectl longshore logs {place}{root.scene.flags}" if place else root.advice
    return Cause(root.message + root.write_limit(), advice)


def _describe_gate(root: Root) -> Cause:
    return Cause(f"its pod's scheduling gates{f': {root.message}' if root.message else ''}", root.advice)


def _describe_node(root: Root) -> Cause:
    node = root.status.get("node", "")
    return Cause(f"node {node}, which does not answer", f"kubectl describe node {node}{root.scene.flags}")


def _describe_slot(root: Root) -> Cause:
    """Where no step of the Run has its place it is the limit of steps in the namespace, or the cluster."""
    if not is_queued(root.status):
        return _describe_other(root)
    everywhere = " -A" if "of the cluster" in root.message else ""
    text = f"{condense_wait(root.message)}{root.write_wait()}"
    return Cause(text, f"kubectl longshore top{everywhere}{root.scene.flags}")


def _describe_agent(root: Root) -> Cause:
    asked = root.step.agents or ()
    text = condense_wait(root.message) or "an Agent"
    advice = agents.advise_pool(root.scene.agents, asked, root.message, root.scene.flags)
    return Cause(f"{text}{root.write_wait()}", advice)


def _describe_group(root: Root) -> Cause:
    text = condense_wait(root.message) or "a group"
    name = root.step.concurrency.group if root.step.concurrency else ""
    group = root.scene.groups.get(name)
    if group is None:
        return Cause(f"{text}{root.write_wait()}", f"kubectl longshore groups{root.scene.flags}")
    held = groups.describe_holders(group, groups.find_key(root.message), root.scene.now)
    return Cause(f"{text}{root.write_wait()}{held}", groups.advise(group, root.scene.flags))


_CAUSES: dict[str, Callable[[Root], Cause]] = {
    "AwaitingNeeds": _describe_next,
    "NextRound": _describe_next,
    "VerificationFailed": _describe_next,
    "AwaitingInput": _describe_person,
    "Suspended": _describe_suspension,
    "Backoff": _describe_backoff,
    "InfraBackoff": _describe_backoff,
    "AwaitingSlot": _describe_slot,
    "AwaitingAgent": _describe_agent,
    "AwaitingGroup": _describe_group,
    "AwaitingQuota": _describe_quota,
    "Unschedulable": _describe_scheduling,
    "ImagePullBackOff": _describe_pull,
    "ConfigMissing": _describe_config,
    "AwaitingVolumes": _describe_volumes,
    "ServiceNotReady": _describe_service,
    "ServiceCrashed": _describe_service,
    "Gated": _describe_gate,
    "NodeUnreachable": _describe_node,
    "Starting": _describe_start,
}
