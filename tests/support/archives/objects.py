"""The objects that archives are made of, in memory: an API server that refuses what a test tells it to."""

import copy
from collections.abc import Callable
from typing import Any

from longshore import names
from longshore.errors import AlreadyExistsError, ClusterError, ConflictError, NotFoundError
from support.objects import NAMESPACE, Json, merge


class FakeArchives:
    """Objects by kind and name, of one namespace. `refuse` says what a call raises: of a verb and a kind."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], Json] = {}
        self.calls: list[str] = []
        """As `verb kind`, in order."""
        self.refuse: Callable[[str], ClusterError | None] = lambda _: None
        self.add({"kind": "Namespace", "metadata": {"name": NAMESPACE, "uid": "uid-of-ci"}})

    def add(self, obj: Json) -> Json:
        """An object that somebody made, or made anew."""
        made = copy.deepcopy(obj)
        made["metadata"]["resourceVersion"] = str(len(self.calls) + 1)
        self.objects[obj["kind"], obj["metadata"]["name"]] = made
        return made

    @property
    def deployment(self) -> Json:
        """The archive's Deployment."""
        return self.objects["Deployment", names.ARCHIVE]

    def list_kinds(self) -> set[str]:
        """What there is, but for the namespace."""
        return {kind for kind, _ in self.objects} - {"Namespace"}

    def take_calls(self) -> list[str]:
        """The calls since the last time."""
        taken, self.calls = self.calls, []
        return taken

    async def list_deployments(self) -> list[Json]:
        """Those of archives."""
        self._hear("list", "Deployment")
        return [obj for (kind, _), obj in self.objects.items() if kind == "Deployment"]

    async def get_namespace(self, name: str) -> Json:
        """The namespace."""
        return self._find("get", "Namespace", name)

    async def get_deployment(self, namespace: str) -> Json:
        """The Deployment."""
        assert namespace == NAMESPACE
        return self._find("get", "Deployment", names.ARCHIVE)

    async def patch_deployment(self, namespace: str, patch: Json) -> Json:
        """Merge, if the version is the newest."""
        assert namespace == NAMESPACE
        found = self._find("patch", "Deployment", names.ARCHIVE)
        if patch["metadata"]["resourceVersion"] != found["metadata"]["resourceVersion"]:
            raise ConflictError("the object has been modified")
        return self.add(merge(found, patch))

    async def patch_deployment_status(self, namespace: str, patch: Json) -> Json:
        """Merge, if the version is the newest."""
        assert set(patch) == {"metadata", "status"}
        return await self.patch_deployment(namespace, patch)

    async def create(self, manifest: Json) -> Json:
        """Make it, unless it is refused or there."""
        self._hear("create", manifest["kind"])
        if (manifest["kind"], manifest["metadata"]["name"]) in self.objects:
            raise AlreadyExistsError(manifest["metadata"]["name"])
        return self.add(manifest)

    async def get(self, manifest: Json) -> Json:
        """Read it."""
        return self._find("get", manifest["kind"], manifest["metadata"]["name"])

    async def patch(self, manifest: Json, patch: Json) -> Json:
        """Merge."""
        return self.add(merge(self._find("patch", manifest["kind"], manifest["metadata"]["name"]), patch))

    def _find(self, verb: str, kind: str, name: str) -> Json:
        self._hear(verb, kind)
        if (kind, name) not in self.objects:
            raise NotFoundError(name)
        return self.objects[kind, name]

    def _hear(self, verb: str, kind: str) -> None:
        self.calls.append(f"{verb} {kind}")
        if error := self.refuse(self.calls[-1]):
            raise error


class FakeLeftPods:
    """Pods are left, or not."""

    def __init__(self) -> None:
        self.are_left = False

    def has_any(self, namespace: str) -> bool:
        """As it was said."""
        assert namespace == NAMESPACE
        return self.are_left


def finish(run: dict[str, Any], phase: str = "Succeeded") -> Json:
    """The Run as it is once it has ended."""
    version = str(int(run["metadata"]["resourceVersion"]) + 1)
    return merge(run, {"metadata": {"resourceVersion": version}, "status": {"phase": phase}})  # type: ignore[no-any-return]
