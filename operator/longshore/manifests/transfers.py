"""Owns what a step has in its pod of files that it leaves, and of those that others left. Must not move any.

By mount these are folders of the claim `artifacts`; over HTTP they are volumes of the pod's own, which the
containers beside the step empty and fill, see couriers.
"""

from dataclasses import dataclass
from typing import Any

from longshore import names
from longshore.api.archives import Input, PodArtifacts
from longshore.manifests.attempts import Attempt
from longshore.manifests.caches import CACHE_VOLUME, Place, place_cache

ARTIFACTS = "/longshore/artifacts"
INPUTS = "/longshore/inputs"
ACCESS = "/longshore/archive"
ARTIFACTS_VOLUME = "longshore-artifacts"
INPUTS_VOLUME = "longshore-inputs"
ACCESS_VOLUME = "longshore-archive"

Manifest = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Transfer:
    """What an attempt leaves and finds, and how that travels."""

    attempt: Attempt
    files: PodArtifacts
    image: str
    """The runner image."""
    upload_seconds: int
    base: str
    """Where the step's command starts."""

    @property
    def over_http(self) -> bool:
        """Whether artifacts and inputs travel as caches always do."""
        return self.files.transport == "HTTP"

    @property
    def fetches(self) -> bool:
        """Whether something is fetched before the step starts."""
        return bool(self.files.caches or (self.over_http and self.files.inputs))

    @property
    def sends(self) -> bool:
        """Whether something is sent, beside the step and after its end."""
        return bool(self.files.caches or (self.over_http and self.files.declared))

    @property
    def is_announced(self) -> bool:
        """Whether the archive has to know of it."""
        return bool(self.files.declared) or self.fetches

    @property
    def places(self) -> list[Place]:
        """Where the caches are."""
        return [place_cache(index, cache, self.base) for index, cache in enumerate(self.files.caches)]

    def build_variables(self) -> dict[str, str]:
        """By what the step finds its folders."""
        artifacts = {"LONGSHORE_ARTIFACTS": ARTIFACTS} if self.files.declared else {}
        return artifacts | ({"LONGSHORE_INPUTS": INPUTS} if self.files.inputs else {})


def is_own_volume(name: str) -> bool:
    """Whether a volume of this name holds files on their way, so that only Longshore may mount it."""
    return name in {ARTIFACTS_VOLUME, INPUTS_VOLUME, ACCESS_VOLUME} or name.startswith(CACHE_VOLUME)


def is_own_place(path: str) -> bool:
    """Whether files on their way are there, or the token of those who carry them."""
    return any(path == place or path.startswith(f"{place}/") for place in (ARTIFACTS, INPUTS, ACCESS))


def build_transfer_volumes(transfer: Transfer) -> list[Manifest]:
    """The pod's volumes, but for that of the couriers' access."""
    files, own = transfer.files, [place.volume for place in transfer.places if place.is_own]
    if transfer.over_http:
        own += [ARTIFACTS_VOLUME] * bool(files.declared) + [INPUTS_VOLUME] * bool(files.inputs)
    volumes: list[Manifest] = [{"name": name, "emptyDir": {}} for name in own]
    if not transfer.over_http and (files.declared or files.inputs):
        claim = {"claimName": names.ARTIFACTS_CLAIM}
        volumes.append({"name": ARTIFACTS_VOLUME, "persistentVolumeClaim": claim})
    return volumes


def build_transfer_mounts(transfer: Transfer) -> list[Manifest]:
    """The mounts of the step's container."""
    files = _build_http_mounts(transfer) if transfer.over_http else _build_claim_mounts(transfer)
    own = [{"name": place.volume, "mountPath": place.path} for place in transfer.places if place.is_own]
    return [*files, *own]


def _build_http_mounts(transfer: Transfer) -> list[Manifest]:
    mounts: list[Manifest] = []
    if transfer.files.declared:
        mounts.append({"name": ARTIFACTS_VOLUME, "mountPath": ARTIFACTS})
    if transfer.files.inputs:
        mounts.append({"name": INPUTS_VOLUME, "mountPath": INPUTS, "readOnly": True})
    return mounts


def _build_claim_mounts(transfer: Transfer) -> list[Manifest]:
    attempt, mounts = transfer.attempt, list(map(_build_input_mount, transfer.files.inputs))
    if transfer.files.declared:
        folder = names.build_attempt_folder(attempt.run_uid, attempt.path, attempt.number)
        mounts.append({"name": ARTIFACTS_VOLUME, "mountPath": ARTIFACTS, "subPath": folder})
    return mounts


def _build_input_mount(source: Input) -> Manifest:
    return {
        "name": ARTIFACTS_VOLUME,
        "mountPath": f"{INPUTS}/{source.folder}",
        "subPath": names.build_attempt_folder(source.run_uid, source.path, source.attempt),
        "readOnly": True,
    }
