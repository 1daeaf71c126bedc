"""docs/benchmarks.md: the figures as a table in page.md, which says how they are made. Must not measure."""

from collections.abc import Sequence
from pathlib import Path

from bench.results import Figure, show

PAGE = Path(__file__).with_name("page.md")


def write_page(figures: Sequence[Figure], machine: dict[str, str]) -> str:
    """The page."""
    return PAGE.read_text().format(**machine, rows="\n".join(map(_write_row, figures)))


def _write_row(figure: Figure) -> str:
    spread = "" if len(figure.values) < 2 else f" ({show(min(figure.values))} to {show(max(figure.values))})"
    sign = "at most" if figure.better == "lower" else "at least"
    measured = f"**{show(figure.value)}{figure.unit}**{spread}" + (f"; {figure.detail}" if figure.detail else "")
    verdict = "met" if figure.is_met else "missed"
    return f"| {figure.name} | {measured} | {sign} {show(figure.target)}{figure.unit} | {verdict} |"
