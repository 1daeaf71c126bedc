"""The reconcile of a Workflow with ports in memory: what is made, told and written, and how seldom."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from longshore.errors import ClusterError, ForbiddenError, InvalidError, UnavailableError
from longshore.planning.runs.urgencies import Urgency
from longshore.planning.times import write_time
from longshore.reconcile.runs.paces import SHARES, StatusPace
from longshore.reconcile.stores import ObjectStore, RunStore
from longshore.reconcile.workflows import retentions, workflows
from longshore.reconcile.workflows.actions import WorkflowActions
from longshore.reconcile.workflows.retentions import RetentionReconciler
from longshore.reconcile.workflows.workflows import WorkflowPorts, WorkflowReconciler
from support.bystanders import Announced
from support.graphs import chain
from support.objects import NAMESPACE, Json, build_run, build_workflow
from support.planning.runs import NOW
from support.planning.schedules import name_run
from support.ports import FakeRuns, FakeStatuses

KEY, FLOW = f"{NAMESPACE}/flow", "uid-of-flow"
HOURLY = {"schedule": {"cron": "0 * * * *"}}
HOUR = timedelta(hours=1)
PATIENCE = SHARES[Urgency.WAITS].patience


class Judge:
    """Judges pods as a test says, and counts how often."""

    def __init__(self) -> None:
        self.count = 0
        self.error: ClusterError | None = None

    async def try_create(self, manifest: Json) -> None:
        """Refuse it or not."""
        assert manifest["kind"] == "Pod"
        self.count += 1
        if self.error:
            raise self.error


class Bench:
    """A reconciler and all around it, at a time of its own."""

    def __init__(self) -> None:
        self.now, self.seconds = NOW, 0.0
        self.runs, self.workflows = RunStore(), ObjectStore()
        self.statuses, self.announced, self.judge = FakeStatuses(), Announced(), Judge()
        self.objects = FakeRuns(self.statuses)
        actions = WorkflowActions(self.runs, self.objects)
        ports = WorkflowPorts(actions, self.statuses, self.judge, self.announced)
        self.reconciler = WorkflowReconciler(self.workflows, self.runs, ports)
        self.retention = RetentionReconciler(self.runs, self.workflows, actions)

    def add(self, **fields: Any) -> None:
        """A Workflow is made and seen."""
        raw = build_workflow({**chain(1), **fields})
        raw["metadata"]["creationTimestamp"] = write_time(NOW)
        self.statuses.objects[FLOW] = raw
        self.workflows.put(raw)

    def edit(self, **spec: Any) -> None:
        """Somebody changes its spec."""
        generation = self.statuses.objects[FLOW]["metadata"]["generation"] + 1
        patch = {"spec": spec, "metadata": {"generation": generation}}
        self.workflows.put(self.statuses.update(self.statuses.objects[FLOW], patch))

    def see(self, name: str, phase: str, version: int = 1, **status: Any) -> None:
        """A Run of the Workflow is seen."""
        run = build_run(name=name, version=version, workflowRef={"name": "flow"})
        self.statuses.objects[run["metadata"]["uid"]] = run
        self.runs.put({**run, "status": {"phase": phase, **status}})

    async def settle(self) -> float | None:
        """Reconcile as long as it wants to go on at once; the delay that it asks for then."""
        for _ in range(20):
            delay = await self.reconciler.reconcile(KEY)
            if delay != 0.0:
                return delay
        raise AssertionError("does not come to rest")

    @property
    def status(self) -> Json:
        """The status as it was written."""
        status: Json = self.statuses.objects[FLOW].get("status", {})
        return status

    @property
    def conditions(self) -> dict[str, tuple[str, str]]:
        """Status and reason by type."""
        return {entry["type"]: (entry["status"], entry["reason"]) for entry in self.status["conditions"]}


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    made = Bench()
    monkeypatch.setattr(workflows, "read_clock", lambda: made.now)
    made.reconciler._pace = StatusPace(lambda: made.seconds)
    monkeypatch.setattr(retentions, "read_clock", lambda: made.now)
    return made


async def test_a_time_that_comes_makes_a_run_and_is_one_write(bench: Bench) -> None:
    bench.add(**HOURLY)
    assert await bench.settle() == workflows.LONGEST_SLEEP
    bench.now = NOW + HOUR - timedelta(seconds=5)
    assert await bench.settle() == pytest.approx(5.01)
    assert (bench.objects.calls, len(bench.statuses.patches)) == ([], 1)
    bench.now = NOW + HOUR
    await bench.settle()
    name = name_run(bench.now, "flow")
    assert bench.objects.calls == [("create", name)]
    assert (bench.status["lastRun"], bench.status["active"]) == (name, 1)
    assert len(bench.statuses.patches) == 2
    assert [run.name for run in bench.runs.of_workflow(NAMESPACE, "flow")] == [name]
    # It is the watch that has it reconciled.
    assert bench.runs.put(bench.statuses.objects[f"uid-of-{name}"])


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_crash_on_either_side_of_the_status_makes_no_second_run(bench: Bench, when: str) -> None:
    bench.add(**HOURLY)
    await bench.settle()
    bench.now = NOW + HOUR
    if when == "before":
        bench.statuses.fail = fail
        with pytest.raises(UnavailableError):
            await bench.settle()
    else:
        await bench.settle()
    after = Bench()
    after.statuses.objects = bench.statuses.objects
    after.workflows.put(bench.statuses.objects[FLOW])
    await after.settle()
    assert after.objects.calls == ([("create", name_run(NOW + HOUR, "flow"))] if when == "before" else [])
    runs = [obj for obj in after.statuses.objects.values() if obj["kind"] == "Run"]
    assert len(runs) == 1
    assert after.status["lastScheduleTime"] == write_time(NOW + HOUR)


def fail() -> None:
    raise UnavailableError("gone")


async def test_a_run_of_that_name_that_is_not_the_schedules_is_told(bench: Bench) -> None:
    bench.add(**HOURLY)
    await bench.settle()
    bench.now = NOW + HOUR
    name = name_run(bench.now, "flow")
    bench.statuses.objects["other"] = build_run(chain(1), name=name)
    assert await bench.settle() == pytest.approx(30.01)
    assert bench.conditions["Scheduled"] == ("False", "NameConflict")
    assert [notice.reason for notice in bench.announced.notices] == ["NameConflict"]
    bench.now += timedelta(seconds=31)
    await bench.settle()
    assert len(bench.announced.notices) == 1
    bench.now = NOW + 2 * HOUR
    await bench.settle()
    assert bench.conditions["Scheduled"] == ("True", "Scheduled")


@pytest.mark.parametrize("error", [ForbiddenError("exceeded quota"), InvalidError("a policy says no")])
async def test_a_run_that_the_api_server_refuses_is_told_and_tried_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, error: ClusterError
) -> None:
    bench.add(**HOURLY)
    await bench.settle()
    bench.now = NOW + HOUR

    async def refuse(_: Json) -> Json:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(bench.objects, "create", refuse)
        await bench.settle()
    assert bench.conditions["Scheduled"] == ("False", "RunRejected")
    assert [notice.message for notice in bench.announced.notices] == [str(error)]
    bench.now += timedelta(seconds=30)
    await bench.settle()
    assert bench.objects.calls == [("create", name_run(NOW + HOUR, "flow"))]


async def test_replace_cancels_before_it_makes(bench: Bench) -> None:
    bench.add(schedule={"cron": "0 * * * *", "concurrencyPolicy": "Replace"})
    for hours in (1, 2):
        await bench.settle()
        bench.now = NOW + hours * HOUR
    await bench.settle()
    first, second = (name_run(NOW + hours * HOUR, "flow") for hours in (1, 2))
    assert bench.objects.calls == [("create", first), ("patch", first), ("create", second)]
    assert bench.statuses.objects[f"uid-of-{first}"]["spec"]["cancel"] == "Graceful"


async def test_a_burst_of_runs_is_a_write_in_two_seconds(bench: Bench) -> None:
    bench.add()
    await bench.settle()
    written = len(bench.statuses.patches)
    for index in range(100):
        bench.seconds = index * 0.05
        bench.see(f"run-{index:02}", "Running")
        delay = await bench.settle()
        assert delay is None or delay <= PATIENCE + 0.001
    bench.seconds += PATIENCE + 0.001
    await bench.settle()
    assert len(bench.statuses.patches) - written <= 4
    assert bench.status["active"] == 100


async def test_what_comes_and_goes_within_two_seconds_is_no_write_of_its_own(bench: Bench) -> None:
    bench.add()
    await bench.settle()
    bench.see("run", "Running")
    await bench.settle()
    bench.seconds = 1.0
    bench.see("run", "Succeeded", version=2)
    bench.runs.remove("uid-of-run")
    assert await bench.settle() is None
    assert len(bench.statuses.patches) == 1


async def test_the_history_is_kept_short(bench: Bench) -> None:
    bench.add(successfulRunsHistoryLimit=1)
    for index in range(3):
        bench.see(f"run-{index}", "Succeeded", completionTime=write_time(NOW + timedelta(seconds=index)))
    await bench.settle()
    assert bench.objects.calls == [("delete", "run-0"), ("delete", "run-1")]
    assert [run.name for run in bench.runs.of_workflow(NAMESPACE, "flow")] == ["run-2"]


async def test_children_neither_count_nor_go(bench: Bench) -> None:
    bench.add(successfulRunsHistoryLimit=0)
    for index, phase in enumerate(["Running", "Succeeded"]):
        child = build_run(name=f"child-{index}", workflowRef={"name": "flow"})
        child["metadata"]["ownerReferences"] = [{"kind": "Run", "uid": "parent", "controller": True}]
        bench.runs.put({**child, "status": {"phase": phase}})
    await bench.settle()
    assert (bench.status["active"], bench.objects.calls) == (0, [])


async def test_templates_are_judged_once_for_each_generation(bench: Bench) -> None:
    steps = [{**chain(1)["steps"][0], "template": {"spec": {"hostNetwork": True}}}]
    bench.judge.error = ForbiddenError("violates PodSecurity")
    bench.add(steps=steps)
    for index in range(3):
        bench.see(f"run-{index}", "Running")
        await bench.settle()
    assert (bench.judge.count, bench.conditions["Accepted"]) == (1, ("False", "InvalidTemplate"))
    bench.judge.error = None
    bench.edit(suspend=True)
    await bench.settle()
    assert (bench.judge.count, bench.conditions["Accepted"]) == (2, ("True", "Accepted"))


async def test_a_workflow_that_is_gone_is_forgotten(bench: Bench) -> None:
    bench.add()
    await bench.settle()
    bench.workflows.remove(NAMESPACE, "flow")
    assert await bench.settle() is None
    assert bench.reconciler._memories == {}


def build_ended(ttl: int, completed: datetime) -> Json:
    run = build_run({**chain(1), "ttlSecondsAfterFinished": ttl})
    return {**run, "status": {"phase": "Succeeded", "completionTime": write_time(completed)}}


async def test_a_finished_run_goes_when_its_time_has_come(bench: Bench) -> None:
    run = build_ended(60, NOW)
    bench.statuses.objects["uid-of-run"] = run
    bench.runs.put(run)
    assert await bench.retention.reconcile("uid-of-run") == pytest.approx(60.01)
    bench.now = NOW + timedelta(seconds=60)
    assert await bench.retention.reconcile("uid-of-run") is None
    assert bench.objects.calls == [("delete", "run")]
    assert bench.runs.uids() == set()
    assert await bench.retention.reconcile("uid-of-run") is None


async def test_a_run_that_went_meanwhile_is_forgotten(bench: Bench) -> None:
    bench.runs.put(build_ended(0, NOW))
    assert await bench.retention.reconcile("uid-of-run") is None
    assert bench.runs.uids() == set()
