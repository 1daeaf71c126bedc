"""Where boxes stand: layers, order, no overlap."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from longshore.cli.views.placements import Size, place_nodes, rank_nodes

GAP = Size(50, 10)


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, list[str]]:
    """Up to twelve nodes, each after those it needs."""
    needs: dict[str, list[str]] = {}
    for index in range(draw(st.integers(1, 12))):
        earlier = list(needs)
        needs[f"n{index}"] = draw(st.lists(st.sampled_from(earlier), unique=True, max_size=3)) if earlier else []
    return needs


@pytest.mark.parametrize(
    ("needs", "ranks"),
    [
        ({"a": [], "b": ["a"], "c": ["a", "b"]}, [0, 1, 2]),
        ({"a": [], "b": [], "c": ["b"]}, [0, 0, 1]),
    ],
)
def test_rank_nodes(needs: dict[str, list[str]], ranks: list[int]) -> None:
    assert list(rank_nodes(needs).values()) == ranks


def test_branches_stand_around_their_fork() -> None:
    needs = {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}
    spots = place_nodes(needs, dict.fromkeys(needs, Size(100, 20)), GAP).spots
    assert spots["a"].y == spots["d"].y == (spots["b"].y + spots["c"].y) / 2
    assert spots["c"].y - spots["b"].y == 30
    assert [spots[name].x for name in "abd"] == [50, 200, 350]


def test_lines_do_not_cross_where_they_need_not() -> None:
    needs = {"a": [], "b": [], "c": ["b"], "d": ["a"]}
    spots = place_nodes(needs, dict.fromkeys(needs, Size(10, 10)), GAP).spots
    assert (spots["a"].y < spots["b"].y) is (spots["d"].y < spots["c"].y)


@given(graphs(), st.data())
def test_nothing_overlaps(needs: dict[str, list[str]], data: st.DataObject) -> None:
    sizes = {name: Size(100, data.draw(st.integers(10, 60))) for name in needs}
    placement = place_nodes(needs, sizes, GAP)
    ranks = rank_nodes(needs)
    for rank in set(ranks.values()):
        layer = sorted((name for name in needs if ranks[name] == rank), key=lambda name: placement.spots[name].y)
        for above, below in pairwise(layer):
            room = placement.spots[below].y - placement.spots[above].y
            assert room >= (sizes[above].height + sizes[below].height) / 2 + GAP.height - 1e-6


@given(graphs())
def test_edges_pass_between_the_boxes(needs: dict[str, list[str]]) -> None:
    sizes = dict.fromkeys(needs, Size(100, 40))
    placement = place_nodes(needs, sizes, GAP)
    assert set(placement.routes) == {(need, name) for name in needs for need in needs[name]}
    for (first, last), route in placement.routes.items():
        assert (route[0], route[-1]) == (placement.spots[first], placement.spots[last])
        for spot in route[1:-1]:
            layer = [other for other in placement.spots.values() if other.x == spot.x]
            assert all(abs(other.y - spot.y) >= 20 + GAP.height - 1e-6 for other in layer)
