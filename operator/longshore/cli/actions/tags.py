"""Owns `tags`: which there are, and who is given or loses one."""

import re
from collections.abc import Callable, Iterator
from functools import partial

import click

from longshore.cli.cluster.clusters import Cluster, connect
from longshore.cli.cluster.tags import Tag, find_tags, tag_agent, tag_node
from longshore.cli.terminal.screens import build_console, show
from longshore.cli.views.tags import build_tags
from longshore.cli.words.mistakes import MistakeError
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Tagging
from longshore.errors import ClusterError, ForbiddenError
from longshore.names import DNS_LABEL, GROUP, MAX_NAME


def list_tags(target: Target) -> None:
    """Print the tags that there are, with who has them."""
    cluster = connect(target)
    tags = find_tags(cluster)
    if tags:
        show(build_console(), build_tags(tags))
    else:
        click.echo(f"no node, and no agent in namespace {cluster.namespace!r}, has a tag", err=True)
    if any(tag.nodes is None for tag in tags):
        click.echo("nodes may not be read with your rights: these are the tags of agents alone", err=True)


def add_tag(tagging: Tagging, target: Target) -> int:
    """Give nodes and Agents a tag. Returns 1 where one could not be given it."""
    cluster = connect(target)
    code = _change_all(cluster, tagging, "tagged", has=True)
    if tagging.agents and (note := _warn(cluster, tagging.tag)):
        click.echo(note, err=True)
    return code


def remove_tag(tagging: Tagging, target: Target) -> int:
    """Take a tag from nodes and Agents. Returns 1 where it could not be taken from one."""
    return _change_all(connect(target), tagging, "untagged", has=False)


def _change_all(cluster: Cluster, tagging: Tagging, done: str, *, has: bool) -> int:
    """Change one after the other; what goes wrong with one is said, and the others are changed. Returns 1 then."""
    _check(tagging.tag)
    failed = 0
    for name, change in _list_changes(cluster, tagging, has=has):
        try:
            click.echo(f"{name} {done if change() else 'unchanged'}")
        except ClusterError as error:
            click.echo(f"error: {name}: {error}", err=True)
            failed = 1
    return failed


def _list_changes(cluster: Cluster, tagging: Tagging, *, has: bool) -> Iterator[tuple[str, Callable[[], bool]]]:
    for node in dict.fromkeys(tagging.nodes):
        yield f"node/{node}", partial(tag_node, cluster, node, tagging.tag, has=has)
    for agent in dict.fromkeys(tagging.agents):
        yield f"agent.{GROUP}/{agent}", partial(tag_agent, cluster, agent, tagging.tag, has=has)


def _check(tag: str) -> None:
    """Raises MistakeError for what can be no tag."""
    if len(tag) > MAX_NAME or not re.fullmatch(DNS_LABEL, tag):
        raise MistakeError(
            f"{tag!r} can't be a tag: write lowercase letters, digits and hyphens between them, at most {MAX_NAME}"
        )


def _warn(cluster: Cluster, name: str) -> str:
    """That no node has a tag which Agents now ask for; empty where one has, or nobody can know."""
    try:
        tag = next((found for found in find_tags(cluster) if found.name == name), Tag(name, (), ()))
    except ForbiddenError:
        return ""
    if tag.nodes is None or tag.nodes:
        return ""
    return f"no node has tag {name!r} yet; next: kubectl longshore tags add {name} --node NODE"
