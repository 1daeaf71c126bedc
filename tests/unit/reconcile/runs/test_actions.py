"""What becomes of each action: done, done before by whoever, refused, or to be tried again."""

import pytest
from longshore import errors
from longshore.planning.plans import Action, CreateClaim, CreatePod, CreateRun, DeletePod, PatchRun, StopPod
from longshore.reconcile.runs.actions import QUOTA_DELAY, Objects, apply_actions
from longshore.reconcile.runs.children import ChildRuns
from longshore.reconcile.stores import RunStore
from support.objects import NAMESPACE, Json, build_run
from support.planning.runs import NOW
from support.ports import FakeClaims, FakePods, FakeRuns, FakeStatuses

OURS, FOREIGN = "uid-of-run", "uid-of-another"


def create(name: str = "p") -> CreatePod:
    """Make a pod of ours."""
    owner = {"controller": True, "uid": OURS}
    metadata = {"name": name, "namespace": NAMESPACE, "ownerReferences": [owner]}
    return CreatePod(name, "s1", 1, {"kind": "Pod", "metadata": metadata, "spec": {}})


def build_objects(
    pods: FakePods,
    runs: FakeRuns | None = None,
    store: RunStore | None = None,
    claims: FakeClaims | None = None,
) -> Objects:
    """What attempts are made of, where only some of it matters."""
    children = ChildRuns(runs or FakeRuns(FakeStatuses()), store or RunStore())
    return Objects(pods, children, claims or FakeClaims())


@pytest.fixture
def pods() -> FakePods:
    return FakePods()


async def test_a_pod_is_made(pods: FakePods) -> None:
    assert await apply_actions(build_objects(pods), NAMESPACE, [create()], OURS, NOW) == {}
    assert pods.known == {"p"}


async def test_a_pod_of_ours_is_adopted(pods: FakePods) -> None:
    pods.add("p", OURS)
    assert await apply_actions(build_objects(pods), NAMESPACE, [create()], OURS, NOW) == {}
    assert pods.known == {"p"}


async def test_a_foreign_pod_is_a_conflict(pods: FakePods) -> None:
    pods.add("p", FOREIGN)
    refusals = await apply_actions(build_objects(pods), NAMESPACE, [create()], OURS, NOW)
    assert refusals["p"].kind == "NameConflict"
    assert "pod p exists" in refusals["p"].message
    assert pods.known == set()


