"""Owns the metrics and their names. Must not be asked what they are worth: nothing depends on them."""

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

EDGE_BUCKETS = (0.005, 0.01, 0.025, 0.035, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 2.5, 10)
Counts = Mapping[tuple[str, str], int]
"""How many there are of each namespace and phase, reason or Agent."""


class Metrics:
    """Everything that the operator counts; each instance has a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.calls = Counter(
            "longshore_api_calls", "Calls to the API server.", ("verb", "resource", "code"), registry=self.registry
        )
        self.call_seconds = Histogram(
            "longshore_api_call_seconds", "How long calls took.", ("verb", "resource"), registry=self.registry
        )
        self.watch_restarts = Counter(
            "longshore_watch_restarts", "Watches that began anew.", ("resource", "reason"), registry=self.registry
        )
        self.reconcile_seconds = Histogram(
            "longshore_reconcile_seconds", "How long a reconcile took.", ("kind",), registry=self.registry
        )
        self.reconcile_errors = Counter(
            "longshore_reconcile_errors", "Reconciles that failed.", ("kind", "error"), registry=self.registry
        )
        self.queue_depth = Gauge(
            "longshore_queue_depth", "Objects that wait to be reconciled.", ("kind",), registry=self.registry
        )
        self.edge_seconds = Histogram(
            "longshore_edge_seconds",
            "From the exit of a step seen to the next pod's POST sent.",
            buckets=EDGE_BUCKETS,
            registry=self.registry,
        )
        self.turn_seconds = Histogram(
            "longshore_turn_seconds",
            "From a place that got free at an Agent seen to the plan of the Run whose step takes it.",
            buckets=EDGE_BUCKETS,
            registry=self.registry,
        )
        self.handover_seconds = Histogram(
            "longshore_handover_seconds",
            "From the exit of who held a ConcurrencyGroup seen to the POST of who got its place sent.",
            buckets=EDGE_BUCKETS,
            registry=self.registry,
        )
        self.runs_finished = Counter(
            "longshore_runs_finished", "Runs that ended.", ("namespace", "phase"), registry=self.registry
        )
        self.leading = Gauge("longshore_leading", "1 where this process leads.", registry=self.registry)

    def on_call(self, verb: str, resource: str, code: int, seconds: float) -> None:
        """Count a call to the API server."""
        self.calls.labels(verb, resource, str(code)).inc()
        if verb != "watch":
            self.call_seconds.labels(verb, resource).observe(seconds)

    def on_restart(self, resource: str, reason: str) -> None:
        """Count a watch that begins anew."""
        self.watch_restarts.labels(resource, reason).inc()

    def on_edge(self, seconds: float) -> None:
        """Note how long after a step's exit was seen the next pod's POST is sent."""
        self.edge_seconds.observe(seconds)

    def on_turn(self, seconds: float) -> None:
        """Note how long after a place got free the Run was planned whose step takes it."""
        self.turn_seconds.observe(seconds)

    def on_handover(self, seconds: float) -> None:
        """Note how long a place in a ConcurrencyGroup took from one pod to the next."""
        self.handover_seconds.observe(seconds)

    def on_finished(self, namespace: str, phase: str) -> None:
        """Count a Run that ended."""
        self.runs_finished.labels(namespace, phase).inc()

    def observe_queue(self, kind: str) -> "QueueMetrics":
        """What the queue of a kind is to tell."""
        return QueueMetrics(self, kind)

    def expose(self, runs: Callable[[], Counts], steps: Callable[[], Counts]) -> None:
        """Show how many Runs and steps there are by phase, counted when somebody asks."""
        self._show("longshore_runs", "Runs by phase.", "phase", runs)
        self._show("longshore_steps", "Steps of Runs that go on, by phase.", "phase", steps)

    def expose_pools(
        self, waits: Callable[[], Counts], active: Callable[[], Counts], capacity: Callable[[], Counts]
    ) -> None:
        """Show how many steps wait by reason, and how many each Agent runs and may, counted when somebody asks."""
        self._show("longshore_steps_waiting", "Steps that have not started, by reason.", "reason", waits)
        self._show("longshore_agent_steps_active", "Steps that an Agent runs.", "agent", active)
        self._show("longshore_agent_capacity", "Steps that an Agent runs at once at most.", "agent", capacity)

    def _show(self, name: str, description: str, label: str, count: Callable[[], Counts]) -> None:
        self.registry.register(_Counts(name, description, label, count))


class QueueMetrics:
    """The metrics of one queue."""

    def __init__(self, metrics: Metrics, kind: str) -> None:
        self._metrics = metrics
        self._kind = kind

    def on_depth(self, depth: int) -> None:
        """Note how many keys are being reconciled or wait to be."""
        self._metrics.queue_depth.labels(self._kind).set(depth)

    def on_reconciled(self, seconds: float) -> None:
        """Note a reconcile that ended well."""
        self._metrics.reconcile_seconds.labels(self._kind).observe(seconds)

    def on_failed(self, error: Exception) -> None:
        """Count a reconcile that failed."""
        self._metrics.reconcile_errors.labels(self._kind, type(error).__name__).inc()


class _Counts(Collector):
    def __init__(self, name: str, description: str, label: str, count: Callable[[], Counts]) -> None:
        self._name = name
        self._description = description
        self._label = label
        self._count = count

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily(self._name, self._description, labels=("namespace", self._label))
        for labels, number in self._count().items():
            family.add_metric(labels, number)
        yield family
