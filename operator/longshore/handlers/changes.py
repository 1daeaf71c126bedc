"""Owns what a change means for others: of a Run, of pods, of nodes and Agents. Must not act, only mark."""

from typing import Protocol

from longshore.cluster.pods import RunPods
from longshore.handlers.events import Marks
from longshore.planning.runs.summaries import RunSummary
from longshore.reconcile.groups.groups import GroupReconciler
from longshore.reconcile.pools.directories import AgentDirectory
from longshore.reconcile.runs.runs import RunReconciler


class SoonMarks(Marks, Protocol):
    """Takes note of what to reconcile, now or before long."""

    def mark_soon(self, key: str) -> None:
        """Have the key reconciled within a second or so."""


class RunChanges:
    """Marks whom a change concerns, whether a watch told of it or we wrote it ourselves."""

    def __init__(self, workflow_queue: Marks, retention_queue: Marks) -> None:
        self._workflow_queue = workflow_queue
        self._retention_queue = retention_queue

    def see(self, old: RunSummary | None, new: RunSummary | None) -> None:
        """A Run came, where there is no `old`, went, where there is no `new`, or is another now."""
        run = new or old
        if run is None or (old is not None and new is not None and old.phase == new.phase):
            return
        if run.workflow and not run.owner:
            self._workflow_queue.mark(f"{run.namespace}/{run.workflow}")
        if run.is_finished and run.ttl is not None:
            self._retention_queue.mark(run.uid)


class PodChanges:
    """Marks the Runs and groups that a change of pods, of their nodes or Agents concerns."""

    def __init__(
        self,
        pods: RunPods,
        directory: AgentDirectory,
        runs: RunReconciler,
        groups: GroupReconciler,
        run_queue: SoonMarks,
    ) -> None:
        self._pods = pods
        self._directory = directory
        self._runs = runs
        self._groups = groups
        self._run_queue = run_queue

    def give_turn(self, uid: str) -> None:
        """There is room for a step of a Run."""
        self._runs.give_turn(uid)
        self._run_queue.mark(uid)

    def see_pod(self, uid: str) -> None:
        """A pod is scheduled, pulls, runs: worth telling, but nothing follows from it."""
        self._groups.note_change(uid)
        if self._runs.is_going_on(uid):
            self._run_queue.mark_soon(uid)

    def see_end(self, uid: str) -> None:
        """A step may have ended: what comes next starts at once."""
        self._groups.note_exit(uid)
        if self._runs.is_going_on(uid):
            self._runs.note_exit(uid)
            self._run_queue.mark(uid)

    def see_node(self, name: str) -> None:
        """What the pods of a node say means something else when it is unreachable, or gone."""
        for uid in self._pods.list_runs_on(name):
            self.see_pod(uid)

    def see_agents(self, namespace: str) -> None:
        """What runs on a drained Agent is to end."""
        drained = {name for name, agent in self._directory.views(namespace).items() if agent.spec.drain}
        for uid in self._pods.list_runs_of(namespace, drained) if drained else ():
            self.see_pod(uid)
