"""What a forEach fans out to, how its items run, and what they come to together."""

from typing import Any

import pytest
from longshore.api.steps import ForEach
from longshore.errors import ExpressionError
from longshore.planning.expressions.fanouts import expand
from support.planning.runs import params, step, workflow
from support.planning.simulations import Simulation

SCOPE = {"params": {"list": ["a", "b"], "text": '["x"]', "word": "x", "many": list(range(5001))}}
LINUX, MAC = {"os": "linux"}, {"os": "mac"}


def simulate(*steps: dict[str, Any], **fields: Any) -> Simulation:
    simulation = Simulation(workflow(*steps, params=params(list={"type": "List", "default": [1, 2, 3]}), **fields))
    simulation.settle()
    return simulation


def fan(name: str = "fan", items: str = "params.list", **fields: Any) -> dict[str, Any]:
    return step(name, forEach={"items": items, **fields.pop("forEach", {})}, **fields)


ITEMS: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {
    "a literal list": ({"items": '["a", 2]'}, [{"item": "a", "index": 0}, {"item": 2, "index": 1}]),
    "a parameter": ({"items": "params.list"}, [{"item": "a", "index": 0}, {"item": "b", "index": 1}]),
    "a text that is JSON": ({"items": "params.text"}, [{"item": "x", "index": 0}]),
    "an empty list": ({"items": "[]"}, []),
    "a matrix": (
        {"matrix": {"os": ["linux", "mac"], "v": [1]}},
        [{**LINUX, "v": 1, "index": 0}, {**MAC, "v": 1, "index": 1}],
    ),
    "less what is excluded": ({"matrix": {"os": ["linux", "mac"]}, "exclude": [MAC]}, [{**LINUX, "index": 0}]),
    "a row that has other keys is not excluded": (
        {"matrix": {"os": ["mac"]}, "exclude": [{**MAC, "v": 1}]},
        [{**MAC, "index": 0}],
    ),
    "and what is included, even if excluded": (
        {"matrix": {"os": ["mac"]}, "exclude": [MAC], "include": [{**MAC, "v": 1}]},
        [{**MAC, "v": 1, "index": 0}],
    ),
}


