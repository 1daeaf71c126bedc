"""What the plugin tells of Runs whose pods are gone, and of Runs that are gone themselves."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from support.namespaces import Namespace, write_run
from support.plugins import Said, begin, say

STEP = 'image: "python:3.12-slim"'
FLAKY = 'echo "try $LONGSHORE_ATTEMPT"; test "$LONGSHORE_ATTEMPT" = 2'
SPEC = (
    f"{{steps: [{{name: first, {STEP}, script: echo one; echo two}},"
    f" {{name: flaky, {STEP}, needs: [first], retry: {{limit: 1, backoff: {{seconds: 1}}}}, script: '{FLAKY}'}}]}}"
)
LINES = "first   │ one\nfirst   │ two\nflaky#2 │ try 2\n"
LEAVE = (
    "mkdir -p $LONGSHORE_ARTIFACTS/site/sub; cd $LONGSHORE_ARTIFACTS; echo page > site/sub/a.html; echo x > a.txt"
)
LEFT = "artifacts: [{name: report, path: a.txt}, {name: site, path: site, kind: dir}]"
WAKING = "waking the archive of namespace '{}', which is asleep …\n"


@pytest.fixture(scope="module")
def past(new_archived_namespace: Callable[[str], Namespace]) -> Namespace:
    """A namespace with a Run that has ended, whose pods the archive has deleted."""
    namespace = new_archived_namespace("past")
    namespace.apply(write_run("past", SPEC))
    with begin(namespace, "events", "past", "--follow") as events:
        assert events.stdout is not None
        followed = events.stdout.read().splitlines()
    assert followed[-1].split()[1:] == ["RunPhaseChanged", "Succeeded"]
    # Whether its pods are still there or not makes no difference.
    assert say(namespace, "logs", "past") == Said(0, LINES)
    namespace.kubectl("wait", "pods", "--selector=longshore.dev/run=past", "--for=delete", "--timeout=60s")
    return namespace


def test_logs_of_pods_that_are_gone(past: Namespace) -> None:
    assert say(past, "logs", "past") == Said(0, LINES)
    assert say(past, "logs", "past", "--follow") == Said(0, LINES)
    assert say(past, "logs", "past", "first", "--tail=1") == Said(0, "two\n")
    assert say(past, "logs", "past", "flaky", "--previous") == Said(0, "try 1\n")
    every = "flaky   │ try 1\nflaky#2 │ try 2\n"
    assert say(past, "logs", "past", "flaky", "--all-attempts") == Said(0, every)


def test_a_log_is_followed_over_the_end_of_its_pod(past: Namespace) -> None:
    steps = ", ".join(f"{{name: s{n}, {STEP}, script: 'echo {n}a; sleep 2; echo {n}b'}}" for n in range(3))
    past.apply(write_run("over", f"{{steps: [{steps}]}}"))
    lines = say(past, "logs", "over", "--follow", "--no-prefix").out.splitlines()
    assert sorted(lines) == ["0a", "0b", "1a", "1b", "2a", "2b"]


def test_events(past: Namespace) -> None:
    listed = yaml.safe_load(say(past, "events", "past", "--output=yaml").out)["items"]
    assert [event["id"] for event in listed] == list(range(1, len(listed) + 1))
    ends = [(event["step"], event["attempt"], event["data"]["phase"]) for event in listed if event.get("step")]
    assert ends[-1] == ("flaky", 2, "Succeeded")


def test_a_run_that_is_gone(past: Namespace) -> None:
    past.apply(write_run("gone", f"{{steps: [{{name: first, {STEP}, script: echo here; exit 3}}]}}"))
    past.finish("gone")
    past.kubectl("delete", "runs.longshore.dev/gone")
    assert say(past, "logs", "gone") == Said(0, "here\n")
    described = say(past, "describe", "gone")
    assert "(this is from the archive)" in described.out
    assert "Exit Code:      3" in described.out
    assert say(past, "events", "gone").out.splitlines()[-1].split()[1:] == ["RunDeleted"]
    rows = [line.split()[:2] for line in say(past, "history", "--phase=failed").out.splitlines()[1:]]
    assert rows == [["gone", "Failed"]]
    assert say(past, "history", "--output=name").out.splitlines()[0] == "run.longshore.dev/gone"


def test_one_that_sleeps_is_woken(past: Namespace) -> None:
    past.kubectl("scale", "deployment/archive", "--replicas=0")
    past.kubectl("wait", "pods", "--selector=app.kubernetes.io/component=archive", "--for=delete", "--timeout=60s")
    assert say(past, "logs", "past") == Said(0, LINES, WAKING.format(past.name))
    assert say(past, "logs", "past") == Said(0, LINES)


def test_artifacts(past: Namespace, tmp_path: Path) -> None:
    past.apply(write_run("left", f"{{steps: [{{name: work, {STEP}, {LEFT}, script: '{LEAVE}'}}]}}"))
    past.finish("left")
    listed = say(past, "artifacts", "list", "left").out.splitlines()
    assert [line.split()[:4] for line in listed[1:]] == [
        ["report", "work", "file", "2B"],
        ["site", "work", "dir", "5B"],
    ]
    assert say(past, "artifacts", "get", "left", "report", "--output=-") == Said(0, "x\n")
    assert say(past, "artifacts", "get", "left", "work/site", f"--output={tmp_path}").code == 0
    assert (tmp_path / "site/sub/a.html").read_text() == "page\n"
    again = say(past, "artifacts", "get", "left", "work/site", f"--output={tmp_path}")
    assert again == Said(2, "", f"error: '{tmp_path}/site' exists; --force overwrites it\n")
    assert say(past, "artifacts", "get", "left", "reprot").err.endswith("; did you mean 'report'?\n")
