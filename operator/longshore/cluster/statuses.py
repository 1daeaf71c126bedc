"""The statuses of our kinds: one merge patch each, of the very version that was planned from. Decides nothing."""

from longshore.cluster.events import Occurrence, Publisher
from longshore.cluster.resources import AGENTS, RUNS, WORKFLOWS, Object, Resource
from longshore.cluster.transports import Transport
from longshore.planning.plans import Notice


class RunStatuses:
    """Writes what was planned."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def write_run(self, run: Object, patch: Object) -> Object:
        """Merge a patch into the status of this version of a Run. Raises ConflictError where it is old."""
        return await self._write(RUNS, run, patch)

    async def write_workflow(self, workflow: Object, patch: Object) -> Object:
        """Merge a patch into the status of this version of a Workflow. Raises ConflictError where it is old."""
        return await self._write(WORKFLOWS, workflow, patch)

    async def write_agent(self, agent: Object, patch: Object) -> Object:
        """Merge a patch into the status of this version of an Agent. Raises ConflictError where it is old."""
        return await self._write(AGENTS, agent, patch)

    async def _write(self, resource: Resource, obj: Object, patch: Object) -> Object:
        metadata = obj["metadata"]
        precondition = {"metadata": {"resourceVersion": metadata["resourceVersion"], "uid": metadata["uid"]}}
        return await self._transport.patch(
            resource, metadata["namespace"], metadata["name"], precondition | patch, "status"
        )


class Announcements:
    """Publishes a plan's notices as Events."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def announce(self, obj: Object, notice: Notice) -> None:
        """Publish an Event about an object; a failure is only logged."""
        await self._publisher.publish(obj, Occurrence(notice.reason, notice.message, notice.type))
