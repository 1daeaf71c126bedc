"""What the handlers mark, and that it never matters which event it was."""

import asyncio
from typing import Any

import kopf
import pytest
from longshore.handlers.events import Stores, Watched, register_handlers
from longshore.handlers.operators import build_kopf_settings
from longshore.reconcile.stores import ObjectStore, RunStore
from support.graphs import chain
from support.objects import NAMESPACE, build_object, build_run, build_workflow

UID, FLOW = "uid-of-run", f"{NAMESPACE}/flow"


class Marks:
    """Keeps what is marked."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def mark(self, key: str) -> None:
        """Keep it."""
        self.keys.append(key)


class Bench:
    """Handlers and what they fill."""

    def __init__(self) -> None:
        self.runs, self.workflows = RunStore(), ObjectStore()
        self.run_marks, self.workflow_marks = Marks(), Marks()
        self.agents, self.groups = ObjectStore(), ObjectStore()
        stores = Stores(self.runs, self.workflows, self.agents, self.groups)
        self.watched = Watched(stores, self.run_marks, self.workflow_marks)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize("event", [None, "ADDED", "MODIFIED"])
def test_a_run_is_marked_whatever_the_event(bench: Bench, event: str | None) -> None:
    bench.watched.see_run(event, build_run(chain(1)))
    assert bench.run_marks.keys == [UID]
    assert bench.runs.get(UID) is not None


def test_what_is_not_newer_marks_nothing(bench: Bench) -> None:
    for version in (2, 2, 1):
        bench.watched.see_run("MODIFIED", build_run(chain(1), version=version))
    assert bench.run_marks.keys == [UID]


def test_a_child_marks_its_parent_also_with_what_we_wrote_ourselves(bench: Bench) -> None:
    child = build_run(chain(1), name="child", version=2)
    owner = {"controller": True, "kind": "Run", "name": "run", "uid": UID}
    child["metadata"]["ownerReferences"] = [owner]
    bench.runs.put(child)
    bench.watched.see_run("MODIFIED", child)
    assert bench.run_marks.keys == [UID]


def test_what_is_listed_is_known_before_anything_is_marked_and_is_news_all_the_same(bench: Bench) -> None:
    run = build_run(name="run", workflowRef={"name": "flow"})
    for _ in range(2):
        bench.watched.learn_run(run)
        bench.watched.learn_workflow(build_workflow(chain(1)))
    assert [found.uid for found in bench.runs.of_workflow(NAMESPACE, "flow")] == [UID]
    assert bench.workflows.get(NAMESPACE, "flow") is not None
    assert bench.run_marks.keys == bench.workflow_marks.keys == []
    bench.watched.see_run(None, run)
    assert bench.run_marks.keys == [UID]


def test_a_run_that_goes_is_forgotten_and_marked(bench: Bench) -> None:
    bench.watched.see_run("ADDED", build_run(chain(1)))
    bench.watched.see_run("DELETED", build_run(chain(1), version=2))
    assert bench.runs.get(UID) is None
    assert bench.run_marks.keys == [UID, UID]


@pytest.mark.parametrize("event", [None, "ADDED", "MODIFIED", "DELETED"])
def test_a_workflow_marks_itself_and_who_waits_for_it(bench: Bench, event: str | None) -> None:
    bench.runs.put(build_run(name="waits", workflowRef={"name": "flow"}))
    bench.runs.put(build_run(chain(1), name="own"))
    bench.watched.see_workflow(event, build_workflow(chain(1)))
    assert bench.workflow_marks.keys == [FLOW]
    assert bench.run_marks.keys == ["uid-of-waits"]
    assert (bench.workflows.get(NAMESPACE, "flow") is None) == (event == "DELETED")


def test_kopf_gets_events_and_nothing_else(bench: Bench) -> None:
    """Its other handlers would patch annotations and finalizers."""
    registry = kopf.OperatorRegistry()
    register_handlers(registry, bench.watched)
    handlers = {handler.id: handler for handler in registry._watching.get_all_handlers()}
    assert set(handlers) == {"runs", "workflows", "agents", "concurrencygroups"}
    assert len(registry._indexing.get_all_handlers()) == 4
    assert not registry._changing.get_all_handlers()
    assert not registry._spawning.get_all_handlers()


def test_handlers_take_in_what_kopf_gives(bench: Bench) -> None:
    registry = kopf.OperatorRegistry()
    register_handlers(registry, bench.watched)
    bodies: dict[Any, Any] = {"runs": build_run(chain(1)), "workflows": build_workflow(chain(1))}
    others = {"agents": bench.agents, "concurrencygroups": bench.groups}
    bodies |= {plural: build_object("Any", name=plural) for plural in others}
    for handler in registry._watching.get_all_handlers():
        handle: Any = handler.fn
        asyncio.run(handle(type="ADDED", body=kopf.Body(bodies[handler.id])))
    assert bench.run_marks.keys == [UID]
    assert bench.workflow_marks.keys == [FLOW]
    for plural, store in others.items():
        assert store.get(NAMESPACE, plural) == bodies[plural]


def test_what_is_gone_is_forgotten(bench: Bench) -> None:
    told: list[tuple[str, str]] = []
    bench.agents.listen(lambda *key: told.append(key))
    registry = kopf.OperatorRegistry()
    register_handlers(registry, bench.watched)
    see: Any = next(handler.fn for handler in registry._watching.get_all_handlers() if handler.id == "agents")
    agent: Any = build_object("Agent", name="fast")
    for event in ("ADDED", "MODIFIED", "DELETED"):
        asyncio.run(see(type=event, body=kopf.Body(agent)))
    assert bench.agents.get(NAMESPACE, "fast") is None
    assert told == [(NAMESPACE, "fast")] * 2  # what is no news is not told


def test_who_asks_for_agents_is_told_once_all_are_known() -> None:
    seen: list[tuple[str, str]] = []
    stores = Stores(RunStore(), ObjectStore(), ObjectStore(), ObjectStore())
    registry = kopf.OperatorRegistry()
    register_handlers(registry, Watched(stores, Marks(), Marks(), lambda *key: seen.append(key)))
    learn: Any = next(h.fn for h in registry._indexing.get_all_handlers() if h.id == "listed-agents")
    see: Any = next(h.fn for h in registry._watching.get_all_handlers() if h.id == "agents")
    agent: Any = build_object("Agent", name="fast")
    asyncio.run(learn(body=kopf.Body(agent)))
    assert seen == []
    asyncio.run(see(type=None, body=kopf.Body(agent)))
    assert seen == [(NAMESPACE, "fast")]


def test_kopf_writes_nothing_and_waits_for_nobody() -> None:
    settings = build_kopf_settings()
    assert not settings.posting.enabled
    assert settings.peering.standalone
    assert settings.scanning.disabled
    assert settings.queueing.worker_limit is None
