"""Owns what is told of the room on the archive's volume. Must not be asked what it is worth."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge

from longshore.archive.sweeps.storages import Storage


class StorageMeter:
    """Metrics of room. `is_full`: something was refused for want of it."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._used = Gauge("longshore_archive_storage_used_bytes", "Bytes on the volume.", registry=registry)
        self._total = Gauge("longshore_archive_storage_total_bytes", "Bytes it may have.", registry=registry)
        self._full = Gauge("longshore_archive_storage_full", "1 where something was refused.", registry=registry)
        self._bytes = Gauge("longshore_archive_bytes", "Bytes by what they are.", ("kind",), registry=registry)
        self._removed = Counter(
            "longshore_archive_sweep_removals", "What went as its time was over.", ("kind",), registry=registry
        )
        self._errors = Counter("longshore_archive_sweep_errors", "Sweeps that failed.", registry=registry)
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
        """Show what was measured, and the bytes of each folder."""
        self._used.set(storage.used)
        self._total.set(storage.total)
        for name in ("artifacts", "caches", "logs", "uploads"):
            self._bytes.labels(name).set(folders.get(name, 0))

    def count_removal(self, kind: str) -> None:
        """Count what went."""
        self._removed.labels(kind).inc()

    def count_error(self) -> None:
        """Count a sweep that failed, and is made again."""
        self._errors.inc()
