"""Owns where the nodes of a layered drawing stand: Sugiyama's method, in pure arithmetic.

Layers by the longest path, order in them by barycenters, places as near to their neighbours as there is room. Must
not know what is in the boxes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

SWEEPS = 12
"""How often order and places are improved; more changes nothing that one sees."""
Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a node stands: the middle, and the width of its layer, in which all boxes are as wide."""

    x: float
    y: float
    width: float

    @property
    def left(self) -> float:
        """Where edges come in."""
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        """Where edges go out."""
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Placement:
    """Where all nodes stand, and by which spots each edge goes."""

    spots: Mapping[str, Spot]
    routes: Mapping[Edge, Sequence[Spot]]
    """From the first node to the last, with a spot in each layer between."""


@dataclass(frozen=True, slots=True)
class Size:
    """Of a box, or of the room between boxes."""

    width: float
    height: float


def place_nodes(needs: Mapping[str, Sequence[str]], sizes: Mapping[str, Size], gap: Size) -> Placement:
    """Places for all nodes. `needs` has each node after those it needs; nothing overlaps."""
    ranks = rank_nodes(needs)
    chains = {(need, name): _build_chain(need, name, ranks) for name in needs for need in needs[name]}
    layers = _build_layers(ranks, chains.values())
    links = [pair for chain in chains.values() for pair in pairwise(chain)]
    layers = _order_layers(layers, links)
    heights = {name: sizes[name].height if name in sizes else 0.0 for layer in layers for name in layer}
    ys = _place_layers(layers, links, heights, gap.height)
    columns = _place_ranks(layers, sizes, gap.width)
    spots = {
        name: Spot(x, ys[name], width) for layer, (x, width) in zip(layers, columns, strict=True) for name in layer
    }
    routes = {edge: [spots[name] for name in chain] for edge, chain in chains.items()}
    return Placement({name: spots[name] for name in needs}, routes)


def rank_nodes(needs: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """The layer of each node: one after the last of those it needs."""
    ranks: dict[str, int] = {}
    for name, wanted in needs.items():
        ranks[name] = max((ranks[need] + 1 for need in wanted), default=0)
    return ranks


def _build_chain(first: str, last: str, ranks: Mapping[str, int]) -> list[str]:
    """The edge's nodes, with one of its own in each layer that it passes."""
    between = [f"{first}>{last}>{rank}" for rank in range(ranks[first] + 1, ranks[last])]
    return [first, *between, last]


def _build_layers(ranks: Mapping[str, int], chains: Iterable[Sequence[str]]) -> list[list[str]]:
    layers: list[list[str]] = [[] for _ in range(max(ranks.values(), default=-1) + 1)]
    for name, rank in ranks.items():
        layers[rank].append(name)
    for chain in chains:
        for rank, name in enumerate(chain[1:-1], ranks[chain[0]] + 1):
            layers[rank].append(name)
    return layers


def _order_layers(layers: Sequence[list[str]], links: Sequence[Edge]) -> list[list[str]]:
    """The order with the fewest crossings that sweeps to and fro come by."""
    before, after = _neighbours(links)
    best, order = [list(layer) for layer in layers], [list(layer) for layer in layers]
    fewest = _count_crossings(best, after)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        neighbours = after if sweep % 2 else before
        for layer in reversed(order) if sweep % 2 else order:
            positions = {name: index for other in order for index, name in enumerate(other)}
            weights = {
                name: fmean(positions[other] for other in neighbours[name])
                if neighbours.get(name)
                else positions[name]
                for name in layer
            }
            layer.sort(key=weights.__getitem__)
        crossings = _count_crossings(order, after)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in order], crossings
    return best


def _neighbours(links: Sequence[Edge]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Of each node those in the layer before it, and those in the layer after."""
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for first, last in links:
        before.setdefault(last, []).append(first)
        after.setdefault(first, []).append(last)
    return before, after


def _count_crossings(layers: Sequence[Sequence[str]], after: Mapping[str, Sequence[str]]) -> int:
    """How many pairs of links cross."""
    count = 0
    for layer, following in pairwise(layers):
        positions = {name: index for index, name in enumerate(following)}
        ends = [
            positions[last] for name in layer for last in sorted(after.get(name, ()), key=positions.__getitem__)
        ]
        count += sum(earlier > later for index, later in enumerate(ends) for earlier in ends[:index])
    return count


def _place_layers(
    layers: Sequence[Sequence[str]], links: Sequence[Edge], heights: Mapping[str, float], gap: float
) -> dict[str, float]:
    """The middle of each node across its layer."""
    before, after = _neighbours(links)
    ys: dict[str, float] = {}
    for layer in layers:
        ys |= _spread(layer, dict.fromkeys(layer, 0.0), heights, gap)
    for sweep in range(SWEEPS):
        neighbours = after if sweep % 2 else before
        for layer in reversed(layers) if sweep % 2 else layers:
            wished = {
                name: fmean(ys[other] for other in neighbours[name]) if neighbours.get(name) else ys[name]
                for name in layer
            }
            ys |= _spread(layer, wished, heights, gap)
    top = min((ys[name] - heights[name] / 2 for name in ys), default=0.0)
    return {name: y - top for name, y in ys.items()}


def _spread(
    layer: Sequence[str], wished: Mapping[str, float], heights: Mapping[str, float], gap: float
) -> dict[str, float]:
    """As near to the wishes as the order and the gaps allow, in least squares: pool adjacent violators."""
    offsets, offset = [], 0.0
    for index, name in enumerate(layer):
        offset += (heights[layer[index - 1]] + heights[name]) / 2 + gap if index else 0.0
        offsets.append(offset)
    blocks: list[list[float]] = []
    for name, offset in zip(layer, offsets, strict=True):
        blocks.append([wished[name] - offset])
        while len(blocks) > 1 and fmean(blocks[-2]) > fmean(blocks[-1]):
            last = blocks.pop()
            blocks[-1] += last
    bases = [fmean(block) for block in blocks for _ in block]
    return {name: base + offset for name, base, offset in zip(layer, bases, offsets, strict=True)}


def _place_ranks(
    layers: Sequence[Sequence[str]], sizes: Mapping[str, Size], gap: float
) -> list[tuple[float, float]]:
    """Middle and width of each layer: it is as wide as its widest box."""
    columns, right = [], 0.0
    for layer in layers:
        width = max((sizes[name].width for name in layer if name in sizes), default=0.0)
        columns.append((right + width / 2, width))
        right += width + gap
    return columns
