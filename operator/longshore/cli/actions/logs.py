"""Owns `logs`: the logs of all steps of a Run or of one, as they are or as they come."""

import click

from longshore.cli.clusters import Object, connect
from longshore.cli.followers import Follower
from longshore.cli.paths import choose_paths
from longshore.cli.podlogs import find_sources, read_log
from longshore.cli.runs import find_run
from longshore.cli.views.loglines import Prefixes
from longshore.cli.views.rows import explain
from longshore.cli.wishes import LogPart, Target


def print_logs(name: str | None, step: str | None, part: LogPart, target: Target) -> int:
    """Print what there is, step after step. Returns 1 where there is nothing."""
    cluster = connect(target)
    run = find_run(cluster, name)
    paths = choose_paths(run, step)
    prefixes = Prefixes(paths)
    sources = {source.path: source for source in find_sources(cluster, run, step, part)}
    for path in paths:
        if path not in sources:
            _explain_absence(run, path, target.flags, is_wished=step is not None)
            continue
        source = sources[path]
        for line in read_log(cluster, run["metadata"]["namespace"], source, part):
            click.echo(prefixes.write(path, source.attempt, line))
    return int(not sources)


def follow_logs(name: str | None, step: str | None, part: LogPart, target: Target) -> int:
    """Print all lines as they come, until the Run ends. Returns 1 where there were none."""
    cluster = connect(target)
    run = find_run(cluster, name)
    prefixes = Prefixes(choose_paths(run, step))
    follower = Follower(cluster, run, step, part)
    for line in follower.lines():
        click.echo(prefixes.write(line.source.path, line.source.attempt, line.text))
    if not follower.has_sources:
        click.echo(f"no step of run {run['metadata']['name']!r} had a log", err=True)
    return int(not follower.has_sources)


def _explain_absence(run: Object, path: str, flags: str, *, is_wished: bool) -> None:
    """Say on stderr why a step has no log, or who has it; of a skipped one it goes without saying."""
    step = run.get("status", {}).get("steps", {}).get(path, {"phase": "Pending"})
    if step.get("run"):
        click.echo(
            f"step {path!r} is a run of its own; next: kubectl longshore logs {step['run']}{flags}", err=True
        )
        return
    if step["phase"] == "Skipped" and not is_wished:
        return
    why = explain(step) or ("its pod is gone, and its log with it" if step.get("completionTime") else "")
    click.echo(f"step {path!r} has no log: {step['phase']}{f' ({why})' if why else ''}", err=True)
