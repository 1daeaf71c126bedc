"""How a Run looks on a terminal, character by character."""

import pytest
from longshore.cli.views.rows import Row
from longshore.cli.views.trees import build_tree, fold_rows
from unit.cli.samples import (
    DIAMOND,
    NOW,
    Object,
    asking_run,
    at,
    done,
    failed_run,
    fanned_out_run,
    paint,
    run,
    step,
)

RUNNING = run({
    "phase": "Running",
    "progress": "1/5",
    "startTime": at("00:00"),
    "message": "step 'e2e' waits (Unschedulable): 0/2 nodes are available",
    "steps": {
        "build": done("00:01", "00:31"),
        "unit": step("Running", attempt=2, node="node-2", startTime=at("01:00")),
        "e2e": step("Pending", "Unschedulable", "0/2 nodes are available", attempt=1),
        "docs": step("Pending", "AwaitingNeeds", "waits for e2e"),
        "release": step("Pending", "AwaitingNeeds", "waits for unit, docs"),
    },
})  # fmt: skip
RUNNING_TREE = """\
● demo  Running  1/5  2m  pipeline
  step 'e2e' waits (Unschedulable): 0/2 nodes are available

STEP       PHASE      TIME  TRY  NODE
✔ build    Succeeded   30s    1  node-1
├ ● unit   Running     60s    2  node-2
├ ○ e2e    Pending            1          Unschedulable: 0/2 nodes are available
│ ○ docs   Pending                       waits for e2e
○ release  Pending                       waits for unit, docs
"""
FAILED_TREE = """\
✘ demo  Failed  5/5  100s  pipeline

STEP       PHASE      TIME  TRY  NODE
✔ build    Succeeded   30s    1  node-1
├ ✘ unit   Failed      12s    2  node-2  Error (exit code 1): FAILED test_x.py:…
├ ⊘ e2e    Canceled    60s    1          RunCanceled
│ ◌ docs   Skipped                       RunFailed
◌ release  Skipped                       NeedFailed: unit
"""
ASKING_TREE = """\
● demo  Running  1/2  2m  pipeline
  gate.2 asks: May gate go on?
  next: kubectl longshore approve demo gate.2 -n team (or reject)

STEP     PHASE      TIME  TRY  NODE
✔ build  Succeeded   30s    1  node-1
○ gate   Pending            2          waits for approval, 1 of 2: May gate go …
"""
FANNED_OUT_TREE = """\
● demo  Running  3/4  2m  pipeline

STEP         PHASE      TIME  NODE
✔ build      Succeeded   30s  node-1
● test       Running     80s          2 of 3 items done
├ ✔ test[0]  Succeeded   10s  node-2
├ ✔ test[1]  Succeeded   10s  node-2
├ ○ test[2]  Pending                  waits for a place
"""
FOLDED_TREE = """\
● demo  Running  21/22  2m  pipeline

STEP     PHASE      TIME  NODE
✔ build  Succeeded   30s  node-1
● test   Running     80s          21 items: 20 Succeeded, 1 Pending
"""
UNSEEN_TREE = """\
○ demo  not seen by an operator yet  2m

STEP       PHASE    TIME
○ build    Pending
├ ○ unit   Pending
├ ○ e2e    Pending
│ ○ docs   Pending
○ release  Pending
"""


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (RUNNING, RUNNING_TREE),
        (failed_run(), FAILED_TREE),
        (asking_run(), ASKING_TREE),
        (fanned_out_run(3), FANNED_OUT_TREE),
        (fanned_out_run(21), FOLDED_TREE),
        (run(workflowSpec=DIAMOND), UNSEEN_TREE),
        (run(), "○ demo  not seen by an operator yet  2m  pipeline\n"),
        (run(workflowRef={"name": "w"}, managedBy="example.com/me"), "○ demo  left to example.com/me  2m  w\n"),
    ],
    ids=["running", "failed", "asking", "items", "folded items", "unseen", "unseen and by reference", "foreign"],
)
def test_build_tree(shown: Object, expected: str) -> None:
    assert paint(build_tree(shown, NOW, flags=" -n team")) == expected


def test_a_fan_out_that_failed_says_why_rather_than_how_many() -> None:
    shown = fanned_out_run(30)
    why = "1 of 30 items failed; item 3 (Error): no"
    shown["status"]["steps"]["test"] = step("Failed", "ItemsFailed", why)
    assert paint(build_tree(shown, NOW), width=120).splitlines()[-1].endswith(f"ItemsFailed: {why}")


def test_a_run_that_is_canceled_says_so_at_once() -> None:
    canceling = run({"phase": "Running"}, workflowRef={"name": "pipeline"}, cancel="Graceful")
    assert paint(build_tree(canceling, NOW)).startswith("● demo  Running  canceling  2m")


def test_items_of_a_fan_out_stand_under_their_step_by_number() -> None:
    graph = {"steps": [{"name": "test"}]}
    items = {f"test[{n}]": step("Running") for n in (10, 2)}
    shown = paint(build_tree(run({"phase": "Running", "workflowSpec": graph, "steps": items}), NOW))
    assert [line.split()[:3] for line in shown.splitlines()[3:]] == [
        ["○", "test", "Pending"],
        ["├", "●", "test[2]"],
        ["├", "●", "test[10]"],
    ]


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(map(len, paint(build_tree(failed_run(), NOW), width=width).splitlines())) <= width


def test_a_tree_fits_into_its_height() -> None:
    graph = {"steps": [{"name": f"s{n}"} for n in range(100)]}
    big = run(
        {"phase": "Running", "workflowSpec": graph, "steps": {f"s{n}": done("00:01", "00:02") for n in range(90)}}
    )
    lines = paint(build_tree(big, NOW, height=24)).splitlines()
    assert len(lines) <= 24
    assert lines[3].startswith("… 80 more done")
    assert lines[-1].startswith("○ s99")


def test_a_tree_with_questions_fits_into_its_height() -> None:
    shown = asking_run()
    shown["status"]["workflowSpec"] = {"steps": [{"name": f"s{n}"} for n in range(100)] + [{"name": "gate"}]}
    lines = paint(build_tree(shown, NOW, height=24)).splitlines()
    assert len(lines) <= 24
    assert lines[1] == "  gate.2 asks: May gate go on?"


def rows(phases: str) -> list[Row]:
    """A row for each letter: S succeeded, R running, P pending, F failed."""
    names = {"S": "Succeeded", "R": "Running", "P": "Pending", "F": "Failed"}
    return [Row(str(n), "", names[letter], "", 1, "", "") for n, letter in enumerate(phases)]


@pytest.mark.parametrize(
    ("phases", "room", "expected"),
    [
        ("SSRP", 4, (0, "0123", 0)),
        ("SSRP", 3, (2, "23", 0)),
        ("SSSSRP", 4, (3, "345", 0)),
        ("FSSSRP", 3, (3, "0", 2)),
        ("RRRRRR", 3, (0, "01", 4)),
        ("FSRPPPPP", 4, (1, "02", 5)),
    ],
    ids=["fits", "done goes", "done goes first to last", "done is not enough", "nothing is done", "failed stays"],
)
def test_fold_rows(phases: str, room: int, expected: tuple[int, str, int]) -> None:
    before, shown, after = fold_rows(rows(phases), room)
    assert (before, "".join(row.path for row in shown), after) == expected
    assert bool(before) + len(shown) + bool(after) <= room
