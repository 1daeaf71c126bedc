"""Owns tables of all objects of a kind, printed once or kept up to date. Must not know what is in them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.console import Console, RenderableType
from rich.text import Text

from longshore.cli.cluster.clusters import Cluster, Object, Query, Resource
from longshore.cli.cluster.watches import Event, Watch
from longshore.cli.terminal.boards import Board
from longshore.cli.terminal.screens import is_live, show, show_board
from longshore.cli.views.screens import build_screen


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind as an overview shows it."""

    resource: Resource
    build_table: Callable[[Sequence[Object]], RenderableType]
    build_head: Callable[[Sequence[Object]], Text]
    sort: Callable[[list[Object]], list[Object]]
    is_over: Callable[[Object], bool] = lambda _: False
    """Whether an object is left out."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Which objects are shown, and for how long."""

    namespace: str | None
    """None: of all namespaces."""
    labels: str = ""
    is_wished_live: bool = False


def show_overview(cluster: Cluster, console: Console, kind: Kind, extent: Extent) -> bool:
    """Show what there is, live where that is wished and somebody looks on. Returns whether there was anything."""
    query, board = Query(kind.resource, extent.namespace, labels=extent.labels), Board(kind.is_over)
    items, version = cluster.list(query)
    for item in items:
        board.record(Event(item))

    def paint() -> RenderableType:
        return build_screen(
            kind.build_head(board.objects), kind.sort(board.objects), console.height, kind.build_table
        )

    if extent.is_wished_live and is_live(console):
        board.bring(Watch(cluster, query, version=version).events())
        show_board(console, board, paint)
        return True
    if board.objects:
        show(console, kind.build_table(kind.sort(board.objects)))
    return bool(board.objects)


def say_place(cluster: Cluster, *, all_namespaces: bool) -> str:
    """Where it was looked, for the end of a sentence."""
    return "any namespace" if all_namespaces else f"namespace {cluster.namespace!r}"
