"""The API server as ports of the reconcilers: dicts, and refusals where a test wants them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from longshore.errors import AlreadyExistsError, ClusterError, ConflictError, NotFoundError
from longshore.planning.plans import DeletePod, StopPod
from longshore.planning.times import write_time
from support.objects import NAMESPACE, Json, build_object, build_run, merge


class FakePods:
    """Pods that are made and never run. `refuse` says what is raised instead of making one."""

    def __init__(self) -> None:
        self.pods: dict[str, Json] = {}
        self.known: set[str] = set()
        """Names of the pods that `of_run` tells of; others exist unseen."""
        self.calls: list[tuple[str, str]] = []
        self.refuse: Callable[[str], ClusterError | None] = lambda _: None

    def add(self, name: str, owner: str) -> Json:
        """A pod that is there, unseen, and whose controller has this uid."""
        reference = {"controller": True, "uid": owner}
        metadata = {"name": name, "namespace": NAMESPACE, "ownerReferences": [reference]}
        return self._store({"metadata": metadata, "spec": {}})

    def end(self, step: str, **terminated: Any) -> None:
        """The container of a step ends."""
        pod = next(pod for name, pod in self.pods.items() if f"-{step}-" in name)
        now = write_time(datetime.now(UTC))
        ended = {"exitCode": 0, "startedAt": now, "finishedAt": now, **terminated}
        pod["status"] = {
            "phase": "Failed" if ended["exitCode"] else "Succeeded",
            "containerStatuses": [{"name": "step", "state": {"terminated": ended}}],
        }
        self.bump(pod)

    def bump(self, pod: Json) -> None:
        """The pod has a new version."""
        metadata = pod["metadata"]
        metadata["resourceVersion"] = str(int(metadata["resourceVersion"]) + 1)

    def of_run(self, uid: str) -> list[Json]:
        """The known ones; whose they are is left to the caller."""
        del uid
        return [self.pods[name] for name in self.known]

    async def create(self, manifest: Json) -> Json:
        """Make it, unless it is refused or there."""
        name = manifest["metadata"]["name"]
        self.calls.append(("create", name))
        if error := self.refuse(name):
            raise error
        if name in self.pods:
            raise AlreadyExistsError(name)
        self.known.add(name)
        return self._store(json.loads(json.dumps(manifest)))

    async def get(self, namespace: str, name: str) -> Json:
        """The pod."""
        assert namespace == NAMESPACE
        self.calls.append(("get", name))
        if name not in self.pods:
            raise NotFoundError(name)
        return self.pods[name]

    async def adopt(self, pod: Json) -> None:
        """Have it known."""
        self.known.add(pod["metadata"]["name"])

    async def stop(self, namespace: str, action: StopPod) -> None:
        """Note the call."""
        await self.get(namespace, action.name)
        self.calls[-1] = ("stop", action.name)

    async def delete(self, namespace: str, action: DeletePod) -> None:
        """Remove it."""
        await self.get(namespace, action.name)
        self.calls[-1] = ("delete", action.name)
        del self.pods[action.name]
        self.known.discard(action.name)

    def _store(self, pod: Json) -> Json:
        pod["metadata"] |= {"uid": f"uid-of-{pod['metadata']['name']}"}
        pod["metadata"] |= {"creationTimestamp": write_time(datetime.now(UTC)), "resourceVersion": "1"}
        self.pods[pod["metadata"]["name"]] = pod
        return pod


class FakeClaims:
    """Claims that are made and never bound. `refuse` says what is raised instead of making one."""

    def __init__(self) -> None:
        self.claims: dict[str, Json] = {}
        self.calls: list[tuple[str, str]] = []
        self.refuse: Callable[[str], ClusterError | None] = lambda _: None

    async def create(self, manifest: Json) -> Json:
        """Make it, unless it is refused or there."""
        name = manifest["metadata"]["name"]
        self.calls.append(("create", name))
        if error := self.refuse(name):
            raise error
        if name in self.claims:
            raise AlreadyExistsError(name)
        self.claims[name] = manifest
        return manifest

    async def get(self, namespace: str, name: str) -> Json:
        """The claim."""
        assert namespace == NAMESPACE
        return self.claims[name]

    async def adopt(self, claim: Json) -> None:
        """Note that it was."""
        self.calls.append(("adopt", claim["metadata"]["name"]))


class FakeAgents:
    """Agents that are made. `refuse` says what is raised instead of making one."""

    def __init__(self) -> None:
        self.made: list[Json] = []
        self.refuse: Callable[[], ClusterError | None] = lambda: None

    async def create(self, manifest: Json) -> Json:
        """Make it, unless it is refused."""
        if error := self.refuse():
            raise error
        name = manifest["metadata"]["name"]
        made = build_object(manifest["kind"], manifest["spec"], name, len(self.made) + 1)
        self.made.append(made | {"metadata": manifest["metadata"] | made["metadata"]})
        return self.made[-1]


class FakeStatuses:
    """Objects by uid, at their newest version. `fail` raises before a write takes effect."""

    def __init__(self) -> None:
        self.objects: dict[str, Json] = {}
        self.patches: list[Json] = []
        self.fail: Callable[[], None] = lambda: None

    async def write_run(self, run: Json, patch: Json) -> Json:
        """Merge, if the version is the newest."""
        return self._write(run, patch)

    async def write_workflow(self, workflow: Json, patch: Json) -> Json:
        """Merge, if the version is the newest."""
        return self._write(workflow, patch)

    async def write_agent(self, agent: Json, patch: Json) -> Json:
        """Merge, if the version is the newest."""
        return self._write(agent, patch)

    def update(self, obj: Json, patch: Json) -> Json:
        """Somebody else's write."""
        new: Json = merge(self.objects.get(obj["metadata"]["uid"], obj), patch)
        version = int(new["metadata"]["resourceVersion"]) + 1
        new["metadata"] = {**new["metadata"], "resourceVersion": str(version)}
        self.objects[new["metadata"]["uid"]] = new
        return new

    def _write(self, obj: Json, patch: Json) -> Json:
        self.fail()
        newest = self.objects.get(obj["metadata"]["uid"])
        if newest is None:
            raise NotFoundError(obj["metadata"]["name"])
        if newest["metadata"]["resourceVersion"] != obj["metadata"]["resourceVersion"]:
            raise ConflictError(obj["metadata"]["name"])
        self.patches.append(patch)
        return self.update(obj, json.loads(json.dumps(patch)))


