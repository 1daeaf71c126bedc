"""Owns the answer to Tab, as kubectl asks for it: `kubectl_complete-longshore` with the words so far.

It prints a candidate a line, then what the shell is to do with them, as cobra has it. What goes wrong is not said:
it would stand in the middle of what somebody types.
"""

import os
import signal
import sys

SECONDS = 3
"""After so long nobody waits for names any more."""
NO_FILES = ":4"
"""Where there are no candidates, files are none either: cobra's ShellCompDirectiveNoFileComp."""
FILES = ":0"


def main() -> None:
    """Print candidates for the last of the words of this process. Never returns."""
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(SECONDS)
    sys.stdout.write("".join(f"{line}\n" for line in complete(sys.argv[1:])))
    sys.stdout.flush()
    # A call that still waits for the cluster is not waited for.
    os._exit(0)


def complete(words: list[str]) -> list[str]:
    """The candidates for the last word, each with a tab and what it does where known, and the directive."""
    try:
        return _complete(words)
    except Exception:  # noqa: BLE001 - whatever it is, a person who presses Tab can't do anything about it
        return [NO_FILES]


def _complete(words: list[str]) -> list[str]:
    from click.shell_completion import ShellComplete

    from longshore.cli.groups import plugin

    *before, word = words or [""]
    items = ShellComplete(plugin, {}, "kubectl longshore", "").get_completions(before, word)
    if any(item.type in {"file", "dir"} for item in items):
        return [FILES]
    return [*(f"{item.value}\t{item.help}" if item.help else item.value for item in items), NO_FILES]


def _give_up(*_: object) -> None:
    raise TimeoutError
