"""The reconcile of an archive with an API server in memory: what is made, changed, told, and what is not asked."""

from datetime import UTC, datetime, timedelta

import pytest
from longshore import names
from longshore.errors import ClusterError, ForbiddenError, InvalidError, UnavailableError
from longshore.manifests.archives import ArchiveDesign, ClaimDesign
from longshore.planning.observations import ArchiveUse
from longshore.reconcile.archives import archives
from longshore.reconcile.archives.archives import PROBLEM_SECONDS, ArchivePorts, ArchiveReconciler
from longshore.reconcile.archives.uses import NamespaceUses
from longshore.reconcile.stores import RunStore
from support.archives.objects import FakeArchives, FakeLeftPods, finish
from support.bystanders import Announced
from support.conditions import eventually
from support.graphs import chain
from support.objects import NAMESPACE, Json, build_run
from support.tasks import beside

DESIGN = ArchiveDesign("operator:1", "role", "reviewer", ClaimDesign("10Gi"))
IDLE = timedelta(minutes=15)
LOOK = ["get Namespace", "get Deployment"]


class Witness:
    """An archive that says how much room it has, or fails."""

    def __init__(self) -> None:
        self.answer: Json | ClusterError = {"claims": []}
        self.asked = 0

    async def measure(self, namespace: str) -> Json:
        """What a test says."""
        assert namespace == NAMESPACE
        self.asked += 1
        if isinstance(self.answer, ClusterError):
            raise self.answer
        return self.answer


class Bench:
    """A reconciler and all around it."""

    def __init__(self, design: ArchiveDesign = DESIGN, objects: FakeArchives | None = None) -> None:
        self.runs, self.pods, self.announced = RunStore(), FakeLeftPods(), Announced()
        self.archives = objects or FakeArchives()
        self.uses = NamespaceUses(self.archives, design)
        self.witness = Witness()
        ports = ArchivePorts(self.archives, self.pods, self.announced, self.uses, self.witness)
        self.reconciler = ArchiveReconciler(self.runs, ports, design, IDLE)
        self.marks: list[str] = []
        self.reconciler.listen(self.marks.append)

    def add(self, name: str = "run") -> Json:
        """A Run is seen."""
        run = build_run(chain(1), name)
        self.runs.put(run)
        return run

    async def reconcile(self) -> float | None:
        """One round."""
        return await self.reconciler.reconcile(NAMESPACE)

    def annotate(self, annotation: str) -> None:
        """The namespace says this of its archive."""
        metadata = self.archives.objects["Namespace", NAMESPACE]["metadata"]
        metadata["annotations"] = {names.ARCHIVE_ANNOTATION: annotation}


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """What time it is: the last of these."""
    times = [datetime(2026, 11, 21, 12, tzinfo=UTC)]
    monkeypatch.setattr(archives, "read_clock", lambda: times[-1])
    return times


async def test_the_first_run_has_all_objects_made_the_deployment_last(bench: Bench) -> None:
    bench.add()
    assert bench.marks == [NAMESPACE]
    await bench.reconcile()
    assert bench.archives.take_calls() == [
        *LOOK, "create PersistentVolumeClaim", "create ServiceAccount", "create RoleBinding",
        "create ClusterRoleBinding", "create Service", "create Deployment",
    ]  # fmt: skip


async def test_later_runs_cost_no_call(bench: Bench) -> None:
    first = bench.add()
    await bench.reconcile()
    bench.marks.clear()
    bench.add("second")
    bench.runs.put(finish(first))
    bench.add("third")
    assert bench.marks == []


async def test_a_crash_between_two_calls_is_made_up_for(bench: Bench) -> None:
    bench.add()
    bench.archives.refuse = lambda call: ForbiddenError("no") if call == "create Service" else None
    await bench.reconcile()
    successor = Bench(objects=bench.archives)
    successor.archives.refuse = lambda _: None
    successor.add()
    await successor.reconcile()
    assert successor.archives.list_kinds() == {
        "PersistentVolumeClaim", "ServiceAccount", "RoleBinding", "ClusterRoleBinding", "Service", "Deployment",
    }  # fmt: skip


async def test_a_new_operator_looks_and_changes_nothing(bench: Bench) -> None:
    bench.add()
    await bench.reconcile()
    bench.archives.take_calls()
    successor = Bench(objects=bench.archives)
    successor.add()
    await successor.reconcile()
    assert successor.archives.take_calls() == LOOK


