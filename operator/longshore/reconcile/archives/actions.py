"""Owns how the plan for an archive is applied: each call may have been made before, by us or those before us."""

import logging
from collections.abc import Sequence
from typing import assert_never

from longshore.errors import AlreadyExistsError, ConflictError, ForbiddenError, InvalidError
from longshore.planning.archives.archives import (
    ArchiveAction,
    EnsureObjects,
    PatchDeployment,
    describe_foreign,
    is_ours,
    plan_update,
)
from longshore.reconcile.ports import Archives, Json

logger = logging.getLogger(__name__)


async def apply_archive(archives: Archives, namespace: str, actions: Sequence[ArchiveAction]) -> list[str]:
    """Apply the actions; answers why an object stays as it was, where it is as good as before.

    Raises ClusterError where the rest can't be done: AlreadyExistsError where an object is not ours.
    """
    stays: list[str] = []
    for action in actions:
        match action:
            case EnsureObjects():
                for manifest in action.objects:
                    stays += await _ensure(archives, manifest)
            case PatchDeployment():
                await archives.patch_deployment(namespace, action.patch)
                logger.info("changed Deployment archive: replicas %s", action.patch["spec"].get("replicas"))
            case _:
                assert_never(action)
    return stays


async def _ensure(archives: Archives, manifest: Json) -> list[str]:
    """Have the object exist as it is given."""
    try:
        await archives.create(manifest)
    except AlreadyExistsError:
        return await _update(archives, manifest, await archives.get(manifest))
    logger.info("made %s", _describe(manifest))
    return []


async def _update(archives: Archives, manifest: Json, found: Json) -> list[str]:
    if not is_ours(found):
        raise AlreadyExistsError(describe_foreign(found))
    patch = plan_update(manifest, found)
    if not patch:
        return []
    if manifest["kind"] == "ClusterRoleBinding":
        # Of an earlier namespace of this name: it goes with that one, any moment now.
        raise ConflictError(f"{_describe(manifest)} is another namespace's, and about to go")
    try:
        await archives.patch(manifest, patch)
    except (ForbiddenError, InvalidError) as error:
        if manifest["kind"] != "PersistentVolumeClaim":
            raise
        return [str(error)]
    logger.info("changed %s", _describe(manifest))
    return []


def _describe(manifest: Json) -> str:
    return f"{manifest['kind']} {manifest['metadata']['name']}"
