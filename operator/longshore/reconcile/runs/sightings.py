"""Owns what was last seen of each Run's pods, until what it means is on record. Must not judge it.

A pod may be gone before its end is written, since that waits for company: its end is remembered here.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from longshore.api.runs import Run
from longshore.errors import NotFoundError
from longshore.names import RUN_UID_LABEL
from longshore.planning.attempts.attempts import TERMINAL
from longshore.planning.attempts.outcomes import has_disruption
from longshore.planning.pods import Pod
from longshore.planning.readings import observe_pod
from longshore.reconcile.ports import Json, Pods
from longshore.reconcile.runs.actions import is_controlled_by
from longshore.reconcile.runs.recollections import Recollections


@dataclass(slots=True)
class _Sighting:
    version: str
    pod: Pod
    is_recorded: bool = False

    @property
    def is_over(self) -> bool:
        """Whether the pod says how it ended."""
        return self.pod.step.ended is not None or self.pod.phase == "Failed"

    @property
    def is_needed(self) -> bool:
        """Whether the Run does not know yet how the pod ended."""
        return not self.is_recorded and self.is_over


class Sightings:
    """The pods of Runs as the planner sees them, by the Run's uid; each version of a pod is read once."""

    def __init__(self, pods: Pods, recollections: Recollections) -> None:
        self._pods = pods
        self._recollections = recollections
        self._seen: dict[str, dict[str, _Sighting]] = {}
        self._gone: defaultdict[str, dict[str, _Sighting]] = defaultdict(dict)

    def of_run(self, uid: str) -> dict[str, Pod]:
        """All pods that the Run controls, by name, and those that ended and went before that was on record."""
        seen = self._seen[uid] = self._look(uid)
        self._gone.pop(uid, None)
        return self._list_pods(uid, seen)

    def glance(self, uid: str) -> dict[str, Pod]:
        """The same, for a plan whose status is not written: none of it will be taken for recorded."""
        return self._list_pods(uid, self._look(uid))

    def note_gone(self, raw: Json) -> None:
        """A pod is gone that was last as given, which nobody may have looked at. Of no Run that has ended."""
        uid, name = raw["metadata"]["labels"].get(RUN_UID_LABEL, ""), raw["metadata"]["name"]
        before = self._seen.get(uid)
        if before is None or not is_controlled_by(raw, uid):
            return
        pod = observe_pod(raw)
        if pod.step.ended is None and has_disruption(pod):
            pod = replace(pod, phase="Failed")  # it was removed for that, and no end will be told
        is_recorded = name in before and before[name].is_recorded and before[name].is_over
        self._gone[uid][name] = _Sighting(raw["metadata"]["resourceVersion"], pod, is_recorded)

    def list_sought(self, uid: str) -> frozenset[str]:
        """The pods of a Run that are gone, and of which an archive may know how they ended."""
        return self._recollections.list_asked(uid)

    def record(self, uid: str) -> None:
        """What was seen last is on record."""
        for sighting in self._seen.get(uid, {}).values():
            sighting.is_recorded = True

    def forget(self, uid: str) -> None:
        """The Run has ended, or is gone."""
        self._seen.pop(uid, None)
        self._gone.pop(uid, None)
        self._recollections.forget(uid)

    async def find_unseen(self, run: Run) -> None:
        """Have pods known that are on record and unseen: that one is gone, only the API server can tell.

        Another operator may have made it, where two believe to lead, and our watch be late. How one that is gone
        ended, the archive may know. Raises ClusterError.
        """
        metadata = run.metadata
        for name in self.list_unseen(run):
            try:
                pod = await self._pods.get(metadata.namespace, name)
            except NotFoundError:
                self._recollections.ask(metadata.uid, metadata.namespace, name)
                continue
            if is_controlled_by(pod, metadata.uid):
                await self._pods.adopt(pod)

    def list_unseen(self, run: Run) -> set[str]:
        """The pods that are on record, and of which nothing is known."""
        uid = run.metadata.uid
        seen = {raw["metadata"]["name"] for raw in self._pods.of_run(uid)} | self._recollections.list_known(uid)
        before = self._seen.get(uid, {}) | self._gone.get(uid, {})
        seen |= {name for name, old in before.items() if old.is_needed}
        recorded = {status.pod for status in run.status.steps.values() if status.phase not in TERMINAL}
        return {name for name in recorded - seen if name is not None}

    def _look(self, uid: str) -> dict[str, _Sighting]:
        before = self._seen.get(uid, {}) | self._gone.get(uid, {})
        live = [raw for raw in self._pods.of_run(uid) if is_controlled_by(raw, uid)]
        seen = {raw["metadata"]["name"]: _see(raw, before) for raw in live}
        return seen | {name: old for name, old in before.items() if name not in seen and old.is_needed}

    def _list_pods(self, uid: str, sightings: Mapping[str, _Sighting]) -> dict[str, Pod]:
        recalled = self._recollections.list_recalled(uid)
        return recalled | {name: sighting.pod for name, sighting in sightings.items()}


def _see(raw: Json, before: dict[str, _Sighting]) -> _Sighting:
    """The pod as it is now; what was read before is not read again."""
    known, version = before.get(raw["metadata"]["name"]), raw["metadata"]["resourceVersion"]
    return known if known is not None and known.version == version else _Sighting(version, observe_pod(raw))
