"""`kubectl longshore submit --params-file`: a Run for each row, all of them checked before the first is made."""

from pathlib import Path

import pytest
from support.namespaces import Namespace
from support.plugins import Said, say

WORKFLOW = """\
apiVersion: longshore.dev/v1alpha1
kind: Workflow
metadata: {name: greet}
spec:
  params: [{name: who, required: true}, {name: code, type: Integer, default: 0}, {name: words, type: List}]
  steps: [{name: say, image: "python:3.12-slim", script: 'echo hello $PARAM_WHO $PARAM_WORDS; exit $PARAM_CODE'}]
"""


@pytest.fixture
def greet(namespace: Namespace) -> Namespace:
    """A namespace with the Workflow."""
    namespace.apply(WORKFLOW)
    return namespace


def list_runs(namespace: Namespace, selector: str = "") -> list[str]:
    return sorted(
        run["metadata"]["name"] for run in namespace.get("runs.longshore.dev", f"--selector={selector}")["items"]
    )


def test_a_batch_of_csv_is_made_waited_for_and_summed_up(greet: Namespace, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text('who,code,words\n"ann, the first",,"[""a"", 1]"\nbob,3,\n')
    batch = ("greet", "--params-file", str(file), "--name", "demo", "-l", "team=web")
    said = say(greet, "submit", *batch, "-w")
    assert said.code == 1, said
    created, ends = said.out.splitlines()[:2], said.out.splitlines()[2:4]
    assert created == [f"run.longshore.dev/demo-{n} created" for n in (1, 2)]
    assert {line.partition(" after ")[0] for line in ends} == {
        "run.longshore.dev/demo-1 succeeded",
        "run.longshore.dev/demo-2 failed",
    }
    assert said.out.splitlines()[4:] == [
        "2 runs: 1 succeeded, 1 failed",
        "  ✘ demo-2  step 'say' failed (Error, exit code 3): hello bob",
        f"  next: kubectl longshore explain demo-2 -n {greet.name}",
    ]
    assert say(greet, "logs", "demo-1").out == 'hello ann, the first ["a", 1]\n'
    assert list_runs(greet, "longshore.dev/batch=demo,team=web") == ["demo-1", "demo-2"]
    again = say(greet, "submit", *batch)
    assert again.out.splitlines() == [f"run.longshore.dev/demo-{n} unchanged" for n in (1, 2)]
    assert again.code == 0


def test_json_lines_from_standard_input(greet: Namespace) -> None:
    rows = "".join(f'{{"who": "row {n}"}}\n' for n in range(30))
    said = say(greet, "submit", "greet", "--params-file", "-", "-o", "name", "--wait", stdin=rows)
    assert said.code == 0, said
    assert len(set(said.out.splitlines())) == 30
    assert said.err == "30 runs: 30 succeeded\n"
    named = {run["metadata"]["name"]: run["spec"]["params"] for run in greet.get("runs.longshore.dev")["items"]}
    order = [named[line.partition("/")[2]]["who"] for line in said.out.splitlines()]
    assert order == [f"row {n}" for n in range(30)]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("who,code\nann,1\nbob,x\n", "<stdin>:3: code: 'x' is not of type Integer\n"),
        ('{"who": "ann"}\n{"code": 1}\n', "<stdin>:2: who: is required; give a value of type String\n"),
    ],
)
def test_a_row_that_is_wrong_keeps_all_from_being_made(greet: Namespace, rows: str, message: str) -> None:
    said = say(greet, "submit", "greet", "--params-file", "-", stdin=rows)
    assert (said.code, said.out) == (2, "")
    assert said.err == f"{message}error: '<stdin>' is not accepted, so no Run was made; correct it and try again\n"
    assert list_runs(greet) == []


@pytest.mark.parametrize(("dry_run", "note"), [("client", "dry run"), ("server", "server dry run")])
def test_a_dry_run_says_what_would_be_made(greet: Namespace, dry_run: str, note: str) -> None:
    arguments = ("greet", "--params-file", "-", "--name", "demo", f"--dry-run={dry_run}")
    said = say(greet, "submit", *arguments, stdin="who\nann\nbob\n")
    assert said == Said(0, "".join(f"run.longshore.dev/demo-{n} created ({note})\n" for n in (1, 2)))
    assert list_runs(greet) == []


def test_a_name_that_is_taken_is_said_and_the_rest_is_made(greet: Namespace) -> None:
    assert say(greet, "submit", "greet", "-p", "who=x", "--name", "demo-2").code == 0
    said = say(greet, "submit", "greet", "--params-file", "-", "--name", "demo", stdin="who\nann\nbob\ncat\n")
    assert said.code == 1
    assert said.out == "run.longshore.dev/demo-1 created\nrun.longshore.dev/demo-3 created\n"
    taken, summary, _ = said.err.splitlines()
    assert taken == '<stdin>:3: runs.longshore.dev "demo-2" already exists'
    assert summary.startswith("error: made 2 of 3 Runs; not those of lines 3; ")


def test_a_quota_ends_it(greet: Namespace) -> None:
    greet.kubectl("create", "quota", "few", "--hard=count/runs.longshore.dev=2")
    greet.wait("resourcequota/few", "jsonpath={.status.hard}")
    rows = "who\n" + "ann\n" * 60
    said = say(greet, "submit", "greet", "--params-file", "-", stdin=rows)
    assert said.code == 1
    assert len(said.out.splitlines()) == len(list_runs(greet)) == 2
    assert "exceeded quota: few" in said.err
    assert "error: made 2 of 60 Runs; not those of lines " in said.err
