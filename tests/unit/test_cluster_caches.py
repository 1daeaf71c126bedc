"""A cache after each kind of message, told as tables; sequences of them are in tests/property."""

import pytest
from longshore.cluster.caches import Cache, Change
from longshore.cluster.resources import Object


def pod(uid: str, version: int, group: str = "g") -> Object:
    return {"metadata": {"uid": uid, "resourceVersion": str(version), "group": group, "managedFields": ["much"]}}


def slim(obj: Object) -> Object:
    return {"metadata": {key: value for key, value in obj["metadata"].items() if key != "managedFields"}}


def pod_as_kept(uid: str, version: int) -> Object:
    return slim(pod(uid, version))


def index(obj: Object) -> str:
    return str(obj["metadata"]["group"])


def event(kind: str, obj: Object) -> Object:
    return {"type": kind, "object": obj}


def content(cache: Cache) -> dict[str, str]:
    return {obj["metadata"]["uid"]: obj["metadata"]["resourceVersion"] for obj in cache.all()}


@pytest.fixture
def cache() -> Cache:
    """A cache that listed pod a at version 5, at version 10."""
    cache = Cache(slim, index)
    cache.replace([pod("a", 5)], 10)
    return cache


EVENTS = [
    ("ADDED", pod("b", 11), {"a": "5", "b": "11"}),
    ("MODIFIED", pod("a", 11), {"a": "11"}),
    ("MODIFIED", pod("a", 4), {"a": "5"}),
    ("ADDED", pod("b", 9), {"a": "5"}),
    ("DELETED", pod("a", 11), {}),
    ("DELETED", pod("b", 11), {"a": "5"}),
    ("BOOKMARK", {"metadata": {"resourceVersion": "11"}}, {"a": "5"}),
    ("SOMETHING-NEW", pod("a", 11), {"a": "5"}),
]


@pytest.mark.parametrize(("kind", "obj", "expected"), EVENTS)
def test_events(cache: Cache, kind: str, obj: Object, expected: dict[str, str]) -> None:
    cache.apply(event(kind, obj))
    assert content(cache) == expected


@pytest.mark.parametrize("kind", ["MODIFIED", "DELETED"])
def test_a_change_tells_the_object_whole(cache: Cache, kind: str) -> None:
    change = cache.apply(event(kind, pod("a", 11)))
    assert change is not None
    assert change.whole == pod("a", 11)


def test_what_a_list_lacks_is_told_without_its_last_state(cache: Cache) -> None:
    assert cache.replace([], 11) == [Change(pod_as_kept("a", 5), None)]


def test_the_version_follows_events_and_bookmarks(cache: Cache) -> None:
    assert cache.version == 10
    cache.apply(event("ADDED", pod("b", 12)))
    assert cache.version == 12
    cache.apply(event("BOOKMARK", {"metadata": {"resourceVersion": "20"}}))
    assert cache.version == 20


def test_changes_tell_old_and_new_slim(cache: Cache) -> None:
    assert cache.apply(event("MODIFIED", pod("a", 11))) == Change(slim(pod("a", 5)), slim(pod("a", 11)))
    assert cache.apply(event("ADDED", pod("b", 12))) == Change(None, slim(pod("b", 12)))
    assert cache.apply(event("DELETED", pod("b", 13))) == Change(slim(pod("b", 12)), None)
    assert cache.apply(event("DELETED", pod("b", 14))) is None


def test_our_own_write_is_there_at_once_and_its_echo_is_no_news(cache: Cache) -> None:
    assert cache.remember(pod("b", 12)) == Change(None, slim(pod("b", 12)))
    assert cache.apply(event("MODIFIED", pod("a", 11))) is not None
    assert cache.apply(event("ADDED", pod("b", 12))) is None
    assert content(cache) == {"a": "11", "b": "12"}


def test_an_older_event_never_overwrites_what_was_remembered(cache: Cache) -> None:
    cache.remember(pod("a", 13))
    assert cache.apply(event("MODIFIED", pod("a", 12))) is None
    assert content(cache) == {"a": "13"}


def test_a_late_answer_brings_no_dead_object_back(cache: Cache) -> None:
    cache.apply(event("ADDED", pod("b", 11)))
    cache.apply(event("DELETED", pod("b", 12)))
    assert cache.remember(pod("b", 11)) is None
    assert content(cache) == {"a": "5"}


def test_a_late_answer_brings_no_object_back_that_only_a_list_told_gone(cache: Cache) -> None:
    cache.replace([pod("a", 5)], 20)
    assert cache.remember(pod("b", 15)) is None
    assert content(cache) == {"a": "5"}


def test_a_list_keeps_what_was_remembered_since(cache: Cache) -> None:
    cache.remember(pod("b", 16))
    cache.remember(pod("c", 14))
    assert cache.replace([pod("a", 5)], 15) == [Change(slim(pod("c", 14)), None)]
    assert content(cache) == {"a": "5", "b": "16"}


def test_a_list_tells_what_came_changed_and_went(cache: Cache) -> None:
    cache.apply(event("ADDED", pod("b", 11)))
    cache.apply(event("ADDED", pod("c", 12)))
    changes = cache.replace([pod("b", 11), pod("c", 13), pod("d", 14)], 20)
    assert changes == [
        Change(slim(pod("a", 5)), None),
        Change(slim(pod("c", 12)), slim(pod("c", 13))),
        Change(None, slim(pod("d", 14))),
    ]


def test_after_a_restored_database_only_the_list_counts(cache: Cache) -> None:
    cache.apply(event("ADDED", pod("b", 11)))
    cache.replace([pod("a", 3)], 4)
    assert content(cache) == {"a": "3"}
    assert cache.version == 4
    assert cache.apply(event("MODIFIED", pod("a", 6))) is not None


def test_what_left_the_selection_and_came_back_stays(cache: Cache) -> None:
    cache.remember(pod("a", 15))
    assert cache.apply(event("DELETED", pod("a", 12))) is None
    assert content(cache) == {"a": "15"}


def test_groups_follow_the_objects(cache: Cache) -> None:
    cache.apply(event("ADDED", pod("b", 11, "h")))
    assert [obj["metadata"]["uid"] for obj in cache.by_index("h")] == ["b"]
    cache.apply(event("MODIFIED", pod("b", 12, "g")))
    assert cache.by_index("h") == []
    assert {obj["metadata"]["uid"] for obj in cache.by_index("g")} == {"a", "b"}
    cache.apply(event("DELETED", pod("a", 13)))
    cache.apply(event("DELETED", pod("b", 14)))
    assert cache.by_index("g") == []
    assert cache.by_index("never seen") == []
