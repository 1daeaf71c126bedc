"""Owns what archives are asked about pods that vanished: who is asked, for how long, what they said.

Nothing waits but the asking itself: a Run is reconciled meanwhile, and again once there is an answer. Must not
judge what that means.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from longshore import names
from longshore.cluster.paces import Backoff
from longshore.errors import ClusterError, NotFoundError
from longshore.planning.pods import Pod
from longshore.planning.readings import observe_pod
from longshore.reconcile.ports import ArchiveUses, Json, Witness
from longshore.reconcile.runs.actions import is_controlled_by

logger = logging.getLogger(__name__)
PATIENCE_SECONDS = 60.0
"""How long an archive is asked that does not answer; it may have to wake first."""


@dataclass(slots=True)
class _Memory:
    asking: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    answers: dict[str, Pod | None] = field(default_factory=dict)


class Recollections:
    """What archives said of pods that are gone, by the Run's uid and the pod's name."""

    def __init__(self, uses: ArchiveUses, witness: Witness | None) -> None:
        self._uses = uses
        self._witness = witness
        self._memories: defaultdict[str, _Memory] = defaultdict(_Memory)
        self._mark: Callable[[str], None] = lambda _: None

    def start(self, mark: Callable[[str], None]) -> None:
        """Have `mark` called with the uid of a Run of which there is an answer."""
        self._mark = mark

    def ask(self, uid: str, namespace: str, name: str) -> None:
        """Have the archive, where there is one, asked for a pod of a Run, once."""
        if self._witness is None or self._uses.find(namespace) is None:
            return
        memory = self._memories[uid]
        if name not in memory.asking and name not in memory.answers:
            memory.asking[name] = asyncio.create_task(self._ask(self._witness, uid, namespace, name))

    def list_known(self, uid: str) -> set[str]:
        """The pods of a Run that are asked for, or were."""
        memory = self._memories.get(uid, _Memory())
        return {*memory.asking, *memory.answers}

    def list_asked(self, uid: str) -> frozenset[str]:
        """The pods of a Run of which there is no answer yet."""
        return frozenset(self._memories.get(uid, _Memory()).asking)

    def list_recalled(self, uid: str) -> dict[str, Pod]:
        """The pods of a Run that an archive saw end."""
        answers = self._memories.get(uid, _Memory()).answers
        return {name: pod for name, pod in answers.items() if pod is not None}

    def forget(self, uid: str) -> None:
        """The Run has ended, or is gone."""
        for task in self._memories.pop(uid, _Memory()).asking.values():
            task.cancel()

    async def _ask(self, witness: Witness, uid: str, namespace: str, name: str) -> None:
        pod = None
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                pod = read_pod(await _recall(witness, namespace, name), uid, name)
        except TimeoutError:
            logger.warning("the archive does not say how pod %s ended", name)
        if uid in self._memories:
            memory = self._memories[uid]
            memory.asking.pop(name, None)
            memory.answers[name] = pod
            self._mark(uid)


async def _recall(witness: Witness, namespace: str, name: str) -> Json | None:
    """What was seen of the pod; asks until there is an answer."""
    backoff = Backoff(0.5, 5)
    while True:
        try:
            return await witness.recall(namespace, name)
        except NotFoundError:
            return None
        except ClusterError as error:
            logger.info("asking again for pod %s: %s", name, error)
        await asyncio.sleep(backoff.next_delay())


def read_pod(raw: Json | None, uid: str, name: str) -> Pod | None:
    """A pod of this name and Run that ended, or a step in it; None for all else: the answer may be anything."""
    try:
        pod = observe_pod(raw) if raw is not None and is_controlled_by(raw, uid) else None
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    if pod is None or pod.name != name:
        return None
    if pod.step.ended is not None or pod.phase in names.POD_ENDS:
        return pod
    # Of steps that share it, the one that ran when it went is lost, and those before are not.
    has_end = any(container.ended and container.name in pod.fused for container in pod.others)
    return replace(pod, phase="Failed") if has_end else None