async def test_another_design_changes_what_differs_the_deployment_last(bench: Bench) -> None:
    bench.add()
    await bench.reconcile()
    bench.archives.take_calls()
    design = ArchiveDesign("operator:2", "role", "reviewer", ClaimDesign("20Gi"))
    successor = Bench(design, bench.archives)
    successor.add()
    await successor.reconcile()
    calls = successor.archives.take_calls()
    assert [call for call in calls if call.startswith("patch")] == [
        "patch PersistentVolumeClaim",
        "patch Deployment",
    ]
    assert calls[-1] == "patch Deployment"
    [container] = successor.archives.deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "operator:2"
    assert not [call for call in calls if call.startswith("delete")]


async def test_a_claim_that_cannot_grow_holds_up_nothing(bench: Bench) -> None:
    bench.add()
    await bench.reconcile()
    successor = Bench(ArchiveDesign("operator:2", "role", "reviewer", ClaimDesign("20Gi")), bench.archives)
    no = ForbiddenError("only dynamically provisioned pvc can be resized")
    successor.archives.refuse = lambda call: no if call == "patch PersistentVolumeClaim" else None
    successor.add()
    await successor.reconcile()
    [container] = successor.archives.deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "operator:2"
    [notice] = successor.announced.notices
    assert notice.reason == "ArchiveUnchanged"
    assert "can be resized" in notice.message


async def test_it_sleeps_when_idle_and_wakes_with_a_run(bench: Bench, clock: list[datetime]) -> None:
    run = bench.add()
    await bench.reconcile()
    bench.runs.put(finish(run))
    bench.pods.are_left = True
    clock.append(clock[0] + timedelta(minutes=20))
    assert await bench.reconcile() == pytest.approx(300, abs=1)
    bench.pods.are_left = False
    clock.append(clock[0] + timedelta(minutes=33))
    assert await bench.reconcile() == pytest.approx(120, abs=1)
    clock.append(clock[0] + timedelta(minutes=36))
    assert await bench.reconcile() is None
    assert bench.archives.deployment["spec"]["replicas"] == 0
    bench.marks.clear()
    bench.add("later")
    assert bench.marks == [NAMESPACE]
    await bench.reconcile()
    assert bench.archives.deployment["spec"]["replicas"] == 1


async def test_a_new_operator_puts_none_to_sleep_before_it_knows_all_runs(
    bench: Bench, clock: list[datetime]
) -> None:
    bench.add()
    await bench.reconcile()
    successor = Bench(objects=bench.archives)
    clock.append(clock[0] + timedelta(hours=1))
    assert await successor.reconcile() == pytest.approx(300, abs=1)
    assert successor.archives.deployment["spec"]["replicas"] == 1
    clock.append(clock[1] + timedelta(minutes=16))
    await successor.reconcile()
    assert successor.archives.deployment["spec"]["replicas"] == 0


async def test_a_run_that_comes_while_it_goes_to_sleep_wakes_it(bench: Bench, clock: list[datetime]) -> None:
    run = bench.add()
    await bench.reconcile()
    bench.runs.put(finish(run))
    clock.append(clock[0] + timedelta(minutes=20))

    def come(call: str) -> None:
        if call == "patch Deployment":
            bench.add("meanwhile")

    bench.archives.refuse = come
    assert await bench.reconcile() == 0.0
    bench.archives.refuse = lambda _: None
    await bench.reconcile()
    assert bench.archives.deployment["spec"]["replicas"] == 1


async def test_what_is_not_ours_is_left_alone_and_each_run_is_told_once(bench: Bench) -> None:
    metadata = {"name": "archive", "labels": {names.MANAGED_BY: "Helm"}}
    theirs = {"kind": "Service", "metadata": metadata}
    bench.archives.add(theirs)
    bench.add()
    assert await bench.reconcile() == PROBLEM_SECONDS
    await bench.reconcile()
    [notice] = bench.announced.notices
    assert notice.reason == "NoArchive"
    assert "Service archive is not Longshore's" in notice.message
    assert bench.archives.objects["Service", "archive"]["metadata"]["labels"] == {names.MANAGED_BY: "Helm"}
    assert "Deployment" not in bench.archives.list_kinds()
    bench.marks.clear()
    bench.add("second")
    assert bench.marks == [NAMESPACE]
    await bench.reconcile()
    assert len(bench.announced.notices) == 2


