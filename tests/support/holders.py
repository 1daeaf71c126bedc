"""The world of holders of ConcurrencyGroups: Runs, pods, and an API server that knows more than is seen."""

from typing import Any

from longshore.api.groups import Holder
from longshore.errors import NotFoundError
from longshore.names import build_pod_name
from longshore.planning.times import write_time
from longshore.reconcile.stores import RunStore
from support.objects import NAMESPACE, Json, build_run, merge
from support.planning.runs import NOW, step, workflow


def hold(run: str, path: str | None = "a", attempt: int = 1, key: str = "") -> Holder:
    """The record of a place; with path None, of a Run as a whole."""
    of_step = {} if path is None else {"step": path, "attempt": attempt}
    return Holder(run=run, uid=f"uid-of-{run}", key=key, since=write_time(NOW), **of_step)


def name_pod(run: str, path: str = "a", attempt: int = 1) -> str:
    """The name of an attempt's pod, or of its child Run."""
    return build_pod_name(run, f"uid-of-{run}", path, attempt)


class Sights:
    """Runs and pods as they are seen, and as the API server has them: that may be more, or less."""

    def __init__(self) -> None:
        self.store = RunStore()
        self.runs: dict[str, Json] = {}
        self.pods: dict[str, Json] = {}
        """By name, as the watch tells."""
        self.unseen_pods: set[str] = set()
        """Names of those that only the API server knows."""
        self.asked: list[str] = []
        self._version = 0

    def see_run(self, name: str, phase: str = "Running", **more: Any) -> Json:
        """A Run is there, and seen."""
        run = self.make_run(name, phase, **more)
        self.store.put(run)
        return run

    def make_run(self, name: str, phase: str = "Running", owner: str = "", **status: Any) -> Json:
        """A Run is there, or has changed, and nobody has seen it yet."""
        self._version += 1
        run = build_run(workflow(step("a")), name, self._version)
        if owner:
            reference = {"kind": "Run", "name": owner, "uid": f"uid-of-{owner}", "controller": True}
            run["metadata"]["ownerReferences"] = [reference]
        self.runs[name] = run | {"status": {"phase": phase, **status}}
        return self.runs[name]

    def lose_run(self, name: str) -> None:
        """A Run is gone, and seen to be."""
        del self.runs[name]
        self.store.remove(f"uid-of-{name}")

    def see_pod(self, run: str, path: str = "a", attempt: int = 1, phase: str = "Running") -> None:
        """A pod is there, and seen."""
        name = name_pod(run, path, attempt)
        labels = {"longshore.dev/run-uid": f"uid-of-{run}"}
        metadata = {"name": name, "namespace": NAMESPACE, "labels": labels}
        self.pods[name] = {"metadata": metadata, "status": {"phase": phase}}

    def of_run(self, uid: str) -> list[Json]:
        """The seen pods of a Run."""
        return [pod for pod in self.pods.values() if pod["metadata"]["labels"]["longshore.dev/run-uid"] == uid]

    async def get(self, namespace: str, name: str) -> Json:
        """Read a Run or a pod from the API server: no two have the same name."""
        assert namespace == NAMESPACE
        self.asked.append(name)
        if name in self.unseen_pods:
            return {"metadata": {"name": name}}
        found = self.runs.get(name) or self.pods.get(name)
        if found is None:
            raise NotFoundError(name)
        return found

    async def patch(self, namespace: str, name: str, uid: str, spec: Json) -> Json:
        """Merge into the spec of a Run."""
        run = await self.get(namespace, name)
        assert run["metadata"]["uid"] == uid
        self._version += 1
        self.runs[name] = merge(run, {"spec": spec, "metadata": {"resourceVersion": str(self._version)}})
        return self.runs[name]
