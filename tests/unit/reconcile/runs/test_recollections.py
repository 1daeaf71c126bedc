"""What archives are asked about pods that vanished: once, for a while, and never believed blindly."""

import asyncio
from typing import Any

import pytest
from longshore.errors import ClusterError, NotFoundError, UnavailableError
from longshore.planning.observations import ArchiveUse
from longshore.reconcile.runs import recollections
from longshore.reconcile.runs.recollections import Recollections, read_pod
from support.bystanders import FakeUses
from support.objects import NAMESPACE, Json
from support.planning.runs import NOW, UID, build_pod, name_pod

NAME = name_pod()


def build_raw(code: int | None = 0, owner: str = UID) -> Json:
    """The pod as an archive has it: ended with this code, or still running."""
    pod = build_pod().start(NOW)
    raw = (pod if code is None else pod.end(NOW, code)).raw
    raw["metadata"]["ownerReferences"] = [{"controller": True, "uid": owner, "kind": "Run"}]
    return raw


class FakeWitness:
    """Answers what it is told to, in turn; the last for good."""

    def __init__(self, *answers: Json | ClusterError) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str]] = []
        self.is_silent = False

    async def recall(self, namespace: str, pod: str) -> Json:
        """The next answer."""
        self.asked.append((namespace, pod))
        if self.is_silent:
            await asyncio.get_running_loop().create_future()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, ClusterError):
            raise answer
        return answer


class Bench:
    """Recollections that ask a witness of this kind."""

    def __init__(self, witness: FakeWitness | None) -> None:
        self.uses, self.is_told = FakeUses(), asyncio.Event()
        self.uses.use = ArchiveUse("HTTP")
        self.recollections = Recollections(self.uses, witness)
        self.recollections.start(lambda uid: self.is_told.set() if uid == UID else None)

    async def ask(self) -> None:
        """Ask, and wait for the answer."""
        self.recollections.ask(UID, NAMESPACE, NAME)
        assert self.recollections.list_asked(UID) == {NAME}
        async with asyncio.timeout(5):
            await self.is_told.wait()
        assert self.recollections.list_asked(UID) == frozenset()


async def test_an_end_that_was_seen_is_told() -> None:
    witness = FakeWitness(build_raw(3))
    bench = Bench(witness)
    await bench.ask()
    pod = bench.recollections.list_recalled(UID)[NAME]
    assert pod.step.ended is not None
    assert pod.step.ended.exit_code == 3
    assert witness.asked == [(NAMESPACE, NAME)]


async def test_it_is_asked_once() -> None:
    witness = FakeWitness(NotFoundError("never seen"))
    bench = Bench(witness)
    await bench.ask()
    bench.recollections.ask(UID, NAMESPACE, NAME)
    assert len(witness.asked) == 1
    assert bench.recollections.list_recalled(UID) == {}
    assert bench.recollections.list_known(UID) == {NAME}


async def test_one_that_wakes_is_asked_again() -> None:
    bench = Bench(FakeWitness(UnavailableError("asleep"), build_raw()))
    await bench.ask()
    assert NAME in bench.recollections.list_recalled(UID)


async def test_one_that_does_not_answer_is_waited_for_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recollections, "PATIENCE_SECONDS", 0.05)
    witness = FakeWitness(build_raw())
    witness.is_silent = True
    bench = Bench(witness)
    await bench.ask()
    assert bench.recollections.list_recalled(UID) == {}


async def test_nobody_is_asked_where_there_is_no_archive() -> None:
    for bench, use in ((Bench(None), ArchiveUse("HTTP")), (Bench(FakeWitness(build_raw())), None)):
        bench.uses.use = use
        bench.recollections.ask(UID, NAMESPACE, NAME)
        assert bench.recollections.list_known(UID) == set()


async def test_a_run_that_is_gone_is_forgotten() -> None:
    witness = FakeWitness(build_raw())
    witness.is_silent = True
    bench = Bench(witness)
    bench.recollections.ask(UID, NAMESPACE, NAME)
    bench.recollections.forget(UID)
    assert bench.recollections.list_known(UID) == set()
    assert not bench.is_told.is_set()


def spoil(**changes: Any) -> Json:
    """A pod of which something is not as it should be."""
    return {**build_raw(), **changes}


@pytest.mark.parametrize(
    "raw",
    [
        None,
        {},
        {"metadata": None},
        build_raw(None),
        build_raw(owner="another-run"),
        spoil(metadata={**build_raw()["metadata"], "name": "another"}),
        spoil(metadata={**build_raw()["metadata"], "creationTimestamp": "yesterday"}),
        spoil(status={"containerStatuses": "many"}),
        spoil(status=[]),
    ],
)
def test_what_is_no_end_of_this_pod_is_not_believed(raw: Json | None) -> None:
    assert read_pod(raw, UID, NAME) is None


def test_of_steps_that_share_a_pod_those_count_that_ended() -> None:
    raw = build_raw(None)
    raw["metadata"]["annotations"] = {"longshore.dev/fused": "build,last"}
    ended = {"exitCode": 0, "startedAt": "2025-06-01T12:00:00Z", "finishedAt": "2025-06-01T12:00:01Z"}
    raw["status"] = {
        "phase": "Running",
        "initContainerStatuses": [{"name": "build", "state": {"terminated": ended}}],
        "containerStatuses": [{"name": "last", "state": {"running": {"startedAt": "2025-06-01T12:00:01Z"}}}],
    }
    pod = read_pod(raw, UID, NAME)
    assert pod is not None
    assert pod.view("build").step.ended is not None
    last = pod.view("last")
    assert (last.phase, last.step.ended) == ("Failed", None)
