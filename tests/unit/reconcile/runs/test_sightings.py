"""Pods that go as soon as they have ended: what nobody saw in between is remembered until it is on record."""

from typing import Any

import pytest
from longshore.names import RUN_UID_LABEL
from longshore.reconcile.runs.recollections import Recollections
from longshore.reconcile.runs.sightings import Sightings
from support.bystanders import FakeUses
from support.objects import Json
from support.planning.pods import FakePod
from support.planning.runs import NOW, UID, build_pod
from support.ports import FakePods


def write(pod: FakePod, version: int, owner: str = UID) -> Json:
    """The pod as the API server tells it, in this version."""
    raw: dict[str, Any] = pod.raw
    reference = {"controller": True, "uid": owner}
    labels = {RUN_UID_LABEL: UID}
    more = {"labels": labels, "ownerReferences": [reference], "resourceVersion": str(version)}
    return {**raw, "metadata": raw["metadata"] | more}


@pytest.fixture
def sightings() -> Sightings:
    """Those of a Run that goes on."""
    sightings = Sightings(FakePods(), Recollections(FakeUses(), None))
    assert sightings.of_run(UID) == {}
    return sightings


def collect(pod: FakePod) -> FakePod:
    return pod.start(NOW).set_condition("DisruptionTarget", "True", "DeletionByPodGC", "PodGC").fail()


def test_a_pod_that_failed_and_went_at_once_is_seen_until_that_is_on_record(sightings: Sightings) -> None:
    pod = collect(build_pod())
    sightings.note_gone(write(pod, 2))
    assert sightings.of_run(UID)[pod.name].phase == "Failed"
    assert pod.name in sightings.of_run(UID)
    sightings.record(UID)
    assert sightings.of_run(UID) == {}


def test_what_comes_while_a_plan_is_written_is_not_on_record_by_that(sightings: Sightings) -> None:
    pod = collect(build_pod())
    sightings.note_gone(write(pod, 2))
    sightings.record(UID)
    assert pod.name in sightings.of_run(UID)


def test_a_pod_that_was_removed_for_others_sake_failed(sightings: Sightings) -> None:
    pod = build_pod().start(NOW).set_condition("DisruptionTarget", "True", "DeletionByTaintManager").delete(NOW)
    sightings.note_gone(write(pod, 2))
    assert sightings.of_run(UID)[pod.name].phase == "Failed"


def test_of_a_pod_that_went_without_a_word_others_are_asked(sightings: Sightings) -> None:
    sightings.note_gone(write(build_pod().start(NOW).delete(NOW), 2))
    assert sightings.of_run(UID) == {}


def test_a_pod_of_another_controller_is_none_of_ours(sightings: Sightings) -> None:
    sightings.note_gone(write(collect(build_pod()), 2, owner="another"))
    assert sightings.of_run(UID) == {}


def test_of_a_run_that_has_ended_nothing_is_kept(sightings: Sightings) -> None:
    sightings.forget(UID)
    sightings.note_gone(write(collect(build_pod()), 2))
    assert sightings.of_run(UID) == {}
