"""Owns the end of a command that waited for a Run: the report, and the exit code."""

from collections.abc import Iterator, Sequence

from rich.console import Console

from longshore.cli.cluster.clusters import Cluster, Object
from longshore.cli.cluster.runs import EXIT_CODES, TIMED_OUT, get_phase, is_finished
from longshore.cli.logs.podlogs import read_tail
from longshore.cli.terminal.clocks import get_now
from longshore.cli.terminal.screens import show, show_live
from longshore.cli.views.reports import MOST_FAILURES, build_report, find_failures
from longshore.cli.views.trees import build_header, build_tree


def watch_outcome(console: Console, cluster: Cluster, runs: Iterator[Object], flags: str) -> int:
    """Show a Run until its end, then how it ended. Returns the exit code."""
    run = show_live(console, runs, flags)
    code = show_outcome(console, cluster, run, flags)
    if console.is_terminal and is_finished(run):
        show(console, "", build_tree(run, get_now()))
    return code


def show_outcome(console: Console, cluster: Cluster, run: Object, flags: str) -> int:
    """Say how the Run ended, or that it goes on after the timeout. Returns the exit code."""
    if is_finished(run):
        show_report(console, cluster, run, flags)
        return EXIT_CODES[get_phase(run)]
    watch = f"kubectl longshore watch {run['metadata']['name']}{flags}"
    show(console, build_header(run, get_now()), f"  the timeout has passed, the run goes on; next: {watch}")
    return TIMED_OUT


def find_worst(made: Sequence[Object], ends: Sequence[Object]) -> int:
    """The exit code of many Runs: that they go on after the timeout, one failed or is gone, one was canceled."""
    if len(ends) < len(made):
        return TIMED_OUT
    codes = {EXIT_CODES.get(get_phase(run), 1) for run in ends}
    return next((code for code in (1, *EXIT_CODES.values()) if code in codes - {0}), 0)


def show_report(console: Console, cluster: Cluster, run: Object, flags: str) -> None:
    """Say how a finished Run ended; of a failed one with the end of the logs."""
    failures = [failure for failure in find_failures(run)[:MOST_FAILURES] if failure.has_log]
    logs = {failure.path: read_tail(cluster, failure.path, failure.step) for failure in failures}
    show(console, *build_report(run, get_now(), flags, logs))
