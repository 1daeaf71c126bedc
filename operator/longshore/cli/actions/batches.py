"""Owns `submit --params-file`: a Run for each row of a file, and where wished the wait for all of them."""

import secrets
from dataclasses import dataclass, replace

import click

from longshore.cli.checks.documents import sort_problems
from longshore.cli.checks.files import read_file
from longshore.cli.cluster.clusters import Cluster, Object, connect
from longshore.cli.cluster.runs import follow_ends
from longshore.cli.making.batches import Row, check_rows, read_rows
from longshore.cli.making.makers import make_runs
from longshore.cli.making.sources import find_graph, read_source
from longshore.cli.making.submissions import build_batch, list_faults, parse_labels, set_params
from longshore.cli.terminal.clocks import get_now
from longshore.cli.terminal.outcomes import find_worst
from longshore.cli.terminal.screens import build_console, show
from longshore.cli.views.batches import build_summary, write_end, write_missing
from longshore.cli.views.objects import write_made
from longshore.cli.words.mistakes import MistakeError
from longshore.cli.words.parameters import parse_params
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Making, Waiting
from longshore.names import BATCH_LABEL


@dataclass(frozen=True, slots=True)
class _Batch:
    """The Runs to make, and where each stands in the file."""

    file: str
    rows: list[Row]
    runs: list[Object]
    selector: str


def submit_batch(source: str, file: str, making: Making, waiting: Waiting, target: Target) -> int:
    """Make a Run for each row, all of which are checked before. Returns 0, or the worst outcome."""
    if source == file == "-":
        raise MistakeError("the Workflow and the rows can't both come from standard input")
    base, target = read_source(source, target)
    cluster = connect(target)
    batch = _plan(cluster, base, file, making)
    try:
        made = _make(cluster, batch, making, waiting.output)
        if making.dry_run != "none" or not made:
            return int(len(made) < len(batch.runs))
        if not (waiting.watch or waiting.wait):
            click.echo(f"next: kubectl longshore top -l {batch.selector}{target.flags}", err=True)
            return int(len(made) < len(batch.runs))
        code = _await(cluster, made, batch.selector, waiting, target)
    except KeyboardInterrupt:
        cancel = f"kubectl longshore cancel -l {batch.selector}{target.flags}"
        click.echo(f"what was made goes on; to end it: {cancel}", err=True)
        raise
    return code if len(made) == len(batch.runs) else 1


def _plan(cluster: Cluster, base: Object, file: str, making: Making) -> _Batch:
    """All Runs to make. Raises MistakeError where one of them would be refused, after saying why on stderr."""
    graph = find_graph(cluster, base)
    base = set_params(base, parse_params(making.params, None if graph is None else graph.get("params", [])))
    file, text = read_file(file)
    rows, problems = read_rows(file, text, graph)
    rows = [replace(row, params={**base["spec"].get("params", {}), **row.params}) for row in rows]
    problems += check_rows(file, rows, graph)
    for problem in sort_problems(problems):
        click.echo(str(problem), err=True)
    if problems:
        raise MistakeError(f"{file!r} is not accepted, so no Run was made; correct it and try again")
    name = making.name or (base["metadata"].get("name") if making.generate_name is None else None)
    labels = {BATCH_LABEL: name or secrets.token_hex(4), **parse_labels(making.labels)}
    runs = build_batch(base, [row.params for row in rows], making, labels)
    # Of the parameters nothing is wrong, so what is found is the graph's, and the same for all.
    if faults := list_faults(runs[0], graph):
        raise MistakeError("; ".join(faults))
    return _Batch(file, rows, runs, f"{BATCH_LABEL}={labels[BATCH_LABEL]}")


def _make(cluster: Cluster, batch: _Batch, making: Making, output: str | None) -> list[Object]:
    """Make the Runs and say so, each in its turn. Returns those that there are now."""
    made: dict[int, Object] = {}
    for result in make_runs(cluster, batch.runs, making.dry_run):
        if result.run is None:
            click.echo(f"{batch.file}:{batch.rows[result.row].line}: {result.error}", err=True)
            continue
        made[result.row] = result.run
        done = "unchanged" if result.is_unchanged else "created"
        click.echo(write_made(result.run, making.dry_run, output, done), nl=False)
    if missing := [row.line for index, row in enumerate(batch.rows) if index not in made]:
        click.echo(write_missing(missing, len(batch.rows), is_named="name" in batch.runs[0]["metadata"]), err=True)
    return list(made.values())


def _await(cluster: Cluster, made: list[Object], selector: str, waiting: Waiting, target: Target) -> int:
    """Wait for the ends. With -o stdout holds the objects alone, so the rest goes to stderr."""
    is_apart = waiting.output is not None
    ends: list[Object] = []
    for run in follow_ends(cluster, made, selector, waiting.timeout):
        ends.append(run)
        if waiting.watch:
            click.echo(write_end(run, get_now()), err=is_apart)
    show(build_console(stderr=is_apart), *build_summary(made, ends, selector, target.flags))
    return find_worst(made, ends)
