"""The course of a Run that exists nowhere: what starts when, by the planner itself."""

from typing import Any

import pytest
from support.planning.rehearsals import list_starts, rehearse_graph
from support.planning.runs import bare_step, params, step, workflow

DIAMOND = (step("a"), step("b", needs="a"), step("c", needs="a"), step("d", needs="b c"))


@pytest.mark.parametrize(
    ("graph", "durations", "starts"),
    [
        (workflow(*DIAMOND), {}, [("a", 0), ("b", 1), ("c", 1), ("d", 2)]),
        (workflow(*DIAMOND), {"a": 3, "c": 60}, [("a", 0), ("b", 3), ("c", 3), ("d", 63)]),
        (workflow(*DIAMOND, maxParallelSteps=1), {}, [("a", 0), ("b", 1), ("c", 2), ("d", 3)]),
        (workflow(*DIAMOND), {"a": 0, "b": 0}, [("a", 0), ("b", 0), ("c", 0), ("d", 1)]),
        (
            workflow(step("a", forEach={"items": "[1, 2, 3]", "maxParallel": 2}), step("b", needs="a")),
            {"a[0]": 5},
            [("a[0]", 0), ("a[1]", 0), ("a[2]", 1), ("b", 5)],
        ),
        ({**workflow(step("a")), "finally": [step("z")]}, {"a": 2}, [("a", 0), ("z", 2)]),
        (workflow(step("a", repeat={"until": "each.index > 7", "max": 9})), {}, [("a", 0)]),
        (workflow(step("a", when="false"), step("b", needs="a")), {}, [("b", 0)]),
        (
            workflow(
                step("a"),
                bare_step("gate", needs=["a"], approval={"message": "?", "quorum": 3}),
                step("b", needs="gate"),
            ),
            {},
            [("a", 0), ("gate", 1), ("b", 1)],
        ),
        (
            workflow(step("a"), step("check", needs="a", verify={"step": "a", "max": 2})),
            {},
            [("a", 0), ("check", 1)],
        ),
        (
            workflow(step("a", activeDeadlineSeconds=5, onError="Continue"), step("b", needs="a")),
            {"a": 60},
            [("a", 0), ("b", 5)],
        ),
        (
            workflow(step("a"), step("b", needs="a"), step("c", needs="b"), fuse=True),
            {"a": 2, "b": 5},
            [("a", 0), ("b", 2), ("c", 7)],
        ),
        (
            workflow(
                step("a"),
                step("b", needs="a", activeDeadlineSeconds=5, onError="Continue"),
                step("c", needs="b"),
                fuse=True,
            ),
            {"b": 60},
            [("a", 0), ("b", 1), ("c", 6)],
        ),
    ],
    ids=[
        "unit", "durations", "one at a time", "at once", "fan-out", "finally", "repeat", "skipped", "approval",
        "verify", "deadline", "in one pod", "deadline in a shared pod",
    ],
)  # fmt: skip
def test_when_what_starts(graph: dict[str, Any], durations: dict[str, int], starts: list[tuple[str, int]]) -> None:
    rehearsal = rehearse_graph(graph, durations)
    assert list_starts(rehearsal) == starts
    assert rehearsal.status.phase == "Succeeded"


def test_a_run_that_takes_too_long_fails() -> None:
    rehearsal = rehearse_graph(workflow(step("a"), step("b", needs="a"), activeDeadlineSeconds=5), {"a": 60})
    assert list_starts(rehearsal) == [("a", 0)]
    assert rehearsal.acts[0].end.total_seconds() == 5
    assert rehearsal.status.phase == "Failed"


def test_a_run_that_is_not_accepted_has_no_acts() -> None:
    rehearsal = rehearse_graph(workflow(step(), params=params(env={"required": True})))
    assert rehearsal.acts == ()
    assert rehearsal.status.phase == "Failed"
    assert "spec.params.env" in str(rehearsal.status.message)


@pytest.mark.parametrize(
    "spec", [{"suspend": True}, {"cancel": "Graceful"}, {"answers": {"gate": {"ann": "Reject"}}}]
)
def test_it_begins_from_nothing(spec: dict[str, Any]) -> None:
    gate = bare_step("gate", approval={"message": "?"})
    assert rehearse_graph(workflow(gate, step("a", needs="gate")), **spec).status.phase == "Succeeded"


def test_a_child_run_is_an_act_of_its_own() -> None:
    call = {"name": "other", "params": {"known": "$(params.env)", "unknown": "$(steps.a.outputs.x)", "count": 3}}
    graph = workflow(
        step("a", outputs=["x"]),
        bare_step("child", needs=["a"], workflow=call, outputs=["y"], activeDeadlineSeconds=60),
        step("b", needs="child", args=["$(steps.child.outputs.y)"]),
        params=params(env={"default": "dev"}),
    )
    rehearsal = rehearse_graph(graph, {"child": 5})
    assert list_starts(rehearsal) == [("a", 0), ("child", 1), ("b", 6)]
    manifest = rehearsal.acts[1].manifest
    assert manifest is not None
    assert manifest["kind"] == "Run"
    params_ = {"known": "dev", "unknown": "<steps.a.outputs.x>", "count": 3}
    assert manifest["spec"] == {"workflowRef": {"name": "other"}, "params": params_}


def test_a_child_run_that_takes_too_long_is_canceled() -> None:
    child = bare_step("child", workflow={"name": "other"}, activeDeadlineSeconds=5)
    rehearsal = rehearse_graph(workflow(child), {"child": 60})
    assert rehearsal.acts[0].end.total_seconds() == 5
    assert rehearsal.status.phase == "Failed"


def test_items_of_a_run_reuse_one_another() -> None:
    same = {"memoize": {"key": "same"}, "forEach": {"items": "[1, 2, 3]", "maxParallel": 1}}
    # The second begins with what ends the first, before that is on record.
    starts = list_starts(rehearse_graph(workflow(step("a", **same), step("b", needs="a"))))
    assert starts == [("a[0]", 0), ("a[1]", 1), ("b", 2)]


def test_maps_are_in_the_order_in_which_the_api_server_gives_them_back() -> None:
    matrix = {"matrix": {"b": [1, 2], "a": [3, 4]}}
    graph = workflow(
        step("a", forEach=matrix, args=["$(each.a) $(each.b) $(params.z)"]),
        params=params(z={"type": "Object", "default": {"d": 1, "c": 2}}, y={"default": ""}),
    )
    containers = [
        act.manifest["spec"]["containers"][0] for act in rehearse_graph(graph).acts if act.manifest is not None
    ]
    assert [each["args"][0].partition(" {")[0] for each in containers] == ["3 1", "3 2", "4 1", "4 2"]
    assert containers[0]["args"][0].endswith('{"c": 2, "d": 1}')
    assert [variable["name"] for variable in containers[0]["env"]][:2] == ["PARAM_Y", "PARAM_Z"]


def test_a_fan_out_that_is_sliced_goes_on_to_its_end() -> None:
    many = params(many={"type": "List", "default": [0] * 1000})
    fan = step("fan", outputs=["out"], forEach={"items": "params.many"})
    rehearsal = rehearse_graph(workflow(fan, step("after", needs="fan"), params=many), {})
    slices = ["fan[0:250]", "fan[250:500]", "fan[500:750]", "fan[750:1000]"]
    assert list_starts(rehearsal) == [*zip(slices, [0, 0, 1, 1], strict=True), ("after", 2)]
    assert rehearsal.status.phase == "Succeeded"
