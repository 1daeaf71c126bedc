"""Owns what has become of those on record in a ConcurrencyGroup, by what Runs and pods tell. Must not decide more.

What was seen to be over is over for good. What is merely not to be seen, the API server is asked about: a watch
may be late, or another operator know more.
"""

from collections.abc import Iterator
from typing import Literal

from longshore import names
from longshore.api.groups import Holder
from longshore.api.runs import RunStatus
from longshore.api.step_statuses import StepStatus
from longshore.errors import NotFoundError
from longshore.names import build_pod_name
from longshore.planning.attempts.attempts import TERMINAL
from longshore.planning.attempts.standings import is_made
from longshore.planning.runs.summaries import FINISHED
from longshore.reconcile.ports import HeldRuns, Json, SeenPods
from longshore.reconcile.stores import RunStore

Outlook = Literal["Held", "Ending", "Over", "Doubtful"]
"""Ending: its Run is through with it, but a pod is left. Doubtful: only the API server can tell."""


class Fates:
    """Judges holders; remembers, of each, the Runs that went on for it: their pods may outlive them."""

    def __init__(self, runs: RunStore, pods: SeenPods, objects: HeldRuns) -> None:
        self._runs = runs
        self._pods = pods
        self._objects = objects
        self._families: dict[Holder, set[str]] = {}

    def judge(self, holder: Holder, status: RunStatus | None) -> Outlook:
        """What has become of a holder that claims nothing, given its Run's plan (None: there is none)."""
        summary = self._runs.get_summary(holder.uid)
        if summary is not None and summary.is_finished:
            return self._await_pods(holder)
        if status is None:
            self._list_family(holder)
            return "Doubtful" if summary is None else "Held"
        return self._await_pods(holder) if is_over(holder, status) else "Doubtful"

    async def confirm(self, namespace: str, holder: Holder) -> Outlook:
        """What the API server says of a holder that is doubtful. Raises ClusterError."""
        try:
            run = await self._objects.get(namespace, holder.run)
        except NotFoundError:
            return self._await_pods(holder)
        if run["metadata"]["uid"] != holder.uid:
            return self._await_pods(holder)
        status = RunStatus.model_validate(run.get("status", {}))
        if is_over(holder, status):
            return self._await_pods(holder)
        if _has_begun(holder, status) or await self._has_object(namespace, holder):
            return "Held"
        return self._await_pods(holder)

    def list_family(self, holder: Holder) -> frozenset[str]:
        """The uids of the Runs whose pods run for a holder."""
        return frozenset(self._list_family(holder))

    def forget(self, holder: Holder) -> None:
        """It is off the record."""
        self._families.pop(holder, None)

    def _await_pods(self, holder: Holder) -> Outlook:
        return "Ending" if self._has_live(holder) else "Over"

    def _has_live(self, holder: Holder) -> bool:
        family = self._list_family(holder)
        members = [found for uid in family - {holder.uid} if (found := self._runs.get_summary(uid))]
        if any(not member.is_finished for member in members):
            return True
        name = _get_pod_name(holder)
        return any(
            _is_live(pod)
            for uid in family
            for pod in self._pods.of_run(uid)
            if name is None or uid != holder.uid or pod["metadata"]["name"] == name
        )

    def _list_family(self, holder: Holder) -> set[str]:
        """The Run itself, and all that it runs for this holder: of a step, what its attempt's child does."""
        family = self._families.setdefault(holder, {holder.uid})
        added = set(self._list_children(holder)) | family - {holder.uid}
        while added:
            family |= added
            added = {child.uid for uid in added for child in self._runs.children_of(uid)} - family
        return family

    def _list_children(self, holder: Holder) -> Iterator[str]:
        name = _get_pod_name(holder)  # a child's is the same
        for child in self._runs.children_of(holder.uid):
            if name is None or child.name == name:
                yield child.uid

    async def _has_object(self, namespace: str, holder: Holder) -> bool:
        """Whether the attempt has begun after all, and that is not on record yet. Raises ClusterError."""
        name = _get_pod_name(holder)
        if name is None:
            return False
        for read in (self._pods.get, self._objects.get):
            try:
                await read(namespace, name)
            except NotFoundError:
                continue
            return True
        return False


def is_over(holder: Holder, status: RunStatus) -> bool:
    """Whether the Run's status says that the holder is through."""
    if status.phase in FINISHED:
        return True
    step = status.steps.get(holder.step or "")
    if step is None:
        return False
    return step.attempt > _attempt(holder) or (step.phase in TERMINAL and step.attempt in {0, _attempt(holder)})


def _has_begun(holder: Holder, status: RunStatus) -> bool:
    if holder.step is None:
        return status.phase == "Running"
    step: StepStatus | None = status.steps.get(holder.step)
    return step is not None and is_made(step)


def _attempt(holder: Holder) -> int:
    return holder.attempt or 0


def _get_pod_name(holder: Holder) -> str | None:
    """Of an attempt; None: it is a Run as a whole, which has many."""
    return None if holder.step is None else build_pod_name(holder.run, holder.uid, holder.step, _attempt(holder))


def _is_live(pod: Json) -> bool:
    return pod.get("status", {}).get("phase") not in names.POD_ENDS
