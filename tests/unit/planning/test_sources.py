"""All steps get the commit that the first checkout found, whatever the branch does meanwhile."""

import json

import pytest
from longshore.planning.attempts.attempts import find_commit
from support.planning.pods import COMMIT, FakePod
from support.planning.runs import NOW, build_pod, params, step, workflow
from support.planning.simulations import Simulation

OTHER = "f" * 40
SOURCE = {"git": {"url": "https://git.local/app.git", "revision": "$(params.branch)", "depth": 3}}


def checkout(*names: str) -> Simulation:
    """Steps that start at once, in pods of which none has checked out yet."""
    steps = [step(name, retry={"limit": 0, "infraLimit": 2}) for name in names]
    simulation = Simulation(workflow(*steps, source=SOURCE, params=params(branch={"default": "main"})))
    simulation.settle()
    for name in names:
        simulation.pod(name).schedule()
    return simulation


def check_out(pod: FakePod, commit: str) -> FakePod:
    return pod.check_out(NOW, json.dumps({"commit": commit}))


def revision(pod: FakePod) -> str:
    env = pod.raw["spec"]["initContainers"][0]["env"]
    return str({variable["name"]: variable["value"] for variable in env}["SOURCE_REVISION"])


def test_the_first_commit_is_the_runs() -> None:
    simulation = checkout("a", "b")
    assert revision(simulation.pod("a")) == "main"
    check_out(simulation.pod("a"), COMMIT)
    simulation.start("a")
    assert simulation.run.status.source is not None
    assert simulation.run.status.source.commit == COMMIT


def test_later_steps_check_out_the_commit() -> None:
    simulation = Simulation(
        workflow(step("a"), step("b", needs="a"), source={"git": {"url": "https://git.local/a"}})
    )
    simulation.settle()
    check_out(simulation.pod("a").schedule(), COMMIT)
    simulation.start("a").end("a")
    assert revision(simulation.pod("b")) == COMMIT


def test_a_step_with_another_commit_is_stopped_and_runs_again() -> None:
    simulation = checkout("a", "b")
    check_out(simulation.pod("a"), COMMIT)
    simulation.start("a")
    check_out(simulation.pod("b"), OTHER)
    simulation.start("b")
    assert simulation.show()["b"] == "Running/SourceMoved"
    assert simulation.pod("b").is_leaving
    simulation.pod("b").end(NOW, 143).fail("DeadlineExceeded")
    simulation.settle()
    assert simulation.show()["b"] == "Pending/InfraBackoff"
    simulation.wake()
    assert (simulation.step("b").attempt, revision(simulation.pod("b"))) == (2, COMMIT)


@pytest.mark.parametrize("code", [0, 1])
def test_a_step_that_ended_with_another_commit_runs_again(code: int) -> None:
    """It was over before anyone could stop it; what it did is not what the Run is about."""
    simulation = checkout("a", "b")
    check_out(simulation.pod("a"), COMMIT)
    check_out(simulation.pod("b"), OTHER).end(NOW, code)
    simulation.start("a")
    status = simulation.step("b")
    assert (status.reason, status.attempt, status.infra_retries) == ("InfraBackoff", 2, 1)
    assert f"checked out {OTHER[:12]}, while this Run is at {COMMIT[:12]}" in str(status.message)


def test_an_eviction_is_told_as_one_whatever_was_checked_out() -> None:
    simulation = checkout("a", "b")
    check_out(simulation.pod("a"), COMMIT)
    check_out(simulation.pod("b"), OTHER).fail("Evicted", "low on memory")
    simulation.start("a")
    assert "Evicted" in str(simulation.step("b").message)


COMMITS = {
    "a commit": (json.dumps({"commit": COMMIT}), COMMIT),
    "a SHA-256 one": (json.dumps({"commit": "a" * 64}), "a" * 64),
    "no JSON": ("done", None),
    "nothing": ("", None),
    "another object": ("{}", None),
    "a list": ("[]", None),
    "no commit's form": (json.dumps({"commit": "main"}), None),
    "a number": (json.dumps({"commit": 5}), None),
    "null": (json.dumps({"commit": None}), None),
    "in capitals": (json.dumps({"commit": "A" * 40}), None),
    "followed by a newline": (json.dumps({"commit": COMMIT + "\n"}), None),
    "too deep": ("[" * 4000, None),
}


@pytest.mark.parametrize(("message", "commit"), COMMITS.values(), ids=COMMITS)
def test_what_a_checkout_may_say(message: str, commit: str | None) -> None:
    assert find_commit(build_pod().check_out(NOW, message).observe()) == commit


def test_a_checkout_that_failed_has_no_commit() -> None:
    pod = build_pod().check_out(NOW, json.dumps({"commit": COMMIT}), code=1)
    assert find_commit(pod.observe()) is None
