"""Owns the reconcile of a namespace's archive, and what it is told of Runs for that. Must not decide."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import ValidationError

from longshore.api.archives import StorageReport
from longshore.clocks import read_clock
from longshore.errors import AlreadyExistsError, ClusterError, ForbiddenError, InvalidError, NotFoundError
from longshore.manifests.archives import ArchiveDesign, build_archive
from longshore.planning.archives.archives import ObservedArchive, WantedArchive, plan_archive
from longshore.planning.archives.namespaces import apply_wishes, find_security_problem, read_wishes
from longshore.planning.archives.storages import plan_storage
from longshore.planning.plans import Notice
from longshore.planning.runs.summaries import RunSummary
from longshore.reconcile.archives.actions import apply_archive
from longshore.reconcile.archives.uses import NamespaceUses
from longshore.reconcile.ports import Announcer, Archives, Json, LeftPods, StorageWitness
from longshore.reconcile.stores import RunStore

logger = logging.getLogger(__name__)
PROBLEM_SECONDS = 60.0
"""How long until it is tried again what people have to mend."""
SWEEP_SECONDS = 300.0
"""How often all archives are listed, to find those that were woken though no Run needs them."""


@dataclass(slots=True)
class _Memory:
    """What is known of a namespace; a restart may forget it."""

    going: set[str] = field(default_factory=set)
    """Runs that have not finished, by uid."""
    needed_at: datetime | None = None
    is_up: bool = False
    problem: str = ""
    told: set[str] = field(default_factory=set)
    """Runs that were told of the problem."""


@dataclass(frozen=True, slots=True)
class ArchivePorts:
    """What a reconcile reaches the world by."""

    archives: Archives
    pods: LeftPods
    announcer: Announcer
    uses: NamespaceUses
    witness: StorageWitness | None = None
    """None: archives are not asked how much room they have."""


class ArchiveReconciler:
    """Reconciles the archive of one namespace at a time, by the namespace's name."""

    def __init__(self, runs: RunStore, ports: ArchivePorts, design: ArchiveDesign, idle: timedelta) -> None:
        self._runs = runs
        self._ports = ports
        self._design = design
        self._idle = idle
        self._memories: defaultdict[str, _Memory] = defaultdict(_Memory)

    def listen(self, mark: Callable[[str], None]) -> None:
        """Mark a namespace when it needs an archive that is not known to be up."""

        def see(old: RunSummary | None, new: RunSummary | None) -> None:
            if new is not None:
                if self._note(new):
                    mark(new.namespace)
            elif old is not None:
                self._drop(old)
                if memory := self._memories.get(old.namespace):
                    memory.is_up &= bool(memory.going)

        self._runs.listen(see)

    def describe(self, namespace: str) -> dict[str, str]:
        """What log lines about a namespace carry."""
        return {"namespace": namespace}

    async def reconcile(self, namespace: str) -> float | None:
        """One round; returns in how many seconds to look again."""
        memory = self._memories[namespace]
        try:
            return await self._look(namespace, memory)
        except (AlreadyExistsError, ForbiddenError, InvalidError) as error:
            if "being terminated" in str(error):
                return None
            memory.is_up = False
            await self._tell(memory, str(error))
            return PROBLEM_SECONDS if memory.going else None

    async def _look(self, namespace: str, memory: _Memory) -> float | None:
        now, raw = read_clock(), await self._find_namespace(namespace)
        if raw is None:
            return None
        self._ports.uses.note(raw)
        wanted, complaint = self._want(raw)
        observed = await self._observe(namespace, memory, now)
        plan = plan_archive(wanted, observed, now)
        stays = await apply_archive(self._ports.archives, namespace, plan.actions)
        memory.is_up = plan.is_up
        if plan.is_up and not plan.actions and observed.deployment is not None:
            await self._tell_room(namespace, observed.deployment)
        problem = plan.problem or complaint or "; ".join(stays)
        await self._tell(memory, problem)
        if memory.going and not observed.is_needed:
            return 0.0  # a Run came while it was put to sleep
        if problem:
            return PROBLEM_SECONDS if memory.going else None
        return None if plan.wake_at is None else max(0.0, (plan.wake_at - now).total_seconds()) + 0.01

    async def sweep_forever(self, mark: Callable[[str], None]) -> None:
        """Have all archives looked at that are there, and then those that are up unknown to us."""
        known: frozenset[str] = frozenset()
        while True:
            try:
                known = await self._sweep(mark, known)
            except ClusterError as error:
                logger.warning("archives could not be listed: %s", error)
            await asyncio.sleep(SWEEP_SECONDS)

    async def _sweep(self, mark: Callable[[str], None], known: frozenset[str]) -> frozenset[str]:
        """Namespaces with an archive, of which `known` were known; what is known of others is forgotten."""
        found = await self._ports.archives.list_deployments()
        replicas = {each["metadata"]["namespace"]: each["spec"].get("replicas", 1) for each in found}
        for namespace, count in replicas.items():
            if namespace not in known or (count and not self._memories[namespace].is_up):
                mark(namespace)
        # One that is made meanwhile is of a namespace with Runs that go on.
        kept = replicas.keys() | {name for name, memory in self._memories.items() if memory.going}
        for namespace in self._memories.keys() - kept:
            del self._memories[namespace]
        self._ports.uses.forget_others(kept)
        return frozenset(replicas)

    def _note(self, run: RunSummary) -> bool:
        """Take in how a Run is; whether it needs what may not be there."""
        if run.is_foreign:
            return False
        if run.is_finished:
            self._drop(run)
            return False
        memory = self._memories[run.namespace]
        is_new = run.uid not in memory.going
        memory.going.add(run.uid)
        return is_new and (not memory.is_up or bool(memory.problem))

    def _drop(self, run: RunSummary) -> None:
        memory = self._memories.get(run.namespace)
        if memory is None or run.uid not in memory.going:
            return
        memory.going.discard(run.uid)
        memory.told.discard(run.uid)
        memory.needed_at = read_clock()

    async def _find_namespace(self, name: str) -> Json | None:
        """The namespace, unless it is gone or going."""
        try:
            raw = await self._ports.archives.get_namespace(name)
        except NotFoundError:
            return None
        return None if "deletionTimestamp" in raw["metadata"] else raw

    def _want(self, namespace: Json) -> tuple[WantedArchive, str]:
        wishes, problem = read_wishes(namespace)
        if wishes is None:
            return WantedArchive((), self._idle), problem
        if wishes.disabled:
            return WantedArchive((), self._idle, is_disabled=True), ""
        design = apply_wishes(self._design, wishes)
        if problem := find_security_problem(namespace, design):
            return WantedArchive((), self._idle), problem
        return WantedArchive(build_archive(design, namespace), self._idle), ""

    async def _observe(self, namespace: str, memory: _Memory, now: datetime) -> ObservedArchive:
        deployment = None
        with suppress(NotFoundError):
            deployment = await self._ports.archives.get_deployment(namespace)
        is_needed = bool(memory.going) or self._ports.pods.has_any(namespace)
        # A new operator may not know all Runs yet: to it, every archive was needed when it first looked.
        if is_needed or memory.needed_at is None:
            memory.needed_at = now
        return ObservedArchive(deployment, is_needed, memory.needed_at)

    async def _tell_room(self, namespace: str, deployment: Json) -> None:
        """Have the Deployment of an archive that is up tell whether there is little room."""
        if self._ports.witness is None or not deployment.get("status", {}).get("readyReplicas"):
            return
        try:
            report = StorageReport.model_validate(await self._ports.witness.measure(namespace))
            if patch := plan_storage(deployment, report, read_clock()):
                await self._ports.archives.patch_deployment_status(namespace, patch)
        except (ClusterError, ValidationError) as error:
            logger.info("how much room there is will be asked again: %s", error)

    async def _tell(self, memory: _Memory, problem: str) -> None:
        """Tell each Run that goes on, once, what is wrong with its archive."""
        if problem != memory.problem:
            memory.problem = problem
            memory.told.clear()
        if not problem:
            return
        reason = "ArchiveUnchanged" if memory.is_up else "NoArchive"
        for uid in memory.going - memory.told:
            memory.told.add(uid)
            if entry := self._runs.get(uid):
                await self._ports.announcer.announce(entry.raw, Notice("Warning", reason, problem))
