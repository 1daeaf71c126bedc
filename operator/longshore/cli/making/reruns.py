"""Owns the Run that `rerun` makes out of an earlier one. Must not talk to a cluster."""

from typing import Any

from longshore.cli.cluster.runs import get_phase, is_finished
from longshore.cli.words.mistakes import MistakeError
from longshore.cli.words.suggestions import suggest
from longshore.cli.words.wishes import Beginning
from longshore.names import API_VERSION

Object = dict[str, Any]
# What was wished of the earlier Run while it ran stays with it.
_COPIED = ("workflowRef", "workflowSpec", "params", "priority", "queueName", "managedBy")


def build_rerun(earlier: Object, beginning: Beginning) -> Object:
    """Another go at a Run: of the same graph, with the same parameters. Raises MistakeError where it goes on."""
    metadata, spec = earlier["metadata"], earlier["spec"]
    name = metadata["name"]
    if not is_finished(earlier):
        phase = get_phase(earlier) or "not seen by an operator yet"
        raise MistakeError(f"run {name!r} has not ended ({phase}); wait for its end, or cancel it")
    rerun = {"run": name, "from": beginning.choice} | ({"step": beginning.step} if beginning.step else {})
    return {
        "apiVersion": API_VERSION,
        "kind": "Run",
        "metadata": {"generateName": metadata.get("generateName") or f"{name}-"},
        "spec": {**{field: spec[field] for field in _COPIED if field in spec}, "rerun": rerun},
    }


def check_step(run: Object, graph: Object | None) -> None:
    """Raises MistakeError where the step to begin at is none of the graph's; None: the graph is not known."""
    step = run["spec"]["rerun"].get("step")
    names = [entry["name"] for part in ("steps", "finally") for entry in (graph or {}).get(part, [])]
    if step is not None and graph is not None and step not in names:
        hint = suggest(step, names) or f"; there are: {', '.join(names)}"
        raise MistakeError(f"there is no step {step!r}{hint}")
