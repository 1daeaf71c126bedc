"""What waits for an Agent or a group: told alike by explain, describe, tree and top, with who is in the way."""

from dataclasses import replace

import pytest
from longshore.api.workflows import WorkflowSpec
from longshore.cli.reasons.condensations import condense_wait
from longshore.cli.reasons.explanations import explain_run, explain_waits, list_consequences
from longshore.cli.reasons.scenes import Scene
from longshore.cli.views.boards import find_wait
from longshore.cli.views.descriptions import describe_run
from longshore.cli.views.explanations import build_waits
from longshore.cli.views.reports import Failure, choose_command
from longshore.cli.views.rows import build_rows
from longshore.cli.views.trees import build_header
from longshore.planning.acceptance.graphs import build_graph
from longshore.planning.times import parse_time
from unit.cli.pools import BROWSERS, BUILT_IN, DISABLED, GPU, STAGES, group, placing_run
from unit.cli.samples import NOW, Object, at, paint, run, step

RUN = placing_run()
SCENE = Scene(
    RUN,
    build_graph(WorkflowSpec.model_validate(RUN["status"]["workflowSpec"])),
    parse_time(NOW),
    agents={agent["metadata"]["name"]: agent for agent in (BUILT_IN, GPU, DISABLED)},
    groups={"browsers": BROWSERS},
    flags=" -n team",
)


def test_explain_says_who_is_in_the_way_and_what_helps() -> None:
    assert (
        paint(build_waits(build_header(RUN, NOW), explain_waits(SCENE), []))
        == """\
● demo  Running  0/4  2m  pipeline

STEP   REASON         BLOCKER
train  AwaitingAgent  gpu-a offline; gpu-b disabled (for 100s)
pack   AwaitingAgent  built-in at capacity 3/3 (for 90s)
e2e    AwaitingGroup  group browsers: 2/2 held; 3rd in line at 10:01:00 (for
                      60s); held by release for 100s, nightly/e2e[3] for 60s
ship   AwaitingNeeds  e2e: group browsers: 2/2 held; 3rd in line at 10:01:00
                      (for 60s); held by release for 100s, nightly/e2e[3] for
                      60s

  next, train: kubectl patch agents.longshore.dev gpu-b --type=merge -p
'{"spec":{"enabled":true}}' -n team
  next, pack: kubectl longshore agents -n team
  next, e2e: kubectl longshore groups browsers -n team
"""
    )


@pytest.mark.parametrize(
    ("known", "message", "text", "command"),
    [
        ({}, "waits for group browsers: 2/2 held", "group browsers: 2/2 held (for 60s)", "groups"),
        (
            {"browsers": group("browsers", 0)},
            "waits for group browsers: limit 0 pauses it",
            "group browsers: limit 0 pauses it (for 60s)",
            """patch concurrencygroups.longshore.dev browsers --type=merge -p '{"spec":{"limit":1}}'""",
        ),
        (
            {"browsers": {**STAGES, "metadata": {"name": "browsers"}}},
            "waits for group browsers: 1/1 held for key prod; 2nd in line at 10:00",
            "group browsers: 1/1 held for key prod; 2nd in line at 10:00 (for 60s); held by web-1/deploy for 60s",
            "groups browsers",
        ),
    ],
)  # fmt: skip
def test_groups(known: Object, message: str, text: str, command: str) -> None:
    steps = {"e2e": {**RUN["status"]["steps"]["e2e"], "message": message}}
    told = replace(SCENE, run={**RUN, "status": {**RUN["status"], "steps": steps}}, groups=known)
    cause = next(wait.cause for wait in explain_waits(told) if wait.path == "e2e")
    assert cause.text == text
    assert cause.advice in {f"kubectl {command} -n team", f"kubectl longshore {command} -n team"}


@pytest.mark.parametrize(
    ("names", "path", "command"),
    [
        ([], "train", "kubectl longshore agents"),
        (["gpu-a"], "train", "kubectl longshore agents gpu-a"),
        (["gpu-a", "built-in"], "train", "kubectl longshore agents gpu-a"),
        (["gpu-a", "built-in"], "pack", "kubectl longshore agents built-in"),
    ],
)
def test_which_agent_is_looked_at(names: list[str], path: str, command: str) -> None:
    told = replace(SCENE, agents={name: SCENE.agents[name] for name in names}, flags="")
    assert next(wait.cause.advice for wait in explain_waits(told) if wait.path == path) == command


