"""Events over HTTP: pages, and a stream that goes on where it broke and ends with the Run."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from longshore.archive.http import events
from longshore.archive.journal.journals import PAGE, Journal
from support.archives.http import FakeReviewer, Site, run_site
from support.archives.runs import ENDED, UID, build_run, build_step
from support.conditions import eventually

Json = dict[str, Any]
EVENTS = f"/v1/runs/{UID}/events"
STREAM = {"Accept": "text/event-stream"}
PAGES = {
    "": ([1, 2, 3, 4, 5], None),
    "?limit=2": ([1, 2], 2),
    "?limit=2&after=2": ([3, 4], 4),
    "?limit=1&after=4": ([5], None),
    "?after=5": ([], None),
    "?after=99": ([], None),
}
"""Ids and `next`, of five events."""
MISTAKES = {
    "?after=-1": "query after: ",
    "?after=99999999999999999999": "query after: ",
    "?limit=501": "query limit: ",
    "?follow=maybe": "query follow: ",
    "?since=1": "query since: Extra inputs",
}
"""How the answer to a query begins."""


@pytest.fixture
async def site(journal: Journal) -> AsyncIterator[Site]:
    async with run_site(events.build_router(journal)) as site:
        yield site


async def begin(journal: Journal) -> None:
    """Events 1 and 2."""
    await journal.see_run(build_run(1, {"phase": "Running"}))


async def end(journal: Journal) -> None:
    """One event more."""
    await journal.see_run(build_run(9, {"phase": "Succeeded", "completionTime": ENDED}))


async def read_event(response: aiohttp.ClientResponse) -> tuple[str, Json]:
    """The id and the data of the event that comes next."""
    lines = (await response.content.readuntil(b"\n\n")).decode().splitlines()
    fields = dict(line.split(": ", 1) for line in lines if line)
    assert set(fields) == {"id", "data"}
    return fields["id"], json.loads(fields["data"])


# Pages.


async def test_a_page_has_events_in_their_order(site: Site, journal: Journal) -> None:
    steps = {"test[0]": build_step("Pending", 0, reason="AwaitingNeeds")}
    await journal.see_run(build_run(1, {"steps": steps}))
    code, page = await site.ask_locally(EVENTS)
    assert code == 200
    assert page == {
        "items": [
            {
                "id": 1,
                "time": "2026-05-01T10:00:00Z",
                "type": "RunCreated",
                "data": {"name": "nightly", "workflow": "ci"},
            },
            {
                "id": 2,
                "time": "2026-05-01T12:00:00Z",
                "type": "StepChanged",
                "step": "test[0]",
                "attempt": 0,
                "data": {"phase": "Pending", "reason": "AwaitingNeeds"},
            },
        ]
    }


async def test_pages_lead_to_one_another(site: Site, journal: Journal) -> None:
    await begin(journal)
    for _ in range(3):
        await journal.append(UID, "Note", {})
    for query, expected in PAGES.items():
        _, page = await site.ask_locally(EVENTS + query)
        assert ([item["id"] for item in page["items"]], page.get("next")) == expected, query


async def test_a_name_stands_for_the_newest_run(site: Site, journal: Journal) -> None:
    await begin(journal)
    assert await site.ask_locally("/v1/runs/nightly/events") == await site.ask_locally(EVENTS)


async def test_a_run_that_is_not_known(site: Site) -> None:
    for query in ("", "?follow=true"):
        assert (await site.ask_locally(f"/v1/runs/nobody/events{query}"))[0] == 404


async def test_mistakes_are_named(site: Site) -> None:
    for query, message in MISTAKES.items():
        code, problem = await site.ask_locally(EVENTS + query)
        assert (code, problem["detail"][: len(message)]) == (422, message), query
    code, problem = await site.ask_locally(EVENTS, headers={"Last-Event-ID": "x"})
    assert (code, problem["detail"][:22]) == (422, "header last-event-id: ")


async def test_only_who_may_read_runs_may(journal: Journal) -> None:
    await begin(journal)
    reviewer = FakeReviewer()
    token = reviewer.add_person("ann", "get runs.longshore.dev")
    async with run_site(events.build_router(journal), reviewer=reviewer) as site:
        assert (await site.ask(EVENTS))[0] == 401
        assert (await site.ask(EVENTS, reviewer.add_person("ben", "get pods/log")))[0] == 403
        assert (await site.ask(EVENTS, token))[0] == 200


# Streams.


@pytest.mark.parametrize(("query", "headers"), [("?follow=true", {}), ("", STREAM)])
async def test_a_stream_tells_what_was_and_what_comes_and_ends_with_the_run(
    site: Site, journal: Journal, query: str, headers: dict[str, str]
) -> None:
    await begin(journal)
    async with site.session.get(site.local + EVENTS + query, headers=headers) as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/event-stream")
        assert response.headers["Cache-Control"] == "no-cache"
        assert [(await read_event(response))[0] for _ in range(2)] == ["1", "2"]
        await journal.append(UID, "Note", {"text": "two\nlines"})
        key, event = await read_event(response)
        assert (key, event["id"], event["type"], event["data"]) == ("3", 3, "Note", {"text": "two\nlines"})
        await end(journal)
        assert (await read_event(response))[1]["data"]["phase"] == "Succeeded"
        assert await response.content.read() == b""


@pytest.mark.parametrize(
    ("query", "headers", "first"),
    [
        ("?follow=true&after=2", {}, "3"),
        ("?follow=true", {"Last-Event-ID": "3"}, "4"),
        ("?follow=true&after=1", {"Last-Event-ID": "4"}, "5"),
    ],
)
async def test_a_stream_goes_on_where_it_broke(
    site: Site, journal: Journal, query: str, headers: dict[str, str], first: str
) -> None:
    await begin(journal)
    for _ in range(3):
        await journal.append(UID, "Note", {})
    async with site.session.get(site.local + EVENTS + query, headers=headers) as response:
        assert (await read_event(response))[0] == first


async def test_a_stream_of_a_run_that_is_over_tells_all_of_it(site: Site, journal: Journal) -> None:
    await begin(journal)
    await end(journal)
    for _ in range(2 * PAGE):
        await journal.append(UID, "Note", {})
    async with site.session.get(site.local + EVENTS, headers=STREAM) as response:
        ids = [(await read_event(response))[0] for _ in range(2 * PAGE + 3)]
        assert ids == [str(number) for number in range(1, 2 * PAGE + 4)]
        assert await response.content.read() == b""


async def test_who_asks_again_once_all_is_told_is_told_to_stop(site: Site, journal: Journal) -> None:
    await begin(journal)
    await end(journal)
    headers = STREAM | {"Last-Event-ID": "3"}
    assert await site.ask_locally(EVENTS, headers=headers) == (204, "")


async def test_a_silent_stream_gives_signs_of_life(
    site: Site, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "KEEP_ALIVE_SECONDS", 0.01)
    await begin(journal)
    async with site.session.get(f"{site.local}{EVENTS}?follow=true&after=2") as response:
        assert await response.content.readuntil(b"\n\n") == b": ping\n\n"
        assert await response.content.readuntil(b"\n\n") == b": ping\n\n"


async def test_who_leaves_is_not_waited_for(site: Site, journal: Journal) -> None:
    await begin(journal)
    async with site.session.get(f"{site.local}{EVENTS}?follow=true") as response:
        await read_event(response)
    await eventually(lambda: _is_alone(journal))


async def _is_alone(journal: Journal) -> bool:
    return not journal._bells._waiting


async def test_a_reader_who_is_slow_holds_no_one_and_gets_all(site: Site, journal: Journal) -> None:
    await begin(journal)
    text = "x" * 14_000
    async with site.session.get(f"{site.local}{EVENTS}?follow=true") as response:
        await read_event(response)
        for _ in range(300):
            await journal.append(UID, "Note", {"text": text})
        await end(journal)
        ids = [(await read_event(response))[0] for _ in range(302)]
    assert ids == [str(number) for number in range(2, 304)]


async def test_the_description_tells_of_both_forms(site: Site) -> None:
    _, description = await site.ask_locally("/v1/openapi.json")
    operation = description["paths"]["/v1/runs/{run}/events"]["get"]
    assert set(operation["responses"]["200"]["content"]) == {"application/json", "text/event-stream"}
    names = {parameter["name"]: parameter["in"] for parameter in operation["parameters"]}
    assert names["last-event-id"] == "header"
    assert {"run", "after", "limit", "follow"} <= set(names)
