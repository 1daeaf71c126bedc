"""The reconcile of a Run with ports in memory: what is written when, and what is not."""

import asyncio
import json
import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from longshore.errors import ForbiddenError, UnavailableError
from longshore.planning.runs.admissions import Limits
from longshore.planning.runs.urgencies import Urgency
from longshore.planning.times import write_time
from longshore.queues import SOON
from longshore.reconcile.runs import paces, runs
from longshore.reconcile.runs.admissions import Admissions
from longshore.reconcile.runs.runs import Ports, RunReconciler
from longshore.reconcile.stores import ObjectStore, RunStore
from longshore.telemetry.logs import JsonFormatter
from support.bystanders import Announced, FakeBuiltIns, FakePlaces, FakeRooms, FakeUses, Observed
from support.graphs import chain, read_ends, step
from support.objects import Json, build_run, build_workflow
from support.ports import FakeClaims, FakePods, FakeRuns, FakeStatuses

UID = "uid-of-run"


class Bench:
    """A reconciler and all around it."""

    def __init__(self) -> None:
        self.runs, self.workflows = RunStore(), ObjectStore()
        self.pods, self.statuses = FakePods(), FakeStatuses()
        self.announced, self.observed = Announced(), Observed()
        self.objects = FakeRuns(self.statuses)
        self.built_ins = FakeBuiltIns()
        others = self.announced, self.observed, FakeClaims(), FakeUses(), FakeRooms(), self.built_ins, FakePlaces()
        ports = Ports(self.pods, self.objects, self.statuses, *others)
        admissions = Admissions(self.runs, Limits())
        self.reconciler = RunReconciler(self.runs, self.workflows, ports, "runner:1", admissions)

    def add(self, graph: Json | None = None, **spec: Any) -> None:
        """A Run is made and seen."""
        run = build_run(graph, **spec)
        self.statuses.objects[UID] = run
        self.runs.put(run)

    async def settle(self) -> float | None:
        """Reconcile as long as it wants to go on before long; the delay that it asks for then."""
        for _ in range(20):
            delay = await self.reconciler.reconcile(UID)
            if delay not in (0.0, SOON):
                return delay
        raise AssertionError("does not come to rest")

    @property
    def status(self) -> Json:
        """The status as it was written."""
        status: Json = self.statuses.objects[UID].get("status", {})
        return status


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_a_run_from_its_acceptance_to_its_end(bench: Bench) -> None:
    bench.add(chain(2))
    await bench.settle()
    assert len(bench.statuses.patches) == 1
    bench.pods.end("s1")
    await bench.settle()
    assert len(bench.statuses.patches) == 2
    bench.pods.end("s2")
    assert await bench.settle() is None
    assert read_ends(bench.status) == {"s1": ("Succeeded", 1), "s2": ("Succeeded", 1)}
    assert bench.built_ins.runs == ["run"]
    assert len(bench.statuses.patches) == 3
    assert bench.observed.finished == ["Succeeded"]
    assert bench.announced.notices == []


async def test_the_snapshot_of_a_workflow_comes_before_any_pod(bench: Bench) -> None:
    bench.workflows.put(build_workflow(chain(1)))
    bench.add(workflowRef={"name": "flow"})
    await bench.reconciler.reconcile(UID)
    assert bench.pods.calls == []
    assert bench.status["phase"] == "Running"


async def test_nothing_new_is_nothing_written(bench: Bench) -> None:
    bench.add(chain(1))
    await bench.settle()
    written, calls = len(bench.statuses.patches), len(bench.pods.calls)
    await bench.settle()
    assert (len(bench.statuses.patches), len(bench.pods.calls)) == (written, calls)


def run_container(bench: Bench) -> None:
    """The container of the only pod starts."""
    (pod,) = bench.pods.pods.values()
    running = {"startedAt": write_time(datetime.now(UTC))}
    pod["status"] = {"phase": "Running", "containerStatuses": [{"name": "step", "state": {"running": running}}]}
    bench.pods.bump(pod)


async def test_that_a_step_runs_waits_for_company(bench: Bench) -> None:
    bench.add(chain(1))
    await bench.settle()
    written = len(bench.statuses.patches)
    run_container(bench)
    delay = await bench.reconciler.reconcile(UID)
    assert delay is not None
    assert 0 < delay < paces.SHARES[Urgency.WAITS].patience + 0.1
    assert len(bench.statuses.patches) == written


