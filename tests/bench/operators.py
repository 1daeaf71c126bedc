"""What the operator says of itself: its metrics, read through the API server. Must not know what it works on."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample
from support.clusters import Cluster

SELECTOR = "app.kubernetes.io/name=longshore"
NAMESPACE = "longshore-system"
WRITES = {"create", "patch", "update", "delete"}
EDGE = "longshore_edge_seconds"
TURN = "longshore_turn_seconds"
HANDOVER = "longshore_handover_seconds"
Buckets = Mapping[float, float]
"""Cumulative counts, by the upper bound in seconds."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The operator's counters at one time."""

    cpu_seconds: float
    rss_bytes: float
    writes: float
    """API writes, but for the Lease."""
    edges: Buckets
    turns: Buckets
    waiting: float
    """Steps that wait for an Agent."""
    handovers: Buckets


@dataclass
class Usage:
    """What the operator used meanwhile."""

    readings: list[Reading] = field(default_factory=list)

    @property
    def cpu_seconds(self) -> float:
        """Seconds of CPU."""
        return self.readings[-1].cpu_seconds - self.readings[0].cpu_seconds

    @property
    def rss_mib(self) -> float:
        """At the end, when it is at its highest: the interpreter hands little back."""
        return self.readings[-1].rss_bytes / 2**20

    @property
    def writes(self) -> float:
        """API writes, but for the Lease."""
        return self.readings[-1].writes - self.readings[0].writes

    def find_edge(self, quantile: float) -> float:
        """Seconds within which that share of the edges was: linear within a bucket, as Prometheus does it."""
        return _find_quantile(self.readings[0].edges, self.readings[-1].edges, quantile)

    @property
    def turns(self) -> float:
        """Places at Agents that got free and were taken."""
        first, last = self.readings[0].turns, self.readings[-1].turns
        return max(last.values(), default=0.0) - max(first.values(), default=0.0)

    def find_turn(self, quantile: float) -> float:
        """The same, of places at Agents."""
        return _find_quantile(self.readings[0].turns, self.readings[-1].turns, quantile)

    @property
    def handovers(self) -> float:
        """Places in groups that were passed on."""
        first, last = self.readings[0].handovers, self.readings[-1].handovers
        return max(last.values(), default=0.0) - max(first.values(), default=0.0)

    def find_handover(self, quantile: float) -> float:
        """The same, of places in groups."""
        return _find_quantile(self.readings[0].handovers, self.readings[-1].handovers, quantile)


def _find_quantile(first: Buckets, last: Buckets, quantile: float) -> float:
    counts = {bound: last[bound] - first.get(bound, 0.0) for bound in sorted(last)}
    rank = quantile * max(counts.values())
    low, before = 0.0, 0.0
    for bound, count in counts.items():
        if count >= rank:
            width = bound - low if bound != float("inf") else 0.0
            return low + (width * (rank - before) / (count - before) if count > before else 0.0)
        low, before = bound, count
    return low


class OperatorMetrics:
    """The metrics of the one operator that leads."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        listed = json.loads(cluster.kubectl("get", "pods", "-n", NAMESPACE, "-l", SELECTOR, "-o", "json"))
        alive = [pod["metadata"]["name"] for pod in listed["items"] if "deletionTimestamp" not in pod["metadata"]]
        self._path = f"/api/v1/namespaces/{NAMESPACE}/pods/{alive[0]}:8080/proxy/metrics"

    def read(self) -> Reading:
        """The counters now."""
        return parse_reading(self._cluster.kubectl("get", "--raw", self._path))

    @asynccontextmanager
    async def observe(self) -> AsyncIterator[Usage]:
        """Within, the operator is left alone, as reading metrics costs time too; at the end the usage is whole."""
        usage = Usage([await asyncio.to_thread(self.read)])
        yield usage
        usage.readings.append(await asyncio.to_thread(self.read))


def parse_reading(text: str) -> Reading:
    """The counters in Prometheus' text format."""
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    values = {sample.name: sample.value for sample in samples if not sample.labels}
    writes = sum(
        sample.value
        for sample in samples
        if sample.name == "longshore_api_calls_total"
        and sample.labels["verb"] in WRITES
        and sample.labels["resource"] != "leases"
    )
    waiting = sum(
        sample.value
        for sample in samples
        if sample.name == "longshore_steps_waiting" and sample.labels["reason"] == "AwaitingAgent"
    )
    return Reading(
        values["process_cpu_seconds_total"],
        values["process_resident_memory_bytes"],
        writes,
        edges=_read_buckets(samples, EDGE),
        turns=_read_buckets(samples, TURN),
        waiting=waiting,
        handovers=_read_buckets(samples, HANDOVER),
    )


def _read_buckets(samples: Iterable[Sample], name: str) -> Buckets:
    return {float(sample.labels["le"]): sample.value for sample in samples if sample.name == f"{name}_bucket"}
