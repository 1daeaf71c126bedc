"""Runs git: its settings, its environment, and the patience with a bad network.

Owns how git is called. Must not know what a checkout is, nor put a secret into an argument or a variable.
"""

import logging
import shlex
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from longshore_runner.errors import RunnerError
from longshore_runner.failures import is_transient
from longshore_runner.sources import allowed_protocols

logger = logging.getLogger(__name__)

BACKOFF_SECONDS = (1, 2, 4)

SETTINGS = (
    (
        "safe.directory",
        "*",
    ),  # a volume's root belongs to root; the folder was emptied, so nothing in it is foreign
    ("credential.helper", ""),  # forget helpers of the image: no password is to be stored by them
    ("http.lowSpeedLimit", "1"),
    ("http.lowSpeedTime", "60"),  # a silent server is given up after so many seconds
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),  # nothing runs on in the background when the step starts
    ("advice.detachedHead", "false"),
    ("init.defaultBranch", "main"),
)

SSH_OPTIONS = {
    "BatchMode": "yes",
    "ConnectTimeout": "20",
    "ServerAliveInterval": "20",
    "ServerAliveCountMax": "3",
}


@dataclass(frozen=True, slots=True)
class Access:
    """How git proves who it is.

    Attributes:
        settings: Entries for git's configuration.
        ssh: Options for ssh, by name.
    """

    settings: tuple[tuple[str, str], ...] = ()
    ssh: tuple[tuple[str, str], ...] = ()


class GitError(RunnerError):
    """A git command failed; `stderr` is what it said, in English."""

    def __init__(self, command: str, stderr: str) -> None:
        super().__init__(f"git {command} failed: {stderr}", "The log has all that git said.")
        self.command = command
        self.stderr = stderr


@dataclass(frozen=True, slots=True)
class Git:
    """Git in one folder."""

    folder: Path
    environment: Mapping[str, str]

    def run(self, *arguments: str) -> str:
        """Run git without asking any server; returns what it printed.

        Raises:
            GitError: It failed.
        """
        command = ["git", "-C", str(self.folder), *arguments]
        done = subprocess.run(
            command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode:
            raise GitError(arguments[0], done.stderr.strip())
        return done.stdout.strip()

    def run_remote(self, *arguments: str) -> str:
        """Run a git command that talks to a server, again and again while the network is to blame.

        Raises:
            GitError: It failed for another reason, or once too often.
        """
        for seconds in BACKOFF_SECONDS:
            try:
                return self.run(*arguments)
            except GitError as error:
                if not is_transient(error.stderr):
                    raise
                logger.info("%s\ngit %s: trying again in %d s", error.stderr, error.command, seconds)
            time.sleep(seconds)
        return self.run(*arguments)


def build_environment(inherited: Mapping[str, str], access: Access) -> dict[str, str]:
    """The variables for git: its settings, no prompts, English messages, and only the allowed protocols."""
    return {
        **inherited,
        **_build_settings(inherited, SETTINGS + access.settings),
        "GIT_ALLOW_PROTOCOL": allowed_protocols(inherited),
        "GIT_ASKPASS": "",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_SSH_COMMAND": _build_ssh_command(SSH_OPTIONS | dict(access.ssh)),
        "GIT_SSH_VARIANT": "ssh",
        "LC_ALL": "C",
    }


def _build_settings(inherited: Mapping[str, str], settings: tuple[tuple[str, str], ...]) -> dict[str, str]:
    first = int(inherited.get("GIT_CONFIG_COUNT", "0"))
    variables = {"GIT_CONFIG_COUNT": str(first + len(settings))}
    for number, (key, value) in enumerate(settings, first):
        variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return variables


def _build_ssh_command(options: Mapping[str, str]) -> str:
    # No configuration of the image: what is not said here is OpenSSH's own default.
    words = ["ssh", "-F", "none"]
    for name, value in options.items():
        words += ["-o", f"{name}={value}"]
    return shlex.join(words)
