"""Owns how a timeline looks: a table with a bar for each step, or JSON. Must not compute times."""

import json
from collections.abc import Iterator
from datetime import timedelta

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from longshore.cli.foresight.candidates import Candidates
from longshore.cli.foresight.durations import list_some
from longshore.cli.foresight.forecasts import Forecast
from longshore.planning.rehearsals.timelines import Span
from longshore.planning.times import write_duration

WIDEST_BAR = 40
NARROWEST_BAR = 8
CRITICAL, OTHER = "◆", "◇"
_BARS = {True: "━", False: "─"}


def draw_forecast(forecast: Forecast, width: int) -> RenderableType:
    """The waves as a table, then the total and what it stands on."""
    return Group(_build_table(forecast, width), Text(), *_build_summary(forecast))


def write_forecast(forecast: Forecast) -> str:
    """The forecast as JSON; times are in seconds, or in units of a step."""
    timeline = forecast.timeline
    plan = {
        "unit": "step" if forecast.has_units else "second",
        "total": round(timeline.total.total_seconds()),
        "criticalPath": list(timeline.critical),
        "waves": [
            {"start": round(wave[0].start.total_seconds()), "steps": [_write_span(span) for span in wave]}
            for wave in timeline.waves
        ],
        "skipped": dict(forecast.skipped),
        "agents": {step: list(found.agents) for found in forecast.candidates for step in found.steps},
        "unplaced": {
            step: found.problem for found in forecast.candidates for step in found.steps if found.problem
        },
        "notes": list(forecast.notes),
    }
    return json.dumps(plan, indent=4, ensure_ascii=False) + "\n"


def _write_span(span: Span) -> dict[str, object]:
    return {
        "name": span.step,
        "count": span.count,
        "start": round(span.start.total_seconds()),
        "end": round(span.end.total_seconds()),
        "critical": span.is_critical,
    }


def _build_table(forecast: Forecast, width: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_header=True)
    table.add_column("WAVE", no_wrap=True, justify="right")
    table.add_column("STEP", no_wrap=True, overflow="ellipsis")
    table.add_column("START", no_wrap=True, justify="right")
    table.add_column("TAKES", no_wrap=True, justify="right")
    table.add_column("", no_wrap=True)
    room = _find_room(forecast, width)
    for number, wave in enumerate(forecast.timeline.waves, 1):
        for index, span in enumerate(wave):
            table.add_row(
                "" if index else str(number), *_build_cells(forecast, span), _build_bar(forecast, span, room)
            )
    return table


def _build_cells(forecast: Forecast, span: Span) -> Iterator[str | Text]:
    symbol, style = (CRITICAL, "bold yellow") if span.is_critical else (OTHER, "dim")
    count = forecast.counts.get(span.step)
    yield Text.assemble((f"{symbol} ", style), span.step, (f" {count}" if count else "", "cyan"))
    yield _write_time(forecast, span.start)
    yield _write_time(forecast, span.end - span.start)


def _find_room(forecast: Forecast, width: int) -> int:
    """How many characters the longest bar has; 0: there is no room for any."""
    names = [len(span.step) + len(forecast.counts.get(span.step, "")) + 3 for span in forecast.timeline.spans]
    room = width - max(names, default=0) - 28
    return min(WIDEST_BAR, room) if room >= NARROWEST_BAR else 0


def _build_bar(forecast: Forecast, span: Span, room: int) -> Text:
    total = forecast.timeline.total
    if not total or not room:
        return Text()
    start, end = round(room * (span.start / total)), round(room * (span.end / total))
    bar = _BARS[span.is_critical] * max(end - start, 1)
    return Text(" " * min(start, room - 1) + bar, "yellow" if span.is_critical else "dim")


def _build_summary(forecast: Forecast) -> Iterator[Text]:
    timeline = forecast.timeline
    yield Text.assemble("total ", (_write_total(forecast), "bold"))
    if timeline.critical:
        yield Text.assemble((f"{CRITICAL} ", "bold yellow"), "critical path: ", " → ".join(timeline.critical))
    for step, why in forecast.skipped.items():
        yield Text(f"  not run: {step} ({why})", "dim")
    for found in forecast.candidates:
        yield _build_candidates(found)
    for note in forecast.notes:
        yield Text(f"  {note}", "dim")


def _build_candidates(found: Candidates) -> Text:
    """Who could take some steps, or why nobody can."""
    steps = list_some(found.steps)
    if found.problem:
        return Text(f"  no agent takes {steps} now: {found.problem}", "yellow")
    return Text(f"  agents of {steps}: {list_some(found.shown)}", "dim")


def _write_total(forecast: Forecast) -> str:
    total = _write_time(forecast, forecast.timeline.total)
    unit = f" unit{'' if total == '1' else 's'}" if forecast.has_units else ""
    return f"{total}{unit}"


def _write_time(forecast: Forecast, time: timedelta) -> str:
    return str(round(time.total_seconds())) if forecast.has_units else write_duration(time)
