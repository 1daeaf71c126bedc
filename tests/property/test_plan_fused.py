"""Chains that share pods: they come to what they would come to in pods of their own, and no step runs twice."""

from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st
from support.planning.happenings import (
    COMMON,
    Happening,
    crash,
    evict,
    let_time_pass,
    lose_status,
    obey,
    reconcile,
    start,
    succeed,
)
from support.planning.runs import params, step, workflow
from support.planning.simulations import Simulation

RUN_ENDS = {"Succeeded", "Failed", "Canceled"}
Results = list[int]
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "retry": st.fixed_dictionaries({"limit": st.integers(0, 2), "backoff": st.just({"seconds": 1})}),
        "onError": st.sampled_from(["Fail", "Fail", "Continue"]),
        "when": st.sampled_from(["true", "params.flag"]),
        "script": st.just("true"),
        "gracePeriodSeconds": st.sampled_from([30, 5]),
        "activeDeadlineSeconds": st.integers(5, 30),
    },
)


@st.composite
def chains(draw: st.DrawFn) -> dict[str, Any]:
    """The spec of a Workflow: a chain; some steps read what others wrote, some have one beside them."""
    steps: list[dict[str, Any]] = []
    for index in range(draw(st.integers(2, 7))):
        fields = draw(st.one_of(st.just({}), FIELDS))
        if index and draw(st.integers(0, 4)) == 0:
            value = f"$(steps.s{draw(st.integers(0, index - 1))}.outputs.out)"
            fields = {**fields, "env": [{"name": "OUT", "value": value}]}
        steps.append(step(f"s{index}", needs=[f"s{index - 1}"] if index else [], outputs=["out"], **fields))
    beside = draw(st.lists(st.integers(0, len(steps) - 1), max_size=2, unique=True))
    steps += [step(f"beside-{index}", needs=[f"s{index}"]) for index in beside]
    return workflow(*steps, params=params(flag={"type": "Boolean", "default": draw(st.booleans())}))


RESULTS = st.lists(st.sampled_from([0, 0, 0, 0, 0, 1, 2]), min_size=21, max_size=21)


def find_result(results: Results, path: str, attempt: int) -> int:
    """The exit code of an attempt, whichever pod it is in; steps beside the chain succeed."""
    return 0 if path.startswith("beside") else results[(int(path[1:]) * 3 + attempt - 1) % len(results)]


def run_to_its_end(graph: dict[str, Any], results: Results) -> Simulation:
    """All containers end as the results say, one after the other."""
    simulation = Simulation(graph)
    simulation.settle()
    assert simulation.run.status.conditions[0].status == "True", simulation.run.status.message
    while simulation.phase not in RUN_ENDS:
        pod = next((pod for pod in simulation.pods.values() if not pod.has_ended), None)
        if pod is None:
            simulation.wake()
            continue
        path = pod.current if pod.fused else pod.path
        pod.start(simulation.now)
        simulation.settle()
        pod.end(simulation.now, find_result(results, path, pod.attempt), f"out={path}-{pod.attempt}")
        simulation.settle()
    return simulation


def tell(simulation: Simulation) -> dict[str, Any]:
    """What a Run came to."""
    steps = {
        path: (step.phase, step.reason, step.attempt or 1, step.retries, step.exit_code, step.outputs)
        for path, step in simulation.run.status.steps.items()
    }
    return {"phase": simulation.phase, "message": simulation.run.status.message, **steps}


@settings(deadline=None, max_examples=200)
@given(graph=chains(), results=RESULTS)
def test_a_run_comes_to_the_same_fused_and_not(graph: dict[str, Any], results: Results) -> None:
    alone, fused = run_to_its_end(graph, results), run_to_its_end({**graph, "fuse": True}, results)
    event(f"pods saved: {len(alone.all_pods) - len(fused.all_pods)}")
    assert tell(alone) == tell(fused)
    assert alone.count_starts() == fused.count_starts()
    assert len(fused.all_pods) <= len(alone.all_pods)
    assert all(len(pod.fused) <= 4 for pod in fused.all_pods)


WORLD = st.sampled_from((*COMMON, *COMMON, evict))
OPERATOR = st.sampled_from([reconcile, reconcile, crash, lose_status, let_time_pass])
HISTORIES = st.lists(st.tuples(WORLD, OPERATOR, st.integers(0, 31)), min_size=5, max_size=30)


@settings(deadline=None, max_examples=200)
@given(graph=chains(), history=HISTORIES)
def test_no_attempt_runs_twice(graph: dict[str, Any], history: list[tuple[Happening, Happening, int]]) -> None:
    """Whatever is evicted, and wherever the operator crashes; nor are two pods of one step alive."""
    simulation = Simulation({**graph, "fuse": True})
    simulation.settle()
    for happening, number in _list_happenings(history):
        happening(simulation, number)
        live = simulation.list_live_paths()
        assert len(set(live)) == len(live), f"two live pods of one step: {live}"
        assert set(simulation.count_starts().values()) <= {1}, simulation.count_starts()
    for _ in range(100):
        simulation.settle()
        if simulation.phase in RUN_ENDS:
            break
        if not simulation.live_pods():
            simulation.wake()
        for ending in (obey, start, succeed):
            ending(simulation, 1)
    assert simulation.phase in RUN_ENDS
    assert set(simulation.count_starts().values()) <= {1}


def _list_happenings(history: list[tuple[Happening, Happening, int]]) -> Iterator[tuple[Callable[..., Any], int]]:
    for world, operator, number in history:
        yield world, number
        yield operator, number
