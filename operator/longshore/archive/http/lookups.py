"""Owns how a path of the interface names a Run. Must not know what is asked of it."""

from typing import Annotated

from fastapi import Path

from longshore.archive.http.problems import ProblemError
from longshore.archive.ports import Journal

RunName = Annotated[
    str,
    Path(min_length=1, max_length=253, description="Uid of a Run, or a name: then the newest Run that has it."),
]


async def find_run(journal: Journal, run: str) -> str:
    """The uid of the Run that a path names. Raises ProblemError 404."""
    uid = await journal.find_run(run)
    if uid is None:
        raise ProblemError(404, "the archive knows no Run of this uid or name; /v1/runs lists those it does")
    return uid
