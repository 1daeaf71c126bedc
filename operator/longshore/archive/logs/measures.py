"""Owns the metrics of logs and their names. Must not be asked what they are worth."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_LAG_BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class LogMeasures:
    """What is counted of logs."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.bytes = Counter("longshore_archive_log_bytes", "Bytes of logs written.", registry=registry)
        self.lines = Counter("longshore_archive_log_lines", "Lines of logs written.", registry=registry)
        self.gaps = Counter("longshore_archive_log_gaps", "Places where lines may be missing.", registry=registry)
        self.failures = Counter(
            "longshore_archive_log_failures", "Reads of logs that failed.", ("error",), registry=registry
        )
        self.streams = Gauge("longshore_archive_log_streams", "Logs that are being followed.", registry=registry)
        self.lag = Histogram(
            "longshore_archive_log_lag_seconds",
            "From when the last line of a batch was printed until it can be read.",
            buckets=_LAG_BUCKETS,
            registry=registry,
        )
