"""What was measured, and how it is told: a figure each with its target. Must not measure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that has a target. Of several rounds the median counts; all are told."""

    name: str
    values: Sequence[float]
    unit: str
    target: float
    better: Literal["lower", "higher"] = "lower"
    detail: str = ""
    """What the number is made of."""

    @property
    def value(self) -> float:
        """The median."""
        return median(self.values)

    @property
    def is_met(self) -> bool:
        """Whether the target is reached."""
        return self.value <= self.target if self.better == "lower" else self.value >= self.target

    def write(self) -> str:
        """A line for a terminal."""
        sign = "at most" if self.better == "lower" else "at least"
        verdict = "met" if self.is_met else "MISSED"
        spread = "" if len(self.values) < 2 else f" ({show(min(self.values))} to {show(max(self.values))})"
        value = f"{show(self.value)}{self.unit}{spread}"
        return f"{self.name:<52} {value:<24} {sign} {show(self.target)}{self.unit:<6} {verdict}  {self.detail}"


def show(value: float) -> str:
    """Three digits that count."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def divide(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """The ratio of each round: both were measured one after the other, so the machine's mood cancels out."""
    return [a / b for a, b in zip(ours, theirs, strict=True)]
