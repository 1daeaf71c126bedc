"""A storm of writes to a journal, to be killed in its midst: says on standard output what was acknowledged.

    python -m support.archives.storms <folder>
    kept <uid> <version>           a version of a Run
    told <uid> <id> <nonce>        an event with this nonce as its data

Each version changes all steps of its Run, and its message, so that half of one could be told from a whole.
"""

import asyncio
import itertools
import sys
from pathlib import Path
from typing import Any

from longshore.archive.journal.journals import Journal
from support.archives.journals import open_journal
from support.archives.runs import build_run, build_step

RUNS = 6
STEPS = 40
PHASES = ("Pending", "Running", "Failed")


def build_version(uid: str, version: int) -> dict[str, Any]:
    """A version of a Run: each of its steps is at an attempt and a phase that follow from the version."""
    attempt, phase = divmod(version, len(PHASES))
    step = build_step(PHASES[phase], attempt + 1, message=f"version {version}")
    status = {
        "phase": "Running",
        "message": f"version {version}",
        "steps": dict.fromkeys(map(str, range(STEPS)), step),
    }
    return build_run(version, status, {"uid": uid})


async def rage(journal: Journal, uid: str) -> None:
    """Write versions and events of a Run, for ever, on top of what there is."""
    found = await journal.get_run(uid)
    first = int(found.run["metadata"]["resourceVersion"]) if found else 0  # type: ignore[index, call-overload, arg-type]
    for version in itertools.count(first + 1):
        await journal.see_run(build_version(uid, version))
        acknowledge("kept", uid, version)
        number = await journal.append(uid, "Note", {"nonce": version})
        acknowledge("told", uid, number, version)


def acknowledge(*words: object) -> None:
    """Say a line, at once and whole."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


async def main(folder: Path) -> None:
    """Rage over several Runs at once."""
    async with open_journal(folder) as journal:
        await asyncio.gather(*(rage(journal, f"u{number}") for number in range(RUNS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
