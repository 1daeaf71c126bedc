"""How a graph looks on a terminal, character by character, and what is drawn of it."""

from itertools import pairwise
from typing import Any

import pytest
from longshore.api.workflows import WorkflowSpec
from longshore.cli.views.graphs import draw_graph
from longshore.cli.views.sketches import Check, Sketch, build_sketch
from longshore.planning.acceptance.graphs import build_graph
from support.planning.runs import bare_step, step, workflow
from unit.cli.samples import NOW, Object, at, done, paint

RELEASE = workflow(
    step("build"),
    step("lint", needs="build"),
    step("unit", needs="build", forEach={"matrix": {"python": ["3.11", "3.12"]}}),
    step("e2e", needs="build", forEach={"items": "steps.build.outputs.browsers"}),
    step("fix", needs="e2e"),
    step("review", needs="fix", verify={"step": "fix", "max": 3}),
    bare_step("gate", needs=["lint", "unit", "review", "build"], approval={"message": "Go?"}),
    step("publish", needs="gate", when='params.env ==\n "prod"', onError="Continue"),
    params=[{"name": "env"}],
)
RELEASE["finally"] = [step("clean-up"), step("report", needs="clean-up", repeat={"until": "true", "max": 2})]

TEXT = """\
○ release
●      build
├─●─╮  lint
├─●─┤  unit x2
╰─● │  e2e xN
  ● │  fix
  ●─┤  review   verify fix, at most 3
●───╯  gate     approval
●      publish  when params.env == "prod"; may fail

○ finally
●  clean-up
●  report    repeat, at most 2
"""
OF_A_RUN = """\
● demo  Running
✔      build    Succeeded  30s
├─●─╮  unit x3  Running    80s
╰─○─┤  e2e      Pending
○───╯  release  Pending
"""


def sketch(spec: Object, status: Object | None = None, title: str = "release") -> Sketch:
    """What is to be drawn of the spec of a Workflow."""
    return build_sketch(title, build_graph(WorkflowSpec.model_validate(spec)), status or {}, NOW)


def test_of_a_workflow() -> None:
    assert paint(draw_graph(sketch(RELEASE))) == TEXT


def test_of_a_run() -> None:
    spec = workflow(
        step("build"),
        step("unit", needs="build", forEach={"items": "params.list"}),
        step("e2e", needs="build"),
        step("release", needs="unit e2e"),
    )
    unit = {"phase": "Running", "startTime": at("00:40")}
    items = {f"unit[{index}]": {"phase": "Running"} for index in range(3)}
    status = {"phase": "Running", "steps": {"build": done("00:01", "00:31"), "unit": unit, **items}}
    assert paint(draw_graph(sketch(spec, status, "demo"))) == OF_A_RUN


def test_what_is_drawn() -> None:
    drawn = sketch(RELEASE)
    assert drawn.checks == (Check("review", "fix", 3),)
    nodes = {node.name: node for node in drawn.nodes}
    assert [name for name, node in nodes.items() if node.is_final] == ["clean-up", "report"]
    assert {name: node.count for name, node in nodes.items() if node.count} == {"unit": "x2", "e2e": "xN"}
    assert nodes["gate"].kind == "approval"
    assert nodes["gate"].needs == ("lint", "unit", "review", "build")


@pytest.mark.parametrize("width", [40, 80])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    spec = workflow(step("a" * 63), step("b" * 63, needs="a" * 63, when="1 < 2" + " && true" * 40))
    assert max(map(len, paint(draw_graph(sketch(spec)), width=width).splitlines())) <= width


def test_where_rails_would_be_too_wide_there_are_words() -> None:
    names = [f"s{index}" for index in range(20)]
    steps: list[dict[str, Any]] = [step(name) for name in names]
    # Each two neighbours are needed by a step of their own, so no two steps share a rail.
    steps += [step(f"of-{one}", needs=[one, two]) for one, two in pairwise(names)]
    lines = paint(draw_graph(sketch(workflow(*steps), title="dense"))).splitlines()
    assert lines[0] == "○ dense"
    assert any(line.split() == ["●", "of-s3", "needs", "s3,", "s4"] for line in lines)
