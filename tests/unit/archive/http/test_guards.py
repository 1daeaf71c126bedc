"""Who is let in: every kind of caller, what is remembered of them, and for how long."""

from typing import Any

import pytest
from longshore.archive.http.guards import GRANTED_SECONDS, REFUSED_SECONDS, Guard, Person, StepCaller
from longshore.archive.http.problems import ProblemError
from longshore.archive.http.tokens import LONGEST
from longshore.archive.places import AttemptKey
from longshore.cluster.reviews import Identity, Right
from longshore.names import ARCHIVE_AUDIENCE, FUSED_ANNOTATION, build_archive_audience
from support.archives.http import FakeReviewer, build_step_pod
from support.clocks import Clock
from support.tokens import build_token

KEY = AttemptKey("u-1", "test[0]", 2)
READ = Right("get", "longshore.dev", "runs")


@pytest.fixture
def clock() -> Clock:
    return Clock(1_800_000_000.0)


@pytest.fixture
def reviewer() -> FakeReviewer:
    return FakeReviewer()


@pytest.fixture
def guard(reviewer: FakeReviewer, clock: Clock) -> Guard:
    return Guard(reviewer, clock)


async def test_a_person_with_the_right(guard: Guard, reviewer: FakeReviewer) -> None:
    token = reviewer.add_person("ann", "get runs.longshore.dev")
    assert (await guard.check_right(token, READ)).identity.user == "ann"


async def test_a_person_without_it(guard: Guard, reviewer: FakeReviewer) -> None:
    token = reviewer.add_person("ann", "get pods/log")
    with pytest.raises(ProblemError, match=r"ann may not `get runs\.longshore\.dev` in this namespace") as caught:
        await guard.check_right(token, READ)
    assert caught.value.status == 403


async def test_the_pod_of_the_attempt(guard: Guard, reviewer: FakeReviewer) -> None:
    caller = await guard.check_step(reviewer.add_step(KEY), KEY)
    assert caller.attempts == (KEY,)


async def test_a_pod_that_steps_share(guard: Guard, reviewer: FakeReviewer) -> None:
    token = reviewer.add_step(AttemptKey("u-1", "a", 1))
    (pod,) = reviewer.pods.values()
    pod["metadata"]["annotations"][FUSED_ANNOTATION] = "a,b"
    await guard.check_step(token, AttemptKey("u-1", "b", 1))
    with pytest.raises(ProblemError, match="only the pod of attempt 1 of step c"):
        await guard.check_step(token, AttemptKey("u-1", "c", 1))


@pytest.mark.parametrize(
    "other",
    [AttemptKey("u-2", "test[0]", 2), AttemptKey("u-1", "test[1]", 2), AttemptKey("u-1", "test[0]", 1)],
    ids=["run", "step", "attempt"],
)
async def test_the_pod_of_another(guard: Guard, reviewer: FakeReviewer, other: AttemptKey) -> None:
    with pytest.raises(ProblemError) as caught:
        await guard.check_step(reviewer.add_step(other), KEY)
    assert caught.value.status == 403


async def test_a_step_is_no_person_and_a_person_no_step(guard: Guard, reviewer: FakeReviewer) -> None:
    step, person = reviewer.add_step(KEY), reviewer.add_person("ann", "get runs.longshore.dev")
    for check in (guard.check_right(step, READ), guard.check_step(person, KEY)):
        with pytest.raises(ProblemError) as caught:
            await check
        assert caught.value.status == 403


@pytest.mark.parametrize(
    "token", ["", "garbage", "a.b.c", "x" * (LONGEST + 1), build_token({"aud": [ARCHIVE_AUDIENCE]})]
)
async def test_a_token_that_nobody_has(guard: Guard, token: str) -> None:
    with pytest.raises(ProblemError) as caught:
        await guard.identify(token)
    assert (caught.value.status, caught.value.headers) == (401, {"WWW-Authenticate": "Bearer"})


async def test_a_token_for_the_archive_of_no_pod(guard: Guard, reviewer: FakeReviewer) -> None:
    token = build_token({"aud": ARCHIVE_AUDIENCE})
    reviewer.tokens[token, ARCHIVE_AUDIENCE] = Identity("system:serviceaccount:n:default")
    with pytest.raises(ProblemError, match="bound to no pod"):
        await guard.identify(token)


def end(pod: dict[str, Any], **state: Any) -> None:
    pod["status"] = {"phase": "Succeeded", "containerStatuses": [{"name": "step", "state": state}]}


LATE = {"terminated": {"finishedAt": "2027-01-15T07:58:59Z"}}
JUST = {"terminated": {"finishedAt": "2027-01-15T07:59:01Z"}}


