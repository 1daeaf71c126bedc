"""Owns `submit`: makes a Run, and where wished waits for its end."""

from longshore.cli.cluster.clusters import connect
from longshore.cli.making.makings import make_run
from longshore.cli.making.sources import complete_run, find_graph, read_source
from longshore.cli.making.submissions import label_run, name_run, parse_labels
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Making, Waiting


def submit(source: str, making: Making, waiting: Waiting, target: Target) -> int:
    """Make a Run, and wait for it where that is wished. Returns 0, or its outcome as the exit code."""
    run, target = read_source(source, target)
    cluster = connect(target)
    run = label_run(name_run(run, making), parse_labels(making.labels))
    run = complete_run(run, find_graph(cluster, run), making.params)
    return make_run(cluster, run, making, waiting, target)
