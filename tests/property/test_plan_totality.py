"""Whatever a manifest and a pod hold, there is a plan, and its status is one that the API server takes."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from longshore.api.workflows import WorkflowSpec
from longshore.planning.acceptance.acceptance import check_workflow, parse_workflow
from longshore.planning.workflows.workflows import build_template_probes
from support.planning.pods import COMMIT
from support.planning.runs import params, step, workflow
from support.planning.simulations import Simulation

BOUND = settings(deadline=None, max_examples=200)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["metadata", "spec", "containers", "volumes", "env", "name", "labels", "x"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)
SOURCES = [
    "params.x",
    "steps.a.outputs.x",
    "steps.a.phase",
    "(",
    "1/0",
    "params.x.y.z",
    "[1].map(x, x)",
    "each.item",
]
TEXTS = st.one_of(st.sampled_from(SOURCES), st.sampled_from(SOURCES).map("-$({})-".format), st.text(max_size=12))
STEP_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "when": TEXTS.filter(bool),
    "args": st.lists(TEXTS, max_size=2),
    "env": st.lists(st.fixed_dictionaries({"name": st.just("A")}, optional={"value": TEXTS}), max_size=2),
    "script": TEXTS,
    "workingDir": TEXTS,
    "outputs": st.lists(st.sampled_from(["x", "in", "y"]), max_size=2),
    "template": st.dictionaries(st.sampled_from(["metadata", "spec", "kind"]), JSON, max_size=2),
    "retry": st.fixed_dictionaries({}, optional={"when": TEXTS, "limit": st.integers(0, 3)}),
    "needs": st.lists(st.sampled_from(["a", "b", "c"]), max_size=2),
}
STEPS = st.lists(
    st.fixed_dictionaries({"name": st.sampled_from(["a", "b", "a-b"])}, optional=STEP_FIELDS),
    min_size=1,
    max_size=3,
)


@BOUND
@given(steps=STEPS, source=st.one_of(st.none(), TEXTS), output=TEXTS)
def test_any_workflow_is_accepted_or_told_why_not_and_runs_or_fails(
    steps: list[dict[str, Any]], source: str | None, output: str
) -> None:
    raw = workflow(*steps, params=params(x="String"), outputs=[{"name": "o", "value": output}])
    if source:
        raw["source"] = {"git": {"url": source}}
    spec = parse_workflow(raw)
    findings = check_workflow(spec) if isinstance(spec, WorkflowSpec) else spec
    build_template_probes({"metadata": {"name": "w", "namespace": "ci", "uid": "u"}, "spec": raw})
    simulation = Simulation(raw) if isinstance(spec, WorkflowSpec) else Simulation(workflow())
    simulation.workflow = raw
    simulation.settle()
    assert (simulation.run.status.conditions[0].status == "False") is bool(findings)
    for pod in simulation.pods.values():
        pod.end(simulation.now, 0, "x=1\ny=2")
    simulation.settle()


TIMES = st.sampled_from(["2025-06-01T12:00:00Z", "2025-06-01T13:00:00Z", "1970-01-01T00:00:00Z"])
MESSAGES = st.one_of(
    st.sampled_from(
        ["x=1", "", "{", '{"x": null}', '{"x": NaN}', "[" * 4000, "x=" + "ü" * 2100, f'{{"commit":"{COMMIT}"}}']
    ),
    st.text(max_size=20),
)
TERMINATED = st.fixed_dictionaries(
    {"exitCode": st.sampled_from([0, 1, 137, -1, 2**31 - 1])},
    optional={
        "reason": st.sampled_from(
            ["Completed", "Error", "OOMKilled", "ContainerStatusUnknown", "Unknown", "StartError"]
        ),
        "message": MESSAGES,
        "startedAt": st.one_of(st.none(), TIMES),
        "finishedAt": st.one_of(st.none(), TIMES),
    },
)
REASONS = st.sampled_from(
    ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "CreateContainerConfigError", "Odd"]
)
WAITING = st.fixed_dictionaries({}, optional={"reason": REASONS, "message": MESSAGES})
STATES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    TIMES.map(lambda time: {"running": {"startedAt": time}}),
    TERMINATED.map(lambda terminated: {"terminated": terminated}),
    WAITING.map(lambda waiting: {"waiting": waiting}),
)


def _statuses(*names: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    entry = st.fixed_dictionaries({"name": st.sampled_from(names), "state": STATES})
    return st.lists(entry, max_size=2, unique_by=lambda status: str(status["name"]))


CONDITIONS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["PodScheduled", "DisruptionTarget", "Ready"]),
        "status": st.sampled_from(["True", "False", "Unknown"]),
    },
    optional={
        "reason": st.sampled_from(["SchedulingGated", "Unschedulable", "DeletionByTaintManager", "New"]),
        "message": MESSAGES,
    },
)
STATUSES = st.fixed_dictionaries(
    {},
    optional={
        "phase": st.sampled_from(["Pending", "Running", "Succeeded", "Failed", "Unknown"]),
        "reason": st.sampled_from(["Evicted", "DeadlineExceeded", "NodeLost", "OutOfcpu", "New"]),
        "message": MESSAGES,
        "containerStatuses": _statuses("step", "proxy"),
        "initContainerStatuses": _statuses("checkout", "prepare"),
        "conditions": st.lists(CONDITIONS, max_size=3),
    },
)
PODS = st.tuples(STATUSES, st.booleans(), st.integers(0, 2000))


def _change(simulation: Simulation, changes: list[tuple[dict[str, Any], bool, int]]) -> None:
    for pod, (status, is_deleted, seconds) in zip(simulation.pods.values(), changes, strict=False):
        pod.raw["status"] = status
        if is_deleted:
            pod.delete(simulation.now)
        simulation.now = simulation.now.replace(minute=seconds // 60 % 60)


@BOUND
@given(moments=st.lists(st.lists(PODS, min_size=1, max_size=4), min_size=1, max_size=5))
def test_any_pod_is_made_sense_of(moments: list[list[tuple[dict[str, Any], bool, int]]]) -> None:
    """Even where its status goes back, which no pod's does: the step's never does."""
    fields: dict[str, Any] = {
        "outputs": ["x"],
        "activeDeadlineSeconds": 60,
        "retry": {"limit": 1, "when": "exitCode != 1", "backoff": {"seconds": 0}},
        "onError": "Continue",
    }
    graph = workflow(step("a", **fields), step("b", **fields), source={"git": {"url": "https://git.local/a"}})
    simulation = Simulation(graph)
    simulation.settle()
    for changes in moments:
        _change(simulation, changes)
        simulation.settle()
