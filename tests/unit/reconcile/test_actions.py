"""What becomes of each action: done, done before by whoever, refused, or to be tried again."""

import pytest
from longshore import errors
from longshore.planning.plans import Action, CreatePod, DeletePod, StopPod
from longshore.reconcile.actions import QUOTA_DELAY, apply_actions
from support.planning.runs import NOW
from support.ports import NAMESPACE, FakePods

OURS, FOREIGN = "uid-of-run", "uid-of-another"


def create(name: str = "p") -> CreatePod:
    """Make a pod of ours."""
    owner = {"controller": True, "uid": OURS}
    metadata = {"name": name, "namespace": NAMESPACE, "ownerReferences": [owner]}
    return CreatePod(name, "s1", 1, {"metadata": metadata, "spec": {}})


@pytest.fixture
def pods() -> FakePods:
    return FakePods()


async def test_a_pod_is_made(pods: FakePods) -> None:
    assert await apply_actions(pods, NAMESPACE, [create()], OURS, NOW) == {}
    assert pods.known == {"p"}


async def test_a_pod_of_ours_is_adopted(pods: FakePods) -> None:
    pods.add("p", OURS)
    assert await apply_actions(pods, NAMESPACE, [create()], OURS, NOW) == {}
    assert pods.known == {"p"}


async def test_a_foreign_pod_is_a_conflict(pods: FakePods) -> None:
    pods.add("p", FOREIGN)
    refusals = await apply_actions(pods, NAMESPACE, [create()], OURS, NOW)
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
    refusal = (await apply_actions(pods, NAMESPACE, [create()], OURS, NOW))["p"]
    assert (refusal.kind, refusal.message) == (kind, str(error))
    assert refusal.retry_at == (NOW + QUOTA_DELAY if error.__class__ is errors.ForbiddenError else NOW)


PASSING = [errors.UnavailableError("x"), errors.ThrottledError("x"), errors.UnauthorizedError("x")]


@pytest.mark.parametrize("error", PASSING, ids=lambda error: type(error).__name__)
async def test_failures_that_pass_are_raised_after_all_was_tried(
    pods: FakePods, error: errors.ClusterError
) -> None:
    pods.refuse = lambda name: error if name == "b" else None
    with pytest.raises(type(error)):
        await apply_actions(pods, NAMESPACE, [create("a"), create("b"), create("c")], OURS, NOW)
    assert pods.known == {"a", "c"}


@pytest.mark.parametrize("action", [StopPod("p", "uid-of-p"), DeletePod("p", "uid-of-p", 1)], ids=repr)
async def test_a_pod_that_went_needs_no_end(pods: FakePods, action: StopPod | DeletePod) -> None:
    assert await apply_actions(pods, NAMESPACE, [action], OURS, NOW) == {}


async def test_pods_are_stopped_and_deleted(pods: FakePods) -> None:
    pods.add("a", OURS)
    pods.add("b", OURS)
    actions: list[Action] = [StopPod("a", "uid-of-a"), DeletePod("b", "uid-of-b")]
    assert await apply_actions(pods, NAMESPACE, actions, OURS, NOW) == {}
    assert pods.calls == [("stop", "a"), ("delete", "b")]
