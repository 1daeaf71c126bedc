"""Answers how much room there is. The operator asks, and tells people by a condition."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends

from longshore.api.archives import ClaimStorage, StorageReport
from longshore.archive.http.callers import Permit, may_read_runs
from longshore.archive.sweeps.quotas import StorageQuota


def build_router(quotas: Sequence[StorageQuota]) -> APIRouter:
    """The route /storage."""
    router = APIRouter(tags=["storage"])

    @router.get("/storage")
    async def get_storage(_: Annotated[Permit, Depends(may_read_runs)]) -> StorageReport:
        """How much of each claim is used, as it was measured last: every ten minutes, and where room is scarce."""
        return StorageReport(claims=[await _describe(quota) for quota in quotas])

    return router


async def _describe(quota: StorageQuota) -> ClaimStorage:
    storage = await quota.find_last()
    return ClaimStorage(
        name=quota.claim.name, used_bytes=storage.used, total_bytes=storage.total, is_low=storage.is_low
    )
