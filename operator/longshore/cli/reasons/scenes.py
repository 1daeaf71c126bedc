"""Owns what an explanation is made from: a Run with all that was read beside it, and a path of it.

Must not ask a cluster, nor say why anything waits.
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from longshore.api.step_statuses import StepStatus
from longshore.api.steps import Step
from longshore.names import get_step_name
from longshore.planning.acceptance.graphs import Graph
from longshore.planning.attempts.attempts import find_deadline
from longshore.planning.pods import Pod
from longshore.planning.times import parse_time, write_duration

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scene:
    """All that an explanation is made from."""

    run: Object
    graph: Graph
    now: datetime
    pods: Mapping[str, Pod] = field(default_factory=dict)
    """By name, as far as they may be read."""
    warnings: Mapping[str, str] = field(default_factory=dict)
    """The last warning about a pod, by its name."""
    children: Mapping[str, str] = field(default_factory=dict)
    """What each child Run waits for, by its name, as far as they may be read; empty: it goes on."""
    agents: Mapping[str, Object] = field(default_factory=dict)
    """The Agents of the namespace by name, as far as they may be read, where a step waits for one."""
    groups: Mapping[str, Object] = field(default_factory=dict)
    """The ConcurrencyGroups of the namespace likewise."""
    flags: str = ""
    """What follows each command that is advised."""

    @property
    def name(self) -> str:
        """The Run's name, for a command line."""
        return shlex.quote(self.run["metadata"]["name"])

    @property
    def statuses(self) -> Object:
        """The steps' statuses by path."""
        found: Object = self.run.get("status", {}).get("steps", {})
        return found


@dataclass(frozen=True, slots=True)
class Cause:
    """What somebody or something has to do first."""

    text: str
    advice: str = ""
    """A command, or what to do; empty: wait."""


@dataclass(frozen=True, slots=True)
class Root:
    """A path that nothing holds up but itself."""

    scene: Scene
    path: str
    status: Mapping[str, Any]

    @property
    def message(self) -> str:
        """What the operator says of it, in one line."""
        return " ".join((self.status.get("message") or "").split())

    @property
    def advice(self) -> str:
        """The command that tells more of its pod."""
        pod = self.status.get("pod")
        return f"kubectl describe pod {pod}{self.scene.flags}" if pod else ""

    @property
    def step(self) -> Step:
        """The step that it is of."""
        return self.scene.graph.steps[get_step_name(self.path)]

    def write_limit(self) -> str:
        """For how long it goes on trying, where its pod may be read."""
        pod = self.scene.pods.get(self.status.get("pod", ""))
        status = StepStatus(ungated_time=self.status.get("ungatedTime"))
        deadline = find_deadline(self.step, status, pod) if pod else None
        left = deadline - self.scene.now if deadline else timedelta(0)
        return f"; gives up in {write_duration(left)}" if left > timedelta(0) else ""

    def write_wait(self) -> str:
        """For how long it has waited for an Agent, or a group; empty where that is not known."""
        since = self.status.get("queuedTime")
        return f" (for {write_duration(self.scene.now - parse_time(since))})" if since else ""
