"""Owns the entry point: runs the command, says an error in one line, and sets the exit code."""

import os
import sys
from contextlib import suppress

import click

from longshore.cli.groups import plugin
from longshore.errors import LongshoreError

FAILED = 1
INTERRUPTED = 130


def main() -> None:
    """Run the plugin with the arguments of this process. Never returns."""
    code = run_plugin(sys.argv[1:])
    with suppress(BrokenPipeError):
        sys.stdout.flush()
        sys.stderr.flush()
    # To take the interpreter apart, module by module, would be a fifth of a short command's time.
    os._exit(code)


def run_plugin(arguments: list[str]) -> int:
    """Run one command. Returns its exit code."""
    try:
        # https://no-color.org; click does not heed it by itself.
        color = False if os.environ.get("NO_COLOR") else None
        code = plugin.main(arguments, "kubectl longshore", standalone_mode=False, color=color)
        sys.stdout.flush()
    except click.ClickException as error:
        click.echo(f"error: {error.format_message()}", err=True)
        if isinstance(error, click.UsageError) and error.ctx is not None:
            click.echo(f"see: {error.ctx.command_path} --help", err=True)
        return error.exit_code
    except LongshoreError as error:
        click.echo(f"error: {error}", err=True)
        return FAILED
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        # The reader, such as head, has seen enough; what Python would flush at exit goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    main()
