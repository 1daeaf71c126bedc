"""A rehearsal says what the operator does: of any graph, as long as all goes well and no unknown is read."""

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from longshore.names import get_step_name
from longshore.planning.rehearsals.rehearsals import Rehearsal
from longshore.planning.rehearsals.timelines import build_timeline
from support.planning.feature_graphs import feature_graphs
from support.planning.rehearsals import rehearse_graph
from support.planning.runs import NOW
from support.planning.simulations import Simulation
from support.planning.wishes import approve_all

STEPS = st.sampled_from(["s0", "s1", "s2", "check", "f0"])
ENDS = {"Succeeded", "Failed", "Canceled"}


def spread(durations: dict[str, int]) -> dict[str, int]:
    """Of each step, and of its items."""
    return durations | {f"{name}[{index}]": seconds for name, seconds in durations.items() for index in range(5)}


@settings(deadline=None, max_examples=100)
@given(feature_graphs(), st.dictionaries(STEPS, st.integers(0, 5)))
def test_it_comes_to_an_end(graph: dict[str, Any], durations: dict[str, int]) -> None:
    rehearsal = rehearse_graph(graph, spread(durations))
    assert rehearsal.status.phase in ENDS
    starts = [act.start for act in rehearsal.acts]
    assert starts == sorted(starts)
    _check_critical(rehearsal)


def _check_critical(rehearsal: Rehearsal) -> None:
    """The critical path is a chain of acts without overlap, from the first second to the last."""
    timeline = build_timeline(rehearsal)
    spans = {span.step: span for span in timeline.spans}
    assert {get_step_name(path) for path in timeline.critical} <= set(spans)
    if rehearsal.acts:
        assert max(span.end for span in timeline.spans) == timeline.total
        assert any(span.end == timeline.total and span.is_critical for span in timeline.spans)


class Played(Simulation):
    """The same Run in the simulated cluster, where all goes as it is rehearsed."""

    def play(self, durations: dict[str, int]) -> list[tuple[str, int, int]]:
        """Each pod with its attempt and the second in which it came to be, in order."""
        starts: list[tuple[str, int, int]] = []
        ends: dict[str, int] = {}
        second = 0
        while True:
            self._approve()
            for path, attempt in self.creations[len(starts) :]:
                starts.append((path, attempt, second))
                status = self.step(path)
                ends[str(status.pod or status.run)] = second + durations.get(path, 1)
            if not ends:
                return starts
            self._end_pods(ends, second := min(ends.values()))

    def _approve(self) -> None:
        asked = -1
        while asked < len(self.run.status.questions):
            asked = len(self.run.status.questions)
            approve_all(self)
            self.settle()

    def _end_pods(self, ends: dict[str, int], second: int) -> None:
        self.now = NOW + timedelta(seconds=second)
        for name in [name for name, end in ends.items() if end == second]:
            del ends[name]
            (self.pods | self.children)[name].end(self.now)
            if name in self.pods:
                self.pods[name].seal()


def make_plain(graph: dict[str, Any]) -> dict[str, Any]:
    """The graph without what a rehearsal takes for granted: outputs, loops, deadlines, Agents, room."""
    parts = {part: [_make_plain(step) for step in graph[part]] for part in ("steps", "finally")}
    return {name: value for name, value in graph.items() if name != "activeDeadlineSeconds"} | parts


def _make_plain(step: dict[str, Any]) -> dict[str, Any]:
    gone = {"repeat", "verify", "outputs", "activeDeadlineSeconds", "concurrency"}
    if "credentials" not in step:
        gone |= {"agents", "requiredTags"}
    kept = {name: value for name, value in step.items() if name not in gone}
    if "outputs" in str(kept.get("forEach")):
        kept["forEach"] = {"items": "[1, 2]"}
    if {"each", "phase"} & set(str(kept.get("when")).replace(".", " ").split()) and "forEach" not in kept:
        del kept["when"]
    return kept


@settings(deadline=None, max_examples=100)
@given(feature_graphs().map(make_plain), st.dictionaries(STEPS, st.integers(1, 5)))
def test_it_is_what_the_operator_does(graph: dict[str, Any], durations: dict[str, int]) -> None:
    known = spread(durations)
    acts = [act for act in rehearse_graph(graph, known).acts if act.manifest is not None]
    rehearsed = [(act.path, act.attempt, round(act.start.total_seconds())) for act in acts]
    assert rehearsed == Played(graph).play(known)
