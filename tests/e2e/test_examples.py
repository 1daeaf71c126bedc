"""All of examples/, applied to a namespace of a cluster that has only the chart."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml
from support.clusters import ROOT
from support.git_servers import deploy_git_server, read_commit
from support.images import RUNNER, provide_image
from support.namespaces import Namespace
from support.overlaps import count_most
from support.plugins import Said, say, wait_for_line

FOLDER = ROOT / "examples"
SUCCEED = (
    "hello", "script", "params", "needs", "outputs", "retry", "continue-on-error", "env", "volumes", "template",
    "parallel", "priority", "fan-out", "matrix", "repeat", "verify", "sub-workflow", "services", "memoize",
    "fuse", "run-volume", "sweep", "capacity", "agents", "extends", "built-in", "credentials", "concurrency",
    "run-concurrency", "node-loss",
)  # fmt: skip
ARCHIVED = ("artifacts", "cache", "history")
FAIL = ("failure", "deadlines", "finally", "debug")
ASIDE = (
    "tags", "cancel", "git", "approval", "suspend", "schedule", "retention", "rerun", "replace",
)  # fmt: skip # these take a hand


@pytest.fixture(scope="module")
def examples(new_namespace: Callable[[str], Namespace]) -> Namespace:
    """The namespace with all of them, but for one whose Runs come one after the other however slow all is."""
    namespace = new_namespace("examples")
    namespace.apply("\n---\n".join(file.read_text() for file in FOLDER.glob("*.yaml") if file.stem != "replace"))
    return namespace


def test_each_file_has_its_test_and_its_line_in_the_table() -> None:
    files = {file.stem for file in FOLDER.glob("*.yaml")}
    assert files == {*SUCCEED, *ARCHIVED, *FAIL, *ASIDE}
    table = (FOLDER / "README.md").read_text()
    assert all(f"| [{name}.yaml]({name}.yaml) |" in table for name in files)


@pytest.fixture(scope="module")
def archived(new_archived_namespace: Callable[[str], Namespace]) -> Namespace:
    """A namespace with those that need an archive, and one."""
    namespace = new_archived_namespace("examples")
    for name in ARCHIVED:
        namespace.apply(FOLDER / f"{name}.yaml")
    return namespace


@pytest.mark.parametrize("name", sorted({*ARCHIVED} - {"history"}))
def test_succeeds_with_an_archive(archived: Namespace, name: str) -> None:
    status = archived.finish(name)
    assert (status["phase"], status.get("message")) == ("Succeeded", None)


def test_history(archived: Namespace) -> None:
    archived.wait("runs.longshore.dev/history", "delete")
    assert "history" in archived.longshore("history")
    assert "Succeeded" in archived.longshore("describe", "history")
    assert "ArtifactStored" in archived.longshore("events", "history")
    attempts = archived.longshore("logs", "history", "measure", "--all-attempts", "--no-prefix")
    assert attempts.splitlines() == [f"attempt {number}: the tide is measured" for number in (1, 2)]
    assert archived.longshore("artifacts", "get", "history", "measure/level", "--output", "-") == "2\n"
    assert archived.read_log("history", "tell") == "the level is 2\n"


@pytest.mark.parametrize("name", SUCCEED)
def test_succeeds(examples: Namespace, name: str) -> None:
    status = examples.finish(name)
    assert (status["phase"], status.get("message")) == ("Succeeded", None)
    # Of a fan-out the items count.
    done = len(status["steps"].keys() - {path.partition("[")[0] for path in status["steps"] if "[" in path})
    assert status["progress"] == f"{done}/{done}"


@pytest.mark.parametrize(
    ("run", "step", "lines"),
    [
        ("hello", "greet", ["Hello from a pod"]),
        ("script", "shell", ["line 3 of step shell in Run script"]),
        ("script", "python", ["attempt 1, and $(this) is left as it is"]),
        ("params", "deploy", ["version 1.4.2", "to test", "6 replicas in all", "team web"]),
        ("params", "variables", ["to test, dry run: true", 'regions ["north", "south"], labels {"team": "web"}']),
        ("needs", "announce", ["publish was Skipped"]),
        ("outputs", "report", ["42 tests of app-1.0-py3-none-any.whl"]),
        ("retry", "flaky", ["attempt 3"]),
        ("continue-on-error", "summary", ["spelling Failed with exit code 3, and so what"]),
        ("env", "show", ["blue and large for $5", "the token has 17 characters"]),
        ("credentials", "publish", ["the token has 16 characters", "logs in to registry.example.com"]),
        ("credentials", "push", ["git asks for git.example.com", "and this step has no token"]),
        ("volumes", "read", ["Good morning from /scratch"]),
        ("template", "customized", ["host builder"]),
        ("run-volume", "test", ["built at last, in a file of step build"]),
        ("services", "test", ["hello from services"]),
        ("capacity", "print[5]", ["Saturday is printed"]),
        ("fan-out", "measure[1]", ["word 1 is buoy"]),
        ("fan-out", "sum", ["lengths [6, 4, 5, 4]"]),
        ("repeat", "poll", ["round 2"]),
        ("sub-workflow", "report", ["words in each harbour: [2, 1, 3]"]),
        ("verify", "implement", ["spelling: helo world"]),
        ("verify", "review", ["nothing to find"]),
        ("finally", "report", ["the Run is Failed, test was Failed, publish Skipped"]),
        ("fuse", "sign", ["signed in /longshore/work, which is empty:"]),
        ("fuse", "report", ["42 tests of app-1.0-py3-none-any.whl passed"]),
        ("deadlines", "slow", ["working for an hour", "told to stop"]),
    ],
)  # fmt: skip
def test_logs(examples: Namespace, run: str, step: str, lines: list[str]) -> None:
    examples.finish(run)
    log = examples.read_log(run, step)
    assert [line for line in lines if line not in log] == [], log


def test_a_skipped_step_says_why(examples: Namespace) -> None:
    step = examples.finish("needs")["steps"]["publish"]
    assert (step["phase"], step["reason"], step["message"]) == ("Skipped", "WhenFalse", "params.publish")
    assert "pod" not in step


def test_outputs_keep_their_types(examples: Namespace) -> None:
    assert examples.finish("outputs")["outputs"] == {"wheel": "app-1.0-py3-none-any.whl", "total": 42}


def test_each_retry_is_an_attempt_with_a_pod_of_its_own(examples: Namespace) -> None:
    step = examples.finish("retry")["steps"]["flaky"]
    assert (step["attempt"], step["retries"], step.get("infraRetries", 0)) == (3, 2, 0)
    assert sorted(
        pod["metadata"]["labels"]["longshore.dev/attempt"] for pod in examples.get_pods("retry")
    ) == list("123")


def test_a_failure_that_may_be_is_on_record(examples: Namespace) -> None:
    step = examples.finish("continue-on-error")["steps"]["spelling"]
    assert (step["phase"], step["reason"], step["exitCode"]) == ("Failed", "Error", 3)
    assert step["message"] == "colour or color?"


def test_a_template_reaches_the_pod(examples: Namespace) -> None:
    examples.finish("template")
    [pod] = examples.get_pods("template")
    assert pod["metadata"]["labels"]["team"] == "web"
    assert pod["spec"]["nodeSelector"] == {"kubernetes.io/os": "linux"}


def test_what_comes_first_is_taken_while_it_has_room(examples: Namespace) -> None:
    agents = [step["agent"] for path, step in examples.finish("agents")["steps"].items() if "[" in path]
    assert len(agents) == 3
    assert set(agents) == {"fast", "spare"}


def test_an_agent_takes_over_what_it_extends(examples: Namespace) -> None:
    assert examples.finish("extends")["steps"]["build"]["agent"] == "builds"
    [pod] = examples.get_pods("extends")
    assert pod["metadata"]["annotations"]["example.com/team"] == "platform"
    assert pod["spec"]["nodeSelector"] == {"kubernetes.io/os": "linux"}


def test_a_step_waits_for_a_tag(examples: Namespace) -> None:
    examples.wait("runs.longshore.dev/tags", "jsonpath={.status.steps.crunch.reason}=AwaitingAgent")
    assert "without tags scratch" in examples.get_status("tags")["steps"]["crunch"]["message"]
    node = examples.get("nodes", "--selector=type!=kwok")["items"][0]["metadata"]["name"]
    examples.longshore("tags", "add", "scratch", f"--node={node}")
    try:
        assert examples.finish("tags")["steps"]["crunch"]["node"] == node
    finally:
        examples.longshore("tags", "remove", "scratch", f"--node={node}")


def test_as_many_steps_at_once_as_allowed(examples: Namespace) -> None:
    steps = examples.finish("parallel")["steps"]
    lives = [
        (
            pod["metadata"]["creationTimestamp"],
            steps[pod["metadata"]["labels"]["longshore.dev/step"]]["completionTime"],
        )
        for pod in examples.get_pods("parallel")
    ]
    alive = [sum(begin <= moment < end for begin, end in lives) for moment, _ in lives]
    assert len(lives) == 6
    assert max(alive) == 2


def test_a_failure_is_told_everywhere(examples: Namespace) -> None:
    status = examples.finish("failure")
    error = "main.c:12: error: expected ';' before 'return'"
    assert status["phase"] == "Failed"
    assert status["message"] == f"step 'compile' failed (Error, exit code 2): {error}"
    assert status["steps"]["test"]["reason"] == "NeedFailed"
    assert len(examples.get_pods("failure")) == 1
    assert error in examples.kubectl("get", "runs.longshore.dev", "failure")
    description = examples.kubectl("describe", "runs.longshore.dev", "failure")
    assert "RunFailed" in description.partition("Events:")[2]


def test_a_deadline_sends_sigterm_and_says_so(examples: Namespace) -> None:
    step = examples.finish("deadlines")["steps"]["slow"]
    assert (step["phase"], step["reason"]) == ("Failed", "DeadlineExceeded")
    assert "ran longer than activeDeadlineSeconds: 5" in step["message"]


def test_cancel(examples: Namespace) -> None:
    wait_for_line(examples, "cancel", "endless", "started")
    examples.longshore("cancel", "cancel")
    status = examples.finish("cancel")
    assert status["phase"] == "Canceled"
    assert {name: step["phase"] for name, step in status["steps"].items()} == {
        "endless": "Canceled",
        "after": "Canceled",
    }
    assert "saving my work" in examples.read_log("cancel", "endless")


def test_a_matrix_is_all_combinations_but_those_excluded(examples: Namespace) -> None:
    examples.finish("matrix")
    lines = say(examples, "logs", "matrix").out.splitlines()
    assert sorted(line.partition(" │ ")[2] for line in lines) == [
        "tested mysql in en",
        "tested postgres in C",
        "tested postgres in de",
        "tested postgres in en",
        "tested sqlite in C",
        "tested sqlite in en",
    ]


@pytest.mark.parametrize(
    ("run", "attempts", "outputs"),
    [
        ("repeat", {"poll": 3}, {"state": "ready"}),
        ("verify", {"implement": 2, "review": 2}, {"text": "hello world"}),
        ("fan-out", {"measure[0]": 1, "measure[3]": 1}, {"total": 19}),
    ],
)
def test_each_round_is_an_attempt(
    examples: Namespace, run: str, attempts: dict[str, int], outputs: dict[str, Any]
) -> None:
    status = examples.finish(run)
    assert {step: status["steps"][step]["attempt"] for step in attempts} == attempts
    assert status["outputs"] == outputs


def test_a_large_fan_out_is_carried_by_child_runs(examples: Namespace) -> None:
    status = examples.finish("sweep")
    slices = ["try[0:250]", "try[250:500]", "try[500:750]", "try[750:1000]", "try[1000:1200]"]
    assert status["steps"].keys() == {"try", *slices}
    assert status["outputs"] == {"tried": 1200, "last": str(26 * 26 - 27)}
    tree = say(examples, "tree", "sweep").out
    assert [name for name in slices if name not in tree] == []
    assert say(examples, "logs", "sweep") == Said(0, "")
    children = examples.get("runs.longshore.dev", "--selector=longshore.dev/run=sweep")["items"]
    assert sorted(child["status"]["progress"] for child in children) == ["200/200", *["250/250"] * 4]


def test_of_each_key_of_a_group_one_is_held_at_once(examples: Namespace) -> None:
    steps = examples.finish("concurrency")["steps"]
    pods = {pod["metadata"]["name"]: pod for pod in examples.get_pods("concurrency")}
    for items in ((0, 2), (1, 3)):
        assert count_most(pods[steps[f"deploy[{item}]"]["pod"]] for item in items) == 1
    assert examples.finish("run-concurrency-next")["phase"] == "Succeeded"


def test_the_newer_preview_replaces_the_older(examples: Namespace) -> None:
    before, _, newer = (FOLDER / "replace.yaml").read_text().rpartition("\n---\n")
    examples.apply(before)
    examples.wait_for_step("preview-old", "build", "Running")
    examples.apply(newer)
    status = examples.finish("preview-old")
    assert (status["phase"], status["steps"]["build"]["reason"]) == ("Canceled", "Replaced")
    assert examples.finish("replace")["phase"] == "Succeeded"


def test_finally_runs_after_a_failure(examples: Namespace) -> None:
    status = examples.finish("finally")
    assert status["message"] == "step 'test' failed (Error, exit code 1): 2 of 7 tests failed"
    assert {name: step["phase"] for name, step in status["steps"].items()} == {
        "build": "Succeeded",
        "test": "Failed",
        "publish": "Skipped",
        "clean-up": "Succeeded",
        "report": "Succeeded",
    }


def test_approval(examples: Namespace) -> None:
    examples.wait("runs.longshore.dev/approval", "condition=AwaitingInput")
    asked = examples.longshore("tree", "approval")
    assert "  gate asks: Deploy 1.5.0 to production?\n" in asked
    assert f"  next: kubectl longshore approve approval gate -n {examples.name} (or reject)\n" in asked
    steps = examples.get_status("approval")["steps"]
    assert (steps["gate"]["phase"], "pod" in steps["gate"], steps["deploy"]["phase"]) == (
        "Pending",
        False,
        "Pending",
    )
    said = examples.longshore("approve", "approval")
    assert said.startswith("run.longshore.dev/approval gate approved by ")
    status = examples.finish("approval")
    assert status["phase"] == "Succeeded", status
    assert status["steps"]["gate"]["message"] == f"approved by {said.split()[-1]}"
    assert "deployed 1.5.0" in examples.read_log("approval", "deploy")


def test_suspend(examples: Namespace) -> None:
    examples.wait("runs.longshore.dev/suspend", "condition=Suspended")
    assert examples.get_pods("suspend") == []
    assert examples.longshore("resume", "suspend") == "run.longshore.dev/suspend resumed\n"
    assert examples.finish("suspend")["phase"] == "Succeeded"
    assert "at last" in examples.read_log("suspend", "greet")


def test_debug(examples: Namespace) -> None:
    pod = examples.finish("debug")["steps"]["build"]["pod"]
    assert f"kubectl exec -it {pod} -c debug" in examples.longshore("tree", "debug")
    examples.wait(f"pod/{pod}", "jsonpath={.status.containerStatuses[?(@.name=='debug')].started}=true")
    assert examples.kubectl("exec", pod, "-c", "debug", "--", "cat", "result.txt") == "expected 42, got 41\n"


def test_schedule(examples: Namespace) -> None:
    examples.wait("workflows.longshore.dev/schedule", "jsonpath={.status.lastScheduleTime}")
    run = examples.get("workflows.longshore.dev/schedule")["status"]["lastRun"]
    assert examples.finish(run)["phase"] == "Succeeded"
    said = examples.longshore("suspend", "workflow/schedule")
    assert said == "workflow.longshore.dev/schedule suspended\n"


def test_retention(examples: Namespace) -> None:
    examples.wait("runs.longshore.dev/retention", "delete")


def test_rerun(examples: Namespace) -> None:
    failed = examples.finish("rerun")
    assert failed["message"].startswith("step 'test' failed (Error, exit code 1)")
    examples.longshore("rerun", "rerun", "-p", "broken=false", "--name", "rerun-again", "--wait")
    status = examples.get_status("rerun-again")
    assert {name: step["reason"] for name, step in status["steps"].items()} == {
        "build": "Reused",
        "test": "Completed",
        "publish": "Completed",
    }
    built = failed["steps"]["build"]["outputs"]
    assert status["outputs"] == built
    assert f"testing what was built at {built['built']}" in examples.read_log("rerun-again", "test")


def test_memoize(examples: Namespace) -> None:
    steps = examples.finish("memoize")["steps"]
    reasons = [steps[f"measure[{index}]"]["reason"] for index in range(3)]
    assert reasons == ["Completed", "Completed", "Memoized"]
    assert examples.get_status("memoize")["outputs"] == {"lengths": ["6", "4", "6"]}
    assert len(examples.get_pods("memoize")) == 2


def test_git(examples: Namespace) -> None:
    provide_image(examples.cluster, RUNNER)
    commit = read_commit(ROOT)
    url = deploy_git_server(examples.cluster, examples.name).push(ROOT, commit, "project")
    run: dict[str, Any] = yaml.safe_load(
        f"{{apiVersion: longshore.dev/v1alpha1, kind: Run, metadata: {{name: git}},"
        f" spec: {{workflowRef: {{name: git}}, params: {{url: '{url}', revision: main}}}}}}"
    )
    examples.apply(yaml.safe_dump(run))
    status = examples.finish("git")
    assert status["phase"] == "Succeeded", status
    assert status["source"]["commit"] == commit
    assert "pyproject.toml" in examples.read_log("git", "list")
