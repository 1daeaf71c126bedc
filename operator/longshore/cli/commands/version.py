"""Owns `version` as people type it."""

import click

from longshore.cli.versions import VERSION
from longshore.cli.words.options import with_target
from longshore.cli.words.targets import Target


@click.command("version")
@click.option("--client", is_flag=True, help="Only the plugin's version; no cluster is asked.")
@click.option("-o", "--output", type=click.Choice(["json", "yaml"]), help="For programs: json or yaml.")
@with_target
def command(*, client: bool, output: str | None, target: Target) -> None:
    """Print the versions of the plugin and of the cluster's API."""
    if output is not None:
        from longshore.cli.actions.version import print_versions

        print_versions(output, None if client else target)
        return
    click.echo(f"Client Version: {VERSION}")
    if client:
        return
    from longshore.cli.actions.version import print_api

    print_api(target)
