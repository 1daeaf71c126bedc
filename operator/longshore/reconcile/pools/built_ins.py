"""Owns that each namespace with Runs has the Agent `built-in`. Must not change one that is there."""

import logging

from longshore.errors import AlreadyExistsError, ForbiddenError, InvalidError
from longshore.manifests.agents import build_built_in
from longshore.names import BUILT_IN_AGENT
from longshore.planning.plans import Notice
from longshore.reconcile.ports import Agents, Announcer, Json
from longshore.reconcile.stores import ObjectStore

logger = logging.getLogger(__name__)


class BuiltIns:
    """Makes it with the first Run, and with the next new one where it was deleted."""

    def __init__(self, agents: ObjectStore, objects: Agents, announcer: Announcer) -> None:
        self._agents = agents
        self._objects = objects
        self._announcer = announcer
        self._told: set[str] = set()
        """Namespaces where it was told already that it can't be made."""

    async def ensure(self, run: Json) -> None:
        """Make it in the namespace of a new Run, unless it is there. Raises ClusterError.

        Where it is refused the Run is told, and goes on with what other Agents there are.
        """
        namespace = run["metadata"]["namespace"]
        if self._agents.get(namespace, BUILT_IN_AGENT) is not None:
            return
        try:
            self._agents.put(await self._objects.create(build_built_in(namespace)))
        except AlreadyExistsError:
            pass  # the watch is about to tell of it
        except (ForbiddenError, InvalidError) as error:
            await self._tell(run, f"the Agent {BUILT_IN_AGENT} can't be made: {error}")

    async def _tell(self, run: Json, message: str) -> None:
        namespace = run["metadata"]["namespace"]
        if namespace not in self._told:
            self._told.add(namespace)
            logger.warning("%s", message)
            await self._announcer.announce(run, Notice("Warning", "AgentForbidden", message))
