"""Owns the last seen version of each object of our kinds. Must not act: what is no news for us is dropped.

Of every Run there is a summary, and of finished ones no more, so that their number hardly matters.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from longshore.api.objects import Metadata
from longshore.api.runs import Run, RunSpec, RunStatus
from longshore.api.step_statuses import StepPhase
from longshore.api.workflows import WorkflowSpec
from longshore.planning.acceptance.acceptance import find_invalid_fields
from longshore.planning.acceptance.graphs import Graph, build_graph
from longshore.planning.attempts.standings import is_made
from longshore.planning.findings import Finding
from longshore.planning.observations import Memo
from longshore.planning.runs.summaries import FINISHED, RunSummary, summarize_run
from longshore.planning.steps.children import MAX_DEPTH
from longshore.reconcile.memos import MemoIndex

Json = dict[str, Any]

OnChange = Callable[[RunSummary | None, RunSummary | None], None]
"""Told of a Run that came (old is None), went (new is None) or changed."""
OnObject = Callable[[str, str], None]
"""Told namespace and name of an object that came, went or changed."""


@dataclass(slots=True)
class RunEntry:
    """A Run as it was last seen or written, and what is costly to derive from it."""

    raw: Json
    run: Run
    findings: list[Finding] = field(default_factory=list)
    """What is wrong with a spec that can't even be read."""
    graph: Graph | None = None


class RunStore:
    """Runs that have not finished, by uid; of all of them summaries, also by owner and by Workflow."""

    def __init__(self) -> None:
        self._entries: dict[str, RunEntry] = {}
        self._versions: dict[str, int] = {}
        self._summaries: dict[str, RunSummary] = {}
        self._children: defaultdict[str, set[str]] = defaultdict(set)
        self._of_workflow: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self._memos = MemoIndex()
        self._listeners: list[OnChange] = []

    def listen(self, on_change: OnChange) -> None:
        """Have a listener told of each change to what is known of a Run, once it is taken in."""
        self._listeners.append(on_change)

    def get(self, uid: str) -> RunEntry | None:
        """The Run, unless it has finished, is gone, or is another controller's."""
        return self._entries.get(uid)

    def put(self, raw: Json) -> bool:
        """Take a version in. False if it is not newer than what we have."""
        uid, version = raw["metadata"]["uid"], _version(raw)
        if version <= self._versions.get(uid, 0):
            return False
        known = self._summaries.get(uid) if uid in self._versions else None
        self._versions[uid] = version
        self._memos.put(raw)
        self.foresee(raw)
        phase = (raw.get("status") or {}).get("phase")
        if phase in FINISHED or self._summaries[uid].is_foreign:
            self._entries.pop(uid, None)
        else:
            self._entries[uid] = parse_run(raw, self._entries.get(uid))
        self._tell(known, self._summaries[uid])
        return True

    def foresee(self, raw: Json) -> None:
        """Take in what others see of a Run, from the answer to a call; it is reconciled once the watch tells."""
        summary = summarize_run(raw)
        known = self._summaries.get(summary.uid)
        if known is not None and summary.version < known.version:
            return
        self._summaries[summary.uid] = summary
        if summary.owner:
            self._children[summary.owner].add(summary.uid)
        if summary.workflow:
            self._of_workflow[summary.namespace, summary.workflow].add(summary.uid)

    def refresh(self, raw: Json) -> None:
        """Take in the answer to a call of ours; a Run that went meanwhile stays gone."""
        if raw["metadata"]["uid"] in self._versions:
            self.put(raw)

    def remove(self, uid: str) -> None:
        """Forget a Run that is gone."""
        summary = self._summaries.pop(uid, None)
        for table in (self._entries, self._versions):
            table.pop(uid, None)
        if summary is not None:
            self._memos.remove(summary.namespace, uid)
            _discard(self._children, summary.owner, uid)
            _discard(self._of_workflow, (summary.namespace, summary.workflow), uid)
            self._tell(summary, None)

    def get_summary(self, uid: str) -> RunSummary | None:
        """What is known of a Run, finished or not; None: there is none."""
        return self._summaries.get(uid)

    def children_of(self, uid: str) -> list[RunSummary]:
        """The Runs whose controller is the Run of this uid, finished ones too."""
        return [self._summaries[child] for child in self._children.get(uid, ())]

    def lineage_of(self, uid: str) -> tuple[RunSummary, ...]:
        """The Runs that own one, the nearest first, as far as they matter: a circle of owners ends there too."""
        lineage: list[RunSummary] = []
        run = self.get_summary(uid)
        while run is not None and len(lineage) < MAX_DEPTH:
            run = self.get_summary(run.owner)
            lineage += [run] if run else []
        return tuple(lineage)

    def of_workflow(self, namespace: str, name: str) -> list[RunSummary]:
        """The Runs of a Workflow, finished ones too."""
        return [self._summaries[uid] for uid in self._of_workflow.get((namespace, name), ())]

    def memos_of(self, namespace: str) -> Mapping[str, Mapping[str, Memo]]:
        """The memoized successes of a namespace's Runs, finished ones too: by identity, then by uid."""
        return self._memos.of_namespace(namespace)

    def summaries(self) -> Collection[RunSummary]:
        """What is known of all Runs, finished ones too."""
        return self._summaries.values()

    def uids(self) -> set[str]:
        """All Runs, finished ones too."""
        return set(self._summaries)

    def waiting_for(self, namespace: str, workflow: str) -> Iterator[str]:
        """Runs that are not accepted yet and name this Workflow."""
        for uid, entry in self._entries.items():
            reference = entry.run.spec.workflow_ref
            is_named = reference is not None and reference.name == workflow
            if is_named and entry.run.metadata.namespace == namespace and entry.graph is None:
                yield uid

    def count_runs(self) -> Counter[tuple[str, str]]:
        """How many Runs there are of each namespace and phase."""
        ours = (summary for summary in self._summaries.values() if not summary.is_foreign)
        return Counter((summary.namespace, summary.phase) for summary in ours)

    def count_steps(self) -> Counter[tuple[str, str]]:
        """How many steps of Runs that go on there are of each namespace and phase."""
        return Counter(
            (entry.run.metadata.namespace, status.phase.value)
            for entry in self._entries.values()
            for status in entry.run.status.steps.values()
        )

    def count_waits(self) -> Counter[tuple[str, str]]:
        """How many steps of Runs that go on have not started, of each namespace and reason."""
        return Counter(
            (entry.run.metadata.namespace, status.reason.value)
            for entry in self._entries.values()
            for status in entry.run.status.steps.values()
            if status.phase is StepPhase.PENDING and status.reason is not None and not is_made(status)
        )

    def _tell(self, old: RunSummary | None, new: RunSummary | None) -> None:
        for on_change in self._listeners:
            on_change(old, new)


