"""Owns what reconciling asks of the cluster and of telemetry, as protocols. Must not implement them."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from longshore.api.runs import Run
from longshore.planning.groups.groups import GroupView
from longshore.planning.observations import ArchiveUse
from longshore.planning.plans import DeletePod, Notice, Plan, StopPod
from longshore.planning.pools.nodes import Node
from longshore.planning.pools.pools import PoolView
from longshore.planning.runs.summaries import RunSummary

Json = dict[str, Any]


class Pods(Protocol):
    """The pods of Runs."""

    def of_run(self, uid: str) -> list[Json]:
        """All known pods of a Run, also those that were made a moment ago."""

    async def create(self, manifest: Json) -> Json:
        """Create a pod. Raises ClusterError."""

    async def get(self, namespace: str, name: str) -> Json:
        """Read a pod from the API server. Raises ClusterError."""

    async def adopt(self, pod: Json) -> None:
        """Have a pod that exists known to `of_run`."""

    async def stop(self, namespace: str, action: StopPod) -> None:
        """End a pod that has started. Raises ClusterError."""

    async def delete(self, namespace: str, action: DeletePod) -> None:
        """Delete a pod. Raises ClusterError."""


class PodJudge(Protocol):
    """Judges pods that nobody creates."""

    async def try_create(self, manifest: Json) -> None:
        """Have the API server judge a pod without creating it. Raises ClusterError."""


class Claims(Protocol):
    """The claims of volumes that the steps of a Run share."""

    async def create(self, manifest: Json) -> Json:
        """Create a claim. Raises ClusterError."""

    async def get(self, namespace: str, name: str) -> Json:
        """Read a claim from the API server. Raises ClusterError."""

    async def adopt(self, claim: Json) -> None:
        """Take note of a claim that exists."""


class Runs(Protocol):
    """Runs as objects: their specs, and whether they are there."""

    async def create(self, manifest: Json) -> Json:
        """Create a Run. Raises ClusterError."""

    async def get(self, namespace: str, name: str) -> Json:
        """Read a Run from the API server. Raises ClusterError."""

    async def patch(self, namespace: str, name: str, uid: str, spec: Json) -> Json:
        """Merge into the spec of the Run of this uid. Raises ClusterError."""

    async def delete(self, namespace: str, name: str, uid: str) -> None:
        """Delete the Run of this uid, and with it what it owns. Raises ClusterError."""


class Agents(Protocol):
    """Agents as objects."""

    async def create(self, manifest: Json) -> Json:
        """Create an Agent. Raises ClusterError."""


class BuiltIns(Protocol):
    """That each namespace with Runs has an Agent."""

    async def ensure(self, run: Json) -> None:
        """Have the Agent `built-in` in the namespace of a new Run. Raises ClusterError."""


class Statuses(Protocol):
    """The statuses of our kinds."""

    async def write_run(self, run: Json, patch: Json) -> Json:
        """Merge a patch into the status of this very version of a Run. Raises ConflictError where it is old."""

    async def write_workflow(self, workflow: Json, patch: Json) -> Json:
        """Merge a patch into the status of this very version of a Workflow. Raises ClusterError."""


class AgentStatuses(Protocol):
    """The statuses of Agents."""

    async def write_agent(self, agent: Json, patch: Json) -> Json:
        """Merge a patch into the status of this very version of an Agent. Raises ClusterError."""


class Waits(Protocol):
    """Who waits for Agents."""

    def count_waiting(self, namespace: str, name: str) -> int:
        """How many attempts wait that an Agent may run."""

    def listen_waits(self, on_change: Callable[[str], None]) -> None:
        """Have a listener told of each namespace where others may wait now; it must be quick."""


class SeenPods(Protocol):
    """The pods of Runs, to be looked at only."""

    def of_run(self, uid: str) -> list[Json]:
        """All known pods of a Run."""

    async def get(self, namespace: str, name: str) -> Json:
        """Read a pod from the API server. Raises ClusterError."""


class HeldRuns(Protocol):
    """Runs that hold something, and may have to make way."""

    async def get(self, namespace: str, name: str) -> Json:
        """Read a Run from the API server. Raises ClusterError."""

    async def patch(self, namespace: str, name: str, uid: str, spec: Json) -> Json:
        """Merge into the spec of the Run of this uid. Raises ClusterError."""


class Groups(Protocol):
    """ConcurrencyGroups, whose record is granted by compare-and-swap."""

    async def get(self, namespace: str, name: str) -> Json:
        """Read a group from the API server. Raises ClusterError."""

    async def write(self, group: Json, patch: Json) -> Json:
        """Merge a patch into the status of this very version of a group. Raises ConflictError where it is old."""


class Announcer(Protocol):
    """Events, as `kubectl describe` shows them."""

    async def announce(self, obj: Json, notice: Notice) -> None:
        """Publish an Event about an object; a failure is only logged."""


class RunObserver(Protocol):
    """Told what happens to Runs; must be quick, and must not raise."""

    def on_edge(self, seconds: float) -> None:
        """So long after a step's exit was seen the next pod's POST is sent."""

    def on_handover(self, seconds: float) -> None:
        """So long after an exit was seen the POST is sent of who got its place in a ConcurrencyGroup."""

    def on_finished(self, namespace: str, phase: str) -> None:
        """A Run ended."""


class Witness(Protocol):
    """Who saw pods, besides us."""

    async def recall(self, namespace: str, pod: str) -> Json:
        """The last version of a pod that was seen; NotFoundError where none was. Raises ClusterError."""


class Nodes(Protocol):
    """What is known of nodes."""

    def find_node(self, name: str) -> Node | None:
        """A node, also one that is gone; None: nothing is known of nodes."""


class Rooms(Protocol):
    """The Agents of each namespace, what they run and who waits for them."""

    def view(self, uid: str, namespace: str) -> PoolView:
        """The Agents of its namespace as a Run sees them."""

    def tell(self, run: RunSummary, plan: Plan) -> None:
        """Take in what a Run is about to make and waits for, right after its plan: nothing may come between."""

    def skip(self, uid: str) -> None:
        """The Run could not be planned: others have its turns, and it waits for nothing until it is."""

    def forget(self, uid: str) -> None:
        """The Run has ended, or is gone: it makes no pods any more."""


class StorageWitness(Protocol):
    """Who knows how much room archives have."""

    async def measure(self, namespace: str) -> Json:
        """How much room an archive has, if it says what it should. Raises ClusterError."""


class Places(Protocol):
    """The ConcurrencyGroups of each namespace, who holds them and who waits for them."""

    def find_views(self, namespace: str) -> Mapping[str, GroupView]:
        """How the groups of a namespace stand, by name."""

    def tell(self, run: Run, plan: Plan) -> None:
        """Take in what a Run's plan says of groups, before it is applied."""

    def take_handover(self, uid: str) -> float | None:
        """Seconds since the exit by which a Run got its place, asked once; None: there was none."""

    def forget(self, uid: str) -> None:
        """The Run has ended, or is gone."""


