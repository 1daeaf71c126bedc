"""Owns how the plan for an archive is applied: each call may have been made before, by us or those before us."""

import logging
from collections.abc import Sequence
from typing import assert_never

from longshore.errors import AlreadyExistsError, ConflictError, ForbiddenError, InvalidError
from longshore.planning.archives import (
    ArchiveAction,
    EnsureObjects,
    PatchDeployment,
    describe_foreign,
    is_ours,
    plan_update,
)
from longshore.reconcile.ports import Archives, Json

logger = logging.getLogger(__name__)


async def apply_archive(archives: Archives, namespace: str, actions: Sequence[ArchiveAction]) -> str:
    """Apply the actions until one can't be; answers why that is, or empty. Raises ClusterError."""
    for action in actions:
        match action:
            case EnsureObjects():
                problem = await _ensure_all(archives, action.objects)
            case PatchDeployment():
                problem = await _patch(archives, namespace, action.patch)
            case _:
                assert_never(action)
        if problem:
            return problem
    return ""


async def _ensure_all(archives: Archives, manifests: Sequence[Json]) -> str:
    for manifest in manifests:
        try:
            problem = await _ensure(archives, manifest)
        except (ForbiddenError, InvalidError) as error:
            problem = f"{_describe(manifest)}: {error}"
        if problem:
            return problem
    return ""


async def _ensure(archives: Archives, manifest: Json) -> str:
    """Have the object exist as it is given, where nobody else has the name."""
    try:
        await archives.create(manifest)
    except AlreadyExistsError:
        return await _update(archives, manifest, await archives.get(manifest))
    logger.info("made %s", _describe(manifest))
    return ""


async def _update(archives: Archives, manifest: Json, found: Json) -> str:
    if not is_ours(found):
        return describe_foreign(found)
    patch = plan_update(manifest, found)
    if manifest["kind"] == "ClusterRoleBinding" and patch:
        # Of an earlier namespace of this name: it goes with that one, any moment now.
        raise ConflictError(f"{_describe(manifest)} is another namespace's, and about to go")
    if not patch:
        return ""
    try:
        await archives.patch(manifest, patch)
    except (ForbiddenError, InvalidError) as error:
        if manifest["kind"] != "PersistentVolumeClaim":
            raise
        # A claim that can't grow is as good as before.
        logger.warning("%s stays as it is: %s", _describe(manifest), error)
    else:
        logger.info("changed %s", _describe(manifest))
    return ""


async def _patch(archives: Archives, namespace: str, patch: Json) -> str:
    try:
        await archives.patch_deployment(namespace, patch)
    except (ForbiddenError, InvalidError) as error:
        return f"Deployment archive: {error}"
    return ""


def _describe(manifest: Json) -> str:
    return f"{manifest['kind']} {manifest['metadata']['name']}"
