"""Which steps may share a pod, by the graph alone and by what has happened."""

from typing import Any

import pytest
from longshore.planning.steps.stretches import find_stretch
from support.planning.runs import bare_step, name_pod, params, parse_graph, step, workflow
from support.planning.simulations import Simulation

PVC = {"name": "data", "mountPath": "/data", "persistentVolumeClaim": {"claimName": "data"}}
NODE = {"spec": {"nodeSelector": {"disk": "ssd"}}}


def chain(*names: str, **fields: Any) -> list[dict[str, Any]]:
    """Steps of which each needs the one before."""
    needs: list[list[str]] = [[], *([name] for name in names)]
    return [step(name, needs=need, **fields) for name, need in zip(names, needs, strict=False)]


def stretch(*steps: dict[str, Any], **fields: Any) -> str:
    """The steps that may share the pod of the first."""
    graph = parse_graph(*steps, fuse=True, **fields)
    return " ".join(find_stretch(graph, steps[0]["name"]))


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (chain("a"), "a"),
        (chain("a", "b", "c"), "a b c"),
        (chain("a", "b", "c", "d", "e"), "a b c d"),
        ([*chain("a", "b"), step("beside", needs="a")], "a"),
        ([*chain("a", "b"), step("other")], "a b"),
        ([step("a"), step("b", needs="a other"), step("other")], "a"),
        ([step("a"), step("b", needs="a"), step("c", needs="a b")], "a"),
    ],
    ids=["alone", "chain", "at most four", "fork", "beside", "join", "shortcut"],
)
def test_a_stretch_is_linear(steps: list[dict[str, Any]], expected: str) -> None:
    assert stretch(*steps) == expected


def name_field(fields: dict[str, Any]) -> str:
    return next(iter(fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"args": ["x"]},
        {"script": "true"},
        {"outputs": ["x"]},
        {"env": [{"name": "A", "value": "$(params.p)"}]},
        {"retry": {"limit": 1}},
        {"activeDeadlineSeconds": 5, "pendingDeadlineSeconds": 5},
        {"resources": {"requests": {"cpu": "1"}}},
        {"workingDir": "sub"},
        {"envFrom": [{"configMapRef": {"name": "c"}}]},
        {"volumes": [PVC]},
        {"onError": "Continue"},
    ],
    ids=name_field,
)
def test_what_a_step_after_the_first_may_have(fields: dict[str, Any]) -> None:
    assert stretch(step("a"), step("b", needs="a", **fields), params=params(p="String")) == "a b"


@pytest.mark.parametrize(
    "fields",
    [
        {"when": "true"},
        {"forEach": {"items": "[1]"}},
        {"repeat": {"until": "true", "max": 2}},
        {"verify": {"step": "a", "max": 1}},
        {"gracePeriodSeconds": 5},
        {"template": NODE},
        {"services": [{"name": "db", "container": {"image": "postgres"}}]},
        {"memoize": {"key": "k"}},
        {"concurrency": {"group": "g"}},
        {"debug": "OnFailure"},
        {"requiredTags": ["gpu"]},
    ],
    ids=name_field,
)
def test_what_keeps_a_step_in_a_pod_of_its_own(fields: dict[str, Any]) -> None:
    assert stretch(step("a"), step("b", needs="a", **fields)) == "a"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"when": "params.p != ''"}, "a b"),
        ({"onError": "Continue"}, "a"),
        ({"forEach": {"items": "[1]"}}, "a"),
        ({"repeat": {"until": "true", "max": 2}}, "a"),
        ({"debug": "OnFailure"}, "a"),
    ],
    ids=["when", "onError", "forEach", "repeat", "debug"],
)
def test_what_the_first_may_have(fields: dict[str, Any], expected: str) -> None:
    assert stretch(step("a", **fields), step("b", needs="a"), params=params(p="String")) == expected


def test_an_approval_is_no_pod() -> None:
    assert stretch(step("a"), bare_step("b", needs=["a"], approval={"message": "go on?"})) == "a"
    assert stretch(bare_step("a", approval={"message": "go on?"}), step("b", needs="a")) == "a"


def test_a_source_is_checked_out_anew_for_each_step() -> None:
    assert stretch(*chain("a", "b"), source={"git": {"url": "https://git.local/a"}}) == "a"


def test_what_a_check_sends_back() -> None:
    steps = [*chain("a", "b", "c", "d"), step("check", needs="d", verify={"step": "c", "max": 1})]
    assert stretch(*steps) == "a b"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("$(steps.b.outputs.out)", "a b"),
        ("$(steps.a.phase)", "a b"),
        ("$(steps.before.outputs.out)", "a b c"),
        ("steps.b.outputs.out", "a b c"),
    ],
    ids=["outputs", "phase", "of a step before the pod", "no expression"],
)
def test_what_a_step_reads_has_to_be_known_when_the_pod_is_made(value: str, expected: str) -> None:
    steps = chain("before", "a", "b", "c", outputs=["out"])
    steps[3]["env"] = [{"name": "X", "value": value}]
    graph = parse_graph(*steps, step("beside", needs="before"), fuse=True)
    assert " ".join(find_stretch(graph, "a")) == expected


