"""The command `longshore-runner`: which program runs, and how it ends.

Owns the command line, the logs and the exit code. Must not know how a program does its work.
"""

import argparse
import contextlib
import json
import logging
import os
import signal
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from longshore_runner.checkouts import check_out, empty_folder
from longshore_runner.couriers import run_artifacts, run_inputs
from longshore_runner.credentials import prepare_access, read_secret
from longshore_runner.errors import RunnerError
from longshore_runner.git import Git, build_environment
from longshore_runner.sources import read_source
from longshore_runner.termination import write_message


def main() -> None:
    """Run the program that the command line names."""
    parser = argparse.ArgumentParser(prog="longshore-runner", description=sys.modules[__package__ or ""].__doc__)
    programs = parser.add_subparsers(required=True, metavar="PROGRAM")
    checkout = programs.add_parser("checkout", help="check out the source that the SOURCE_ variables describe")
    checkout.set_defaults(program=run_checkout)
    inputs = programs.add_parser("inputs", help="fetch what a step finds when it starts")
    inputs.set_defaults(program=run_inputs)
    artifacts = programs.add_parser("artifacts", help="send what a step leaves, until SIGTERM and then the rest")
    artifacts.set_defaults(program=run_artifacts)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    # The first process of a container dies of no signal that it does not handle.
    signal.signal(signal.SIGTERM, _stop)
    sys.exit(arguments.program(os.environ))


def run_checkout(environment: Mapping[str, str]) -> int:
    """Check out a step's source; the termination message says `{"commit": ...}` or what went wrong.

    Returns:
        The exit code, 0 or 1.
    """
    try:
        write_message(environment, json.dumps({"commit": _check_out(environment)}))
    except (RunnerError, OSError) as error:
        message = _describe(error)
        sys.stderr.write(f"{message}\n")
        with contextlib.suppress(OSError):
            write_message(environment, message)
        return 1
    return 0


def _check_out(environment: Mapping[str, str]) -> str:
    source = read_source(environment)
    secret = read_secret(source.credentials)
    empty_folder(source.path)
    with tempfile.TemporaryDirectory(prefix=".longshore-", dir=environment.get("HOME")) as private:
        access = prepare_access(source, secret, Path(private))
        return check_out(source, Git(source.path, build_environment(environment, access)))


def _describe(error: RunnerError | OSError) -> str:
    if isinstance(error, RunnerError):
        return str(error)
    return (
        f"The checkout cannot use {error.filename or 'a file'}: {error.strerror}."
        " Check the volumes, user and fsGroup that the step's template sets, and the room on its volume."
    )


def _stop(number: int, _frame: FrameType | None) -> None:
    # An exception, so that git is ended and the private folder removed on the way out.
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
