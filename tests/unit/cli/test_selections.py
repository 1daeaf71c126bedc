"""Which Runs a change is made to, and what is said of each."""

import json
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

import pytest
from longshore.cli.cluster.changes import change_runs
from longshore.cli.words.wishes import Selection
from unit.cli.samples import Object, run
from unit.cli.scripts import RUNS, Script, answer, answer_list, refuse

EVERYWHERE = "/apis/longshore.dev/v1alpha1/runs"
OTHERS = RUNS.replace("team", "other")


def named(name: str, phase: str, namespace: str = "team", **spec: object) -> Object:
    made = run({"phase": phase}, workflowRef={"name": "x"}, **spec)
    return {**made, "metadata": {**made["metadata"], "name": name, "namespace": namespace}}


@pytest.fixture
def script() -> Script:
    """Two Runs that go on, one of them in another namespace, and one that has ended."""
    here, ended, there = named("a", "Running"), named("b", "Failed"), named("c", "Queued", "other")
    return Script(
        {
            RUNS: [answer_list(here, ended)],
            EVERYWHERE: [answer_list(here, ended, there)],
            f"{RUNS}/a": [answer(here)],
            f"{RUNS}/b": [answer(ended)],
            f"{OTHERS}/c": [answer(there)],
            f"{RUNS}/killed": [answer(named("killed", "Running", cancel="Immediate"))],
        }
    )


def change(script: Script, *names: str, output: str | None = None, **selected: object) -> list[str]:
    """Cancel what is meant. Returns the paths of what was patched."""
    selection = Selection(names, **selected)  # type: ignore[arg-type]
    change_runs(script.connect(), selection, {"cancel": "Graceful"}, "canceled", output)
    return [request.url.path for request in script.asked if request.method == "PATCH"]


CANCELED = "run.longshore.dev/{} canceled\n"


@pytest.mark.parametrize(
    ("names", "selected", "patched", "said"),
    [
        (["a"], {}, [f"{RUNS}/a"], (CANCELED.format("a"), "")),
        (["b"], {}, [], ("", "run 'b' has ended already: Failed\n")),
        (["killed"], {}, [], (CANCELED.format("killed"), "")),
        ([], {"everything": True}, [f"{RUNS}/a"], (CANCELED.format("a"), "")),
        (
            [],
            {"selector": "x=y", "all_namespaces": True},
            [f"{RUNS}/a", f"{OTHERS}/c"],
            (CANCELED.format("a") + CANCELED.format("c"), ""),
        ),
    ],
)
def test_which_runs(
    script: Script, names: list[str], selected: Object, patched: list[str], said: tuple[str, str]
) -> None:
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        assert change(script, *names, **selected) == patched
    assert (out.getvalue(), err.getvalue()) == said


def test_none_is_no_error(script: Script, capsys: pytest.CaptureFixture[str]) -> None:
    script.answers[RUNS] = [answer_list(named("b", "Failed"))]
    assert change(script, selector="x=y") == []
    assert script.parameters(0)["labelSelector"] == "x=y"
    assert capsys.readouterr() == ("", "no run goes on that is meant\n")


def test_the_object_in_place_of_the_line(script: Script, capsys: pytest.CaptureFixture[str]) -> None:
    change(script, "a", output="json")
    assert json.loads(capsys.readouterr().out)["metadata"]["name"] == "a"


def test_one_that_is_gone_is_said(script: Script) -> None:
    script.answers |= {f"{RUNS}/z": [refuse(404, name="z")]}
    with pytest.raises(Exception, match="there is no run 'z'"):
        change(script, "z")
