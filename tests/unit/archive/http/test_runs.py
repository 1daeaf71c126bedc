"""Runs over HTTP: filters, pages, uid or name, and who may ask."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from longshore.api.records import SecretUse
from longshore.archive.http import runs
from longshore.archive.journal.journals import Journal
from support.archives.http import FakeReviewer, Site, run_site
from support.archives.journals import NOW
from support.archives.runs import CREATED, ENDED, build_run, build_step

Json = dict[str, Any]
FOUND = {
    "": "u4 u3 u2 u1 u0",
    "?phase=Failed": "u4 u2 u0",
    "?phase=Failed&phase=Running": "u4 u3 u2 u1 u0",
    "?workflow=ci&name=night": "u4 u3 u2 u1 u0",
    "?workflow=cd": "",
    "?name=day": "",
    "?label=team=red": "u1",
    "?label=team=red&label=empty=": "u1",
    "?label=team=blue": "",
    "?since=2026-05-01T10:03:00Z": "u4 u3",
    "?until=2026-05-01T12:01:00%2B02:00": "u0",
    "?limit=2": "u4 u3",
}
"""Which Runs of `see_many` a query finds."""
MISTAKES = {
    "?phase=Dead": "query phase.0: ",
    "?label=team": "query label.0: String should match pattern",
    "?since=yesterday": "query since: ",
    "?since=2026-05-01T10:00:00": "query since: Input should have timezone info",
    "?limit=501": "query limit: Input should be less than or equal to 500",
    "?limit=0": "query limit: ",
    "?cursor=x": "query cursor: pass `next` of the page before as it was",
    "?cursor=%C3%BC": "query cursor: ",
    "?cursor=eCB5IHo=": "query cursor: ",
    "?worfklow=ci": "query worfklow: Extra inputs are not permitted",
}
"""How the answer to a query begins."""


async def find_uses(uid: str) -> list[SecretUse]:
    """One Run has had a Secret."""
    return [SecretUse(step="build", attempt=2, secret="forge", revision="417")] if uid == "u1" else []


@pytest.fixture
async def site(journal: Journal) -> AsyncIterator[Site]:
    async with run_site(runs.build_router(journal, find_uses)) as site:
        yield site


async def see_many(journal: Journal) -> None:
    """Runs u0 to u4 of one name, each a minute after the one before; those of even number failed."""
    for number in range(5):
        metadata = {"uid": f"u{number}", "creationTimestamp": f"2026-05-01T10:0{number}:00Z"}
        failed = {"phase": "Failed", "completionTime": ENDED}
        labels = {"labels": {"team": "red", "empty": ""}} if number == 1 else {}
        await journal.see_run(build_run(1, {"phase": "Running"} if number % 2 else failed, {**metadata, **labels}))


async def list_uids(site: Site, query: str) -> str:
    code, page = await site.ask_locally(f"/v1/runs{query}")
    assert code == 200, page
    return " ".join(item["uid"] for item in page["items"])


async def test_runs_are_filtered(site: Site, journal: Journal) -> None:
    await see_many(journal)
    assert {query: await list_uids(site, query) for query in FOUND} == FOUND


async def test_pages_lead_to_one_another(site: Site, journal: Journal) -> None:
    await see_many(journal)
    found, cursor = [], ""
    while True:
        _, page = await site.ask_locally(f"/v1/runs?limit=2&cursor={cursor}")
        found.append([item["uid"] for item in page["items"]])
        if "next" not in page:
            break
        cursor = page["next"]
    assert found == [["u4", "u3"], ["u2", "u1"], ["u0"]]


async def test_an_empty_history_is_an_empty_page(site: Site) -> None:
    assert await site.ask_locally("/v1/runs") == (200, {"items": []})


async def test_an_item_is_what_a_table_shows(site: Site, journal: Journal) -> None:
    await journal.see_run(build_run(1, {"phase": "Queued", "message": "waits"}, {"uid": "u"}))
    await journal.see_deleted("u")
    _, page = await site.ask_locally("/v1/runs")
    assert page["items"] == [
        {
            "uid": "u",
            "name": "nightly",
            "workflow": "ci",
            "phase": "Queued",
            "labels": {},
            "progress": "",
            "message": "waits",
            "created": CREATED,
            "deleted": NOW.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    ]


async def test_mistakes_are_named(site: Site) -> None:
    for query, message in MISTAKES.items():
        code, problem = await site.ask_locally(f"/v1/runs{query}")
        assert (code, problem["detail"][: len(message)]) == (422, message), query


@pytest.mark.parametrize("run", ["u0", "nightly"])
async def test_a_run_is_got_whole(site: Site, journal: Journal, run: str) -> None:
    status = {"phase": "Succeeded", "completionTime": ENDED, "steps": {"test[0]": build_step("Succeeded")}}
    seen = build_run(3, status, {"uid": "u0"}, params={"none": None, "n": 1.5})
    await journal.see_run(seen)
    assert await site.ask_locally(f"/v1/runs/{run}") == (200, {"run": seen})
    await journal.see_deleted("u0")
    _, found = await site.ask_locally(f"/v1/runs/{run}")
    assert found == {"run": seen, "deleted": "2026-05-01T12:00:00Z"}


async def test_a_run_that_is_not_known(site: Site) -> None:
    for run in ("nobody", "..%2F..%2Fetc", "%00", "%F0%9F%92%A9", "'--"):
        assert (await site.ask_locally(f"/v1/runs/{run}"))[0] == 404, run


async def test_only_who_may_read_runs_may(journal: Journal) -> None:
    reviewer = FakeReviewer()
    token = reviewer.add_person("ann", "get runs.longshore.dev")
    async with run_site(runs.build_router(journal, find_uses), reviewer=reviewer) as site:
        for path in ("/v1/runs", "/v1/runs/nobody"):
            assert (await site.ask(path))[0] == 401
            assert (await site.ask(path, reviewer.add_person("ben")))[0] == 403
        assert (await site.ask("/v1/runs", token))[0] == 200
        assert (await site.ask("/v1/runs/nobody", token))[0] == 404


async def test_the_description_tells_all(site: Site) -> None:
    _, description = await site.ask_locally("/v1/openapi.json")
    operation = description["paths"]["/v1/runs"]["get"]
    names = [parameter["name"] for parameter in operation["parameters"]]
    assert names == ["phase", "workflow", "name", "label", "since", "until", "limit", "cursor"]
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer == {"$ref": "#/components/schemas/RunPage"}
    assert description["components"]["schemas"]["RunRecord"]["properties"]["deleted"]["description"]


async def test_the_secrets_of_attempts_are_told_by_their_revision(site: Site, journal: Journal) -> None:
    await see_many(journal)
    _, found = await site.ask_locally("/v1/runs/u1")
    assert found["secrets"] == [{"step": "build", "attempt": 2, "secret": "forge", "revision": "417"}]
    _, found = await site.ask_locally("/v1/runs/u2")
    assert "secrets" not in found
