"""The options that kubectl has too: which command has which, and that they mean the same."""

import click
import pytest
from longshore.cli.__main__ import run_plugin
from longshore.cli.groups import SUMMARIES, plugin

TARGET = {"-n", "--namespace", "--context", "--kubeconfig"}
SELECTION = {"-l", "--selector", "-A", "--all-namespaces"}
OUTPUT = {"-o", "--output"}
WATCH = {"-w", "--watch"}
# What kubectl has for the same in get, create, run, describe, delete, patch, certificate, logs, top, version.
SHARED = {
    "submit": TARGET | OUTPUT | WATCH | {"-l", "--labels", "--dry-run", "--wait", "--timeout"},
    "list": TARGET | SELECTION | OUTPUT | WATCH,
    "tree": TARGET | WATCH,
    "watch": TARGET | {"--timeout"},
    "top": TARGET | SELECTION,
    "agents": TARGET | SELECTION | WATCH,
    "groups": TARGET | SELECTION | WATCH,
    "tags": TARGET,
    "logs": TARGET | {"-f", "--follow", "-c", "--container", "--tail", "--since", "--timestamps", "--previous"},
    "explain": TARGET,
    "artifacts": TARGET,
    "events": TARGET | OUTPUT | {"-f", "--follow"},
    "history": TARGET | OUTPUT | {"--since"},
    "rerun": TARGET | OUTPUT | WATCH | {"-l", "--labels", "--dry-run", "--wait", "--timeout"},
    "graph": TARGET | OUTPUT,
    "preview": TARGET | OUTPUT,
    "plan": TARGET | OUTPUT,
    "describe": TARGET | SELECTION,
    "approve": TARGET | OUTPUT,
    "reject": TARGET | OUTPUT,
    "suspend": TARGET | SELECTION | OUTPUT | {"--all"},
    "resume": TARGET | SELECTION | OUTPUT | {"--all"},
    "cancel": TARGET | SELECTION | OUTPUT | {"--all", "--now"},
    "lint": set(),
    "version": TARGET | OUTPUT | {"--client"},
}
KUBECTLS = set().union(*SHARED.values())


def get_options(name: str) -> set[str]:
    command = plugin.get_command(click.Context(plugin), name)
    assert command is not None
    return {word for option in command.params if isinstance(option, click.Option) for word in option.opts}


def test_every_command_is_told_of() -> None:
    assert SHARED.keys() == SUMMARIES.keys()


@pytest.mark.parametrize("name", SHARED)
def test_a_command_has_what_kubectl_has(name: str) -> None:
    assert get_options(name) & KUBECTLS == SHARED[name]


@pytest.mark.parametrize("name", SHARED)
def test_a_letter_means_one_thing_only(name: str) -> None:
    command = plugin.get_command(click.Context(plugin), name)
    assert command is not None
    letters = [word for option in command.params for word in option.opts if len(word) == 2]
    assert len(letters) == len(set(letters))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["cancel"], "name a RUN, or select some by -l or --all"),
        (["suspend", "-A"], "name a RUN, or select some by -l or --all"),
        (["cancel", "x", "-l", "a=b"], "Runs are named, or selected by -l, --all and -A, not both"),
        (["resume", "x", "--all"], "Runs are named, or selected by -l, --all and -A, not both"),
        (["describe", "x", "-A"], "Runs are named, or selected by -l and -A, not both"),
        (["list", "x", "-l", "a=b"], "Runs are named, or selected by -l and -A, not both"),
        (["agents", "x", "-A"], "Agents are named, or selected by -l and -A, not both"),
        (["groups", "x", "-w"], "--watch shows all Groups, as a table"),
        (["list", "x", "y", "-w"], "--watch takes one name, or -l for several"),
        (["submit", "x", "--dry-run", "--wait"], "--dry-run makes nothing to wait for"),
        (["submit", "x", "--dry-run=maybe"], "'maybe' is not one of 'none', 'client', 'server'"),
    ],
)
def test_what_makes_no_sense_is_said(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_plugin(words) == 2
    assert message in capsys.readouterr().err
