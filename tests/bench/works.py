"""What is timed: a number of Runs, each a chain or a fan of steps that do nothing. Must not run any.

The same work is done twice: by Longshore, and by raw pods that a tight client loop makes, with manifests that
Longshore's own builder made. So what differs is who schedules them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from longshore.api.steps import Step
from longshore.manifests.attempts import Attempt
from longshore.manifests.pods import build_pod
from longshore.names import API_VERSION, MANAGED_BY, RUN_UID_LABEL
from support.images import EXAMPLES

Json = dict[str, Any]
LABEL = "longshore.dev/bench"
"""On raw pods, in place of the labels by which the operator knows its own."""
ON_FAKE_NODES: Json = {
    "spec": {
        "nodeSelector": {"type": "kwok"},
        "tolerations": [{"key": "kwok.x-k8s.io/node", "operator": "Exists"}],
    }
}


@dataclass(frozen=True, slots=True)
class Work:
    """`runs` Runs at once, each of `width` chains of `length` steps."""

    name: str
    runs: int = 1
    length: int = 1
    width: int = 1
    graph: Mapping[str, Any] = field(default_factory=dict)
    """More fields of the graph."""
    template: Mapping[str, Any] = field(default_factory=dict)
    each: str = ""
    """What steps fan out over; raw pods do not."""
    group: str = ""
    """The ConcurrencyGroup that steps hold; raw pods hold none."""

    @property
    def steps(self) -> int:
        """How many steps all Runs have together."""
        return self.runs * self.length * self.width

    def build_run(self, number: int) -> Json:
        """A Run with a graph of its own."""
        steps = [self._build_step(row, place) for row in range(self.width) for place in range(self.length)]
        defaults: Json = {"image": EXAMPLES.name, "command": ["/bin/true"]}
        if self.template:
            defaults |= {"template": self.template}
        spec = {"defaults": defaults, "steps": steps, **self.graph}
        return {
            "apiVersion": API_VERSION,
            "kind": "Run",
            "metadata": {"name": f"{self.name}-{number}"},
            "spec": {"workflowSpec": spec},
        }

    def build_chains(self, namespace: str) -> Iterator[list[Json]]:
        """The same as raw pods: lists of pods, of which each is made once the one before has ended."""
        for number in range(self.runs):
            for row in range(self.width):
                names = [self._build_step(row, place)["name"] for place in range(self.length)]
                yield [self._build_pod(namespace, number, name) for name in names]

    def _build_step(self, row: int, place: int) -> Json:
        needs = {"needs": [f"s{row}-{place - 1}"]} if place else {}
        loop = {"forEach": {"items": self.each}} if self.each else {}
        held = {"concurrency": {"group": self.group}} if self.group else {}
        return {"name": f"s{row}-{place}", **needs, **loop, **held}

    def _build_pod(self, namespace: str, number: int, name: str) -> Json:
        run = f"raw-{self.name}-{number}"
        step = Step.model_validate(
            {
                "name": name,
                "image": EXAMPLES.name,
                "command": ["/bin/true"],
                "template": self.template or None,
            }
        )
        pod = build_pod(Attempt(namespace, run, run, "", name, 1), step, {})
        metadata: Json = pod["metadata"]
        del metadata["ownerReferences"]
        kept = {key: value for key, value in metadata["labels"].items() if key not in (MANAGED_BY, RUN_UID_LABEL)}
        metadata["labels"] = kept | {LABEL: "raw"}
        return pod
