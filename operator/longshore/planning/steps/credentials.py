"""Owns what credentials ask of a step, and what is said where the Secret of one is missing. Is pure.

Nobody here reads a Secret. The kubelet says of a variable's Secret that it is not there; of one that is mounted it
tells an Event alone, so that of this is known only that the pod's volumes do not come.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from longshore.api.agents import Credential
from longshore.api.step_statuses import StepReason
from longshore.api.steps import Step
from longshore.manifests.credentials import DOCKER_KEY
from longshore.planning.findings import Fault, Finding
from longshore.planning.pods import Pod

SETUP_PATIENCE = timedelta(seconds=20)
"""For so long a node may take to mount volumes and set up the network before a word is said."""
RESUMES = "the step goes on by itself"
_NOT_FOUND = re.compile(r'secret "([^"]+)" not found')


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the Secrets of an Agent's credentials are there, as far as its pods tell."""

    status: Literal["True", "False", "Unknown"]
    reason: str
    message: str


def check_credentials(prefix: str, step: Step) -> Iterator[Finding]:
    """What is wrong with the credentials that a step asks for."""
    asked = step.credentials or []
    for name in sorted({name for name in asked if asked.count(name) > 1}):
        yield Finding(Fault.STEP, f"{prefix}.credentials", f"{name!r} is there twice; remove one")
    if asked and step.image is not None and not step.agents:
        message = "needs agents: an Agent with credentials runs only steps that name it; list them"
        yield Finding(Fault.STEP, f"{prefix}.credentials", message)


def find_missing_secret(message: str) -> str | None:
    """The Secret that the kubelet does not find, as it says of a container that can't be made."""
    found = _NOT_FOUND.search(message)
    return found and found[1]


def explain_missing(pod: Pod, message: str) -> str:
    """What to do about the Secret of a credential that the kubelet does not find; empty where it is no such."""
    secret = find_missing_secret(message)
    names = [each.name for each in pod.credentials if each.secret_ref.name == secret]
    if not names:
        return ""
    return f"Secret {secret} of credential {names[0]} of Agent {pod.agent} is not there; create it, and {RESUMES}"


def is_setup_slow(pod: Pod, now: datetime) -> bool:
    """Whether the pod's node has not set it up yet, long after it began to."""
    return pod.setup_since is not None and now >= pod.setup_since + SETUP_PATIENCE


def find_setup_end(pods: Iterable[Pod], now: datetime) -> datetime | None:
    """When the first of these pods will have been set up for long, unless that gets on."""
    times = [pod.setup_since + SETUP_PATIENCE for pod in pods if pod.setup_since is not None]
    return min((time for time in times if time > now), default=None)


def explain_setup(pod: Pod) -> str:
    """What a pod may wait for that its node does not set up."""
    seconds = int(SETUP_PATIENCE.total_seconds())
    text = f"node {pod.node} has not mounted its volumes, or set up its network, within {seconds} s"
    if mounted := _list_mounted(pod):
        text += f"; of Agent {pod.agent} it mounts {', '.join(mounted)}: create what is missing, and {RESUMES}"
    return f"{text}; kubectl describe pod {pod.name} says why"


def judge_readiness(credentials: Iterable[Credential], pods: Iterable[Pod], now: datetime) -> Readiness:
    """What the pods of an Agent tell of the Secrets of its credentials."""
    owners = {each.secret_ref.name: each.name for each in credentials}
    waiting = [pod for pod in pods if pod.credentials and pod.step.running is None and pod.step.ended is None]
    if missing := sorted({name for pod in waiting if (name := find_missing_secret(pod.step.message)) in owners}):
        listed = ", ".join(f"{name} (credential {owners[name]})" for name in missing)
        return Readiness("False", "SecretMissing", f"create Secret {listed}: steps wait for it")
    slow = [pod for pod in waiting if is_setup_slow(pod, now) and _list_mounted(pod)]
    if mounted := sorted({text for pod in slow for text in _list_mounted(pod)}):
        message = f"the volumes of pod {slow[0].name} do not come; is one of these missing: {', '.join(mounted)}?"
        return Readiness("Unknown", StepReason.AWAITING_VOLUMES, message)
    return Readiness("True", "NoneMissing", "no step waits for a Secret")


def _list_mounted(pod: Pod) -> list[str]:
    """The Secrets that the pod mounts as credentials, for people."""
    return [
        f"Secret {each.secret_ref.name} (credential {each.name}"
        + (f", by its key {DOCKER_KEY})" if each.as_ == "Docker" else ")")
        for each in pod.credentials
        if each.as_ != "Env"
    ]
