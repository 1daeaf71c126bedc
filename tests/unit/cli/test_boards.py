"""The Runs that go on: kept as a watch tells of them, and as a table."""

import os
import pty
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from longshore.cli.cluster.runs import is_finished
from longshore.cli.cluster.watches import Event
from longshore.cli.terminal.boards import Board, Quit
from longshore.cli.terminal.keys import take_keys
from longshore.cli.views.boards import build_board, build_head, find_wait
from longshore.cli.views.screens import build_screen
from longshore.errors import UnavailableError
from unit.cli.samples import NOW, Object, asking_run, at, done, paint, run, step


def named(name: str, status: Object | None = None, **spec: Any) -> Object:
    made = run(status, **spec)
    return {**made, "metadata": {**made["metadata"], "name": name, "uid": name}}


RUNNING: Object = {"phase": "Running"}


def test_a_board_holds_what_goes_on() -> None:
    board = Board(is_finished)
    board.record(Event(named("a", RUNNING)))
    board.record(Event(named("b")))
    assert {item["metadata"]["name"] for item in board.objects} == {"a", "b"}
    board.record(Event(named("a", {"phase": "Succeeded"})))
    board.record(Event(named("b"), is_gone=True))
    board.record(Event(named("never seen"), is_gone=True))
    assert board.objects == []


def test_news_are_painted_until_somebody_quits() -> None:
    board, painted = Board(), []

    def paint_() -> None:
        painted.append([item["metadata"]["name"] for item in board.objects])
        board.bring([Quit()])

    board.bring([Event(named("a", RUNNING))])
    board.follow(paint_)
    assert painted[-1] == ["a"]


def test_ages_are_painted_anew_though_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longshore.cli.terminal.boards.TICK", 0.01)
    board, painted = Board(), []

    def paint_() -> None:
        painted.append(1)
        if len(painted) == 3:
            board.bring([Quit()])

    board.follow(paint_)
    assert len(painted) >= 3


def test_what_goes_wrong_in_a_thread_ends_it() -> None:
    def fail() -> Iterator[Event]:
        raise UnavailableError("gone")
        yield

    board = Board()
    board.bring(fail())
    with pytest.raises(UnavailableError, match="gone"):
        board.follow(lambda: None)


def test_another_size_is_news(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longshore.cli.terminal.boards.TICK", 3600)
    board, before = Board(), signal.getsignal(signal.SIGWINCH)
    with board.heed_signals():
        os.kill(os.getpid(), signal.SIGWINCH)
        board.follow(lambda: board.bring([Quit()]))
    assert signal.getsignal(signal.SIGWINCH) is before


def test_ctrl_c_is_the_wish_to_quit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longshore.cli.terminal.boards.TICK", 3600)
    board, before = Board(), signal.getsignal(signal.SIGINT)
    with board.heed_signals():
        os.kill(os.getpid(), signal.SIGINT)
        board.follow(lambda: None)
    assert signal.getsignal(signal.SIGINT) is before


def test_keys_come_without_enter_and_the_terminal_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave) as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        with take_keys() as keys:
            os.write(master, b"xq")
            assert [next(keys), next(keys)] == ["x", "q"]
        os.write(master, b"ab\n")
        assert terminal.readline() == "ab\n"
    os.close(master)


@pytest.mark.parametrize(
    ("shown", "wait"),
    [
        (named("a", {**RUNNING, "steps": {"a": step("Running")}}), ""),
        (asking_run(), "approval of gate"),
        (named("a", {**RUNNING, "steps": {"a": step("Pending", "Suspended"), "b": step("Running")}}), "resume"),
        (
            named("a", {**RUNNING, "steps": {"a": step("Running"), "b": step("Pending", "Unschedulable")}}),
            "b: Unschedulable",
        ),
        (
            named("a", {**RUNNING, "steps": {"a": step("Pending", "AwaitingNeeds"), "b": done("00:01", "00:02")}}),
            "",
        ),
        (named("a", {**RUNNING, "steps": {"a": step("Pending", "Backoff")}}), "a: Backoff"),
        (named("a", RUNNING, workflowRef={"name": "x"}, cancel="Graceful"), "its end, it is canceled"),
        (named("a"), "an operator, none has seen it yet"),
        (named("a", {"phase": "Queued", "message": "2 of 2 Runs go on"}), "2 of 2 Runs go on"),
        (named("a", RUNNING), ""),
    ],
)
def test_what_a_run_waits_for_before_all_else(shown: Object, wait: str) -> None:
    assert find_wait(shown, NOW) == wait


MANY = {f"test[{number}]": step("Running", startTime=at("01:00")) for number in range(12)}
BUSY = named("nightly-x7k2p", {**RUNNING, "progress": "1/14", "steps": {"test": step("Running"), **MANY}})


def test_on_a_terminal() -> None:
    waiting = {"ship-to-production": step("Pending", "Unschedulable")}
    shown = [BUSY, named("release", {**RUNNING, "progress": "2/3", "steps": waiting}), named("early")]
    assert (
        paint(build_board(shown, NOW, with_namespace=True))
        == """\
NAMESPACE  RUN            PHASE    DONE  AGE  RUNNING      WAITS FOR
team       nightly-x7k2p  Running  1/14  2m   test[0] +11
team       release        Running  2/3   2m                ship-to-production: …
team       early          Queued         2m                an operator, none ha…
"""
    )


@pytest.mark.parametrize(("height", "names"), [(10, ["a", "b", "c"]), (6, ["a", "b", "c"]), (5, ["a", "…"])])
def test_a_screen_has_room_for_so_many(height: int, names: list[str]) -> None:
    shown = [named(name, RUNNING) for name in "abc"]
    screen = build_screen(
        build_head(shown), shown, height, lambda runs: build_board(runs, NOW, with_namespace=False)
    )
    painted = paint(screen).splitlines()
    assert painted[0] == "3 runs go on: 3 Running   q quits"
    assert [line.split()[0] for line in painted[3:]] == names
    assert len(painted) <= height
