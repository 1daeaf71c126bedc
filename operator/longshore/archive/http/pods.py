"""Answers what was last seen of a pod that is gone. The operator asks before it calls an attempt lost."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from longshore.archive.collect.seals import LastVersions
from longshore.archive.http.callers import Permit, may_read_runs
from longshore.archive.http.problems import ProblemError


def build_router(versions: LastVersions) -> APIRouter:
    """The route /pods/{name}."""
    router = APIRouter(tags=["pods"])

    @router.get("/pods/{name}")
    async def get_pod(name: str, _: Annotated[Permit, Depends(may_read_runs)]) -> dict[str, Any]:
        """The last version of the pod of a step that the archive saw, with its uid and status."""
        pod = await versions.find(name)
        if pod is None:
            raise ProblemError(
                404, "no pod of this name was seen in the last day; those that are there kubectl shows"
            )
        return pod

    return router
