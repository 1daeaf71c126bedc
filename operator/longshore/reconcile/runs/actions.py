"""Owns how a plan's actions are applied: each may have been applied before, by us or by who came before us."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from longshore.errors import AlreadyExistsError, ConflictError, ForbiddenError, InvalidError, NotFoundError
from longshore.manifests.stretches import list_fused
from longshore.planning.observations import Refusal, RefusalKind
from longshore.planning.plans import Action, CreateClaim, CreatePod, CreateRun, DeletePod, PatchRun, StopPod
from longshore.reconcile.ports import Claims, Json, Pods
from longshore.reconcile.runs.children import ChildRuns

MAX_AT_ONCE = 20
QUOTA_DELAY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Objects:
    """What attempts are made of."""

    pods: Pods
    children: ChildRuns
    claims: Claims


async def apply_actions(
    objects: Objects, namespace: str, actions: Sequence[Action], run_uid: str, now: datetime
) -> dict[str, Refusal]:
    """Apply all actions, claims first: no pod is made that mounts what is not there.

    Returns what the API server refused, by name of claim, pod or Run; after a claim is refused, nothing else is
    done. Raises ClusterError.
    """
    claims = [action for action in actions if isinstance(action, CreateClaim)]
    others = [action for action in actions if not isinstance(action, CreateClaim)]
    refused = await _apply_together(objects, namespace, claims, run_uid, now)
    return refused or await _apply_together(objects, namespace, others, run_uid, now)


async def _apply_together(
    objects: Objects, namespace: str, actions: Sequence[Action], run_uid: str, now: datetime
) -> dict[str, Refusal]:
    slots = asyncio.Semaphore(MAX_AT_ONCE)

    async def apply(action: Action) -> Refusal | None:
        async with slots:
            return await _apply_action(objects, namespace, action, run_uid, now)

    # Every call comes to its end before the first error is raised: none is left half done.
    results = await asyncio.gather(*map(apply, actions), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return {
        action.name: result for action, result in zip(actions, results, strict=True) if isinstance(result, Refusal)
    }


async def _apply_action(
    objects: Objects, namespace: str, action: Action, run_uid: str, now: datetime
) -> Refusal | None:
    match action:
        case CreatePod():
            return await _create(objects.pods, action.manifest, run_uid, now)
        case CreateClaim():
            return await _create(objects.claims, action.manifest, run_uid, now)
        case CreateRun():
            return await _create(objects.children, action.manifest, run_uid, now)
        case StopPod() | DeletePod():
            await _end_pod(objects.pods, namespace, action)
            return None
        case PatchRun():
            with suppress(NotFoundError, ConflictError):  # gone already, as its watch will tell
                await objects.children.patch(namespace, action)
            return None
        case _:
            assert_never(action)


async def _create(
    objects: Pods | ChildRuns | Claims, manifest: Json, run_uid: str, now: datetime
) -> Refusal | None:
    try:
        await objects.create(manifest)
    except AlreadyExistsError:
        return await _adopt(objects, manifest, run_uid, now)
    except ForbiddenError as error:
        # The words of Kubernetes' quota admission; its own Job controller tells by them, too.
        is_passing = "exceeded quota" in str(error) or "being terminated" in str(error)
        kind: RefusalKind = "Quota" if is_passing else "Rejected"
        return Refusal(kind, str(error), now + QUOTA_DELAY, bool(list_fused(manifest)))
    except (InvalidError, NotFoundError) as error:
        return Refusal("Rejected", str(error), now, bool(list_fused(manifest)))
    return None


async def _adopt(
    objects: Pods | ChildRuns | Claims, manifest: Json, run_uid: str, now: datetime
) -> Refusal | None:
    """The object is ours if this Run controls it: a create whose answer was lost, or one before a crash."""
    metadata, kind = manifest["metadata"], manifest["kind"].lower()
    found = await objects.get(metadata["namespace"], metadata["name"])
    if is_controlled_by(found, run_uid):
        await objects.adopt(found)
        return None
    message = f"{kind} {metadata['name']} exists and is not this Run's; delete it, or start a new Run"
    return Refusal("NameConflict", message, now)


async def _end_pod(pods: Pods, namespace: str, action: StopPod | DeletePod) -> None:
    try:
        if isinstance(action, StopPod):
            await pods.stop(namespace, action)
        else:
            await pods.delete(namespace, action)
    except NotFoundError:
        return  # gone already, as its watch will tell


def is_controlled_by(obj: Json, uid: str) -> bool:
    """Whether the object of that uid is the controller of a pod, claim or Run."""
    owners = obj["metadata"].get("ownerReferences", ())
    return any(owner.get("controller") and owner["uid"] == uid for owner in owners)
