"""Owns the rows of a file of parameters, CSV or JSON lines: each the parameters of one Run, and where it stands.

Must not know how Runs are made.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

from longshore.api.workflows import Param, WorkflowSpec
from longshore.cli.checks.documents import Problem
from longshore.cli.words.parameters import read_value
from longshore.planning.acceptance.acceptance import parse_workflow
from longshore.planning.acceptance.parameters import check_params

_PREFIX = "spec.params."


@dataclass(frozen=True, slots=True)
class Row:
    """The parameters of one Run."""

    line: int
    """Where it begins, counted from 1."""
    params: dict[str, Any]


def read_rows(file: str, text: str, graph: Mapping[str, Any] | None) -> tuple[list[Row], list[Problem]]:
    """The rows of a file, and all that is wrong with it.

    A file is JSON lines where it begins with a brace, else CSV with the parameters' names in its first line; an
    empty cell is a parameter that is not given. `graph` is the spec of the Workflow, whose params say which type
    a cell has; None: not known.
    """
    text = text.removeprefix("\ufeff")
    declared = None if graph is None else graph.get("params") or []
    found = list(_read_lines(file, text) if text.lstrip().startswith("{") else _read_csv(file, text, declared))
    rows = [row for row in found if isinstance(row, Row)]
    problems = [problem for problem in found if isinstance(problem, Problem)]
    if not found:
        problems.append(Problem(file, 1, "", "has no rows"))
    return rows, problems


def check_rows(file: str, rows: Sequence[Row], graph: Mapping[str, Any] | None) -> list[Problem]:
    """What is wrong with the parameters of each row, given the spec of the Workflow; None: not known."""
    spec = None if graph is None else parse_workflow(dict(graph))
    if not isinstance(spec, WorkflowSpec):
        return []
    return [problem for row in rows for problem in _check(file, row, spec.params)]


def _check(file: str, row: Row, declared: Sequence[Param]) -> Iterator[Problem]:
    for finding in check_params(declared, row.params):
        yield Problem(file, row.line, finding.field.removeprefix(_PREFIX), finding.message)


def _read_lines(file: str, text: str) -> Iterator[Row | Problem]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            params = json.loads(line, parse_constant=_refuse_constant)
        except json.JSONDecodeError as error:
            yield Problem(file, number, f"column {error.colno}", f"is no JSON: {error.msg}")
            continue
        except (ValueError, RecursionError) as error:
            yield Problem(file, number, "", f"is no JSON: {error}")
            continue
        if isinstance(params, dict):
            yield Row(number, params)
        else:
            yield Problem(file, number, "", 'is no object; write one as {"name": value} on each line')


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _read_csv(file: str, text: str, declared: Sequence[Mapping[str, Any]] | None) -> Iterator[Row | Problem]:
    lines = _split_csv(file, text)
    first = next(lines, None)
    if first is None or isinstance(first, Problem):
        yield from filter(None, (first,))
        return
    header = [cell.strip() for cell in first[1]]
    if faults := list(_check_header(file, first[0], header)):
        yield from faults
        return
    types = None if declared is None else {param.get("name"): param.get("type", "String") for param in declared}
    for line in lines:
        if isinstance(line, Problem):
            yield line
        elif len(line[1]) != len(header):
            message = (
                f"has {len(line[1])} cells, but the header has {len(header)}; quote a cell that holds a comma"
            )
            yield Problem(file, line[0], "", message)
        else:
            yield from _read_row(file, line[0], dict(zip(header, line[1], strict=True)), types)


def _split_csv(file: str, text: str) -> Iterator[tuple[int, list[str]] | Problem]:
    """The cells of each line that is not blank, with its number; a quoted cell may go over several lines."""
    reader, begin = csv.reader(StringIO(text, newline=""), strict=True), 1
    try:
        for cells in reader:
            if cells:
                yield begin, cells
            begin = reader.line_num + 1
    except csv.Error as error:
        yield Problem(file, begin, "", f"is no CSV: {error}")


def _check_header(file: str, line: int, header: Sequence[str]) -> Iterator[Problem]:
    for name, count in Counter(header).items():
        if not name:
            yield Problem(file, line, "", "a column has no name; the first line names the parameters")
        elif count > 1:
            yield Problem(file, line, name, f"there are {count} columns of this name")


def _read_row(
    file: str, line: int, cells: Mapping[str, str], types: Mapping[Any, str] | None
) -> Iterator[Row | Problem]:
    params: dict[str, Any] = {}
    faults: list[Row | Problem] = []
    for name, text in cells.items():
        try:
            if text:
                params[name] = read_value(text, None if types is None else types.get(name, "String"))
        except ValueError as error:
            faults.append(Problem(file, line, name, str(error)))
    yield from faults or [Row(line, params)]
