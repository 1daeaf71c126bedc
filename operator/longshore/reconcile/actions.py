"""Owns how a plan's actions are applied: each may have been applied before, by us or by who came before us."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_never

from longshore.errors import AlreadyExistsError, ForbiddenError, InvalidError, NotFoundError
from longshore.planning.observations import Refusal
from longshore.planning.plans import Action, CreatePod, DeletePod, StopPod
from longshore.reconcile.ports import Json, Pods

MAX_AT_ONCE = 20
QUOTA_DELAY = timedelta(seconds=5)


async def apply_actions(
    pods: Pods, namespace: str, actions: Sequence[Action], run_uid: str, now: datetime
) -> dict[str, Refusal]:
    """Apply all actions. Returns what the API server refused, by pod name. Raises ClusterError."""
    slots = asyncio.Semaphore(MAX_AT_ONCE)

    async def apply(action: Action) -> Refusal | None:
        async with slots:
            return await _apply_action(pods, namespace, action, run_uid, now)

    # Every call comes to its end before the first error is raised: none is left half done.
    results = await asyncio.gather(*map(apply, actions), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return {
        action.name: result for action, result in zip(actions, results, strict=True) if isinstance(result, Refusal)
    }


async def _apply_action(pods: Pods, namespace: str, action: Action, run_uid: str, now: datetime) -> Refusal | None:
    match action:
        case CreatePod():
            return await _create_pod(pods, action.manifest, run_uid, now)
        case StopPod() | DeletePod():
            await _end_pod(pods, namespace, action)
            return None
        case _:
            assert_never(action)


async def _create_pod(pods: Pods, manifest: Json, run_uid: str, now: datetime) -> Refusal | None:
    try:
        await pods.create(manifest)
    except AlreadyExistsError:
        return await _adopt_pod(pods, manifest, run_uid, now)
    except ForbiddenError as error:
        # The words of Kubernetes' quota admission; its own Job controller tells by them, too.
        is_passing = "exceeded quota" in str(error) or "being terminated" in str(error)
        return Refusal("Quota" if is_passing else "Rejected", str(error), now + QUOTA_DELAY)
    except (InvalidError, NotFoundError) as error:
        return Refusal("Rejected", str(error), now)
    return None


async def _adopt_pod(pods: Pods, manifest: Json, run_uid: str, now: datetime) -> Refusal | None:
    """The pod is ours if this Run controls it: a create whose answer was lost, or one before a crash."""
    metadata = manifest["metadata"]
    pod = await pods.get(metadata["namespace"], metadata["name"])
    if is_controlled_by(pod, run_uid):
        await pods.adopt(pod)
        return None
    message = f"pod {metadata['name']} exists and is not this Run's; delete it, or start a new Run"
    return Refusal("NameConflict", message, now)


async def _end_pod(pods: Pods, namespace: str, action: StopPod | DeletePod) -> None:
    try:
        if isinstance(action, StopPod):
            await pods.stop(namespace, action)
        else:
            await pods.delete(namespace, action)
    except NotFoundError:
        return  # gone already, as its watch will tell


def is_controlled_by(pod: Json, uid: str) -> bool:
    """Whether the object of that uid is the pod's controller."""
    owners = pod["metadata"].get("ownerReferences", ())
    return any(owner.get("controller") and owner["uid"] == uid for owner in owners)