@pytest.mark.parametrize(("for_each", "expected"), ITEMS.values(), ids=ITEMS)
def test_items(for_each: dict[str, Any], expected: list[dict[str, Any]]) -> None:
    assert expand(ForEach.model_validate(for_each), SCOPE) == expected


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ("params.word", "forEach.items: params.word gives x, which is no list"),
        ("7", "forEach.items: 7 gives 7, which is no list"),
        ("params.many", "forEach: has 5,001 items of at most 5,000; split it over Runs"),
        ("1 / 0", "1 / 0: division by zero in CEL expression"),
    ],
)
def test_no_items(items: str, message: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        expand(ForEach(items=items), SCOPE)
    assert str(raised.value) == message


def test_items_run_at_once_and_later_steps_read_lists() -> None:
    report = step("report", needs="fan", args=["$(steps.fan.outputs.out)", "$(steps.fan.phase)"])
    simulation = simulate(fan(outputs=["out"], args=["$(each.item)-$(each.index)"], onError="Continue"), report)
    assert simulation.show()["fan"] == "Running"
    assert simulation.step("fan").message == "0 of 3 items done"
    assert simulation.pod("fan[1]").raw["spec"]["containers"][0]["args"] == ["2-1"]
    simulation.start("fan[2]").end("fan[1]", 0, "out=b").end("fan[0]", 0, "out=a")
    assert simulation.show()["fan"] == "Running"
    assert simulation.step("fan").message == "2 of 3 items done"
    simulation.end("fan[2]", 3, "no disk")
    status = simulation.step("fan")
    assert (status.phase, status.reason) == ("Failed", "ItemsFailed")
    assert status.message == "1 of 3 items failed; item 2 (Error): no disk"
    args = simulation.pod("report").raw["spec"]["containers"][0]["args"]
    assert args == ['["a", "b", null]', '["Succeeded", "Succeeded", "Failed"]']
    assert simulation.end("report").phase == "Succeeded"
    assert simulation.run.status.progress == "4/4"


def test_items_come_of_what_an_earlier_step_wrote() -> None:
    simulation = simulate(step("list", outputs=["names"]), fan(needs="list", items="steps.list.outputs.names"))
    assert simulation.show()["fan"] == "Pending/AwaitingNeeds"
    simulation.end("list", 0, 'names=["a", "b"]')
    assert list(simulation.run.status.steps) == ["list", "fan", "fan[0]", "fan[1]"]


FANS: dict[str, tuple[dict[str, Any], str, str | None]] = {
    "no items": (fan(items="[]"), "Skipped/NoItems", "forEach gives no items"),
    "all excluded": (
        step("fan", forEach={"matrix": {"a": [1]}, "exclude": [{"a": 1}]}),
        "Skipped/NoItems",
        "forEach gives no items",
    ),
    "no list": (
        fan(items="'x'"),
        "Failed/ExpressionFailed",
        "forEach.items: 'x' gives x, which is no list",
    ),
    "a condition on the whole": (
        fan(when="size(params.list) == 1"),
        "Skipped/WhenFalse",
        "size(params.list) == 1",
    ),
    "a condition that no item meets": (fan(when="each.index > 2000"), "Skipped/WhenFalse", None),
}


@pytest.mark.parametrize(("raw", "end", "message"), FANS.values(), ids=FANS)
def test_fans_without_an_attempt(raw: dict[str, Any], end: str, message: str | None) -> None:
    simulation = Simulation(workflow(raw, params=params(list={"type": "List", "default": [0, 1, 2]})))
    simulation.settle()
    assert (simulation.show()["fan"], simulation.step("fan").message) == (end, message)
    assert simulation.creations == []


def test_what_reads_items_of_a_skipped_step_is_skipped() -> None:
    simulation = simulate(
        step("list", when="false", outputs=["names"]), fan(needs="list", items="steps.list.outputs.names")
    )
    assert simulation.show()["fan"] == "Skipped/NeedSkipped"


def test_what_reads_outputs_of_no_items_is_skipped_and_phases_are_an_empty_list() -> None:
    simulation = simulate(
        fan(items="[]", outputs=["out"]),
        step("sum", needs="fan", args=["$(steps.fan.outputs.out)"]),
        step("count", needs="fan", args=["$(size(steps.fan.phase))"]),
    )
    assert simulation.show()["sum"] == "Skipped/NeedSkipped"
    assert simulation.pod("count").raw["spec"]["containers"][0]["args"] == ["0"]


def test_a_condition_holds_for_each_item() -> None:
    simulation = simulate(fan(when="each.item != 2"))
    assert simulation.show()["fan[1]"] == "Skipped/WhenFalse"
    assert simulation.end("fan[0]").end("fan[2]").show()["fan"] == "Succeeded/Completed"


def test_an_expression_without_a_value_fails_its_item_only() -> None:
    simulation = simulate(fan(args=["$(1 / (each.item - 2))"]))
    assert simulation.show()["fan[1]"] == "Failed/ExpressionFailed"
    assert simulation.show()["fan[2]"] == "Pending/Starting"


def test_max_parallel_bounds_one_fan_and_max_parallel_steps_the_run() -> None:
    simulation = simulate(fan("a", forEach={"maxParallel": 1}), fan("b"), maxParallelSteps=3)
    starting = [path for path, shown in simulation.show().items() if shown == "Pending/Starting" and "[" in path]
    assert starting == ["a[0]", "b[0]", "b[1]"]
    simulation.end("b[0]").end("b[1]")
    assert simulation.step("a[1]").message == "forEach.maxParallel: 1 items run"
    assert simulation.end("a[0]").show()["a[1]"] == "Pending/Starting"


def test_fail_fast_cancels_the_items_that_have_not_ended() -> None:
    simulation = simulate(fan(forEach={"failFast": True, "maxParallel": 2}), step("other"))
    simulation.start("fan[0]", "fan[1]").end("fan[0]", 1)
    assert simulation.show()["fan[1]"] == "Running/FailFast"
    assert simulation.show()["fan[2]"] == "Canceled/FailFast"
    assert simulation.pod("fan[1]").is_leaving
    assert (simulation.show()["fan"], simulation.show()["other"]) == ("Running", "Pending/Starting")
    simulation.end("fan[1]", 143)
    assert (simulation.show()["fan[1]"], simulation.show()["fan"]) == ("Canceled/FailFast", "Failed/ItemsFailed")


def test_items_that_failed_fast_are_no_cancel_of_the_run() -> None:
    """A cancel that comes when only `finally` runs finds nothing to cancel."""
    simulation = simulate(
        fan(forEach={"failFast": True, "maxParallel": 1}, onError="Continue"), **{"finally": [step("last")]}
    )
    simulation.end("fan[0]", 1).cancel("Graceful")
    assert simulation.end("last").phase == "Succeeded"


def test_an_item_is_retried_alone_and_the_fan_does_not_go_back() -> None:
    simulation = simulate(fan(items="[1]", retry={"limit": 1}))
    simulation.start("fan[0]").end("fan[0]", 1)
    assert simulation.show() == {"fan": "Running", "fan[0]": "Pending/Backoff"}
    simulation.wait(10)
    assert simulation.step("fan[0]").attempt == 2
    assert simulation.end("fan[0]").show()["fan"] == "Succeeded/Completed"
    assert simulation.step("fan").message == "1 items"


def test_cancel_ends_the_items() -> None:
    simulation = simulate(fan(forEach={"maxParallel": 1})).start("fan[0]").cancel("Graceful")
    assert simulation.show()["fan[1]"] == "Canceled/RunCanceled"
    simulation.end("fan[0]", 143)
    assert (simulation.show()["fan"], simulation.phase) == ("Canceled/RunCanceled", "Canceled")


def test_items_that_another_failure_kept_from_starting_are_no_success() -> None:
    simulation = simulate(step("a"), fan(forEach={"maxParallel": 1})).end("a", 1)
    assert simulation.show()["fan[1]"] == "Skipped/RunFailed"
    assert simulation.end("fan[0]").show()["fan"] == "Canceled/RunFailed"


def test_pods_of_items_that_a_crash_kept_from_record_are_ended_by_a_cancel() -> None:
    simulation = Simulation(workflow(fan(items="[1, 2]")))
    simulation.act()
    simulation.act(lambda _: True)
    assert len(simulation.live_pods()) == 2
    simulation.cancel("Graceful")
    assert simulation.live_pods() == []
    assert simulation.phase == "Canceled"


def test_an_item_that_cannot_start_leaves_the_others_alone() -> None:
    simulation = simulate(fan(items='[[], ["x"]]', env=[{"name": "FIRST", "value": "$(each.item[0])"}]))
    assert simulation.show() == {
        "fan": "Running",
        "fan[0]": "Failed/ExpressionFailed",
        "fan[1]": "Pending/Starting",
    }
    message = simulation.end("fan[1]").step("fan").message or ""
    assert message.startswith("1 of 2 items failed; item 0 (ExpressionFailed): each.item[0]: ")
