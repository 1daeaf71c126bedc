"""Who asks for a pod that is gone, and what is answered."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from longshore.archive.collect.pods import slim_pod
from longshore.archive.collect.seals import LastVersions, Sealer
from longshore.archive.collect.sightings import Sightings
from longshore.archive.databases import open_database
from longshore.archive.http.pods import build_router
from support.archives.fakes import FakeArtifacts
from support.archives.http import FakeReviewer, Site, run_site
from support.archives.pods import build_pod

NAME = build_pod("test")["metadata"]["name"]


@pytest.fixture
def reviewer() -> FakeReviewer:
    return FakeReviewer()


@pytest.fixture
async def site(tmp_path: Path, reviewer: FakeReviewer) -> AsyncIterator[Site]:
    async with open_database(tmp_path / "db") as database:
        sightings = Sightings(database)
        sightings.see(None, slim_pod(build_pod("test")))
        versions = LastVersions(sightings, Sealer(FakeArtifacts()), lambda _: False)
        async with run_site(build_router(versions), reviewer=reviewer) as site:
            yield site


async def test_the_operator_gets_the_last_version(site: Site, reviewer: FakeReviewer) -> None:
    token = reviewer.add_person("operator", "get runs.longshore.dev")
    assert await site.ask(f"/v1/pods/{NAME}", token) == (200, slim_pod(build_pod("test")))


async def test_a_pod_that_was_never_seen_is_not_found(site: Site, reviewer: FakeReviewer) -> None:
    token = reviewer.add_person("operator", "get runs.longshore.dev")
    code, problem = await site.ask("/v1/pods/unknown", token)
    assert code == 404
    assert "no pod of this name" in problem["detail"]


async def test_others_get_nothing(site: Site, reviewer: FakeReviewer) -> None:
    code, _ = await site.ask(f"/v1/pods/{NAME}", reviewer.add_person("somebody"))
    assert code == 403