async def test_that_a_step_runs_is_written_in_the_end(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paces, "SHARES", {**paces.SHARES, Urgency.WAITS: paces.SHARES[Urgency.NEWS]})
    bench.add(chain(1))
    await bench.settle()
    run_container(bench)
    await bench.settle()
    assert bench.status["steps"]["s1"]["phase"] == "Running"


async def test_another_writer_is_no_failure(bench: Bench) -> None:
    bench.add(chain(1))
    bench.statuses.update(bench.statuses.objects[UID], {"metadata": {"labels": {"by": "somebody"}}})
    assert await bench.reconciler.reconcile(UID) == 0.0
    assert bench.statuses.patches == []
    await bench.settle()
    assert bench.status["phase"] == "Running"


async def test_a_run_that_is_gone_is_forgotten(bench: Bench) -> None:
    bench.add(chain(1))
    del bench.statuses.objects[UID]
    await bench.settle()
    assert bench.runs.get(UID) is None


async def test_a_crash_between_create_and_write_repeats_nothing(bench: Bench) -> None:
    bench.add(chain(1))

    def fail() -> None:
        raise UnavailableError("gone")

    bench.statuses.fail = fail
    with pytest.raises(UnavailableError):
        await bench.settle()
    assert len(bench.pods.pods) == 1
    bench.pods.known.clear()
    successor = Bench()
    successor.pods, successor.statuses = bench.pods, FakeStatuses()
    successor.statuses.objects = bench.statuses.objects
    rooms = FakeRooms(), successor.built_ins, FakePlaces()
    others = successor.announced, successor.observed, FakeClaims(), FakeUses(), *rooms
    ports = Ports(bench.pods, successor.objects, successor.statuses, *others)
    admissions = Admissions(successor.runs, Limits())
    successor.reconciler = RunReconciler(successor.runs, successor.workflows, ports, "runner:1", admissions)
    successor.runs.put(bench.statuses.objects[UID])
    await successor.settle()
    assert len(bench.pods.pods) == 1
    assert successor.status["steps"]["s1"]["attempt"] == 1


async def test_a_quota_that_refuses_every_round_costs_no_attempt(bench: Bench) -> None:
    bench.pods.refuse = lambda _: ForbiddenError("exceeded quota: few")
    bench.add({"steps": [step(f"s{number}") for number in range(5)], "maxParallelSteps": 2})
    delay = await bench.settle()
    assert {entry["reason"] for entry in bench.status["steps"].values()} == {"AwaitingQuota"}
    assert {entry["attempt"] for entry in bench.status["steps"].values()} <= {0, 1}
    assert delay is not None
    assert 3 < delay < 6
    assert len(bench.pods.calls) == 5


async def test_a_run_that_goes_while_its_pods_are_refused_asks_no_more(bench: Bench) -> None:
    def refuse(_: str) -> ForbiddenError:
        bench.runs.remove(UID)
        return ForbiddenError("because it is being terminated")

    bench.add(chain(1))
    bench.pods.refuse = refuse
    async with asyncio.timeout(5):
        await bench.settle()
    assert len(bench.pods.calls) == 1


async def test_a_run_waits_for_its_workflow(bench: Bench) -> None:
    bench.add(workflowRef={"name": "flow"})
    delay = await bench.settle()
    assert delay is not None
    assert 55 < delay < 61
    bench.workflows.put(build_workflow(chain(1)))
    await bench.settle()
    assert bench.status["phase"] == "Running"


async def test_a_failure_is_announced_once(bench: Bench) -> None:
    bench.add(chain(1))
    await bench.settle()
    bench.pods.end("s1", exitCode=3, message="no space left")
    await bench.settle()
    await bench.settle()
    (notice,) = bench.announced.notices
    assert (notice.type, notice.reason) == ("Warning", "RunFailed")
    assert "no space left" in notice.message


async def test_a_pod_that_another_run_controls_is_not_seen(bench: Bench) -> None:
    bench.add(chain(1))
    await bench.settle()
    (pod,) = bench.pods.pods.values()
    pod["metadata"]["ownerReferences"][0]["uid"] = "uid-of-another"
    bench.pods.bump(pod)
    await bench.settle()
    assert bench.status["steps"]["s1"]["reason"] == "InfraBackoff"


