"""Owns what is full: bytes that are used of a claim, and bytes there are. Pure."""

from dataclasses import dataclass

LOW = 0.9
"""From this share on people are told."""
MARGIN = 0.05
LARGEST_MARGIN = 64 * 2**20
"""Bytes that files never fill, so that the database can still tell what happened."""


@dataclass(frozen=True, slots=True)
class Storage:
    """How much of a volume is used, and may be, in bytes."""

    used: int
    quota: int | None
    """What it may use at most; None: all there is."""
    free: int
    """What the volume has left, for whoever writes there."""

    @property
    def total(self) -> int:
        """What it may use: of the quota no more than the volume has."""
        there_is = self.used + self.free
        return there_is if self.quota is None else min(self.quota, there_is)

    @property
    def is_low(self) -> bool:
        """Whether people should see to it."""
        return self.used >= self.total * LOW

    @property
    def is_within(self) -> bool:
        """Whether no more is used than may be."""
        return self.used <= self.total

    def has_room(self, size: int) -> bool:
        """Whether so many bytes more fit."""
        margin = min(int(self.total * MARGIN), LARGEST_MARGIN)
        return self.used + size <= self.total - margin
