"""The rows of a batch: from CSV or JSON lines, of the Workflow's types, with all that is wrong."""

import pytest
from longshore.cli.making.batches import Row, check_rows, read_rows
from unit.cli.samples import Object

GRAPH: Object = {
    "params": [
        {"name": "text", "required": True},
        {"name": "count", "type": "Integer", "default": 1},
        {"name": "ratio", "type": "Number"},
        {"name": "dry", "type": "Boolean"},
        {"name": "words", "type": "List"},
        {"name": "size", "enum": ["s", "l"]},
    ],
    "steps": [{"name": "a", "image": "x"}],
}


def read(text: str, graph: Object | None = GRAPH) -> tuple[list[Row], list[str]]:
    rows, problems = read_rows("p", text, graph)
    return rows, [str(problem) for problem in [*problems, *check_rows("p", rows, graph)]]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("text,count\na,3\nb,\n", [Row(2, {"text": "a", "count": 3}), Row(3, {"text": "b"})]),
        (
            "\ufefftext , ratio\r\n001,0.5\r\n\r\nx,2\r\n",
            [Row(2, {"text": "001"} | {"ratio": 0.5}), Row(4, {"text": "x", "ratio": 2})],
        ),
        (
            'text,words,dry\n"a\nb","[1, ""c""]",TRUE\nlast,[],false\n',
            [
                Row(2, {"text": "a\nb", "words": [1, "c"], "dry": True}),
                Row(4, {"text": "last", "words": [], "dry": False}),
            ],
        ),
        (
            '{"text": "a", "count": 2}\n\n  {"text": "b"}\n',
            [Row(1, {"text": "a", "count": 2}), Row(3, {"text": "b"})],
        ),
    ],
    ids=["csv", "byte order mark, CRLF, blank lines", "quoted", "JSON lines"],
)
def test_rows(text: str, rows: list[Row]) -> None:
    assert read(text) == (rows, [])


def test_without_a_graph_cells_are_what_they_look_like() -> None:
    assert read("a,b,c\n1,x,[2]\n", None) == ([Row(2, {"a": 1, "b": "x", "c": [2]})], [])


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("", ["p:1: has no rows"]),
        ("text,count\n", ["p:1: has no rows"]),
        ("text,count\na,1.5\n", ["p:2: count: '1.5' is not of type Integer"]),
        ("text,ratio\na,nan\n", ["p:2: ratio: 'nan' is not of type Number"]),
        (
            'text,dry,words\na,maybe,"b,c"\n',
            [
                "p:2: dry: 'maybe' is not of type Boolean",
                "p:2: words: 'b,c' is not of type List, written as JSON such as [\"a\", \"b\"]",
            ],
        ),
        ("text,size\na,m\n", ['p:2: size: "m" is none of "s", "l"']),
        ("count\n1\n", ["p:2: text: is required; give a value of type String"]),
        (
            "text,nix\na,b\n",
            ["p:2: nix: there is no such parameter; there are: text, count, ratio, dry, words, size"],
        ),
        ("text,text\na,b\n", ["p:1: text: there are 2 columns of this name"]),
        ("text,\na,b\n", ["p:1: a column has no name; the first line names the parameters"]),
        ("text,count\na,1,2\n", ["p:2: has 3 cells, but the header has 2; quote a cell that holds a comma"]),
        ('text\n"a\n', ["p:2: is no CSV: unexpected end of data"]),
        ('{"text": "a"}\n{"text": }\n', ["p:2: column 10: is no JSON: Expecting value"]),
        ('{"text": "a", "ratio": NaN}\n', ["p:1: is no JSON: NaN is no number of JSON"]),
        ('{"text": "a"}\n[1]\n', ['p:2: is no object; write one as {"name": value} on each line']),
        ('{"text": "a", "count": "1"}\n', ['p:1: count: "1" is not of type Integer']),
    ],
)  # fmt: skip
def test_what_is_wrong_has_its_line_and_column(text: str, problems: list[str]) -> None:
    assert read(text)[1] == problems


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert len(read("text,count\na,x\nb,y\nc,1\n")[1]) == 2
