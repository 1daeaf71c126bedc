"""Owns the handlers: what kopf saw goes into a store and marks what it concerns, whatever the event was."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

import kopf

from longshore.names import GROUP, VERSION
from longshore.planning.runs.summaries import find_owner
from longshore.reconcile.stores import ObjectStore, RunStore

Handler = Callable[..., Awaitable[None]]
OnSeen = Callable[[str, str], None]
"""Told namespace and name of an object that a watch told of."""


class Marks(Protocol):
    """Takes note of what to reconcile."""

    def mark(self, key: str) -> None:
        """Have the key reconciled."""


@dataclass(frozen=True, slots=True)
class Stores:
    """What is known of each kind."""

    runs: RunStore
    workflows: ObjectStore
    agents: ObjectStore
    groups: ObjectStore


class Watched:
    """Takes in what the watches say."""

    def __init__(
        self, stores: Stores, run_queue: Marks, workflow_queue: Marks, see_agent: OnSeen = lambda *_: None
    ) -> None:
        self._runs = stores.runs
        self._workflows = stores.workflows
        self.agents = stores.agents
        self.see_agent = see_agent
        self.groups = stores.groups
        self._run_queue = run_queue
        self._workflow_queue = workflow_queue

    def learn_run(self, raw: dict[str, Any]) -> None:
        """A Run is there, and not everything is known yet: nothing is marked."""
        if self._runs.get_summary(raw["metadata"]["uid"]) is None:
            self._runs.foresee(raw)

    def learn_workflow(self, raw: dict[str, Any]) -> None:
        """A Workflow is there, and not everything is known yet: nothing is marked."""
        self._workflows.put(raw)

    def see_run(self, event: str | None, raw: dict[str, Any]) -> None:
        """A Run is there, has changed or is gone; its parent may wait for it."""
        uid = raw["metadata"]["uid"]
        if event == "DELETED":
            self._runs.remove(uid)
        if event == "DELETED" or self._runs.put(raw):
            self._run_queue.mark(uid)
        if owner := find_owner(raw["metadata"]):
            # Also of what we wrote ourselves, which is no news for the child.
            self._run_queue.mark(owner)

    def see_workflow(self, event: str | None, raw: dict[str, Any]) -> None:
        """A Workflow is there, has changed or is gone; Runs may wait for it."""
        namespace, name = raw["metadata"]["namespace"], raw["metadata"]["name"]
        if event == "DELETED":
            self._workflows.remove(namespace, name)
        else:
            self._workflows.put(raw)
        self._workflow_queue.mark(f"{namespace}/{name}")
        for uid in self._runs.waiting_for(namespace, name):
            self._run_queue.mark(uid)


def register_handlers(registry: kopf.OperatorRegistry, watched: Watched) -> None:
    """Have kopf tell `watched` of our four kinds.

    The indices hold nothing: with them, kopf holds all handlers until every kind was listed, and so nothing is
    planned before all of them are known.
    """

    async def see_run(type: str | None, body: kopf.Body, **_: Any) -> None:  # noqa: A002 - kopf's name
        watched.see_run(type, dict(body))

    async def see_workflow(type: str | None, body: kopf.Body, **_: Any) -> None:  # noqa: A002 - kopf's name
        watched.see_workflow(type, dict(body))

    async def learn_run(body: kopf.Body, **_: Any) -> None:
        watched.learn_run(dict(body))

    async def learn_workflow(body: kopf.Body, **_: Any) -> None:
        watched.learn_workflow(dict(body))

    for plural, learn, handler in (
        ("runs", learn_run, see_run),
        ("workflows", learn_workflow, see_workflow),
        ("agents", *build_handlers(watched.agents, watched.see_agent)),
        ("concurrencygroups", *build_handlers(watched.groups)),
    ):
        kopf.index(GROUP, VERSION, plural, id=f"listed-{plural}", registry=registry)(learn)
        kopf.on.event(GROUP, VERSION, plural, id=plural, registry=registry)(handler)


def build_handlers(store: ObjectStore, see_more: OnSeen = lambda *_: None) -> tuple[Handler, Handler]:
    """What learns of an object, and what takes in its events.

    The store tells whom they concern, also while not everything is known yet; `see_more` is called only then.
    """

    async def learn(body: kopf.Body, **_: Any) -> None:
        store.put(dict(body))

    async def see(type: str | None, body: kopf.Body, **_: Any) -> None:  # noqa: A002 - kopf's name
        raw = dict(body)
        key = raw["metadata"]["namespace"], raw["metadata"]["name"]
        if type == "DELETED":
            store.remove(*key)
        else:
            store.put(raw)
        see_more(*key)

    return learn, see