class ArchiveUses(Protocol):
    """How namespaces use their archives."""

    def find(self, namespace: str) -> ArchiveUse | None:
        """How steps use the archive of a namespace; None: it has none."""

    def is_known(self, namespace: str) -> bool:
        """Whether nothing is left to be found out for a Run that was accepted."""

    async def learn(self, namespace: str) -> None:
        """Find out how a namespace uses its archive, where that is not known. Raises ClusterError."""


class LeftPods(Protocol):
    """Whether there are pods of Runs."""

    def has_any(self, namespace: str) -> bool:
        """Whether pods of Runs are left in a namespace."""


class Archives(Protocol):
    """The objects that archives are made of, and their namespaces. Every call raises ClusterError."""

    async def list_deployments(self) -> list[Json]:
        """The Deployments of all archives."""

    async def get_namespace(self, name: str) -> Json:
        """Read a namespace."""

    async def get_deployment(self, namespace: str) -> Json:
        """Read the archive's Deployment."""

    async def patch_deployment(self, namespace: str, patch: Json) -> Json:
        """Merge into the archive's Deployment. Raises ConflictError where it is newer."""

    async def patch_deployment_status(self, namespace: str, patch: Json) -> Json:
        """Merge into the status of the archive's Deployment. Raises ConflictError where it is newer."""

    async def create(self, manifest: Json) -> Json:
        """Create an object."""

    async def get(self, manifest: Json) -> Json:
        """Read the object of this kind and name."""

    async def patch(self, manifest: Json, patch: Json) -> Json:
        """Merge into the object of this kind and name."""
