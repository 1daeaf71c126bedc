"""Owns `graph` as people type it."""

import click

from longshore.cli.words.completers import SOURCE
from longshore.cli.words.options import with_target
from longshore.cli.words.targets import Target


@click.command("graph")
@click.argument("source", type=SOURCE, required=False, metavar="[FILE|WORKFLOW|RUN|-]")
@click.option(
    "-o", "--output", default="text", type=click.Choice(["text", "mermaid", "svg"]), help="text, mermaid or svg."
)
@with_target
def command(source: str | None, output: str, target: Target) -> None:
    """Draw the steps of a file, a Workflow or a Run, and what needs what.

    A name is a Workflow's or else a Run's; run/NAME and workflow/NAME say which. Of a Run it shows the phase of
    each step. Without a name it is the latest Run of the namespace. Text leaves out needs that follow from other
    needs. Mermaid is for Markdown; SVG is one file for browsers and documents, in light and dark.
    """
    from longshore.cli.actions.graph import show_graph

    show_graph(source, output, target)
