"""Owns what people change of Runs that go on: which are meant, the patch, the line about each."""

import click

from longshore.cli.cluster.clusters import RUNS, Cluster, Object
from longshore.cli.cluster.runs import get_phase, is_finished, select_runs
from longshore.cli.views.objects import write_made
from longshore.cli.words.wishes import Selection


def change_runs(cluster: Cluster, selection: Selection, spec: Object, done: str, output: str | None) -> None:
    """Patch the spec of each Run that has not ended, and say what was done."""
    runs = select_runs(cluster, selection)
    if not selection.names:
        runs = [run for run in runs if not is_finished(run)]
    if not runs:
        click.echo("no run goes on that is meant", err=True)
    for run in runs:
        change_run(cluster, run, spec, done, output)


def change_run(cluster: Cluster, run: Object, spec: Object, done: str, output: str | None) -> None:
    """Patch the spec of a Run that has not ended, unless it is so already, and say what was done."""
    name = run["metadata"]["name"]
    if is_finished(run):
        click.echo(f"run {name!r} has ended already: {get_phase(run)}", err=True)
        return
    if not is_so(run, spec):
        run = cluster.patch(RUNS, name, {"spec": spec}, run["metadata"]["namespace"])
    click.echo(write_made(run, "none", output, done), nl=False)


def is_so(run: Object, spec: Object) -> bool:
    """Whether there is nothing to change: it is so, or more so than Graceful, which can't be taken back."""
    if "cancel" in spec and run["spec"].get("cancel") == "Immediate":
        return True
    return all(run["spec"].get(name, False) == value for name, value in spec.items())
