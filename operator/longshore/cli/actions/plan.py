"""Owns `plan`: in what order steps would start, by the operator's own planner on made-up time."""

import click

from longshore.cli.cluster.clusters import Object, connect
from longshore.cli.cluster.runs import find_run
from longshore.cli.foresight.candidates import find_views
from longshore.cli.foresight.durations import Durations
from longshore.cli.foresight.forecasts import build_forecast
from longshore.cli.foresight.histories import find_history, measure_steps
from longshore.cli.foresight.imaginations import Imagined, imagine_run
from longshore.cli.terminal.screens import build_console, show
from longshore.cli.views.timelines import draw_forecast, write_forecast
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Foretelling
from longshore.planning.rehearsals.rehearsals import rehearse


def plan(source: str, wish: Foretelling, target: Target) -> int:
    """Print the timeline of a Run that is not made. Returns 1 where it would fail."""
    imagined = imagine_run(source, wish.params, None, target)
    runs = _find_runs(imagined, wish.from_run)
    names = tuple(run["metadata"]["name"] for run in runs)
    durations = Durations(dict(wish.durations), measure_steps(runs), names)
    agents = find_views(imagined, is_wished=wish.agents)
    rehearsal = rehearse(imagined.run, imagined.graph, durations.get, agents)
    durations.check(rehearsal.graph.steps)
    forecast = build_forecast(rehearsal, durations, agents)
    if wish.output == "json":
        click.echo(write_forecast(forecast), nl=False)
    else:
        console = build_console()
        show(console, draw_forecast(forecast, console.width))
    if rehearsal.status.phase != "Succeeded":
        click.echo(f"the run would fail: {rehearsal.status.message}", err=True)
    return int(rehearsal.status.phase != "Succeeded")


def _find_runs(imagined: Imagined, from_run: str | None) -> list[Object]:
    """The Runs that tell how long steps take: the one that is named, or the last of the Workflow."""
    reference = imagined.run.spec.workflow_ref
    if from_run is not None:
        return [find_run(connect(imagined.target), from_run)]
    return find_history(connect(imagined.target), reference.name) if reference else []