@pytest.mark.parametrize(
    ("place", "command"),
    [("this namespace", "kubectl longshore top -n team"), ("the cluster", "kubectl longshore top -A -n team")],
)
def test_room_for_steps(place: str, command: str) -> None:
    message = f"waits for room: at most 1 steps of {place} run at once"
    steps = {
        "train": step("Running", pod="demo-train-1", attempt=1),
        "pack": step("Pending", "AwaitingSlot", message, attempt=1, queuedTime=at("01:00")),
    }
    shown = {**RUN, "status": {**RUN["status"], "steps": steps}}
    [pack] = [wait for wait in explain_waits(replace(SCENE, run=shown)) if wait.path == "pack"]
    assert (pack.root, pack.cause.advice) == ("pack", command)
    assert pack.blocker == f"room: at most 1 steps of {place} run at once (for 60s)"
    assert find_wait(shown, NOW) == f"pack: room: at most 1 steps of {place} run at once"
    assert "    Waiting Since:  2026-01-02T10:01:00Z (for 60s)" in list(describe_run(shown, NOW))


def test_describe_says_who_is_in_the_way_and_since_when() -> None:
    lines = list(describe_run(RUN, NOW))
    first = lines.index("  train:")
    assert lines[first : first + 5] == [
        "  train:",
        "    Phase:          Pending (AwaitingAgent)",
        "    Attempt:        1",
        "    Waiting:        gpu-a offline; gpu-b disabled",
        "    Waiting Since:  2026-01-02T10:00:20Z (for 100s)",
    ]


def test_describe_names_the_agent() -> None:
    shown = run({"phase": "Running", "steps": {"build": step("Running", agent="gpu-a", attempt=1)}})
    assert "    Agent:          gpu-a" in list(describe_run(shown, NOW))


def test_the_tree_has_the_message_alone() -> None:
    assert [row.why for row in build_rows(RUN, NOW)[:2]] == [
        "waits: gpu-a offline; gpu-b disabled",
        "waits: built-in at capacity 3/3",
    ]


def test_top_says_what_it_is() -> None:
    assert find_wait(RUN, NOW) == "train: gpu-a offline; gpu-b disabled"
    trouble = {"x": step("Pending", "Unschedulable"), **RUN["status"]["steps"]}
    assert find_wait({**RUN, "status": {**RUN["status"], "steps": trouble}}, NOW) == "x: Unschedulable"


@pytest.mark.parametrize(
    ("message", "condensed"),
    [
        ("waits: gpu-a offline", "gpu-a offline"),
        ("waits for group b: 1/1 held", "group b: 1/1 held"),
        ("something else", "something else"),
    ],
)
def test_messages_are_condensed(message: str, condensed: str) -> None:
    assert condense_wait(message) == condensed


def test_a_whole_run_that_waits_for_a_group() -> None:
    waiting = run({
        "phase": "Queued",
        "workflowSpec": {"steps": [{"name": "a", "image": "x"}], "concurrency": {"group": "stages"}},
        "conditions": [
            {"type": "Admitted", "status": "False", "reason": "AwaitingGroup", "message": "waits for group stages"}
        ],
    })  # fmt: skip
    wait = explain_run(waiting, parse_time(NOW), " -n team")
    assert wait is not None
    assert (wait.reason, wait.blocker) == ("AwaitingGroup", "waits for group stages")
    assert wait.cause.advice == "kubectl longshore groups stages -n team"


def test_what_a_full_group_rejects_and_replaces() -> None:
    rejected = Failure("deploy", step("Failed", "GroupFull", "group stages: 1/1 held"))
    assert choose_command("demo", rejected, " -n team") == "kubectl longshore groups -n team"
    shown = run(
        {
            "phase": "Failed",
            "steps": {"deploy": step("Canceled", "Replaced", "made way for web-2 in group stages")},
        }
    )
    [found] = list_consequences(shown, ["deploy"])
    assert (found.phase, found.because) == ("Canceled", "made way for web-2 in group stages")