class ObjectStore:
    """Objects of one kind by namespace and name, as the API server has them."""

    def __init__(self) -> None:
        self._objects: defaultdict[str, dict[str, Json]] = defaultdict(dict)
        self._listeners: list[OnObject] = []

    def listen(self, on_change: OnObject) -> None:
        """Have a listener told of each object that came, changed or went, once that is taken in."""
        self._listeners.append(on_change)

    def get(self, namespace: str, name: str) -> Json | None:
        """The object, or None."""
        return self._objects[namespace].get(name) if namespace in self._objects else None

    def of_namespace(self, namespace: str) -> Mapping[str, Json]:
        """Those of a namespace, by name."""
        return self._objects.get(namespace, {})

    def put(self, raw: Json) -> None:
        """Take a version in, unless it is not newer than what we have."""
        namespace, name = raw["metadata"]["namespace"], raw["metadata"]["name"]
        known = self.get(namespace, name)
        if known is None or _version(raw) > _version(known):
            self._objects[namespace][name] = raw
            self._tell(namespace, name)

    def refresh(self, raw: Json) -> None:
        """Take in the answer to a call of ours; an object that went meanwhile stays gone."""
        if self.get(raw["metadata"]["namespace"], raw["metadata"]["name"]) is not None:
            self.put(raw)

    def remove(self, namespace: str, name: str) -> None:
        """Forget an object that is gone."""
        if self.get(namespace, name) is None:
            return
        del self._objects[namespace][name]
        if not self._objects[namespace]:
            del self._objects[namespace]
        self._tell(namespace, name)

    def keys(self) -> set[tuple[str, str]]:
        """Namespace and name of all."""
        return {(namespace, name) for namespace, objects in self._objects.items() for name in objects}

    def _tell(self, namespace: str, name: str) -> None:
        for on_change in self._listeners:
            on_change(namespace, name)


def parse_run(raw: Json, known: RunEntry | None = None) -> RunEntry:
    """Read a Run; its spec and graph are taken from what is `known`, since they never change."""
    metadata = Metadata.model_validate(raw["metadata"])
    status = RunStatus.model_validate(raw.get("status", {}))
    spec, findings = _parse_spec(raw, metadata.generation, known)
    graph = known.graph if known else None
    if graph is None and status.workflow_spec is not None:
        graph = build_graph(WorkflowSpec.model_validate(status.workflow_spec))
    return RunEntry(raw, Run(metadata=metadata, spec=spec, status=status), findings, graph)


def _parse_spec(raw: Json, generation: int, known: RunEntry | None) -> tuple[RunSpec, list[Finding]]:
    if known is not None and known.run.metadata.generation == generation:
        return known.run.spec, known.findings
    try:
        return RunSpec.model_validate(raw.get("spec", {})), []
    except ValidationError as error:
        return RunSpec(), find_invalid_fields(error)


def _discard(index: dict[Any, set[str]], key: Any, uid: str) -> None:
    """Take a uid out of an index, and the key with its last one."""
    uids = index.get(key, set())
    uids.discard(uid)
    if not uids:
        index.pop(key, None)


def _version(raw: Json) -> int:
    return int(raw["metadata"]["resourceVersion"])
