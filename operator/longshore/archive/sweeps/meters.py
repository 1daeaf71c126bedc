"""Owns what is told of the room on the archive's claims. Must not be asked what it is worth."""

from collections.abc import Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge

from longshore.archive.sweeps.storages import Storage


class StorageMeter:
    """Metrics of room, and of what makes it."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.used = self._build(registry, "used_bytes", "Bytes that are used.")
        self.total = self._build(registry, "total_bytes", "Bytes that there are.")
        self.full = self._build(registry, "full", "1 where something was refused.")
        self.bytes = Gauge("longshore_archive_bytes", "Bytes by what they are.", ("kind",), registry=registry)
        self._removed = Counter(
            "longshore_archive_sweep_removals", "What went as its time was over.", ("kind",), registry=registry
        )
        self._errors = Counter("longshore_archive_sweep_errors", "Sweeps that failed.", registry=registry)

    def _build(self, registry: CollectorRegistry, name: str, text: str) -> Gauge:
        return Gauge(f"longshore_archive_storage_{name}", text, ("claim",), registry=registry)

    def count_removal(self, kind: str) -> None:
        """Count what went."""
        self._removed.labels(kind).inc()

    def count_error(self) -> None:
        """Count a sweep that failed, and is made again."""
        self._errors.inc()


class ClaimMeter:
    """Metrics of the room on one claim. `is_full`: something was refused for want of it."""

    def __init__(self, meter: StorageMeter, claim: str, kinds: Sequence[str] = ()) -> None:
        self._used, self._total = meter.used.labels(claim), meter.total.labels(claim)
        self._full = meter.full.labels(claim)
        self._kinds = {kind: meter.bytes.labels(kind) for kind in kinds}
        self._is_full = False

    @property
    def is_full(self) -> bool:
        """Whether something was refused since there was room."""
        return self._is_full

    @is_full.setter
    def is_full(self, is_full: bool) -> None:
        self._is_full = is_full
        self._full.set(is_full)

    def tell(self, storage: Storage, folders: Mapping[str, int]) -> None:
        """Show what was measured, and the bytes of each folder that is a kind."""
        self._used.set(storage.used)
        self._total.set(storage.total)
        for kind, gauge in self._kinds.items():
            gauge.set(folders.get(kind, 0))