async def test_a_pod_on_record_is_gone_only_if_the_api_server_says_so(bench: Bench) -> None:
    bench.add(chain(1))
    await bench.settle()
    bench.pods.known.clear()
    await bench.settle()
    assert bench.status["steps"]["s1"]["attempt"] == 1
    assert bench.pods.known == set(bench.pods.pods)
    bench.pods.known.clear()
    bench.pods.pods.clear()
    await bench.settle()
    assert (bench.status["steps"]["s1"]["attempt"], bench.status["steps"]["s1"]["reason"]) == (2, "InfraBackoff")


async def test_an_edge_counts_from_its_own_exit(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(runs, "monotonic", lambda: now[0])
    bench.add({"steps": [step("a"), step("b"), step("c", "a b")]})
    await bench.settle()
    bench.pods.end("a")
    bench.reconciler.note_exit(UID)
    await bench.settle()
    assert bench.observed.edges == []
    now[0] = 100.0
    bench.pods.end("b")
    bench.reconciler.note_exit(UID)
    now[0] = 100.25
    await bench.settle()
    assert bench.observed.edges == [0.25]


async def test_lines_about_a_step_name_it(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.setFormatter(JsonFormatter())
    with caplog.at_level(logging.INFO, "longshore"):
        bench.add(chain(1))
        await bench.settle()
        bench.pods.end("s1")
        await bench.settle()
    lines = [json.loads(line) for line in caplog.text.splitlines()]
    told = [line for line in lines if line["message"].startswith(("CreatePod", "step "))]
    assert len(told) == 2
    assert {(line["step"], line["attempt"]) for line in told} == {("s1", 1)}


def test_lines_about_a_run_name_it(bench: Bench) -> None:
    bench.add(chain(1))
    assert bench.reconciler.describe(UID) == {"namespace": "ci", "run": "run"}
    assert bench.reconciler.describe("unknown") == {}


async def test_a_rerun_reuses_what_the_earlier_run_has_on_record(bench: Bench) -> None:
    old = build_run(chain(2), name="old")
    ended = {"phase": "Succeeded", "attempt": 1, "outputs": {"out": "1"}}
    steps = {"s1": ended, "s2": {"phase": "Failed", "attempt": 1}}
    bench.statuses.update(old, {"status": {"phase": "Failed", "workflowSpec": chain(2), "steps": steps}})
    bench.add(chain(2), rerun={"run": "old"})
    await bench.settle()
    assert bench.status["steps"]["s1"] == {
        "phase": "Succeeded",
        "reason": "Reused",
        "message": "reused from run old",
        "attempt": 0,
        "outputs": {"out": "1"},
    }
    assert [verb for verb, _ in bench.pods.calls] == ["create"]
    assert bench.status["steps"]["s2"]["attempt"] == 1


async def test_a_rerun_of_a_run_that_is_gone_fails(bench: Bench) -> None:
    bench.add(chain(1), rerun={"run": "old"})
    await bench.settle()
    assert (bench.status["phase"], bench.status["conditions"][0]["reason"]) == ("Failed", "RunNotFound")
    assert bench.pods.calls == []


async def test_a_memoized_step_reuses_the_success_of_a_run_that_has_ended(bench: Bench) -> None:
    graph = {"steps": [step("s1", memoize={"key": "k"})]}
    bench.add(graph)
    await bench.settle()
    bench.pods.end("s1", exitCode=0)
    await bench.settle()
    assert bench.runs.get(UID) is None
    second = build_run(graph, name="second")
    bench.statuses.objects["uid-of-second"] = second
    bench.runs.put(second)
    while await bench.reconciler.reconcile("uid-of-second") == 0.0:
        pass
    status = bench.statuses.objects["uid-of-second"]["status"]
    assert (status["phase"], status["steps"]["s1"]["reason"]) == ("Succeeded", "Memoized")
    assert [verb for verb, _ in bench.pods.calls] == ["create"]


async def test_a_pod_that_went_before_its_end_was_written_has_ended_all_the_same(bench: Bench) -> None:
    bench.add(chain(1))
    await bench.settle()
    bench.pods.end("s1", message="")

    def fail() -> None:
        raise UnavailableError("gone")

    bench.statuses.fail = fail
    with pytest.raises(UnavailableError):
        await bench.settle()
    bench.pods.known.clear()
    bench.pods.pods.clear()
    bench.statuses.fail = lambda: None
    await bench.settle()
    assert read_ends(bench.status) == {"s1": ("Succeeded", 1)}
    assert [verb for verb, _ in bench.pods.calls].count("create") == 1