@pytest.mark.parametrize(
    ("change", "is_let_in"),
    [
        (lambda _: None, True),
        (lambda pod: end(pod, **JUST), True),
        (lambda pod: end(pod, running={}), True),
        (lambda pod: end(pod, **LATE), False),
        (end, False),
        (lambda pod: pod["status"].update(phase="Failed"), False),
        (lambda pod: pod["metadata"].update(uid="another"), False),
        (lambda pod: pod["metadata"].update(labels={}), False),
        (lambda pod: pod["metadata"].update(annotations={}), False),
        (lambda pod: pod["metadata"].update(ownerReferences=[]), False),
        (lambda pod: pod["metadata"]["ownerReferences"][0].update(uid="another"), False),
        (lambda pod: pod["metadata"]["labels"].update({"longshore.dev/attempt": "x"}), False),
        (lambda pod: pod["metadata"]["labels"].update({"app.kubernetes.io/managed-by": "me"}), False),
    ],
)
async def test_what_the_pod_of_a_token_is(
    guard: Guard, reviewer: FakeReviewer, change: Any, *, is_let_in: bool
) -> None:
    token = reviewer.add_step(KEY)
    (pod,) = reviewer.pods.values()
    change(pod)
    if is_let_in:
        assert isinstance(await guard.identify(token), StepCaller)
    else:
        with pytest.raises(ProblemError) as caught:
            await guard.identify(token)
        assert caught.value.status == 401


async def test_the_pod_of_another_namespace(guard: Guard, reviewer: FakeReviewer) -> None:
    with pytest.raises(ProblemError, match="not in this namespace"):
        await guard.identify(reviewer.bind(build_step_pod(KEY)))


@pytest.mark.parametrize("question", ["person", "step", "right"])
async def test_an_api_server_that_does_not_answer(guard: Guard, reviewer: FakeReviewer, question: str) -> None:
    token = reviewer.add_step(KEY) if question == "step" else reviewer.add_person("ann", str(READ))
    if question == "right":
        await guard.identify(token)
    reviewer.break_down()
    with pytest.raises(ProblemError, match="try again") as caught:
        await (guard.check_step(token, KEY) if question == "step" else guard.check_right(token, READ))
    assert caught.value.status == 503


async def test_a_yes_holds_for_a_while(guard: Guard, reviewer: FakeReviewer, clock: Clock) -> None:
    token = reviewer.add_person("ann", str(READ))
    await guard.check_right(token, READ)
    clock.now += GRANTED_SECONDS - 1
    reviewer.rights.clear()
    await guard.check_right(token, READ)
    assert reviewer.asked == ["identify", "has_right"]
    clock.now += 1
    with pytest.raises(ProblemError):
        await guard.check_right(token, READ)


async def test_a_no_to_a_right_holds_for_a_moment(guard: Guard, reviewer: FakeReviewer, clock: Clock) -> None:
    token = reviewer.add_person("ann")
    for _ in range(2):
        with pytest.raises(ProblemError):
            await guard.check_right(token, READ)
    assert reviewer.asked == ["identify", "has_right"]
    reviewer.rights.add(("ann", str(READ)))
    clock.now += REFUSED_SECONDS
    await guard.check_right(token, READ)


async def test_a_no_to_a_token_does_not_hold(guard: Guard, reviewer: FakeReviewer) -> None:
    with pytest.raises(ProblemError):
        await guard.identify("token-of-ann")
    reviewer.add_person("ann")
    assert isinstance(await guard.identify("token-of-ann"), Person)


async def test_a_yes_never_outlives_the_token(guard: Guard, reviewer: FakeReviewer, clock: Clock) -> None:
    token = reviewer.add_person("ann", token=build_token({"exp": clock.now + 10}))
    await guard.identify(token)
    reviewer.tokens.clear()
    clock.now += 9
    await guard.identify(token)
    clock.now += 1
    with pytest.raises(ProblemError):
        await guard.identify(token)


async def test_a_token_for_this_archive_alone_is_good_here_and_nowhere_else(
    guard: Guard, reviewer: FakeReviewer
) -> None:
    for namespace in ("n", "other"):
        audience = build_archive_audience(namespace)
        reviewer.tokens[build_token({"aud": [audience]}), audience] = Identity("operator")
    token = build_token({"aud": [build_archive_audience("n")]})
    assert await guard.identify(token) == Person(Identity("operator"))
    with pytest.raises(ProblemError):
        await guard.identify(build_token({"aud": [build_archive_audience("other")]}))
