"""A slice as a Run of its own: what it has from its owner, the items that it runs, and what it tells of them."""

from typing import Any

import pytest
from longshore.api.runs import Slice
from longshore.planning.runs.inheritances import inherit
from longshore.planning.runs.summaries import RunSummary
from support.planning.runs import NOW, build_run, params, step, workflow
from support.planning.simulations import Simulation

PART = {"run": "owner", "step": "fan", "first": 500, "count": 3}
MANY = params(many={"type": "List", "default": list(range(1100))})


def fan(**fields: Any) -> dict[str, Any]:
    """A step that fans out to 1,100 items."""
    return step("fan", outputs=["out"], forEach={"items": "params.many"}, **fields)


class Part(Simulation):
    """A slice of three items of its owner's fan-out."""

    def __init__(self, *steps: dict[str, Any], **fields: Any) -> None:
        owner = Simulation(workflow(*steps, params=MANY, **fields))
        owner.settle()
        if "list" in owner.run.status.steps:
            owner.end("list", 0, "out=first")
        assert owner.graph is not None
        super().__init__(workflow())
        self.run = build_run(slice=PART)
        self.lineage = (RunSummary("ci", "owner", "u", "Running", NOW),)
        self.owned = inherit(Slice.model_validate(PART), owner.run, owner.graph, NOW)

    def begin(self) -> "Part":
        """The owner has it on record."""
        self.inherited = self.owned
        self.settle()
        return self

    def read_args(self, index: int) -> list[str]:
        """The arguments of an item's container."""
        args: list[str] = self.pod(f"fan[{index}]").raw["spec"]["containers"][0]["args"]
        return args


def test_it_waits_until_its_owner_has_it_on_record() -> None:
    part = Part(fan())
    part.settle()
    assert (part.phase, part.run.status.message) == ("Queued", "waits for Run owner to tell of this slice")
    assert part.wake_at is not None
    assert part.begin().phase == "Running"


def test_one_that_nobody_owns_is_refused() -> None:
    part = Part(fan())
    part.lineage = ()
    part.settle()
    assert (part.phase, part.run.status.conditions[0].reason) == ("Failed", "InvalidSlice")


def test_it_runs_its_items_and_tells_of_all_of_them() -> None:
    part = Part(fan()).begin()
    assert list(part.run.status.steps) == ["fan", "fan[500]", "fan[501]", "fan[502]"]
    for index in (500, 501, 502):
        part.end(f"fan[{index}]", 0, f"out={index}")
    assert (part.phase, part.run.status.progress) == ("Succeeded", "3/3")
    outputs = {"phase": "Succeeded", "exitCode": 0, "outputs": {"out": ["500", "501", "502"]}}
    assert part.run.status.outputs == {"items": outputs}


def test_expressions_see_what_they_see_in_the_owner() -> None:
    texts = ["$(each.item + 1)", "$(each.index)", "$(steps.list.outputs.out)", "$(run.name)"]
    part = Part(step("list", outputs=["out"]), fan(needs=["list"], args=texts)).begin()
    assert part.read_args(501) == ["502", "501", "first", "owner"]
    assert "list" not in part.run.status.steps


def test_one_with_items_that_failed_tells_of_all_and_names_the_first() -> None:
    part = Part(fan(onError="Continue")).begin()
    part.end("fan[501]", 7, "broken")
    for index in (500, 502):
        part.end(f"fan[{index}]", 0, f"out={index}")
    assert part.phase == "Failed"
    assert part.step("fan").message == "1 of 3 items failed; item 501 (Error): broken"
    phases, outputs = ["Succeeded", "Failed", "Succeeded"], {"out": ["500", None, "502"]}
    assert part.run.status.outputs == {"items": {"phase": phases, "exitCode": [0, 7, 0], "outputs": outputs}}


def test_a_condition_on_items_holds() -> None:
    part = Part(fan(when="each.item == 501")).begin()
    assert part.show() == {
        "fan": "Running",
        "fan[500]": "Skipped/WhenFalse",
        "fan[501]": "Pending/Starting",
        "fan[502]": "Skipped/WhenFalse",
    }


def test_items_are_retried_and_limited_as_in_any_run() -> None:
    part = Part(fan(retry={"limit": 1, "backoff": {"seconds": 0}}), maxParallelSteps=1).begin()
    part.end("fan[500]", 1)
    assert part.creations == [("fan[500]", 1), ("fan[500]", 2)]


def test_one_made_before_a_crash_finds_its_items_again() -> None:
    part = Part(fan())
    part.inherited = part.owned
    part.act()
    part.act(lambda _: True)
    part.settle()
    assert part.creations == [("fan[500]", 1), ("fan[501]", 1), ("fan[502]", 1)]


def test_without_its_owner_it_does_nothing_more() -> None:
    part = Part(fan()).begin()
    part.inherited = None
    part.pod("fan[500]").end(NOW)
    assert part.plan().actions == ()
    assert part.plan().status == part.run.status


NO_FAN_OUTS: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "no such step": ([step("a")], {}),
    "no fan-out": ([step("fan")], {}),
    "at the end": ([step("a")], {"finally": [fan()]}),
}


@pytest.mark.parametrize(("steps", "fields"), NO_FAN_OUTS.values(), ids=NO_FAN_OUTS)
def test_nothing_is_inherited_where_there_is_no_such_fan_out(
    steps: list[dict[str, Any]], fields: dict[str, Any]
) -> None:
    assert Part(*steps, **fields).owned is None
