"""Where steps stand in the tree: needs first, branches indented under their fork, joins back at its depth."""

import pytest
from longshore.cli.views.layouts import arrange_steps


def outline(graph: str) -> list[str]:
    """The places of a graph such as `a b:a c:a,b`, each as its branch mark and name, indented by its depth."""
    steps = []
    for word in graph.split():
        name, _, needs = word.partition(":")
        steps.append({"name": name, "needs": needs.split(",")} if needs else {"name": name})
    return [
        f"{'.' * place.depth}{'+' if place.is_branch else ''}{place.name}"
        for place in arrange_steps({"steps": steps})
    ]


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        ("a", ["a"]),
        ("a b", ["a", "b"]),
        ("a b:a c:b", ["a", "b", "c"]),
        ("c:b b:a a", ["a", "b", "c"]),
        ("a b:a c:a d:b,c", ["a", ".+b", ".+c", "d"]),
        ("a b:a c:a d:c e:b,d f:e", ["a", ".+b", ".+c", ".d", "e", "f"]),
        ("a b:a c:a d:b e:b f:d,e g:f,c", ["a", ".+b", "..+d", "..+e", ".f", ".+c", "g"]),
        ("a b c:a,b", ["a", "b", "c"]),
        ("a b:a c:a,b", ["a", "b", "c"]),
        ("a:gone", ["a"]),
        ("a:b b:a", ["a", "b"]),
        ("", []),
    ],
    ids=[
        "one", "two roots", "chain", "declared backwards", "diamond", "branch with a chain", "fork in a fork",
        "join of roots", "need past a need", "unknown need", "cycle", "nothing",
    ],
)  # fmt: skip
def test_arrange_steps(graph: str, expected: list[str]) -> None:
    assert outline(graph) == expected


def test_needs_of_defaults_count() -> None:
    graph = {"defaults": {"needs": ["a"]}, "steps": [{"name": "b"}, {"name": "a", "needs": []}]}
    assert [place.name for place in arrange_steps(graph)] == ["a", "b"]


def test_a_long_chain_is_no_recursion() -> None:
    steps = [{"name": "s0"}, *({"name": f"s{n}", "needs": [f"s{n - 1}"]} for n in range(1, 1000))]
    places = arrange_steps({"steps": steps})
    assert [place.name for place in places] == [f"s{n}" for n in range(1000)]
    assert {place.depth for place in places} == {0}


def test_steps_of_finally_come_last() -> None:
    graph = {"finally": [{"name": "report", "needs": ["tidy"]}, {"name": "tidy"}], "steps": [{"name": "build"}]}
    assert [place.name for place in arrange_steps(graph)] == ["build", "tidy", "report"]
