"""Fan-outs that a status can't hold: the slices that carry them, what comes up from those, and what they are."""

from typing import Any

import pytest
from longshore.api.step_statuses import StepStatus
from longshore.planning.steps.slices import build_slice_paths, pack_values, unpack_values
from support.planning.pods import COMMIT
from support.planning.runs import NOW, RUN, build_run, build_status, params, step, workflow
from support.planning.simulations import Simulation

MANY = params(many={"type": "List", "default": list(range(1100))}, most={"type": "List", "default": []})
PATHS = ["fan[0:250]", "fan[250:500]", "fan[500:750]", "fan[750:1000]", "fan[1000:1100]"]


def fan(items: str = "params.many", for_each: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A step that fans out to 1,100 items."""
    return step("fan", outputs=["out"], forEach={"items": items, **(for_each or {})}, **fields)


def simulate(*steps: dict[str, Any], **fields: Any) -> Simulation:
    simulation = Simulation(workflow(*(steps or (fan(),)), params=MANY, **fields))
    simulation.settle()
    return simulation


def end_all(simulation: Simulation, **end: Any) -> None:
    """All slices end, as they come."""
    for path in PATHS:
        simulation.child(path).end(simulation.now, **{"message": "out=x", **end})
        simulation.settle()


def test_a_few_slices_run_at_a_time_and_in_order() -> None:
    simulation = simulate()
    assert simulation.creations == [("fan[0:250]", 1), ("fan[250:500]", 1)]
    assert simulation.show() == {
        "fan": "Running",
        "fan[0:250]": "Pending/ChildQueued",
        "fan[250:500]": "Pending/ChildQueued",
        "fan[500:750]": "Pending/AwaitingSlot",
        "fan[750:1000]": "Pending/AwaitingSlot",
        "fan[1000:1100]": "Pending/AwaitingSlot",
    }
    end_all(simulation)
    assert [path for path, _ in simulation.creations] == PATHS
    assert (simulation.phase, simulation.step("fan").message) == ("Succeeded", "1100 items")


def test_a_slice_says_what_it_is_and_has_its_workflow_from_its_owner() -> None:
    simulation = Simulation(workflow(fan(), params=MANY))
    simulation.run = build_run()
    simulation.settle()
    spec = simulation.child("fan[250:500]").spec
    assert spec == {
        "workflowRef": {"name": "release"},
        "slice": {"run": RUN, "step": "fan", "first": 250, "count": 250},
    }


@pytest.mark.parametrize(
    ("fields", "for_each"),
    [({"maxParallelSteps": 9}, {}), ({}, {"maxParallel": 9})],
    ids=["of the Run", "of the step"],
)
def test_where_a_limit_holds_over_all_slices_run_one_after_the_other(fields: Any, for_each: Any) -> None:
    assert len(simulate(fan(for_each=for_each), **fields).creations) == 1


def test_the_first_slice_finds_the_commit_that_all_get() -> None:
    simulation = simulate(source={"git": {"url": "https://git.local/a"}})
    assert len(simulation.creations) == 1
    child = simulation.child("fan[0:250]").start(NOW)
    child.raw["status"]["source"] = {"commit": COMMIT}
    simulation.settle()
    assert simulation.run.status.source is not None
    assert (simulation.run.status.source.commit, len(simulation.creations)) == (COMMIT, 2)


def test_progress_is_that_of_the_items() -> None:
    simulation = simulate()
    for path, progress in (("fan[0:250]", "249/250"), ("fan[250:500]", "7/250")):
        simulation.child(path).start(NOW).raw["status"]["progress"] = progress
    simulation.settle()
    assert simulation.step("fan").message == "256 of 1100 items done"
    assert simulation.step("fan[0:250]").message == "249/250 done"


def test_later_steps_read_the_outputs_of_all_items() -> None:
    reader = step("after", needs="fan", args=["$(steps.fan.outputs.out[1099])", "$(size(steps.fan.phase))"])
    simulation = simulate(fan(), reader)
    end_all(simulation)
    assert simulation.pod("after").raw["spec"]["containers"][0]["args"] == ["x", "1100"]


def test_items_that_failed_are_counted_and_the_first_slice_with_one_is_named() -> None:
    simulation = simulate(
        fan(onError="Continue"), step("after", needs="fan", args=["$(steps.fan.outputs.out[3])"])
    )
    phases = ["Failed", "Failed", *["Succeeded"] * 248]
    child = simulation.child("fan[0:250]").end(NOW, 1, "step 'fan' failed (ItemsFailed): 2 of 250 items failed")
    child.raw["status"]["outputs"] = {"items": {"phase": phases, "outputs": {"out": [None, None, *["y"] * 248]}}}
    simulation.settle()
    for path in PATHS[1:]:
        simulation.child(path).end(NOW, 0, "out=x")
        simulation.settle()
    status = simulation.step("fan")
    assert (status.phase, status.reason) == ("Failed", "ItemsFailed")
    assert str(status.message).startswith("2 of 1100 items failed; items fan[0:250] (ChildFailed): child Run")
    assert simulation.pod("after").raw["spec"]["containers"][0]["args"] == ["y"]


def test_a_rerun_reuses_the_slices_that_succeeded() -> None:
    simulation = simulate(
        fan(onError="Continue"), step("after", needs="fan", args=["$(steps.fan.outputs.out[3])"])
    )
    simulation.child("fan[0:250]").end(NOW, 1, "1 of 250 items failed")
    simulation.settle()
    for path in PATHS[1:]:
        simulation.child(path).end(NOW, 0, "out=x")
        simulation.settle()
    simulation.end("after", 1)
    again = simulation.rerun()
    again.settle()
    assert {path: again.step(path).reason for path in PATHS} == {
        "fan[0:250]": "ChildQueued",
        **dict.fromkeys(PATHS[1:], "Reused"),
    }
    again.child("fan[0:250]").end(NOW, 0, "out=y")
    again.settle()
    assert again.step("fan").message == "1100 items"
    assert again.pod("after").raw["spec"]["containers"][0]["args"] == ["y"]


def test_a_failure_ends_the_other_slices_where_it_is_to() -> None:
    simulation = simulate(fan(for_each={"failFast": True}))
    simulation.child("fan[0:250]").end(NOW, 1, "broken")
    simulation.settle()
    assert simulation.child("fan[250:500]").spec["cancel"] == "Graceful"
    assert simulation.show()["fan[500:750]"] == "Canceled/FailFast"


def test_a_slice_is_not_retried_for_its_items_but_made_anew_where_it_is_lost() -> None:
    simulation = simulate(fan(retry={"limit": 3}))
    simulation.remove(simulation.child("fan[0:250]").name)
    simulation.child("fan[250:500]").end(NOW, 1, "broken")
    simulation.settle()
    assert simulation.show()["fan[250:500]"] == "Failed/ChildFailed"
    assert simulation.step("fan[0:250]").attempt == 2


def test_where_each_item_is_skipped_so_is_the_step() -> None:
    simulation = simulate()
    for path in PATHS:
        child = simulation.child(path).end(NOW, 0, "")
        child.raw["status"]["outputs"] = {"items": {"phase": "Skipped"}}
        simulation.settle()
    assert simulation.show()["fan"] == "Skipped/WhenFalse"


def test_outputs_that_do_not_fit_into_the_run_fail_it() -> None:
    simulation = simulate()
    end_all(simulation, message="out=" + "x" * 300)
    assert simulation.show()["fan"] == "Failed/ItemsFailed"
    ends = [simulation.show()[path] for path in PATHS]
    assert ends == ["Succeeded/Completed"] * 1 + ["Failed/OutputsTooLarge"] * 3 + ["Succeeded/Completed"]
    assert "more than 131,072 bytes together" in str(simulation.step("fan").message)


def test_slices_that_were_made_before_a_crash_are_found_again() -> None:
    simulation = simulate(step("first"), fan(needs=["first"]))
    simulation.pod("first").end(NOW)
    simulation.act(lambda _: True)
    simulation.settle()
    assert simulation.creations == [("first", 1), ("fan[0:250]", 1), ("fan[250:500]", 1)]


def test_what_is_too_large_is_refused_by_name() -> None:
    message = "forEach: has 5,001 items of at most 5,000; split it over Runs"
    simulation = Simulation(workflow(fan("params.most"), params=MANY), params={"most": [0] * 5001})
    simulation.settle()
    assert (simulation.show(), simulation.step("fan").message) == ({"fan": "Failed/ExpressionFailed"}, message)


def test_what_comes_at_the_end_is_not_sliced() -> None:
    simulation = Simulation(workflow(step("a"), params=MANY, **{"finally": [fan()]}))
    simulation.settle()
    simulation.end("a")
    message = "forEach: 1,100 items in finally; a Run holds 1,000 steps and items, split it over Runs"
    assert (simulation.show()["fan"], simulation.step("fan").message) == ("Failed/ExpressionFailed", message)


def test_the_owner_stays_small() -> None:
    simulation = Simulation(workflow(fan("params.most"), params=MANY), params={"most": list(range(5000))})
    simulation.settle()
    assert len(simulation.run.status.steps) == 21
    for path in build_slice_paths("fan", 5000):
        simulation.child(path).end(NOW, 0, "out=123456789")
        simulation.settle()
    assert simulation.phase == "Succeeded"
    assert len(simulation.run.model_dump_json()) < 256 * 1024


PACKED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "all the same": (
        {"phase": ["Succeeded"] * 3, "exitCode": [0] * 3, "outputs": {"a": [1, 2, 3]}},
        {"phase": "Succeeded", "exitCode": 0, "outputs": {"a": [1, 2, 3]}},
    ),
    "not the same": (
        {"phase": ["Succeeded", "Failed", "Skipped"], "exitCode": [0, 1, None], "outputs": {"a": [1, None, None]}},
        {"phase": ["Succeeded", "Failed", "Skipped"], "exitCode": [0, 1, None], "outputs": {"a": [1, None, None]}},
    ),
    "nothing there": (
        {"phase": ["Skipped"] * 3, "exitCode": [None] * 3, "outputs": {"a": [None] * 3}},
        {"phase": "Skipped"},
    ),
}


@pytest.mark.parametrize(("values", "packed"), PACKED.values(), ids=PACKED)
def test_what_is_packed_is_unpacked(values: dict[str, Any], packed: dict[str, Any]) -> None:
    assert pack_values(values) == packed
    status = StepStatus(outputs={"items": packed})
    assert unpack_values({"fan[3:6]": status}, ["a"]) == values


def test_a_slice_that_was_canceled_has_no_outputs() -> None:
    status = build_status("Canceled", "FailFast")
    expected = {"phase": ["Canceled"] * 2, "exitCode": [None] * 2, "outputs": {"a": [None] * 2}}
    assert unpack_values({"fan[0:2]": status}, ["a"]) == expected


def test_a_slice_that_failed_keeps_no_more_outputs_than_fit_either() -> None:
    simulation = simulate(fan(onError="Continue"))
    child = simulation.child("fan[0:250]").end(NOW, 1, "2 of 250 items failed")
    child.raw["status"]["outputs"] = {"items": {"outputs": {"out": ["x" * 600] * 250}}}
    simulation.settle()
    status = simulation.step("fan[0:250]")
    assert (status.phase, status.reason, status.outputs) == ("Failed", "OutputsTooLarge", None)


def test_items_that_share_a_volume_of_the_run_are_not_sliced() -> None:
    volume = {"name": "data", "mountPath": "/data", "run": {"size": "1Gi"}}
    simulation = simulate(fan(volumes=[volume]))
    assert simulation.show() == {"fan": "Failed/ExpressionFailed"}
    assert str(simulation.step("fan").message).startswith("forEach: 1,100 items that share a volume of the Run;")
