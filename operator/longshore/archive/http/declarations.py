"""Finds what the pod of a step declares, for routes of steps. Must not ask the caller."""

from longshore.api.archives import PodArtifacts
from longshore.archive.http.problems import ProblemError
from longshore.archive.places import AttemptKey
from longshore.archive.ports import Declarations


async def find_files(declarations: Declarations, key: AttemptKey) -> PodArtifacts:
    """The files that a step leaves and finds. Raises ProblemError where that is not known.

    A pod that asks is there, so what it declares is known soon: it must not take this for a no.
    """
    declared = await declarations.find_declared(key)
    if declared is None:
        raise ProblemError(503, "what the step declares is not known yet; try again soon", {"Retry-After": "1"})
    if key.step not in declared:
        raise ProblemError(404, f"step {key.step} declares no artifacts and no cache, and needs none")
    return declared[key.step]