REFUSALS = {
    "a quota": (errors.ForbiddenError('pods "p" is forbidden: exceeded quota: few'), "Quota"),
    "a namespace that goes": (errors.ForbiddenError("namespace ci because it is being terminated"), "Quota"),
    "Pod Security": (errors.ForbiddenError('violates PodSecurity "restricted:latest"'), "Rejected"),
    "a wrong pod": (errors.InvalidError('unknown field "spec.x"'), "Rejected"),
    "no namespace": (errors.NotFoundError('namespaces "ci" not found'), "Rejected"),
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_refusals_are_told_apart(pods: FakePods, name: str) -> None:
    error, kind = REFUSALS[name]
    pods.refuse = lambda _: error
    refusal = (await apply_actions(build_objects(pods), NAMESPACE, [create()], OURS, NOW))["p"]
    assert (refusal.kind, refusal.message) == (kind, str(error))
    assert refusal.retry_at == (NOW + QUOTA_DELAY if error.__class__ is errors.ForbiddenError else NOW)


PASSING = [errors.UnavailableError("x"), errors.ThrottledError("x"), errors.UnauthorizedError("x")]


@pytest.mark.parametrize("error", PASSING, ids=lambda error: type(error).__name__)
async def test_failures_that_pass_are_raised_after_all_was_tried(
    pods: FakePods, error: errors.ClusterError
) -> None:
    pods.refuse = lambda name: error if name == "b" else None
    with pytest.raises(type(error)):
        await apply_actions(build_objects(pods), NAMESPACE, [create("a"), create("b"), create("c")], OURS, NOW)
    assert pods.known == {"a", "c"}


@pytest.mark.parametrize("action", [StopPod("p", "uid-of-p"), DeletePod("p", "uid-of-p", 1)], ids=repr)
async def test_a_pod_that_went_needs_no_end(pods: FakePods, action: StopPod | DeletePod) -> None:
    assert await apply_actions(build_objects(pods), NAMESPACE, [action], OURS, NOW) == {}


async def test_pods_are_stopped_and_deleted(pods: FakePods) -> None:
    pods.add("a", OURS)
    pods.add("b", OURS)
    actions: list[Action] = [StopPod("a", "uid-of-a"), DeletePod("b", "uid-of-b")]
    assert await apply_actions(build_objects(pods), NAMESPACE, actions, OURS, NOW) == {}
    assert pods.calls == [("stop", "a"), ("delete", "b")]


def create_child(name: str = "child") -> CreateRun:
    """Make a child of ours."""
    return CreateRun(name, "s1", 1, build_child(name))


def build_child(name: str, owner: str = OURS) -> Json:
    """A Run whose controller has this uid."""
    run = build_run(name=name)
    reference = {"controller": True, "kind": "Run", "name": "run", "uid": owner}
    return {**run, "metadata": {**run["metadata"], "ownerReferences": [reference]}}


class Family:
    """The API server's Runs, and what the operator knows of them."""

    def __init__(self) -> None:
        self.statuses, self.store = FakeStatuses(), RunStore()
        self.runs = FakeRuns(self.statuses)
        self.objects = build_objects(FakePods(), self.runs, self.store)

    def add(self, owner: str) -> None:
        """A Run called child is there, unseen."""
        child = build_child("child", owner)
        self.statuses.objects[child["metadata"]["uid"]] = child

    def list_children(self) -> list[str]:
        """Names of the children that are known."""
        return [child.name for child in self.store.children_of(OURS)]


@pytest.fixture
def family() -> Family:
    return Family()


async def test_a_child_is_made_and_known_at_once_but_not_reconciled_before_the_watch_tells(
    family: Family,
) -> None:
    assert await apply_actions(family.objects, NAMESPACE, [create_child()], OURS, NOW) == {}
    assert family.list_children() == ["child"]
    made = family.statuses.objects["uid-of-child"]
    assert family.store.get("uid-of-child") is None
    assert family.store.put(made), "the watch is the first to tell"


async def test_a_child_of_ours_is_adopted(family: Family) -> None:
    family.add(OURS)
    assert await apply_actions(family.objects, NAMESPACE, [create_child()], OURS, NOW) == {}
    assert family.list_children() == ["child"]


async def test_a_foreign_run_is_a_conflict(family: Family) -> None:
    family.add(FOREIGN)
    refusals = await apply_actions(family.objects, NAMESPACE, [create_child()], OURS, NOW)
    assert refusals["child"].kind == "NameConflict"
    assert "run child exists" in refusals["child"].message
    assert family.list_children() == []


async def test_a_child_is_changed_and_known_to_be(family: Family) -> None:
    family.add(OURS)
    patch = PatchRun("child", "uid-of-child", {"suspend": True})
    assert await apply_actions(family.objects, NAMESPACE, [patch], OURS, NOW) == {}
    assert [child.suspend for child in family.store.children_of(OURS)] == [True]


@pytest.mark.parametrize("uid", ["uid-of-child", "uid-of-one-before"])
async def test_a_child_that_went_needs_no_change(family: Family, uid: str) -> None:
    if uid == "uid-of-one-before":
        family.add(OURS)
    patch = PatchRun("child", uid, {"cancel": "Graceful"})
    assert await apply_actions(family.objects, NAMESPACE, [patch], OURS, NOW) == {}


def claim(name: str = "c") -> CreateClaim:
    """Make a claim of ours."""
    owner = {"controller": True, "uid": OURS}
    metadata = {"name": name, "namespace": NAMESPACE, "ownerReferences": [owner]}
    return CreateClaim(name, "shared", {"kind": "PersistentVolumeClaim", "metadata": metadata, "spec": {}})


class Order:
    """The calls for pods and claims, one after the other."""

    def __init__(self) -> None:
        self.pods, self.claims = FakePods(), FakeClaims()
        self.pods.calls = self.claims.calls

    async def apply(self, *actions: Action) -> dict[str, str]:
        """What is refused, and of which kind."""
        objects = build_objects(self.pods, claims=self.claims)
        refusals = await apply_actions(objects, NAMESPACE, actions, OURS, NOW)
        return {name: refusal.kind for name, refusal in refusals.items()}


async def test_claims_come_before_the_pods_that_mount_them() -> None:
    order = Order()
    assert await order.apply(create("a"), claim(), create("b")) == {}
    assert order.pods.calls == [("create", "c"), ("create", "a"), ("create", "b")]


async def test_a_claim_of_ours_is_adopted() -> None:
    order = Order()
    await order.claims.create(claim().manifest)
    assert await order.apply(claim(), create()) == {}
    assert order.claims.calls[1:] == [("create", "c"), ("adopt", "c"), ("create", "p")]


async def test_without_its_claim_no_pod_is_made() -> None:
    order = Order()
    order.claims.refuse = lambda _: errors.ForbiddenError("exceeded quota: few")
    assert await order.apply(create(), claim()) == {"c": "Quota"}
    order.claims.refuse = lambda _: errors.InvalidError("no storage")
    assert await order.apply(create(), claim()) == {"c": "Rejected"}
    assert order.pods.pods == {}


async def test_a_foreign_claim_is_a_conflict() -> None:
    order = Order()
    foreign = claim().manifest
    await order.claims.create({**foreign, "metadata": {**foreign["metadata"], "ownerReferences": []}})
    assert await order.apply(claim()) == {"c": "NameConflict"}


async def test_where_it_is_not_known_whether_a_claim_is_there_no_pod_is_made() -> None:
    order = Order()
    order.claims.refuse = lambda _: errors.UnavailableError("x")
    with pytest.raises(errors.UnavailableError):
        await order.apply(create(), claim())
    assert order.pods.pods == {}