@pytest.mark.parametrize(
    "call", ["get Namespace", "get Deployment", "create PersistentVolumeClaim", "create Deployment"]
)
async def test_missing_rights_are_told(bench: Bench, call: str) -> None:
    bench.add()
    bench.archives.refuse = lambda made: ForbiddenError("may not, at all") if made == call else None
    assert await bench.reconcile() == PROBLEM_SECONDS
    [notice] = bench.announced.notices
    assert "may not, at all" in notice.message


async def test_what_the_api_server_does_not_accept_is_told(bench: Bench) -> None:
    bench.add()
    bench.archives.refuse = lambda call: InvalidError("too large") if call == "create Deployment" else None
    assert await bench.reconcile() == PROBLEM_SECONDS
    assert bench.announced.notices[0].message == "too large"


async def test_a_namespace_that_goes_is_left_alone(bench: Bench) -> None:
    bench.add()
    no = ForbiddenError("unable to create new content in namespace ci because it is being terminated")
    bench.archives.refuse = lambda call: no if call.startswith("create") else None
    assert await bench.reconcile() is None
    assert bench.announced.notices == []
    bench.archives.refuse = lambda _: None
    bench.archives.objects["Namespace", NAMESPACE]["metadata"]["deletionTimestamp"] = "2026-11-21T12:00:00Z"
    bench.archives.take_calls()
    assert await bench.reconcile() is None
    assert bench.archives.take_calls() == ["get Namespace"]


async def test_a_namespace_that_is_gone(bench: Bench) -> None:
    bench.add()
    del bench.archives.objects["Namespace", NAMESPACE]
    assert await bench.reconcile() is None


async def test_a_namespace_that_wants_none(bench: Bench) -> None:
    bench.annotate("disabled")
    bench.add()
    await bench.reconcile()
    assert bench.archives.list_kinds() == set()
    assert bench.uses.find(NAMESPACE) is None
    assert bench.uses.is_known(NAMESPACE)
    bench.annotate("")
    await bench.uses.learn(NAMESPACE)
    assert bench.uses.find(NAMESPACE) == ArchiveUse("HTTP")


async def test_a_namespace_says_how_its_files_travel(bench: Bench) -> None:
    assert bench.uses.find(NAMESPACE) == ArchiveUse("HTTP")
    bench.annotate('{"artifacts": {"transport": "Mount"}}')
    await bench.uses.learn(NAMESPACE)
    assert bench.uses.find(NAMESPACE) == ArchiveUse("Mount")
    bench.annotate("disbled")
    bench.uses.note(bench.archives.objects["Namespace", NAMESPACE])
    assert bench.uses.find(NAMESPACE) == ArchiveUse("Mount"), "what can't be read changes nothing"


async def test_a_volume_that_is_roots_is_open_once_the_archive_was_ready(bench: Bench) -> None:
    bench.annotate('{"volumePermissions": true, "artifacts": {"transport": "Mount"}}')
    await bench.uses.learn(NAMESPACE)
    assert bench.uses.find(NAMESPACE) == ArchiveUse("Mount", is_open=False), "there is no archive"
    bench.add()
    await bench.reconcile()
    await bench.uses.learn(NAMESPACE)
    assert bench.uses.find(NAMESPACE) == ArchiveUse("Mount", is_open=False), "it starts"
    assert not bench.uses.is_known(NAMESPACE)
    bench.archives.objects["Deployment", names.ARCHIVE]["status"] = {"readyReplicas": 1}
    await bench.uses.learn(NAMESPACE)
    assert bench.uses.find(NAMESPACE) == ArchiveUse("Mount")
    assert bench.uses.is_known(NAMESPACE)
    bench.archives.objects["Deployment", names.ARCHIVE]["status"] = {}
    await bench.reconcile()
    bench.archives.take_calls()
    await bench.uses.learn(NAMESPACE)
    assert bench.uses.find(NAMESPACE) == ArchiveUse("Mount"), "what was given away stays so"
    assert bench.archives.take_calls() == []


