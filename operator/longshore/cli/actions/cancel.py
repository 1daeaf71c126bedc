"""Owns `cancel`: ends Runs before they are done."""

from typing import Literal

from longshore.cli.cluster.changes import change_runs
from longshore.cli.cluster.clusters import connect
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Selection

Cancel = Literal["Graceful", "Immediate"]


def cancel_runs(selection: Selection, cancel: Cancel, output: str | None, target: Target) -> None:
    """Cancel each Run that has not ended."""
    change_runs(connect(target), selection, {"cancel": cancel}, "canceled", output)
