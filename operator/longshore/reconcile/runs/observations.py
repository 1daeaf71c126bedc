"""Owns how all that a Run's plan is made from is brought together. Must not judge it, nor change anything."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from longshore.api.runs import Run
from longshore.errors import NotFoundError
from longshore.planning.observations import Observed, Refusal
from longshore.planning.pods import Pod
from longshore.planning.pools.nodes import Node
from longshore.reconcile.ports import ArchiveUses, Nodes, Places, Rooms, Runs
from longshore.reconcile.runs.admissions import Admissions
from longshore.reconcile.runs.children import ChildRuns
from longshore.reconcile.runs.inheritances import Inheritances
from longshore.reconcile.runs.sightings import Sightings
from longshore.reconcile.stores import ObjectStore, RunEntry, RunStore, parse_run


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What there is to see besides a Run's pods."""

    runs: RunStore
    workflows: ObjectStore
    objects: Runs
    uses: ArchiveUses
    rooms: Rooms
    places: Places
    nodes: Nodes | None
    admissions: Admissions
    children: ChildRuns
    inheritances: Inheritances
    sightings: Sightings
    runner_image: str

    def observe(
        self, entry: RunEntry, pods: Mapping[str, Pod], refusals: Mapping[str, Refusal], earlier: Run | None
    ) -> Observed:
        """All that the plan is made from: this Run with these pods, after these refusals."""
        metadata, spec = entry.run.metadata, entry.raw.get("spec", {})
        reference = entry.run.spec.workflow_ref
        workflow = self.workflows.get(metadata.namespace, reference.name) if reference else None
        return Observed(
            graph=entry.graph,
            workflow=spec.get("workflowSpec") or (workflow or {}).get("spec"),
            pods=pods,
            nodes=self._find_nodes(entry.run, pods.values()),
            sought=self.sightings.list_sought(metadata.uid),
            archive=self.uses.find(metadata.namespace),
            earlier=earlier,
            memos=self.runs.memos_of(metadata.namespace),
            children=self.children.of_run(metadata.uid),
            lineage=self.runs.lineage_of(metadata.uid),
            inherited=self.inheritances.get(metadata.uid),
            refusals=refusals,
            wait=self.admissions.find_wait(metadata.uid),
            groups=self.places.find_views(metadata.namespace),
            is_room_assured=not self.admissions.is_limited,
            pool=self.rooms.view(metadata.uid, metadata.namespace),
            runner_image=self.runner_image,
        )

    async def find_earlier(self, entry: RunEntry) -> Run | None:
        """The Run that this one is another go at, until it is accepted; finished ones are not kept."""
        rerun = entry.run.spec.rerun
        if rerun is None or entry.graph is not None:
            return None
        with suppress(NotFoundError):
            return parse_run(await self.objects.get(entry.run.metadata.namespace, rerun.run)).run
        return None

    def _find_nodes(self, run: Run, pods: Iterable[Pod]) -> dict[str, Node]:
        """What is known of the nodes that a Run's pods are on, or were."""
        if self.nodes is None:
            return {}
        names = {pod.node for pod in pods} | {status.node or "" for status in run.status.steps.values()}
        found = {name: self.nodes.find_node(name) for name in names - {""}}
        return {name: node for name, node in found.items() if node is not None}
