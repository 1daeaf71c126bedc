"""Owns what is drawn of a graph, whatever it is drawn as: steps with what is special about them, and edges.

Must not know how anything looks.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from longshore.api.steps import Step
from longshore.cli.views.layouts import arrange_steps
from longshore.cli.views.styles import write_span
from longshore.errors import ExpressionError
from longshore.names import get_step_name
from longshore.planning.acceptance.graphs import Graph
from longshore.planning.expressions.fanouts import expand


@dataclass(frozen=True, slots=True)
class Node:
    """A step."""

    name: str
    kind: str
    """image, agent, workflow or approval."""
    needs: tuple[str, ...] = ()
    count: str = ""
    """x3 of a fan-out; xN where only a Run can tell how often it runs."""
    notes: tuple[str, ...] = ()
    """What is special about it, in a few words each."""
    is_final: bool = False
    phase: str = ""
    """Of a step of a Run; else empty."""
    time: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A step that sends another back to work."""

    step: str
    back_to: str
    most: int


@dataclass(frozen=True, slots=True)
class Sketch:
    """A graph, with each step after what it needs."""

    title: str
    nodes: tuple[Node, ...]
    checks: tuple[Check, ...] = ()
    phase: str = ""
    """Of a Run; else empty."""

    def list_part(self, *, is_final: bool) -> list[Node]:
        """The nodes before `finally`, or those in it."""
        return [node for node in self.nodes if node.is_final is is_final]


def build_sketch(title: str, graph: Graph, status: Mapping[str, Any], now: str) -> Sketch:
    """What is to be drawn of a graph; `status` is that of a Run of it, or empty."""
    steps = status.get("steps") or {}
    order = [*_arrange(graph, is_final=False), *_arrange(graph, is_final=True)]
    nodes = tuple(_build_node(graph, name, steps, now) for name in order)
    checks = tuple(
        Check(name, verify.step, verify.max) for name in order if (verify := graph.steps[name].verify) is not None
    )
    return Sketch(title, nodes, checks, status.get("phase") or "")


def _arrange(graph: Graph, *, is_final: bool) -> list[str]:
    part = [name for name in graph.order if (name in graph.finals) is is_final]
    steps = [{"name": name, "needs": _list_needs(graph, name)} for name in part]
    return [place.name for place in arrange_steps({"steps": steps})]


def _list_needs(graph: Graph, name: str) -> list[str]:
    return [need for need in graph.steps[name].needs or () if need in graph.steps]


def _build_node(graph: Graph, name: str, steps: Mapping[str, Any], now: str) -> Node:
    step, status = graph.steps[name], steps.get(name, {})
    end = status.get("completionTime") if status.get("phase") not in {"Running", "Pending"} else None
    return Node(
        name=name,
        kind=next((kind for kind in ("approval", "workflow", "agent") if getattr(step, kind)), "image"),
        needs=tuple(_list_needs(graph, name)),
        count=_count(step, [path for path in steps if path != name and get_step_name(path) == name]),
        notes=tuple(_list_notes(step)),
        is_final=name in graph.finals,
        phase=status.get("phase", "Pending") if steps else "",
        time=write_span(status.get("startTime"), end, now) if steps else "",
    )


def _count(step: Step, items: Sequence[str]) -> str:
    """How often a step runs side by side: as it did, else as can be told from the graph alone."""
    if step.for_each is None:
        return ""
    if items:
        return f"x{len(items)}"
    try:
        return f"x{len(expand(step.for_each, {}))}"
    except ExpressionError:
        return "xN"


def _list_notes(step: Step) -> Iterator[str]:
    if step.approval is not None:
        yield "approval"
    if step.workflow is not None:
        yield f"workflow {step.workflow.name}"
    if step.agent is not None:
        yield "agent"
    if step.repeat is not None:
        yield f"repeat, at most {step.repeat.max}"
    if step.verify is not None:
        yield f"verify {step.verify.step}, at most {step.verify.max}"
    if step.when is not None:
        yield f"when {' '.join(step.when.split())}"
    if step.on_error == "Continue":
        yield "may fail"