class FakeRuns:
    """The Runs that the statuses are of, as objects. `calls` is what was asked for."""

    def __init__(self, statuses: FakeStatuses) -> None:
        self.calls: list[tuple[str, str]] = []
        self._statuses = statuses

    async def create(self, manifest: Json) -> Json:
        """Make it, unless it is there."""
        name = manifest["metadata"]["name"]
        self.calls.append(("create", name))
        if any(run["metadata"]["name"] == name for run in self._statuses.objects.values()):
            raise AlreadyExistsError(name)
        made = build_run(name=name)
        metadata = {**manifest["metadata"], **made["metadata"]}
        run = {**json.loads(json.dumps(manifest)), "metadata": metadata}
        self._statuses.objects[metadata["uid"]] = run
        return run

    async def get(self, namespace: str, name: str) -> Json:
        """The newest version."""
        assert namespace == NAMESPACE
        for found in self._statuses.objects.values():
            if found["metadata"]["name"] == name:
                return found
        raise NotFoundError(name)

    async def patch(self, namespace: str, name: str, uid: str, spec: Json) -> Json:
        """Merge into its spec."""
        found = await self.get(namespace, name)
        self.calls.append(("patch", name))
        if found["metadata"]["uid"] != uid:
            raise ConflictError(name)
        return self._statuses.update(found, {"spec": spec})

    async def delete(self, namespace: str, name: str, uid: str) -> None:
        """Remove it."""
        await self.get(namespace, name)
        self.calls.append(("delete", name))
        del self._statuses.objects[uid]


class FakeGroups:
    """Groups by namespace and name, whose status is written by compare-and-swap."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], Json] = {}
        self.writes: list[Json] = []
        self._version = 0

    def put(self, group: Json) -> Json:
        """A group comes or changes."""
        self._version += 1
        metadata = group["metadata"] | {"resourceVersion": str(self._version)}
        stored: Json = json.loads(json.dumps(group | {"metadata": metadata}))
        self.objects[metadata["namespace"], metadata["name"]] = stored
        return stored

    async def get(self, namespace: str, name: str) -> Json:
        """The group."""
        if (namespace, name) not in self.objects:
            raise NotFoundError(name)
        return self.objects[namespace, name]

    async def write(self, group: Json, patch: Json) -> Json:
        """Merge into the status of this very version."""
        metadata = group["metadata"]
        known = await self.get(metadata["namespace"], metadata["name"])
        if known["metadata"]["resourceVersion"] != metadata["resourceVersion"]:
            raise ConflictError("the group is newer")
        self.writes.append(patch)
        return self.put(merge(known, patch))
