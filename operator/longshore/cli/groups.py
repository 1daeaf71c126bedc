"""Owns the list of commands. A command's module is imported when it is run, so that help and Tab come at once."""

from importlib import import_module
from typing import TYPE_CHECKING

import click

from longshore.cli.versions import VERSION
from longshore.cli.words.options import hand_down, with_target
from longshore.cli.words.suggestions import suggest
from longshore.cli.words.targets import Target

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

SUMMARIES = {
    "submit": "Run a Workflow, or a file that holds a Workflow or a Run.",
    "rerun": "Make another go at a Run that has ended.",
    "list": "List Runs, the newest first.",
    "tree": "Show a Run's steps; where it failed, first why.",
    "watch": "Show a Run's steps live until it ends.",
    "top": "Show the Runs that go on, live.",
    "agents": "Show Agents: ready or why not, how full, what runs there.",
    "groups": "Show concurrency groups: limits, holders, how many wait.",
    "tags": "List the tags of nodes and Agents, give and take them.",
    "logs": "Print the logs of a Run, of all steps or of one.",
    "explain": "Say why a Run does not go on, or why it failed.",
    "artifacts": "List, fetch and open what steps left.",
    "events": "Print what happened to a Run, in its order.",
    "history": "List Runs that have ended, also those that are gone, the newest first.",
    "describe": "Show all that is known of a Run.",
    "approve": "Approve what a Run asks.",
    "reject": "Reject what a Run asks.",
    "suspend": "Let Runs start nothing new until they are resumed.",
    "resume": "Let suspended Runs go on.",
    "cancel": "End Runs before they are done.",
    "graph": "Draw the steps of a file, a Workflow or a Run, and what needs what.",
    "preview": "Print the pods that a Run would make, and make no Run.",
    "plan": "Foretell in what order steps would start, and how long a Run takes.",
    "lint": "Check manifests as the operator does, without a cluster.",
    "version": "Print the versions of the plugin and of the cluster's API.",
}
ALIASES = {"ls": "list", "status": "tree"}

EPILOG = """\b
Examples:
  kubectl longshore lint pipeline.yaml
  kubectl longshore submit pipeline.yaml -p revision=main --watch
  kubectl longshore list -A
  kubectl longshore logs my-run test -f

\b
Exit codes of submit --wait, submit --watch and watch:
  0  the Run succeeded      3    the Run was canceled
  1  it failed, or an error 124  --timeout passed
  2  wrong usage, bad manifest
"""


class LazyGroup(click.Group):
    """A group whose commands are modules of longshore.cli.commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Names in the order of use."""
        return list(SUMMARIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of this name or alias."""
        name = ALIASES.get(cmd_name, cmd_name)
        if name not in SUMMARIES:
            return None
        command: click.Command = import_module(f"longshore.cli.commands.{name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The commands with their summaries, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem[str]]":
        """The commands with their summaries, without importing them, and the options."""
        from click.shell_completion import CompletionItem

        named = {name: summary for name, summary in SUMMARIES.items() if name.startswith(incomplete)}
        commands = [CompletionItem(name, help=summary) for name, summary in named.items()]
        return [*commands, *click.Command.shell_complete(self, ctx, incomplete)]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a hint where the name is nearly right."""
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            ctx.fail(f"there is no command {args[0]!r}{suggest(args[0], [*SUMMARIES, *ALIASES])}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    options_metavar="",
    subcommand_metavar="COMMAND [ARGUMENTS]...",
)
@click.version_option(VERSION, message="%(version)s")
@with_target
@click.pass_context
def plugin(ctx: click.Context, target: Target) -> None:
    """Run Workflows on Kubernetes and see what became of them."""
    hand_down(ctx, target, [*SUMMARIES, *ALIASES])
