"""Events hold what the API server asks for, and no more than it takes."""

import pytest
from longshore.cluster.events import LONGEST_NOTE, Occurrence, build_event, shorten

RUN = {
    "apiVersion": "longshore.dev/v1alpha1",
    "kind": "Run",
    "metadata": {"name": "nightly", "namespace": "a", "uid": "u", "resourceVersion": "7"},
    "spec": {},
}
MOMENT = 1_700_000_000_123_456_789


def test_an_event_names_its_object() -> None:
    event = build_event(RUN, Occurrence("Finished", "all steps ended"), MOMENT)
    assert event["metadata"] == {"name": f"nightly.{MOMENT:x}", "namespace": "a"}
    assert event["eventTime"] == "2023-11-14T22:13:20.123457Z"
    assert event["regarding"] == {
        "apiVersion": "longshore.dev/v1alpha1",
        "kind": "Run",
        "name": "nightly",
        "namespace": "a",
        "uid": "u",
        "resourceVersion": "7",
    }
    assert (event["reason"], event["note"], event["type"]) == ("Finished", "all steps ended", "Normal")


def test_events_of_one_object_have_different_names() -> None:
    occurrence = Occurrence("Finished", "")
    names = {build_event(RUN, occurrence, MOMENT + n)["metadata"]["name"] for n in range(3)}
    assert len(names) == 3


NOTES = [("", ""), ("short", "short"), ("x" * LONGEST_NOTE, "x" * LONGEST_NOTE), ("x" * 1025, "x" * 1021 + "...")]


@pytest.mark.parametrize(("note", "expected"), NOTES)
def test_shorten(note: str, expected: str) -> None:
    assert shorten(note) == expected


def test_a_long_note_is_not_cut_within_a_character() -> None:
    shortened = shorten("ä" * LONGEST_NOTE)
    assert shortened == "ä" * 510 + "..."
    assert len(shortened.encode()) <= LONGEST_NOTE