@pytest.mark.parametrize(
    ("volumes", "expected"),
    [
        (([PVC], [{**PVC, "mountPath": "/in", "readOnly": True}]), "a b"),
        (([PVC], [{**PVC, "persistentVolumeClaim": {"claimName": "other"}}]), "a"),
        (([{"name": "data", "mountPath": "/data"}], [{"name": "data", "mountPath": "/data"}]), "a"),
        (([{"name": "x", "mountPath": "/data"}], [{"name": "y", "mountPath": "/data"}]), "a b"),
    ],
    ids=["the same claim", "two claims of one name", "an empty directory each", "names of their own"],
)
def test_volumes(volumes: tuple[list[Any], list[Any]], expected: str) -> None:
    first, second = volumes
    assert stretch(step("a", volumes=first), step("b", needs="a", volumes=second)) == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (NODE, "a b"),
        ({"metadata": {"labels": {"team": "web"}}}, "a b"),
        ({"spec": {"containers": [{"name": "step", "tty": True}]}}, "a"),
        ({"spec": {"volumes": [{"name": "x"}]}}, "a"),
        ({"spec": None}, "a b"),
    ],
    ids=["node", "labels", "container", "volume", "nothing"],
)
def test_a_template_that_all_have_says_where_they_run(template: dict[str, Any], expected: str) -> None:
    assert stretch(*chain("a", "b", template=template)) == expected


def test_scripts_are_annotations_which_have_a_limit() -> None:
    assert stretch(*chain("a", "b", "c", "d", script="#" * 60_000)) == "a b c"


def list_pods(simulation: Simulation) -> list[list[str]]:
    return [pod.fused or [pod.path] for pod in simulation.all_pods]


def test_a_stretch_starts_as_one_pod() -> None:
    simulation = Simulation(workflow(*chain("a", "b", "c", "d", "e"), fuse=True))
    simulation.settle()
    assert list_pods(simulation) == [["a", "b", "c", "d"]]
    assert simulation.pod("c").name == name_pod("a")
    assert simulation.show() == {
        "a": "Pending/Starting",
        "b": "Pending/AwaitingNeeds",
        "c": "Pending/AwaitingNeeds",
        "d": "Pending/AwaitingNeeds",
        "e": "Pending/AwaitingNeeds",
    }
    assert simulation.step("c").message == "waits for b"


def test_nothing_is_fused_unasked() -> None:
    simulation = Simulation(workflow(*chain("a", "b")))
    simulation.settle()
    assert list_pods(simulation) == [["a"]]


def test_a_step_that_would_be_skipped_stays_out() -> None:
    steps = [step("no", when="false", outputs=["out"]), step("a", needs="no"), step("b", needs="a")]
    steps[2]["env"] = [{"name": "X", "value": "$(steps.no.outputs.out)"}]
    simulation = Simulation(workflow(*steps, fuse=True))
    simulation.settle()
    assert list_pods(simulation) == [["a"]]
    assert simulation.end("a").show()["b"] == "Skipped/NeedSkipped"


def test_a_step_whose_expressions_fail_stays_out() -> None:
    steps = chain("a", "b")
    steps[1]["args"] = ["$(params.p.x)"]
    simulation = Simulation(workflow(*steps, fuse=True, params=params(p="Object")), params={"p": {}})
    simulation.settle()
    assert list_pods(simulation) == [["a"]]
    assert simulation.end("a").show() == {"a": "Succeeded/Completed", "b": "Failed/ExpressionFailed"}


def test_a_shared_pod_takes_one_slot() -> None:
    simulation = Simulation(workflow(*chain("a", "b", "c"), step("x"), step("y"), fuse=True, maxParallelSteps=2))
    simulation.settle()
    assert list_pods(simulation) == [["a", "b", "c"], ["x"]]


def test_a_pod_that_is_rejected_is_tried_for_its_first_step_alone() -> None:
    """Whatever is wrong with a later step is that one's fault."""
    simulation = Simulation(workflow(*chain("a", "b"), fuse=True))
    simulation.refuse = lambda create: (
        "Rejected" if "initContainers" in create.manifest["spec"] or create.path == "b" else None
    )
    simulation.settle()
    assert list_pods(simulation) == [["a"]]
    assert simulation.end("a").show() == {"a": "Succeeded/Completed", "b": "Failed/PodRejected"}


def test_a_pod_beyond_the_quota_is_tried_again_as_it_is() -> None:
    simulation = Simulation(workflow(*chain("a", "b"), fuse=True))
    simulation.refuse = lambda _: "Quota"
    simulation.settle()
    assert simulation.show() == {"a": "Pending/AwaitingQuota", "b": "Pending/AwaitingNeeds"}
    simulation.refuse = lambda _: None
    simulation.wake()
    assert list_pods(simulation) == [["a", "b"]]


def test_steps_of_finally_share_a_pod_too() -> None:
    simulation = Simulation(workflow(step("a"), **{"finally": chain("f", "g")}, fuse=True))
    simulation.settle()
    simulation.end("a", 1)
    assert list_pods(simulation) == [["a"], ["f", "g"]]
