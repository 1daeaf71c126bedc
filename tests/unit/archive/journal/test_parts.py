"""A Run that is taken apart and put together is the same, but for what only the API server uses."""

from longshore.archive.journal.parts import join_run, split_run
from support.archives.runs import build_run, build_step


def test_a_run_is_put_together_as_it_was() -> None:
    status = {
        "phase": "Running",
        "workflowSpec": {"steps": [{"name": "a/b", "image": "x"}]},
        "steps": {"build": build_step("Running"), "test[0]": build_step("Pending", 0, message="ü\0\ud800")},
    }
    run = build_run(7, status, params={"n": 1.5, "flag": None})
    assert join_run(split_run(run), 7) == run


def test_a_run_without_a_status_has_none() -> None:
    assert join_run(split_run(build_run(7)), 7) == build_run(7)


def test_managed_fields_are_left_out() -> None:
    run = build_run(7, metadata={"managedFields": [{"manager": "kubectl"}]})
    assert join_run(split_run(run), 7) == build_run(7)


def test_a_step_that_changes_changes_one_part() -> None:
    steps = {f"test[{index}]": build_step("Pending") for index in range(1000)}
    before = split_run(build_run(1, {"phase": "Running", "steps": steps}))
    after = split_run(build_run(2, {"phase": "Running", "steps": {**steps, "test[7]": build_step("Running")}}))
    assert {path for path in after if after[path] != before[path]} == {"steps/test[7]"}
