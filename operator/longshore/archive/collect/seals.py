"""Owns how what steps left is judged, and how it is told on their pod. Must not decide when."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterable

from longshore.archive.collect.pods import CollectedPod, Files, observe_pod, read_archived
from longshore.archive.collect.sightings import Sightings
from longshore.archive.ports import Artifacts, Json, Left
from longshore.names import ARCHIVED_ANNOTATION

logger = logging.getLogger(__name__)
AT_ONCE = 4
"""Pods whose files are read at a time."""


class Sealer:
    """Has the files of steps judged."""

    def __init__(self, artifacts: Artifacts) -> None:
        self._artifacts = artifacts
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def seal(self, raw: Json, pod: CollectedPod, files: Iterable[Files]) -> str:
        """The annotation that tells what the archive has of what the pod left, with these steps' files judged."""
        told = read_archived(raw)
        async with self._slots:
            for each in files:
                key, left = each.key, Left(each.declared, each.has_failed)
                archived = await self._artifacts.seal(key, pod.run, left)
                told[key.step] = archived.to_json()
                logger.info("step %s, attempt %d: artifacts %s", key.step, key.number, archived.artifacts)
        return json.dumps(told, separators=(",", ":"))


class LastVersions:
    """What is asked of pods that the asker does not find any more. `may_be_there` tells that of a pod's uid."""

    def __init__(self, sightings: Sightings, sealer: Sealer, may_be_there: Callable[[str], bool]) -> None:
        self._sightings = sightings
        self._sealer = sealer
        self._may_be_there = may_be_there

    async def find(self, name: str) -> Json | None:
        """The last version of the pod of this name, where it is gone with what it left; None: none was seen."""
        raw = await self._sightings.find(name)
        pod = observe_pod(raw) if raw is not None else None
        if raw is None or pod is None or not pod.files or self._may_be_there(pod.uid):
            return raw
        annotations = raw["metadata"]["annotations"]
        annotations = annotations | {ARCHIVED_ANNOTATION: await self._sealer.seal(raw, pod, pod.files)}
        whole = raw | {"metadata": raw["metadata"] | {"annotations": annotations}}
        self._sightings.see(raw, whole)
        return whole
