"""The control loop over fakes: what it does with what is decided, when, how often, and after failures."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from longshore.archive.collect.collectors import Collector, Ports
from longshore.archive.collect.metrics import CollectMetrics
from longshore.archive.collect.pods import slim_pod
from longshore.archive.collect.runs import RunView
from longshore.archive.collect.seals import Sealer
from longshore.archive.collect.sightings import Sightings
from longshore.archive.databases import open_database
from longshore.archive.places import AttemptKey
from longshore.archive.ports import Json
from longshore.cluster.caches import Change
from longshore.errors import ConflictError, NotFoundError, UnavailableError
from prometheus_client import CollectorRegistry
from support.archives.fakes import FakeArtifacts, FakeCaches, FakeCalls, FakeLogs
from support.archives.pods import UID, build_pod, declare, end
from support.conditions import eventually

NAME = build_pod("test")["metadata"]["name"]
REPORT = {"test": {"transport": "Mount", "declared": [{"name": "report", "path": "out.xml"}]}}
FINISHED = RunView(is_finished=True)


class Views(dict[str, RunView]):
    """What is on record of Runs."""

    def find(self, uid: str) -> RunView | None:
        """What a test says."""
        return self.get(uid)


@dataclass
class Scene:
    """A collector and all around it."""

    collector: Collector
    runs: Views
    logs: FakeLogs
    artifacts: FakeArtifacts
    caches: FakeCaches
    calls: FakeCalls
    sightings: Sightings
    registry: CollectorRegistry

    def see(self, pod: Json) -> None:
        """A pod is new, or changed."""
        self.collector.see(Change(None, slim_pod(pod), pod))

    def count(self, name: str) -> float | None:
        """The value of a metric."""
        return self.registry.get_sample_value(f"longshore_archive_{name}")


@asynccontextmanager
async def build_scene(folder: Path) -> AsyncIterator[Scene]:
    async with open_database(folder / "db") as database:
        registry, runs, logs, artifacts, calls = (
            CollectorRegistry(),
            Views(),
            FakeLogs(),
            FakeArtifacts(),
            FakeCalls(),
        )
        sightings, metrics = Sightings(database), CollectMetrics(registry)
        caches = FakeCaches()
        ports = Ports(calls, runs, logs, Sealer(artifacts), caches, sightings, metrics)
        collector = Collector(ports, timedelta(minutes=5))
        metrics.count_awaiting(collector.count_awaiting)
        yield Scene(collector, runs, logs, artifacts, caches, calls, sightings, registry)
        await collector.stop()


def has(check: Callable[[], object]) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return bool(check())

    return holds


async def test_a_pod_goes_once_it_is_safe_and_its_end_on_record(tmp_path: Path) -> None:
    async with build_scene(tmp_path) as scene:
        scene.collector.start()
        scene.see(build_pod("test"))
        scene.see(end(build_pod("test"), phase="Succeeded"))
        assert scene.logs.followed == [NAME, NAME]
        assert scene.count("pods_awaiting_deletion") == 1
        scene.logs.safe.add(NAME)
        scene.runs[UID] = FINISHED
        scene.collector.see_record(UID)
        await eventually(has(lambda: scene.calls.deleted == [NAME]))
        assert scene.count("pods_deleted_total") == 1


async def test_logs_that_become_safe_later_are_waited_for(tmp_path: Path) -> None:
    async with build_scene(tmp_path) as scene:
        scene.collector.start()
        scene.runs[UID] = FINISHED
        scene.see(end(build_pod("test"), phase="Failed"))
        pod = slim_pod(end(build_pod("test"), phase="Failed"))
        assert await scene.collector.reconcile(pod["metadata"]["uid"]) == 0.5
        scene.logs.safe.add(NAME)
        await eventually(has(lambda: scene.calls.deleted == [NAME]))


async def test_nothing_is_done_before_all_is_known_but_logs_are_followed(tmp_path: Path) -> None:
    async with build_scene(tmp_path) as scene:
        scene.runs[UID] = FINISHED
        scene.logs.safe.add(NAME)
        scene.see(end(build_pod("test"), phase="Succeeded"))
        scene.collector.see_record(UID)
        assert scene.logs.followed == [NAME]
        assert scene.collector.may_have("any")
        assert scene.calls.deleted == []
        scene.collector.start()
        await eventually(has(lambda: scene.calls.deleted == [NAME]))
        assert not scene.collector.may_have("any")


async def test_files_are_judged_told_on_the_pod_and_not_judged_again(tmp_path: Path) -> None:
    async with build_scene(tmp_path) as scene:
        scene.collector.start()
        pod = end(declare(build_pod("test"), REPORT))
        scene.see(pod)
        await eventually(has(lambda: scene.calls.annotated))
        assert scene.calls.annotated == {NAME: '{"test":{"artifacts":"Stored"}}'}
        pod["metadata"]["annotations"]["longshore.dev/archived"] = scene.calls.annotated[NAME]
        scene.see(pod)
        assert await scene.collector.reconcile(pod["metadata"]["uid"]) is None
        assert len(scene.artifacts.sealed) == 1


async def test_a_run_that_nothing_has_told_of_is_looked_for(tmp_path: Path) -> None:
    async with build_scene(tmp_path) as scene:
        pod = end(build_pod("test"), phase="Succeeded")
        scene.see(pod)
        scene.logs.safe.add(NAME)
        scene.calls.runs.add(UID)
        assert await scene.collector.reconcile(pod["metadata"]["uid"]) == 1
        scene.calls.runs.clear()
        assert await scene.collector.reconcile(pod["metadata"]["uid"]) is None
        assert scene.calls.deleted == [NAME]


async def test_a_delete_that_fails_is_tried_again(tmp_path: Path) -> None:
    async with build_scene(tmp_path) as scene:
        scene.runs[UID] = FINISHED
        scene.logs.safe.add(NAME)
        scene.calls.failure = UnavailableError("no answer")
        scene.see(end(build_pod("test"), phase="Succeeded"))
        scene.collector.start()
        errors = {"error": "UnavailableError"}
        name = "longshore_archive_pod_errors_total"
        await eventually(has(lambda: scene.registry.get_sample_value(name, errors)))
        assert scene.calls.deleted == []
        scene.calls.failure = None
        await eventually(has(lambda: scene.calls.deleted == [NAME]))


async def test_a_pod_that_another_deleted_or_made_anew_is_left_to_its_watch(tmp_path: Path) -> None:
    async with build_scene(tmp_path) as scene:
        scene.runs[UID] = FINISHED
        scene.logs.safe.add(NAME)
        pod = end(build_pod("test"), phase="Succeeded")
        scene.see(pod)
        for failure in (NotFoundError("gone"), ConflictError("another uid")):
            scene.calls.failure = failure
            assert await scene.collector.reconcile(pod["metadata"]["uid"]) is None
        assert scene.count("pods_deleted_total") == 0


async def test_of_a_pod_that_is_gone_the_last_state_is_kept(tmp_path: Path) -> None:
    async with build_scene(tmp_path) as scene:
        pod = build_pod("test")
        scene.see(pod)
        last = end(build_pod("test"), phase="Failed")
        scene.collector.see(Change(slim_pod(pod), None, last))
        assert await scene.sightings.find(NAME) == slim_pod(last)
        assert scene.count("pods_awaiting_deletion") == 0
        scene.collector.start()
        assert not scene.collector.may_have(pod["metadata"]["uid"])


async def test_a_pod_that_is_nobodys_attempt_is_left_alone(tmp_path: Path) -> None:
    async with build_scene(tmp_path) as scene:
        forged = end(build_pod("test"), phase="Succeeded")
        forged["metadata"]["name"] = "forged"
        scene.see(forged)
        scene.collector.see(Change(slim_pod(forged), None, forged))
        assert scene.logs.followed == []
        assert await scene.sightings.find("forged") is None


async def test_what_a_step_declares_is_found_in_its_own_pod_first(tmp_path: Path) -> None:
    shared = {"a": REPORT["test"], "b": {"transport": "HTTP"}}
    async with build_scene(tmp_path) as scene:
        scene.see(declare(build_pod("a", fused=("a", "b")), shared))
        found = await scene.collector.find_declared(AttemptKey(UID, "b", 1))
        assert found is not None
        assert found["b"].transport == "HTTP"
        scene.see(declare(build_pod("b"), {"b": {"transport": "Mount"}}))
        found = await scene.collector.find_declared(AttemptKey(UID, "b", 1))
        assert found is not None
        assert found["b"].transport == "Mount"
        scene.see(build_pod("none"))
        assert await scene.collector.find_declared(AttemptKey(UID, "none", 1)) == {}
        assert await scene.collector.find_declared(AttemptKey(UID, "b", 2)) is None
        assert await scene.collector.find_declared(AttemptKey(UID, "c", 1)) is None


async def test_what_steps_saved_is_told_before_their_pod_goes(tmp_path: Path) -> None:
    saver = {"transport": "HTTP", "caches": [{"path": "x", "key": "k"}]}
    async with build_scene(tmp_path) as scene:
        scene.collector.start()
        scene.runs[UID] = FINISHED
        for path, code in (("good", 0), ("bad", 1)):
            pod = end(declare(build_pod(path), {path: saver}), code=code, phase="Failed" if code else "Succeeded")
            scene.logs.safe.add(pod["metadata"]["name"])
            scene.see(pod)
        await eventually(has(lambda: len(scene.calls.deleted) == 2))
        assert {key.step: told for key, told in scene.caches.told.items()} == {"good": "commit", "bad": "drop"}
        assert {key.step: keys for key, keys in scene.caches.expected.items()} == {"good": {"k"}}


async def test_what_a_step_is_about_to_save_is_expected_once_it_went_well(tmp_path: Path) -> None:
    saver = {"transport": "HTTP", "caches": [{"path": "x", "key": "k"}]}
    async with build_scene(tmp_path) as scene:
        scene.see(declare(build_pod("test"), {"test": saver}))
        assert scene.caches.expected == {}
        scene.see(end(declare(build_pod("test"), {"test": saver}), code=0, phase="Running"))
        assert scene.caches.expected == {AttemptKey(UID, "test", 1): {"k"}}
        assert scene.caches.told == {}


async def test_logs_whose_pods_went_while_nobody_looked_are_closed(tmp_path: Path) -> None:
    async with build_scene(tmp_path) as scene:
        pod = build_pod("test")
        scene.logs.open = (pod["metadata"]["uid"], "gone")
        scene.see(pod)
        scene.collector.start()
        await scene.collector.close_logs()
        assert scene.logs.closed == ["gone"]
