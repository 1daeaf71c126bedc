"""Nothing is decided from an object older than our last write to it."""

import pytest
from longshore.cluster.resources import Object
from longshore.cluster.versions import WrittenVersions, version_of


def run(version: int, uid: str = "u") -> Object:
    return {"metadata": {"uid": uid, "resourceVersion": str(version)}}


@pytest.mark.parametrize(
    ("metadata", "version"), [({}, 0), ({"resourceVersion": ""}, 0), ({"resourceVersion": "9"}, 9)]
)
def test_version_of(metadata: Object, version: int) -> None:
    assert version_of({"metadata": metadata}) == version


# Versions are numbers: as text 9 would be newer than 10.
@pytest.mark.parametrize(("written", "seen", "is_stale"), [(10, 9, True), (10, 10, False), (10, 11, False)])
def test_is_stale(written: int, seen: int, *, is_stale: bool) -> None:
    versions = WrittenVersions()
    versions.record(run(written))
    assert versions.is_stale(run(seen)) is is_stale


def test_what_was_never_written_is_not_stale() -> None:
    assert not WrittenVersions().is_stale(run(1))


def test_answers_may_come_out_of_order() -> None:
    versions = WrittenVersions()
    versions.record(run(12))
    versions.record(run(11))
    assert versions.is_stale(run(11))


def test_objects_are_told_apart_and_forgotten() -> None:
    versions = WrittenVersions()
    versions.record(run(10, "a"))
    assert not versions.is_stale(run(1, "b"))
    versions.forget("a")
    versions.forget("never seen")
    assert not versions.is_stale(run(1, "a"))
