"""The command line itself: help, aliases, hints, and how little is imported for it."""

import subprocess
import sys
from importlib.metadata import version

import click
import pytest
from longshore.cli.__main__ import run_plugin
from longshore.cli.groups import ALIASES, SUMMARIES, plugin
from longshore.cli.versions import VERSION

SLOW = {
    *("lightkube", "httpx2", "pydantic", "rich", "yaml", "importlib.metadata", "asyncio", "ssl"),
    *("longshore.api", "longshore.planning", "longshore.cli.cluster.clusters"),
}


@pytest.mark.parametrize("name", SUMMARIES)
def test_the_list_says_what_the_command_says(name: str) -> None:
    command = plugin.get_command(click.Context(plugin), name)
    assert command is not None
    assert command.name == name
    first = (command.help or "").partition("\n\n")[0].replace("\n", " ")
    assert first.partition(": ")[0].rstrip(".") == SUMMARIES[name].partition(": ")[0].rstrip(".")


@pytest.mark.parametrize(
    "call",
    [
        *(
            f"__main__.run_plugin({words})"
            for words in (["--help"], ["--version"], ["version", "--client"], ["nix"])
        ),
        *(f"__main__.run_plugin([{name!r}, '--help'])" for name in SUMMARIES),
        *(f"completions.complete({words})" for words in ([""], ["su"], ["logs", "-"], ["list", "-o", ""])),
    ],
)
def test_what_answers_at_once_imports_nothing_slow(call: str) -> None:
    imported = "print(*sys.modules, file=sys.stderr)"
    program = f"import sys; from longshore.cli import __main__, completions; {call}; {imported}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not SLOW & set(done.stderr.splitlines()[-1].split())


def test_the_version_is_that_of_the_package() -> None:
    assert version("longshore") == VERSION


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["sumbit"], 2, "error: there is no command 'sumbit'; did you mean 'submit'?"),
        (["logs", "--folow"], 2, "--follow"),
        (["lint"], 2, "error: Missing argument 'FILE|DIR|-...'."),
        (["lint", "missing.yaml"], 2, "error: cannot read 'missing.yaml': No such file or directory"),
        (["submit", "x", "--timeout", "5s"], 2, "error: --timeout goes with --wait or --watch"),
        (["submit", "x", "--name", "a", "--generate-name", "b"], 2, "error: give --name or --generate-name"),
        (["list", "--kubeconfig", "missing"], 1, "error: the kubeconfig cannot be used"),
    ],
)
def test_errors_are_a_line_on_stderr(
    arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_plugin(arguments) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err
    assert "Traceback" not in printed.err


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_aliases(alias: str, name: str) -> None:
    context = click.Context(plugin)
    assert plugin.get_command(context, alias) is plugin.get_command(context, name)


@pytest.mark.parametrize("arguments", [["--kubeconfig", "gone", "ls"], ["ls", "--kubeconfig", "gone"]])
def test_the_target_may_stand_before_the_command(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_plugin(arguments) == 1
    assert "file gone not found" in capsys.readouterr().err


def test_what_was_printed_before_an_error_is_not_lost() -> None:
    program = (
        "from longshore.cli import __main__\n"
        "def run(_):\n    print('made'); return 1\n"
        "__main__.run_plugin = run; __main__.main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "made\n")
