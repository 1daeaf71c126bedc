"""Owns `logs`: the logs of all steps of a Run or of one, in the order of time, as they are or as they come."""

from collections.abc import Callable, Iterator, Sequence

import click

from longshore.cli.archives.clients import open_archive
from longshore.cli.archives.runs import find_anywhere
from longshore.cli.cluster.clusters import Object, connect
from longshore.cli.logs.attempts import explain_lack
from longshore.cli.logs.chapters import Chapter, open_chapters
from longshore.cli.logs.followers import open_follower
from longshore.cli.logs.logbooks import Logbook
from longshore.cli.logs.mergers import Log, merge_logs
from longshore.cli.logs.podlogs import Source, cut_time
from longshore.cli.views.fanouts import is_item
from longshore.cli.views.loglines import Prefixes, write_name
from longshore.cli.views.rows import explain, list_paths
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import LogPart

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
    chapters = open_chapters(logbook, step)
    runs = {chapter.run_name for chapter in chapters}
    _print_merged(chapters, _build_writer(chapters))
    for chapter in chapters:
        for source in chapter.sources:
            for note in source.notes:
                click.echo(f"step {source.path!r}: {note}", err=True)
        for path in chapter.list_silent(runs):
            _explain_absence(chapter.logbook, path, flags, is_wished=step is not None)
    return int(not any(chapter.sources for chapter in chapters))


def _follow_all(logbook: Logbook, step: str | None) -> int:
    chapters = open_chapters(logbook, step)
    chapter, known = chapters[0], {found.run_name: found for found in chapters}
    write = _build_writer(chapters)
    follower = open_follower(chapter, step, known)
    _print_merged(
        [found.narrow([source for source in found.sources if source.is_over]) for found in chapters], write
    )
    for line in follower.lines():
        write(line.source, line.text)
    has_sources = follower.has_sources or any(found.sources for found in chapters)
    if not has_sources:
        trouble = f"; {logbook.trouble}" if logbook.trouble else ""
        click.echo(f"no step of run {chapter.run_name!r} had a log{trouble}", err=True)
    return int(not has_sources)


def _print_merged(chapters: Sequence[Chapter], write: Write) -> None:
    logs = [
        Log(chapter.name(source), source.started, _build_reader(chapter.logbook, source))
        for chapter in chapters
        for source in chapter.sources
    ]
    for source, line in merge_logs(logs):
        write(source, line)


def _build_reader(logbook: Logbook, source: Source) -> Callable[[], Iterator[str]]:
    return lambda: logbook.read(source)


def _build_writer(chapters: Sequence[Chapter]) -> Write:
    """How a line is printed, which has its time before it."""
    logbook, runs = chapters[0].logbook, {chapter.run_name for chapter in chapters}
    part, names = logbook.part, [name for chapter in chapters for name in chapter.list_names(runs)]
    steps = [name for name in dict.fromkeys([*list_paths(logbook.run), *names]) if not is_item(name)]
    prefixes = Prefixes(steps, [*names, *_list_beginnings(chapters)])
    is_alone = len(names) == 1 and not part.all_containers and not part.all_attempts

    def write(source: Source, line: str) -> None:
        text = line if part.timestamps else cut_time(line)
        # An item of a fan-out that had none yet is one of several.
        is_told_apart = not (is_alone and source.path in names) if part.prefix is None else part.prefix
        container = _choose_container(source, part)
        click.echo(prefixes.write(source.path, source.attempt, container, text) if is_told_apart else text)

    return write


def _list_beginnings(chapters: Sequence[Chapter]) -> list[str]:
    """What stands before the lines of the logs that there are."""
    return [
        write_name(chapter.name(source).path, source.attempt, _choose_container(source, chapter.logbook.part))
        for chapter in chapters
        for source in chapter.sources
    ]


def _choose_container(source: Source, part: LogPart) -> str:
    """The container to tell by its name; empty where it is the step's own."""
    return source.container if part.all_containers and not source.is_own else ""


def _explain_absence(logbook: Logbook, path: str, flags: str, *, is_wished: bool) -> None:
    """Say on stderr why a step has no log, or who has it; of a skipped one it goes without saying."""
    step = logbook.run.get("status", {}).get("steps", {}).get(path, {"phase": "Pending"})
    if step.get("run"):
        click.echo(
            f"step {path!r} is a run of its own; next: kubectl longshore logs {step['run']}{flags}", err=True
        )
    elif lack := explain_lack(step, logbook.part):
        click.echo(f"step {path!r} {lack}", err=True)
    elif step["phase"] != "Skipped" or is_wished:
        why = explain(step) or _explain_loss(logbook, step)
        click.echo(f"step {path!r} has no log: {step['phase']}{f' ({why})' if why else ''}", err=True)


def _explain_loss(logbook: Logbook, step: Object) -> str:
    """What became of the log of a step that ran to its end; empty where it did not."""
    if not step.get("completionTime") or not step.get("pod"):
        return ""
    return f"its pod is gone; {logbook.trouble or 'the archive has no log of it'}"
