"""YAML with lines."""

import pytest
from longshore.cli.checks.documents import Document, Problem, parse_documents

TEXT = """\
# a comment
kind: Workflow
spec:
  params:
  - {name: a, default: 2024-01-02}
  steps:
  - name: build
    image: x
  - name: test
    args:
    - one
    - two
---
kind: Run
"""


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("kind", 2),
        ("spec", 3),
        ("spec.params[0].default", 5),
        ("spec.steps[test]", 9),
        ("spec.steps[test].args[1]", 12),
        ("spec.steps[1].args", 10),
        ("spec.steps[build].imag", 7),
        ("spec.steps[gone].image", 6),
        ("spec.steps[test].onError: Ask", 9),
        ("nothing", 2),
    ],
)
def test_find_line(field: str, line: int) -> None:
    document = parse_documents("f", TEXT)[0]
    assert isinstance(document, Document)
    assert document.find_line(field) == line


def test_dates_stay_text() -> None:
    document = parse_documents("f", TEXT)[0]
    assert isinstance(document, Document)
    assert document.content["spec"]["params"][0]["default"] == "2024-01-02"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a: 1\n---\n\n---\nb: 2\n", []),
        ("a:\n  b: 1\n  b: 2\n", ["f:3: b: is there twice; it is in line 2 too"]),
        (
            "a: 1\n---\nb: [1\nc: {",
            ["f:4: is no YAML: while parsing a flow sequence, expected ',' or ']', but got ':'"],
        ),
        ("a: !python/object:os.system 1", ["f:1: is no YAML: could not determine a constructor for the tag"]),
        ("a: \x00", ["f:1: is no YAML: "]),
    ],
    ids=["empty documents", "twice", "broken", "a tag", "no text"],
)
def test_problems(text: str, lines: list[str]) -> None:
    problems = [str(found) for found in parse_documents("f", text) if isinstance(found, Problem)]
    assert [problem[: len(line)] for problem, line in zip(problems, lines, strict=True)] == lines


def test_what_stands_before_an_error_is_read() -> None:
    first, problem = parse_documents("f", "a: 1\n---\nb: [")
    assert isinstance(first, Document)
    assert isinstance(problem, Problem)
