"""Owns `version`: which of Longshore's kinds the cluster serves."""

import click

from longshore.cli.clusters import RUNS, connect
from longshore.cli.wishes import Target


def print_api(target: Target) -> None:
    """Print the API version and its kinds. Raises NotInstalledError where the cluster has none."""
    kinds = connect(target).request("GET", RUNS.api)["resources"]
    served = sorted(kind["kind"] for kind in kinds if "/" not in kind["name"])
    click.echo(f"Cluster API: {RUNS.api.removeprefix('apis/')} ({', '.join(served)})")
