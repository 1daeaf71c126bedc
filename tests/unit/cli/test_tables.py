"""Runs as a table, whose columns are as kubectl's."""

import re
from collections.abc import Sequence

from longshore.cli.views.tables import COLUMNS, MESSAGE, NAMESPACE, WIDE, Column, fit_table
from unit.cli.samples import NOW, at, failed_run, run

MESSAGE_TEXT = "step 'unit' failed (Error, exit code 1): FAILED test_x.py::test_y"
PLAIN: Sequence[Column] = [*COLUMNS, MESSAGE]
RUNS = [
    failed_run(),
    run(),
    run({"phase": "Running", "progress": "1/5", "startTime": at("01:00")}, workflowSpec={}),
]


def write(columns: Sequence[Column], limit: int | None = None) -> list[str]:
    """The table of all Runs without its colours."""
    table = fit_table(columns, RUNS, NOW, limit)
    text = table.write_header() + "".join(table.write_row(run, NOW) for run in RUNS)
    return re.sub(r"\x1b\[\d+m", "", text).splitlines()


def test_table() -> None:
    assert write(PLAIN) == [
        "NAME   WORKFLOW   PHASE     PROGRESS   AGE   DURATION   MESSAGE",
        f"demo   pipeline   Failed    5/5        2m    100s       {MESSAGE_TEXT}",
        "demo   pipeline                        2m",
        "demo              Running   1/5        2m    60s",
    ]


def test_a_run_of_another_controller_says_so() -> None:
    foreign = run(workflowRef={"name": "w"}, managedBy="example.com/me")
    assert fit_table(PLAIN, [foreign], NOW, None).write_row(foreign, NOW).endswith("left to example.com/me\n")


def test_a_terminal_cuts_the_message() -> None:
    lines = write(PLAIN, limit=80)
    assert lines[1].endswith("   step 'unit' failed (Err…")
    assert len(lines[1]) == 80


def test_a_narrow_terminal_has_no_message() -> None:
    assert [line.rpartition(" ")[2] for line in write(PLAIN, limit=60)] == ["DURATION", "100s", "2m", "60s"]


def test_more_columns() -> None:
    header = write([NAMESPACE, *COLUMNS, *WIDE, MESSAGE])[0].split()
    assert header == [
        "NAMESPACE", "NAME", "WORKFLOW", "PHASE", "PROGRESS", "AGE", "DURATION", "CREATED-BY", "COST", "MESSAGE",
    ]  # fmt: skip


def test_later_rows_keep_the_columns() -> None:
    table = fit_table(PLAIN, RUNS[1:2], NOW, None)
    assert table.write_row(RUNS[0], NOW).index("5/5") > table.write_header().index("PHASE")
