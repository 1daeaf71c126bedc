"""Owns which steps have a pod on each Agent, as pods say it. Must not know capacities, nor who waits."""

from collections import defaultdict
from collections.abc import Callable

from longshore import names
from longshore.reconcile.ports import Json

UNKNOWN = "unknown"
"""In place of what a pod does not say, which somebody else may have made with our labels."""
OnChange = Callable[[str, str], None]
"""Told namespace and name of an Agent that has other pods now."""
_Key = tuple[str, str]


class Occupancies:
    """The pods of each Agent that are not over."""

    def __init__(self) -> None:
        self._steps: defaultdict[_Key, dict[str, tuple[str, str]]] = defaultdict(dict)
        self._waiting: defaultdict[_Key, dict[str, Json]] = defaultdict(dict)
        self._listeners: list[OnChange] = []

    def listen(self, on_change: OnChange) -> None:
        """Have a listener told of each change; it must be quick."""
        self._listeners.append(on_change)

    def list_current(self, namespace: str, agent: str) -> list[tuple[str, str]]:
        """Run and step's path of each pod of an Agent."""
        return list(self._steps.get((namespace, agent), {}).values())

    def list_waiting(self, namespace: str, agent: str) -> list[Json]:
        """The pods of an Agent that have credentials and have not started: a Secret of theirs may be missing."""
        return list(self._waiting.get((namespace, agent), {}).values())

    def see_pod(self, old: Json | None, new: Json | None) -> None:
        """A pod of a Run came, changed or went."""
        pod = new or old
        key = _find_agent(pod) if pod else None
        if pod is None or key is None:
            return
        name = pod["metadata"]["name"]
        self._see_waiting(key, name, new)
        if new is None or new.get("status", {}).get("phase") in names.POD_ENDS:
            self._leave(key, name)
        elif name not in self._steps.get(key, {}):
            self._steps[key][name] = _find_step(pod)
            self._tell(key)

    def _see_waiting(self, key: _Key, name: str, pod: Json | None) -> None:
        """Each change of one that waits is told, since why it waits may have changed."""
        known = self._waiting.get(key, {})
        if pod is not None and _awaits_credentials(pod):
            self._waiting[key][name] = pod
            self._tell(key)
        elif known.pop(name, None) is not None:
            if not known:
                del self._waiting[key]
            self._tell(key)

    def _leave(self, key: _Key, name: str) -> None:
        if name in self._steps.get(key, {}):
            del self._steps[key][name]
            if not self._steps[key]:
                del self._steps[key]
            self._tell(key)

    def _tell(self, key: _Key) -> None:
        for on_change in self._listeners:
            on_change(*key)


def _find_agent(pod: Json) -> _Key | None:
    name = pod["metadata"].get("labels", {}).get(names.AGENT_LABEL)
    return (pod["metadata"]["namespace"], name) if name else None


def _awaits_credentials(pod: Json) -> bool:
    is_pending = pod.get("status", {}).get("phase", "Pending") == "Pending"
    return is_pending and names.CREDENTIALS_ANNOTATION in pod["metadata"].get("annotations", {})


def _find_step(pod: Json) -> tuple[str, str]:
    metadata = pod["metadata"]
    run = metadata.get("labels", {}).get(names.RUN_LABEL) or UNKNOWN
    return run, metadata.get("annotations", {}).get(names.PATH_ANNOTATION) or UNKNOWN
