"""Owns `logs`: the logs of all steps of a Run or of one, in the order of time, as they are or as they come."""

from collections.abc import Callable, Iterator, Sequence

import click

from longshore.cli.archives.clients import open_archive
from longshore.cli.archives.runs import find_anywhere
from longshore.cli.attempts import list_attempts
from longshore.cli.clusters import connect
from longshore.cli.followers import Follower
from longshore.cli.logbooks import Logbook
from longshore.cli.mergers import Log, merge_logs
from longshore.cli.paths import choose_paths
from longshore.cli.podlogs import Source, cut_time, pick
from longshore.cli.targets import Target
from longshore.cli.views.fanouts import is_item
from longshore.cli.views.loglines import Prefixes
from longshore.cli.views.rows import explain, list_paths
from longshore.cli.wishes import LogPart

Write = Callable[[Source, str], None]


def print_logs(name: str | None, step: str | None, part: LogPart, target: Target) -> int:
    """Print what there is. Returns 1 where there is nothing."""
    cluster = connect(target)
    with open_archive(cluster, target) as archive:
        run = find_anywhere(cluster, archive, name).run
        return _print_all(Logbook(cluster, archive, run, part), step, target.flags)


def follow_logs(name: str | None, step: str | None, part: LogPart, target: Target) -> int:
    """Print what has ended, then all lines as they come, until the Run ends. Returns 1 where there were none."""
    cluster = connect(target)
    with open_archive(cluster, target) as archive:
        found = find_anywhere(cluster, archive, name)
        logbook = Logbook(cluster, archive, found.run, part)
        if found.deleted:
            return _print_all(logbook, step, target.flags)
        return _follow_all(logbook, step)


def _print_all(logbook: Logbook, step: str | None, flags: str) -> int:
    paths, sources = _find_first(logbook, step)
    _print_merged(logbook, sources, _build_writer(logbook, paths))
    heard = {source.path for source in sources}
    for path in paths:
        if path not in heard:
            _explain_absence(logbook, path, flags, is_wished=step is not None)
    return int(not sources)


def _follow_all(logbook: Logbook, step: str | None) -> int:
    paths, sources = _find_first(logbook, step)
    write = _build_writer(logbook, paths)
    ended = [source for source in sources if source.is_over]
    latest_first = sorted(sources, key=lambda source: source.attempt, reverse=True)
    follower = Follower(logbook, step, {source.path: source.attempt for source in latest_first})
    follower.skip(ended)
    _print_merged(logbook, ended, write)
    for line in follower.lines():
        write(line.source, line.text)
    if not follower.has_sources:
        trouble = f"; {logbook.trouble}" if logbook.trouble else ""
        click.echo(f"no step of run {logbook.run['metadata']['name']!r} had a log{trouble}", err=True)
    return int(not follower.has_sources)


def _find_first(logbook: Logbook, step: str | None) -> tuple[list[str], list[Source]]:
    """The steps that are meant, and their logs that there are."""
    paths = choose_paths(logbook.run, step)
    attempts = list(list_attempts(logbook.run, paths, logbook.part))
    return paths, pick(logbook.find(step, attempts), attempts, logbook.part)


def _print_merged(logbook: Logbook, sources: Sequence[Source], write: Write) -> None:
    logs = [Log(source, source.started, _build_reader(logbook, source)) for source in sources]
    for source, line in merge_logs(logs):
        write(source, line)


def _build_reader(logbook: Logbook, source: Source) -> Callable[[], Iterator[str]]:
    return lambda: logbook.read(source)


def _build_writer(logbook: Logbook, paths: Sequence[str]) -> Write:
    """How a line is printed, which has its time before it."""
    part = logbook.part
    prefixes = Prefixes([path for path in list_paths(logbook.run) if not is_item(path)], paths)
    is_alone = len(paths) == 1 and not part.all_containers and not part.all_attempts

    def write(source: Source, line: str) -> None:
        text = line if part.timestamps else cut_time(line)
        # An item of a fan-out that had none yet is one of several.
        is_told_apart = not (is_alone and source.path in paths) if part.prefix is None else part.prefix
        container = source.container if part.all_containers and not source.is_own else ""
        click.echo(prefixes.write(source.path, source.attempt, container, text) if is_told_apart else text)

    return write


def _explain_absence(logbook: Logbook, path: str, flags: str, *, is_wished: bool) -> None:
    """Say on stderr why a step has no log, or who has it; of a skipped one it goes without saying."""
    step = logbook.run.get("status", {}).get("steps", {}).get(path, {"phase": "Pending"})
    if step.get("run"):
        click.echo(
            f"step {path!r} is a run of its own; next: kubectl longshore logs {step['run']}{flags}", err=True
        )
        return
    if step["phase"] == "Skipped" and not is_wished:
        return
    gone = f"its pod is gone; {logbook.trouble or 'the archive has no log of it'}" if step.get("pod") else ""
    why = explain(step) or (gone if step.get("completionTime") else "")
    click.echo(f"step {path!r} has no log: {step['phase']}{f' ({why})' if why else ''}", err=True)
