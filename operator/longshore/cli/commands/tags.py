"""Owns `tags` as people type it."""

from collections.abc import Callable

import click

from longshore.cli.words.completers import AGENT, NODE, TAG
from longshore.cli.words.options import Function, hand_down, with_target
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Tagging


@click.group(
    "tags", invoke_without_command=True, subcommand_metavar="[COMMAND [ARGUMENTS]...]", options_metavar=""
)
@with_target
@click.pass_context
def command(ctx: click.Context, target: Target) -> None:
    """List the tags of nodes and Agents, give and take them.

    A tag of a node is its label tags.longshore.dev/TAG=true; a tag of an Agent says that its nodes have it, so an
    Agent that is given one uses none but nodes that have it too. Steps ask for tags as `requiredTags`.
    """
    hand_down(ctx, target, command.commands)
    if ctx.invoked_subcommand is None:
        from longshore.cli.actions.tags import list_tags

        list_tags(target)


def _with_owners(function: Function) -> Function:
    """Adds the tag, and who is to have it, as the argument `tagging`."""

    def gathered(tag: str, *, nodes: tuple[str, ...], agents: tuple[str, ...], target: Target) -> int:
        if not nodes and not agents:
            raise click.UsageError("name who is meant by --node or --agent")
        code: int = function(Tagging(tag, nodes, agents), target)
        return code

    gathered.__doc__ = function.__doc__
    decorated: Callable[..., int] = with_target(gathered)
    decorated = click.option("--agent", "agents", type=AGENT, multiple=True, help="An Agent; may be repeated.")(
        decorated
    )
    decorated = click.option("--node", "nodes", type=NODE, multiple=True, help="A node; may be repeated.")(
        decorated
    )
    return click.argument("tag", type=TAG)(decorated)


@command.command("add")
@_with_owners
def add_command(tagging: Tagging, target: Target) -> int:
    """Give nodes and Agents a tag.

    Who has it already keeps it. Other tags and labels stay.
    """
    from longshore.cli.actions.tags import add_tag

    return add_tag(tagging, target)


@command.command("remove")
@_with_owners
def remove_command(tagging: Tagging, target: Target) -> int:
    """Take a tag from nodes and Agents.

    Steps that run there go on. Other tags and labels stay.
    """
    from longshore.cli.actions.tags import remove_tag

    return remove_tag(tagging, target)
