"""Owns the error for what people typed that makes no sense, though its form is right."""

import click


class MistakeError(click.ClickException):
    """Said in one line, with exit code 2; the command's usage would not help."""

    exit_code = 2
