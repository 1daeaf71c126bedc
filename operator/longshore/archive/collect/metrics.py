"""Owns what the collector tells of itself. Must not be asked what it is worth."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge


class CollectMetrics:
    """The collector's metrics, and those of its queue."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.awaiting = Gauge(
            "longshore_archive_pods_awaiting_deletion",
            "Pods that have ended and are still there.",
            registry=registry,
        )
        self.deleted = Counter(
            "longshore_archive_pods_deleted", "Pods deleted, as all that they left is safe.", registry=registry
        )
        self.errors = Counter(
            "longshore_archive_pod_errors", "Looks at a pod that failed.", ("error",), registry=registry
        )

    def count_awaiting(self, count: Callable[[], int]) -> None:
        """Show this number, counted when somebody asks."""
        self.awaiting.set_function(count)

    def on_deleted(self) -> None:
        """Count a pod that was deleted."""
        self.deleted.inc()

    def on_depth(self, depth: int) -> None:
        """Do nothing: how many pods wait is told already."""

    def on_reconciled(self, seconds: float) -> None:
        """Do nothing: a look at a pod costs nothing."""

    def on_failed(self, error: Exception) -> None:
        """Count a look at a pod that failed, and will be made again."""
        self.errors.labels(type(error).__name__).inc()
