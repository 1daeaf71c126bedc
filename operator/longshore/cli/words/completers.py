"""Owns what a word of the command line may be: names of Runs, steps, Workflows, for Tab. Must import nothing slow.

A word itself is taken as it is; whether there is such a thing the command finds out.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import click

from longshore.cli.words.targets import Target
from longshore.errors import LongshoreError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Find = Callable[[Target, click.Context], Iterable[str]]


class Name(click.ParamType[str]):
    """A name of which a cluster, or the kubeconfig, knows which there are."""

    def __init__(self, name: str, find: str, *, or_file: bool = False) -> None:
        self.name = name
        self._find = find
        self._or_file = or_file

    def shell_complete(
        self,
        ctx: click.Context,
        param: click.Parameter,
        incomplete: str,
    ) -> "list[CompletionItem[str]]":
        """The names that begin as the word does; else a file's, where the word may mean one."""
        from click.shell_completion import CompletionItem

        given = ctx.params.get(param.name or "") or ()
        is_path = self._or_file and incomplete[:1] in {".", "/", "~"}
        names = [] if is_path else [name for name in self._list(ctx) if name.startswith(incomplete)]
        if self._or_file and not names:
            return [CompletionItem(incomplete, type="file")]
        return [CompletionItem(name) for name in names if name not in given]

    def _list(self, ctx: click.Context) -> Iterable[str]:
        """The names that there are; none where the cluster does not say."""
        from longshore.cli.words import candidates

        find: Find = getattr(candidates, self._find)
        try:
            return find(find_target(ctx), ctx)
        except LongshoreError:
            return []


def find_target(ctx: click.Context) -> Target:
    """The cluster and namespace that the words mean so far, before or after the command."""
    given: dict[str, Any] = {}
    place: click.Context | None = ctx
    while place is not None:
        given = {**{name: place.params.get(name) for name in Target.__dataclass_fields__}, **_drop_empty(given)}
        place = place.parent
    return Target(**given)


def _drop_empty(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value}


RUN = Name("run", "list_runs")
STEP = Name("step", "list_steps")
ARTIFACT = Name("artifact", "list_artifacts")
QUESTION = Name("question", "list_questions")
AGENT = Name("agent", "list_agents")
CONCURRENCY_GROUP = Name("group", "list_groups")
TAG = Name("tag", "list_tags")
NODE = Name("node", "list_nodes")
WORKFLOW = Name("workflow", "list_workflows")
SOURCE = Name("source", "list_workflows", or_file=True)
NAMESPACE = Name("namespace", "list_namespaces")
CONTEXT = Name("context", "list_contexts")
FILE = click.Path()
