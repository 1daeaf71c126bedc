"""Owns `rerun`: makes a Run that is another go at an earlier one."""

from longshore.cli.cluster.clusters import connect
from longshore.cli.cluster.runs import find_run
from longshore.cli.making.makings import make_run
from longshore.cli.making.reruns import build_rerun, check_step
from longshore.cli.making.sources import complete_run, find_graph
from longshore.cli.making.submissions import label_run, name_run, parse_labels
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Beginning, Making, Waiting


def rerun(name: str, beginning: Beginning, making: Making, waiting: Waiting, target: Target) -> int:
    """Make the Run, and wait for it where that is wished. Returns 0, or its outcome as the exit code."""
    cluster = connect(target)
    run = build_rerun(find_run(cluster, name), beginning)
    run = label_run(name_run(run, making), parse_labels(making.labels))
    graph = find_graph(cluster, run)
    check_step(run, graph)
    return make_run(cluster, complete_run(run, graph, making.params), making, waiting, target)
