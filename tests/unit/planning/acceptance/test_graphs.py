"""The graph: its order, what defaults add to its steps, who is upstream of whom."""

from typing import Any

import pytest
from longshore.api.steps import Step, StepFields
from longshore.planning.acceptance.graphs import build_graph, find_cycle, resolve_step
from support.planning.runs import parse_graph, step

ORDERS: dict[str, tuple[list[str], list[str]]] = {
    "as declared": (["a", "b", "c"], ["a", "b", "c"]),
    "needs first": (["c: b", "b: a", "a"], ["a", "b", "c"]),
    "as declared where needs leave it open": (["d: a", "c: a", "b", "a"], ["b", "a", "d", "c"]),
    "a diamond": (["d: b c", "c: a", "b: a", "a"], ["a", "c", "b", "d"]),
}


def parse(lines: list[str]) -> list[dict[str, Any]]:
    """Steps from lines such as "test: build lint"."""
    return [step(name, needs=needs) for name, _, needs in (line.partition(":") for line in lines)]


@pytest.mark.parametrize(("lines", "order"), ORDERS.values(), ids=ORDERS)
def test_order(lines: list[str], order: list[str]) -> None:
    assert list(parse_graph(*parse(lines)).order) == order


def test_upstream_is_near_and_far() -> None:
    graph = parse_graph(*parse(["a", "b: a", "c: b", "d", "e: c d"]))
    assert graph.upstream == {
        "a": frozenset(),
        "b": {"a"},
        "c": {"a", "b"},
        "d": frozenset(),
        "e": {"a", "b", "c", "d"},
    }


@pytest.mark.parametrize(
    ("lines", "cycle"),
    [
        (["a", "b: a"], []),
        (["a: a"], ["a", "a"]),
        (["a: b", "b: a"], ["a", "b", "a"]),
        (["a: unknown"], []),
    ],
)
def test_cycles(lines: list[str], cycle: list[str]) -> None:
    steps = {raw["name"]: Step.model_validate(raw) for raw in parse(lines)}
    found = list(find_cycle(steps))
    assert sorted(set(found)) == sorted(set(cycle))
    assert not found or found[0] == found[-1]


DEFAULTS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "what is missing": ({}, {"script": "x"}, {"script": "x"}),
    "what is there stays": ({"script": "a"}, {"script": "b"}, {"script": "a"}),
    "an object is replaced whole": (
        {"retry": {"limit": 1}},
        {"retry": {"limit": 2, "infraLimit": 0}},
        {"retry": {"limit": 1}},
    ),
    "a list is replaced whole": ({"args": ["a"]}, {"args": ["b", "c"]}, {"args": ["a"]}),
    "an empty list is one": ({"args": []}, {"args": ["b"]}, {"args": []}),
    "zero is a number": ({"gracePeriodSeconds": 0}, {"gracePeriodSeconds": 30}, {"gracePeriodSeconds": 0}),
    "variables come first": (
        {"env": [{"name": "B", "value": "1"}]},
        {"env": [{"name": "A", "value": "2"}]},
        {"env": [{"name": "A", "value": "2"}, {"name": "B", "value": "1"}]},
    ),
    "a step's variable replaces": (
        {"env": [{"name": "A", "value": "1"}]},
        {"env": [{"name": "A", "value": "2"}, {"name": "C", "value": "3"}]},
        {"env": [{"name": "C", "value": "3"}, {"name": "A", "value": "1"}]},
    ),
    "variables of defaults alone": (
        {},
        {"env": [{"name": "A", "value": "2"}]},
        {"env": [{"name": "A", "value": "2"}]},
    ),
}


@pytest.mark.parametrize(("own", "defaults", "expected"), DEFAULTS.values(), ids=DEFAULTS)
def test_defaults(own: dict[str, Any], defaults: dict[str, Any], expected: dict[str, Any]) -> None:
    resolved = resolve_step(Step.model_validate(step(**own)), StepFields.model_validate(defaults))
    assert resolved == Step.model_validate(step(**expected))


def test_no_defaults() -> None:
    plain = Step.model_validate(step())
    assert resolve_step(plain, None) is plain


def test_a_snapshot_gives_the_same_graph() -> None:
    graph = parse_graph(step("a", script="x"), step("b", needs="a"), defaults={"retry": {"limit": 1}})
    again = type(graph.spec).model_validate(graph.spec.to_json())
    assert build_graph(again) == graph


def test_a_step_that_is_something_of_its_own_takes_no_image_from_defaults() -> None:
    defaults = StepFields.model_validate({"image": "python", "activeDeadlineSeconds": 5})
    own = Step.model_validate({"name": "gate", "approval": {"message": "go on?"}})
    resolved = resolve_step(own, defaults)
    assert (resolved.image, resolved.approval, resolved.active_deadline_seconds) == (None, own.approval, 5)
