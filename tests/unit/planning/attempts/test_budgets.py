"""How much the outputs of a Run's steps may hold together."""

from longshore.api.step_statuses import StepReason
from longshore.planning.attempts.budgets import MAX_OUTPUT_BYTES, OutputBudget
from support.planning.runs import NOW, build_status, step, workflow
from support.planning.simulations import Simulation

KIB = "x" * 1024
COUNT = 40
"""Steps with 3.9 KiB of outputs each: more than 128 KiB, and less without the last eight."""


def test_what_fits_is_kept_and_what_does_not_fails() -> None:
    success = build_status("Succeeded", "Completed", attempt=1, outputs={"a": KIB * 60})
    budget = OutputBudget({"before": success})
    assert budget.charge(success) == success
    failed = budget.charge(success)
    assert (failed.phase, failed.reason, failed.outputs) == ("Failed", "OutputsTooLarge", None)
    assert f"more than {MAX_OUTPUT_BYTES:,} bytes together" in (failed.message or "")


def test_a_step_without_outputs_costs_nothing() -> None:
    full = build_status("Succeeded", "Completed", attempt=1, outputs={"a": KIB * 127})
    empty = build_status("Succeeded", "Completed", attempt=1)
    budget = OutputBudget({"before": full})
    assert [budget.charge(empty) for _ in range(1000)] == [empty] * 1000


def test_a_run_whose_steps_write_too_much_fails_and_stays_small() -> None:
    simulation = Simulation(workflow(*(step(f"s{number}", outputs=["a"]) for number in range(COUNT))))
    simulation.settle()
    for number in range(COUNT):
        simulation.pod(f"s{number}").start(NOW).end(NOW, message=f"a={KIB * 3}{'y' * 900}")
    simulation.settle()
    reasons = [entry.reason for entry in simulation.run.status.steps.values()]
    assert simulation.run.status.phase == "Failed"
    assert reasons.count(StepReason.OUTPUTS_TOO_LARGE) == COUNT - 32
    assert len(simulation.run.status.model_dump_json()) < 2 * MAX_OUTPUT_BYTES
