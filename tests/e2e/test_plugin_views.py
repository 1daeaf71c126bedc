"""`kubectl longshore list`, `tree` and `describe`: what people see of Runs, and what programs read."""

import json
import re
from collections.abc import Callable

import pytest
import yaml
from support.namespaces import Namespace, write_run
from support.plugins import COLUMNS, LINES, Said, begin, say, show

# How rich goes back to the first line of what it painted.
REPAINT = re.compile(r"\r\x1b\[2K(?:\x1b\[1A\x1b\[2K)*")
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
STEP = 'image: "python:3.12-slim"'
GOOD = f"{{steps: [{{name: a, {STEP}, script: echo fine}}]}}"
BAD = (
    f'{{steps: [{{name: a, {STEP}, script: "echo wrong >&2; exit 7"}}, {{name: b, {STEP}, needs: [a]}},'
    f" {{name: c, {STEP}, when: 1 > 2}}]}}"
)


@pytest.fixture(scope="module")
def runs(new_namespace: Callable[[str], Namespace]) -> Namespace:
    """A namespace with a Run that failed and, made later, one that succeeded."""
    namespace = new_namespace("views")
    namespace.apply(write_run("bad", BAD))
    namespace.finish("bad")
    namespace.apply(write_run("good", GOOD).replace("{name: good}", "{name: good, labels: {team: web}}"))
    namespace.finish("good")
    return namespace


def test_list(runs: Namespace) -> None:
    header, good, bad = say(runs, "list").out.splitlines()
    assert header.split() == ["NAME", "WORKFLOW", "PHASE", "PROGRESS", "AGE", "DURATION", "MESSAGE"]
    assert good.split()[:3] == ["good", "Succeeded", "1/1"]
    assert bad.split()[:3] == ["bad", "Failed", "3/3"]
    assert bad.endswith("   step 'a' failed (Error, exit code 7): wrong")


def test_list_for_programs(runs: Namespace) -> None:
    assert say(runs, "ls", "-o", "name").out == "run.longshore.dev/good\nrun.longshore.dev/bad\n"
    listed = json.loads(say(runs, "list", "-o", "json").out)
    assert [run["metadata"]["name"] for run in listed["items"]] == ["good", "bad"]
    assert listed == yaml.safe_load(say(runs, "list", "-o", "yaml").out)
    assert "managedFields" not in listed["items"][0]["metadata"]
    assert say(runs, "list", "-o", "wide").out.splitlines()[0].split()[-3:] == ["CREATED-BY", "COST", "MESSAGE"]


def test_list_picks(runs: Namespace) -> None:
    assert say(runs, "list", "-l", "team=web", "-o", "name").out == "run.longshore.dev/good\n"
    everywhere = say(runs, "list", "-A").out.splitlines()
    assert everywhere[0].split()[0] == "NAMESPACE"
    assert {f"{runs.name} {name}" for name in ("good", "bad")} <= {
        " ".join(line.split()[:2]) for line in everywhere
    }
    assert say(runs, "list", "-l", "team=none") == Said(0, "", f"there is no run in namespace '{runs.name}'\n")


def test_list_goes_on_with_what_changes(namespace: Namespace) -> None:
    namespace.apply(write_run("first", GOOD))
    namespace.finish("first")
    with begin(namespace, "list", "--watch") as process:
        assert process.stdout is not None
        assert process.stdout.readline().split()[0] == "NAME"
        assert process.stdout.readline().split()[:2] == ["first", "Succeeded"]
        namespace.apply(write_run("second", GOOD))
        seen = [process.stdout.readline().split()]
        while "Succeeded" not in seen[-1]:
            seen.append(process.stdout.readline().split())
        process.terminate()
    assert {line[0] for line in seen} == {"second"}


def test_of_a_failed_run_the_tree_says_first_why(runs: Namespace) -> None:
    said = say(runs, "tree", "bad")
    assert said.code == 0
    report, tree = said.out.split("\n\n  next: ")
    assert report.splitlines()[2].startswith("  step a failed: Error, exit code 7")
    assert report.endswith("  │ wrong")
    shown = [" ".join(line.split()) for line in tree.splitlines() if line]
    assert shown[0] == f"kubectl longshore logs bad a -n {runs.name}"
    assert shown[1].startswith("✘ bad Failed 3/3 ")
    assert shown[3].endswith("Error (exit code 7): wrong")
    assert shown[4:] == ["◌ b Skipped NeedFailed: a", "◌ c Skipped WhenFalse: 1 > 2"]


def test_without_a_name_it_is_the_latest(runs: Namespace) -> None:
    assert say(runs, "tree").out.startswith("✔ good  Succeeded  1/1  ")
    assert say(runs, "describe").out.startswith("Name:           good\n")


def test_describe(runs: Namespace) -> None:
    lines = say(runs, "describe", "bad").out.splitlines()
    assert "    Exit Code:      7" in lines
    assert "    Message:        wrong" in lines
    assert any(line.startswith("  Finished      True    Failed: step 'a' failed") for line in lines)


def test_a_run_that_is_over_is_not_waited_for(runs: Namespace) -> None:
    assert say(runs, "watch", "good").code == 0
    assert say(runs, "watch", "run.longshore.dev/bad").code == 1


def test_a_tree_of_many_steps_fits_on_the_screen(namespace: Namespace) -> None:
    steps = ", ".join(f"{{name: a-step-with-a-rather-long-name-{n}}}" for n in range(40))
    spec = f'{{maxParallelSteps: 8, defaults: {{{STEP}, script: "true"}}, steps: [{steps}]}}'
    namespace.apply(write_run("many", spec))
    said = show(namespace, "watch", "many")
    assert said.code == 0, said
    live, _, final = said.out.partition("succeeded after")
    frames = [frame.split("\r\n") for frame in REPAINT.split(live)]
    assert len(frames) > 5
    assert max(map(len, frames)) <= LINES
    assert max(len(CONTROL.sub("", line)) for frame in frames for line in frame) <= COLUMNS
    assert "more done" in live
    assert final.count("✔ a-step-with") == 40
