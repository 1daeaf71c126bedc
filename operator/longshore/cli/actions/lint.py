"""Owns `lint`: says what is wrong with manifests, and where."""

from collections.abc import Sequence

import click

from longshore.cli.checks.checks import check_documents, is_ours
from longshore.cli.checks.documents import Document, Problem, parse_documents, sort_problems
from longshore.cli.checks.files import read_files


def lint_files(names: Sequence[str]) -> int:
    """Print what is wrong with the manifests of files and directories. Returns 1 where there is something."""
    parsed = [found for file, text in read_files(names) for found in parse_documents(file, text)]
    documents = [found for found in parsed if isinstance(found, Document)]
    problems = [found for found in parsed if isinstance(found, Problem)] + check_documents(documents)
    for problem in sort_problems(problems):
        click.echo(str(problem))
    errors = sum(not problem.is_warning for problem in problems)
    checked = sum(map(is_ours, documents))
    click.echo(_summarize(checked, errors, len(problems) - errors), err=True)
    return int(errors > 0)


def _summarize(checked: int, errors: int, warnings: int) -> str:
    counts = {"manifest": checked, "error": errors, "warning": warnings}
    return ", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for noun, count in counts.items())
