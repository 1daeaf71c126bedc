"""Where no terminal can be painted anew, each change is a line."""

from longshore.cli.views.changes import list_changes
from unit.cli.samples import NOW, Object, at, run, step


def with_steps(**steps: Object) -> Object:
    return run({"phase": "Running", "steps": steps})


def test_each_step_that_changed_has_a_line_in_the_order_of_the_tree() -> None:
    old = with_steps(build=step("Running", attempt=1), unit=step("Pending", "AwaitingNeeds"))
    new = with_steps(
        unit=step("Pending", "Starting", attempt=1),
        build=step("Succeeded", "Completed", attempt=1, startTime=at("00:10"), completionTime=at("00:40")),
    )
    assert list(list_changes(old, new, NOW)) == [
        "10:02:00  build  Succeeded after 30s",
        "10:02:00  unit   Pending  Starting",
    ]


def test_at_first_all_that_has_begun_is_told() -> None:
    new = with_steps(
        build=step("Running", attempt=2, node="n1", startTime=at("00:10")),
        unit=step("Pending", "AwaitingNeeds", "waits for build"),
    )
    assert list(list_changes(None, new, NOW)) == ["10:02:00  build  Running attempt 2 on n1"]


def test_what_stays_as_it_was_is_not_told() -> None:
    same = with_steps(build=step("Running", attempt=1))
    assert list(list_changes(same, same, NOW)) == []
