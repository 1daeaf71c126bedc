"""Which files an attempt finds of the steps that it needs: of their last attempts, wherever those were."""

import json
from typing import Any

from longshore.planning.observations import ArchiveUse
from longshore.planning.steps.transfers import LOOK
from support.planning.runs import UID, step, workflow
from support.planning.simulations import Simulation

OUT = [{"name": "out", "path": "**"}]


def simulate(*steps: dict[str, Any], **fields: Any) -> Simulation:
    simulation = Simulation(workflow(*steps, **fields))
    simulation.settle()
    assert simulation.run.status.conditions[0].status == "True", simulation.run.status.message
    return simulation


def read_files(simulation: Simulation, path: str) -> dict[str, Any]:
    """What the pod of a path tells the archive; empty where that need not know of it."""
    annotations = simulation.pod(path).raw["metadata"]["annotations"]
    files: dict[str, Any] = json.loads(annotations.get("longshore.dev/artifacts", "{}")).get(path, {})
    return files


def find_inputs(simulation: Simulation, path: str) -> list[tuple[str, int]]:
    return [(each["path"], each["attempt"]) for each in read_files(simulation, path)["inputs"]]


def leave(simulation: Simulation, *paths: str) -> None:
    for path in paths:
        simulation.end(path).seal(path)


def test_inputs_are_of_direct_needs_that_declare_artifacts() -> None:
    chain = [
        step("a", artifacts=OUT),
        step("b", artifacts=OUT, needs="a"),
        step("plain"),
        step("c", needs="b plain"),
    ]
    simulation = simulate(*chain)
    simulation.end("plain")
    leave(simulation, "a", "b")
    assert find_inputs(simulation, "b") == [("a", 1)]
    assert read_files(simulation, "c") == {
        "transport": "HTTP",
        "declared": [],
        "inputs": [{"step": "b", "runUid": UID, "path": "b", "attempt": 1}],
        "caches": [],
    }


def test_inputs_are_of_the_last_attempt() -> None:
    simulation = simulate(
        step("a", artifacts=OUT, retry={"limit": 1, "backoff": {"seconds": 0}}), step("b", needs="a")
    )
    simulation.end("a", 1).seal("a")
    leave(simulation, "a")
    assert find_inputs(simulation, "b") == [("a", 2)]


def test_a_failure_that_is_let_pass_leaves_what_it_left() -> None:
    simulation = simulate(step("a", artifacts=OUT, onError="Continue"), step("b", needs="a"))
    simulation.end("a", 1).seal("a")
    assert find_inputs(simulation, "b") == [("a", 1)]


def test_what_was_skipped_left_nothing() -> None:
    simulation = simulate(step("a", artifacts=OUT, when="false"), step("b", needs="a"))
    assert read_files(simulation, "b") == {}
    env = {entry["name"] for entry in simulation.pod("b").raw["spec"]["containers"][0]["env"]}
    assert "LONGSHORE_INPUTS" not in env


def test_a_fan_out_leaves_a_folder_an_item() -> None:
    simulation = simulate(step("a", artifacts=OUT, forEach={"items": "[7, 8]"}), step("b", needs="a"))
    leave(simulation, "a[0]", "a[1]")
    inputs = read_files(simulation, "b")["inputs"]
    assert [(each["step"], each["index"], each["path"]) for each in inputs] == [("a", 0, "a[0]"), ("a", 1, "a[1]")]


def test_a_rerun_finds_what_the_earlier_run_left_and_so_does_the_next() -> None:
    simulation = simulate(step("a", artifacts=OUT), step("b", needs="a"))
    leave(simulation, "a")
    simulation.end("b", 1)
    again = simulation.rerun()
    assert again.show()["a"] == "Succeeded/Reused"
    origin = again.step("a").artifacts
    assert origin
    assert (origin.run_uid, origin.attempt) == (UID, 1)
    again.end("b", 1)
    third = again.rerun()
    assert read_files(third, "b")["inputs"] == [{"step": "a", "runUid": UID, "path": "a", "attempt": 1}]


