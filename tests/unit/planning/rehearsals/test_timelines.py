"""Waves and the critical path."""

from typing import Any

import pytest
from longshore.planning.rehearsals.timelines import build_timeline
from support.planning.rehearsals import rehearse_graph
from support.planning.runs import step, workflow

DIAMOND = (step("a"), step("b", needs="a"), step("c", needs="a"), step("d", needs="b c"))


@pytest.mark.parametrize(
    ("graph", "durations", "critical", "total"),
    [
        (workflow(*DIAMOND), {}, "a b d", 3),
        (workflow(*DIAMOND), {"c": 2}, "a c d", 4),
        (workflow(*DIAMOND, maxParallelSteps=1), {"b": 5}, "a b c d", 8),
        (workflow(step("a"), step("b")), {"b": 9}, "b", 9),
        (workflow(step("a"), step("b"), maxParallelSteps=1), {}, "a b", 2),
        (workflow(step("a", forEach={"items": "[1, 2]"}), step("b", needs="a")), {"a[1]": 3}, "a[1] b", 4),
        (workflow(step("a", when="false")), {}, "", 0),
        ({**workflow(step("a"), step("b")), "finally": [step("z")]}, {"b": 2}, "b z", 3),
    ],
)
def test_the_critical_path(graph: dict[str, Any], durations: dict[str, int], critical: str, total: int) -> None:
    timeline = build_timeline(rehearse_graph(graph, durations))
    assert " ".join(timeline.critical) == critical
    assert timeline.total.total_seconds() == total


def test_waves() -> None:
    waves = build_timeline(rehearse_graph(workflow(*DIAMOND), {"b": 3})).waves
    assert [[span.step for span in wave] for wave in waves] == [["a"], ["b", "c"], ["d"]]
    assert [span.step for wave in waves for span in wave if span.is_critical] == ["a", "b", "d"]


def test_a_fan_out_is_one_span() -> None:
    fan_out = step("a", forEach={"items": "[1, 2, 3]", "maxParallel": 1})
    (span,) = build_timeline(rehearse_graph(workflow(fan_out))).spans
    assert (span.count, span.start.total_seconds(), span.end.total_seconds()) == (3, 0, 3)