async def test_one_that_may_not_be_read_is_as_the_chart_says(bench: Bench) -> None:
    bench.annotate("disabled")
    bench.archives.refuse = lambda _: ForbiddenError("may not")
    await bench.uses.learn(NAMESPACE)
    assert bench.uses.find(NAMESPACE) == ArchiveUse("HTTP")


async def test_without_archives_no_namespace_is_asked(bench: Bench) -> None:
    uses = NamespaceUses(bench.archives, None)
    assert uses.is_known(NAMESPACE)
    await uses.learn(NAMESPACE)
    assert uses.find(NAMESPACE) is None
    assert bench.archives.take_calls() == []


async def test_a_design_that_pod_security_forbids_leaves_an_archive_as_it_is(bench: Bench) -> None:
    bench.add()
    await bench.reconcile()
    before = dict(bench.archives.objects["Deployment", names.ARCHIVE]["spec"])
    bench.archives.objects["Namespace", NAMESPACE]["metadata"]["labels"] = {
        "pod-security.kubernetes.io/enforce": "restricted"
    }
    bench.annotate("volumePermissions=true")
    assert await bench.reconcile() == PROBLEM_SECONDS
    assert bench.archives.objects["Deployment", names.ARCHIVE]["spec"] == before
    [notice] = bench.announced.notices
    assert (notice.reason, notice.message[:18]) == ("ArchiveUnchanged", "volumePermissions ")


async def test_an_annotation_that_cannot_be_read_has_nothing_made(bench: Bench) -> None:
    bench.annotate("disbled")
    bench.add()
    assert await bench.reconcile() == PROBLEM_SECONDS
    assert bench.archives.list_kinds() == set()
    assert "disbled: Extra inputs are not permitted" in bench.announced.notices[0].message


async def test_who_may_use_it_is_asked_once(bench: Bench) -> None:
    assert not bench.uses.is_known(NAMESPACE), "as where an operator takes over Runs that go on"
    for _ in range(3):
        await bench.uses.learn(NAMESPACE)
    assert bench.archives.take_calls() == ["get Namespace"]


async def test_a_namespace_made_anew_gets_one_anew(bench: Bench) -> None:
    run = bench.add()
    await bench.reconcile()
    bench.runs.remove(run["metadata"]["uid"])
    bench.marks.clear()
    bench.add("another")
    assert bench.marks == [NAMESPACE]


async def test_namespaces_that_are_gone_are_forgotten_by_the_next_sweep(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "SWEEP_SECONDS", 0.01)
    run = bench.add()
    await bench.reconcile()
    bench.archives.take_calls()

    async def is_asked_again() -> bool:
        bench.archives.take_calls()
        await bench.uses.learn(NAMESPACE)
        return bench.archives.take_calls() == ["get Namespace"]

    async with beside(bench.reconciler.sweep_forever(bench.marks.append)):
        assert not await is_asked_again()
        bench.runs.remove(run["metadata"]["uid"])
        del bench.archives.objects["Deployment", "archive"]
        await eventually(is_asked_again)


LOW = {"claims": [{"name": "archive", "usedBytes": 95, "totalBytes": 100, "isLow": True}]}


async def test_little_room_is_told_by_the_deployment_once_it_is_up(bench: Bench) -> None:
    bench.witness.answer = LOW
    bench.add()
    await bench.reconcile()
    await bench.reconcile()
    assert bench.witness.asked == 0
    bench.archives.deployment["status"] = {"readyReplicas": 1, "conditions": [{"type": "Available"}]}
    await bench.reconcile()
    await bench.reconcile()
    available, low = bench.archives.deployment["status"]["conditions"]
    assert (available, low["type"], low["status"]) == ({"type": "Available"}, "StorageLow", "True")
    assert bench.archives.take_calls().count("patch Deployment") == 1


@pytest.mark.parametrize("answer", [UnavailableError("it wakes"), {"claims": "many"}, {"nonsense": 1}])
async def test_an_archive_that_does_not_say_how_much_room_it_has_holds_up_nothing(
    bench: Bench, answer: Json | ClusterError
) -> None:
    bench.witness.answer = answer
    bench.add()
    await bench.reconcile()
    bench.archives.deployment["status"] = {"readyReplicas": 1}
    assert await bench.reconcile() == pytest.approx(300, abs=1)
    assert bench.archives.deployment["status"] == {"readyReplicas": 1}