def test_by_mount_the_archive_need_not_know_who_reads() -> None:
    simulation = Simulation(workflow(step("a", artifacts=OUT), step("b", needs="a")))
    simulation.archive = ArchiveUse("Mount")
    simulation.settle()
    leave(simulation, "a")
    assert read_files(simulation, "b") == {}
    mounts = simulation.pod("b").raw["spec"]["containers"][0]["volumeMounts"]
    assert mounts[-1] == {
        "name": "longshore-artifacts",
        "mountPath": "/longshore/inputs/a",
        "subPath": f"{UID}/a/1",
        "readOnly": True,
    }


def test_a_claim_that_comes_as_roots_is_mounted_once_the_archive_has_given_it_away() -> None:
    simulation = Simulation(workflow(step("a", artifacts=OUT), step("b", needs="a"), step("c")))
    simulation.archive = ArchiveUse("Mount", is_open=False)
    simulation.settle()
    assert simulation.show() == {
        "a": "Pending/AwaitingVolumes",
        "b": "Pending/AwaitingNeeds",
        "c": "Pending/Starting",
    }
    assert "claim artifacts comes as root's" in (simulation.step("a").message or "")
    assert simulation.plan().wake_at == simulation.now + LOOK
    simulation.archive = ArchiveUse("Mount")
    simulation.settle()
    assert simulation.show()["a"] == "Pending/Starting"


def test_who_finds_artifacts_waits_for_the_claim_too() -> None:
    simulation = Simulation(workflow(step("a", artifacts=OUT), step("b", needs="a")))
    simulation.archive = ArchiveUse("Mount")
    simulation.settle()
    simulation.archive = ArchiveUse("Mount", is_open=False)
    leave(simulation, "a")
    assert simulation.show() == {"a": "Succeeded/Completed", "b": "Pending/AwaitingVolumes"}


def test_keys_of_caches_are_evaluated() -> None:
    cache = [{"path": "~/.cache", "key": "deps-$(run.name)", "restoreKeys": ["deps-$(workflow.name)"]}]
    simulation = simulate(step("a", cache=cache))
    assert read_files(simulation, "a")["caches"] == [
        {"path": "~/.cache", "key": "deps-nightly", "restoreKeys": ["deps-"]}
    ]


def test_an_empty_key_fails_the_step() -> None:
    simulation = simulate(step("a", cache=[{"path": "~/.cache", "key": "$(workflow.name)"}]))
    assert simulation.show() == {"a": "Failed/ExpressionFailed"}


def test_without_an_archive_it_is_refused_by_name() -> None:
    simulation = Simulation(workflow(step("a", artifacts=OUT), step("b", cache=[{"path": "c", "key": "k"}])))
    simulation.archive = None
    simulation.settle()
    assert simulation.phase == "Failed"
    message = simulation.run.status.message or ""
    assert "spec.steps[a].artifacts: needs the archive" in message
    assert "spec.steps[b].cache: needs the archive" in message
    assert "archive.enabled=true" in message


def test_an_archive_that_was_switched_off_meanwhile_fails_the_step() -> None:
    simulation = simulate(step("a"), step("b", artifacts=OUT, needs="a"))
    simulation.archive = None
    simulation.end("a")
    assert simulation.show()["b"] == "Failed/ArtifactLost"


def test_a_large_fan_out_leaves_nothing_for_others() -> None:
    many = step("a", artifacts=OUT, forEach={"items": "params.many"})
    declared = [{"name": "many", "type": "List", "default": [1] * 1100}]
    simulation = simulate(many, step("b", needs="a"), params=declared)
    assert simulation.show()["a"] == "Failed/ExpressionFailed"
    assert "that leave artifacts for other steps" in (simulation.step("a").message or "")
    alone = simulate(many, params=declared)
    assert "a[0:250]" in alone.show()
