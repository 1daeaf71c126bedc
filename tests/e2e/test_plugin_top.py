"""`kubectl longshore top`: a live table on a terminal, a plain one for programs."""

from collections.abc import Callable

import pytest
from support.namespaces import Namespace, write_run
from support.plugins import COLUMNS, LINES, Said, say, sit_down

ASKS = "{steps: [{name: gate, approval: {message: May we}}]}"
RUNNING = (
    '{steps: [{name: work, image: "python:3.12-slim", gracePeriodSeconds: 1, script: sleep 300},'
    ' {name: after, image: "python:3.12-slim", needs: [work]}]}'
)


@pytest.fixture(scope="module")
def busy(new_namespace: Callable[[str], Namespace]) -> Namespace:
    """A namespace with a Run that runs, and one that asks."""
    namespace = new_namespace("top")
    namespace.apply(write_run("busy", RUNNING))
    namespace.apply(write_run("asking", ASKS).replace("{name: asking}", "{name: asking, labels: {team: web}}"))
    namespace.wait_for_step("busy", "work", "Running")
    namespace.wait("runs.longshore.dev/asking", "jsonpath={.status.steps.gate.reason}=AwaitingInput")
    return namespace


def test_without_a_terminal_it_is_printed_once(busy: Namespace) -> None:
    said = say(busy, "top")
    assert (said.code, said.err) == (0, "")
    header, *lines = said.out.splitlines()
    assert header.split() == ["RUN", "PHASE", "DONE", "AGE", "RUNNING", "WAITS", "FOR"]
    rows = {line.split()[0]: line.split() for line in lines}
    assert (rows["busy"][1:3], rows["busy"][-1]) == (["Running", "0/2"], "work")
    assert rows["asking"][-3:] == ["approval", "of", "gate"]
    assert "\x1b" not in said.out


def test_which_runs(busy: Namespace) -> None:
    assert [line.split()[0] for line in say(busy, "top", "-l", "team=web").out.splitlines()] == ["RUN", "asking"]
    everywhere = say(busy, "top", "-A", "--once").out.splitlines()
    assert everywhere[0].startswith("NAMESPACE")
    assert [busy.name, "busy"] in [line.split()[:2] for line in everywhere]
    assert say(busy, "top", "-l", "team=none") == Said(0, "", f"no run goes on in namespace '{busy.name}'\n")


def test_on_a_terminal_it_is_live_fits_and_quits(namespace: Namespace) -> None:
    namespace.apply(write_run("first", ASKS))
    with sit_down(namespace, "top") as terminal:
        terminal.wait_for(lambda screen: "approval of gate" in screen)
        namespace.apply(write_run("second", ASKS))
        screen = terminal.wait_for(lambda screen: screen.count("approval of gate") == 2)
        assert screen.startswith("2 runs go on: 2 Running   q quits")
        assert max(map(len, screen.splitlines())) <= COLUMNS
        terminal.resize(COLUMNS, 4)
        terminal.wait_for(lambda screen: "… 2 more" in screen)
        terminal.resize(COLUMNS, LINES)
        say(namespace, "approve", "first")
        terminal.wait_for(lambda screen: screen.startswith("1 runs go on") and "first" not in screen)
        terminal.type("q")
        assert terminal.finish() == 0
        assert terminal.has_echo()


def test_ctrl_c_is_a_way_out(namespace: Namespace) -> None:
    with sit_down(namespace, "top") as terminal:
        terminal.wait_for(lambda screen: "0 runs go on" in screen)
        terminal.type("\x03")
        assert terminal.finish() == 0
        assert terminal.has_echo()
