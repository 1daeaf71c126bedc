"""Owns `lint` as people type it."""

import click

from longshore.cli.words.completers import FILE


@click.command("lint")
@click.argument("names", type=FILE, nargs=-1, required=True, metavar="FILE|DIR|-...")
def command(names: tuple[str, ...]) -> int:
    """Check manifests as the operator does, without a cluster.

    Each finding is a line `file:line: field: message`. The exit code is 1 where there is one; warnings leave it at
    0. A Run's Workflow is looked up among the same files. Objects of other projects are passed over.
    """
    from longshore.cli.actions.lint import lint_files

    return lint_files(names)
