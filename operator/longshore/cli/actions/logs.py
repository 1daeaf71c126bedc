"""Owns `logs`: the logs of all steps of a Run or of one, in the order of time, as they are or as they come."""

from collections.abc import Callable, Iterator, Sequence

import click

from longshore.cli.clusters import Cluster, Object, connect
from longshore.cli.followers import Follower
from longshore.cli.mergers import Log, merge_logs
from longshore.cli.paths import choose_paths
from longshore.cli.podlogs import Source, cut_time, find_sources, pick_last, read_log
from longshore.cli.runs import find_run
from longshore.cli.targets import Target
from longshore.cli.views.fanouts import is_item
from longshore.cli.views.loglines import Prefixes
from longshore.cli.views.rows import explain, list_paths
from longshore.cli.wishes import LogPart

Write = Callable[[Source, str], None]


def print_logs(name: str | None, step: str | None, part: LogPart, target: Target) -> int:
    """Print what there is. Returns 1 where there is nothing."""
    cluster = connect(target)
    run = find_run(cluster, name)
    paths = choose_paths(run, step)
    sources = pick_last(find_sources(cluster, run, step, part))
    _print_merged(cluster, sources, part, _build_writer(run, paths, part))
    heard = {source.path for source in sources}
    for path in paths:
        if path not in heard:
            _explain_absence(run, path, target.flags, is_wished=step is not None)
    return int(not sources)


def follow_logs(name: str | None, step: str | None, part: LogPart, target: Target) -> int:
    """Print what has ended, then all lines as they come, until the Run ends. Returns 1 where there were none."""
    cluster = connect(target)
    run = find_run(cluster, name)
    write = _build_writer(run, choose_paths(run, step), part)
    follower = Follower(cluster, run, step, part)
    ended = [source for source in find_sources(cluster, run, step, part) if source.is_over]
    follower.skip(ended)
    _print_merged(cluster, ended, part, write)
    for line in follower.lines():
        write(line.source, line.text)
    if not follower.has_sources:
        click.echo(f"no step of run {run['metadata']['name']!r} had a log", err=True)
    return int(not follower.has_sources)


def _print_merged(cluster: Cluster, sources: Sequence[Source], part: LogPart, write: Write) -> None:
    logs = [Log(source, source.started, _build_reader(cluster, source, part)) for source in sources]
    for source, line in merge_logs(logs):
        write(source, line)


def _build_reader(cluster: Cluster, source: Source, part: LogPart) -> Callable[[], Iterator[str]]:
    return lambda: read_log(cluster, cluster.namespace, source, part)


def _build_writer(run: Object, paths: Sequence[str], part: LogPart) -> Write:
    """How a line is printed, which has its time before it."""
    prefixes = Prefixes([path for path in list_paths(run) if not is_item(path)], paths)
    is_alone = len(paths) == 1 and not part.all_containers

    def write(source: Source, line: str) -> None:
        text = line if part.timestamps else cut_time(line)
        # An item of a fan-out that had none yet is one of several.
        is_told_apart = not (is_alone and source.path in paths) if part.prefix is None else part.prefix
        container = source.container if part.all_containers and not source.is_own else ""
        click.echo(prefixes.write(source.path, source.attempt, container, text) if is_told_apart else text)

    return write


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
