"""The life of an archive: made when it is needed, changed with its design, asleep when idle, never deleted."""

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from longshore import names
from longshore.manifests.archives import ArchiveDesign, ClaimDesign, build_archive
from longshore.planning.archives.archives import (
    LOOK,
    EnsureObjects,
    ObservedArchive,
    PatchDeployment,
    WantedArchive,
    plan_archive,
    plan_update,
)
from longshore.planning.times import write_time

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
IDLE = timedelta(minutes=15)
NAMESPACE = {"metadata": {"name": "ci", "uid": "uid-of-ci"}}
DESIGN = ArchiveDesign("operator:1", "longshore-archive", "longshore-archive-reviewer", ClaimDesign("10Gi"))
OBJECTS = build_archive(DESIGN, NAMESPACE)
NEWER = build_archive(ArchiveDesign("operator:2", "longshore-archive", "", ClaimDesign("10Gi")), NAMESPACE)
WANTED = WantedArchive(OBJECTS, IDLE)
DISABLED = WantedArchive((), IDLE, is_disabled=True)
UNREADABLE = WantedArchive((), IDLE)


def deployment(replicas: int = 1, used: str = "", **labels: str) -> dict[str, Any]:
    """The Deployment as the API server has it."""
    found = copy.deepcopy(OBJECTS[-1])
    found["metadata"] |= {"resourceVersion": "7"}
    found["metadata"]["labels"] |= {label.replace("_", "/"): value for label, value in labels.items()}
    found["spec"]["replicas"] = replicas
    if used:
        found["metadata"]["annotations"][names.USED_ANNOTATION] = used
    return found


def ago(minutes: float) -> str:
    """A time as an annotation has it."""
    return write_time(NOW - timedelta(minutes=minutes))


def scale(replicas: int) -> PatchDeployment:
    """So many pods, of the version that `deployment` has."""
    return PatchDeployment({"metadata": {"resourceVersion": "7"}, "spec": {"replicas": replicas}})


def needed(found: dict[str, Any] | None) -> ObservedArchive:
    """Runs go on."""
    return ObservedArchive(found, is_needed=True, needed_at=NOW)


def idle(found: dict[str, Any] | None, minutes: float | None = None) -> ObservedArchive:
    """No Run goes on, since so many minutes, or ever since this operator leads."""
    return ObservedArchive(found, False, None if minutes is None else NOW - timedelta(minutes=minutes))  # noqa: FBT003


CASES: dict[str, tuple[WantedArchive, ObservedArchive, tuple[Any, ...], timedelta | None]] = {
    "the first Run": (WANTED, needed(None), (EnsureObjects(tuple(OBJECTS)),), LOOK),
    "the first Run, and idle is short": (
        WantedArchive(OBJECTS, timedelta(seconds=5)),
        needed(None),
        (EnsureObjects(tuple(OBJECTS)),),
        timedelta(seconds=5),
    ),
    "no Run, no archive": (WANTED, idle(None), (), None),
    "a Run, and it is up": (WANTED, needed(deployment()), (), LOOK),
    "a Run, and it sleeps": (WANTED, needed(deployment(0)), (scale(1),), LOOK),
    "somebody scaled it up": (WANTED, needed(deployment(3)), (scale(1),), LOOK),
    "idle for a while": (WANTED, idle(deployment(), 3), (), LOOK),
    "idle for long": (WANTED, idle(deployment(), 12), (), timedelta(minutes=3)),
    "idle for too long": (WANTED, idle(deployment(), 15), (scale(0),), None),
    "up, and not needed since this operator leads": (WANTED, idle(deployment()), (scale(0),), None),
    "it sleeps, and was needed just now": (WANTED, idle(deployment(0), 1), (), None),
    "up, and used by the plugin": (WANTED, idle(deployment(used=ago(13))), (), timedelta(minutes=2)),
    "used longer ago": (WANTED, idle(deployment(used=ago(16))), (scale(0),), None),
    "used since it was needed": (WANTED, idle(deployment(used=ago(14)), 16), (), timedelta(minutes=1)),
    "asleep, and the plugin asks": (WANTED, idle(deployment(0, used=ago(0))), (scale(1),), LOOK),
    "used at no time": (WANTED, idle(deployment(used="yesterday")), (scale(0),), None),
    "used at a time of no zone": (WANTED, idle(deployment(used="2026-11-21T11:59:00")), (scale(0),), None),
    "used in the future": (WANTED, idle(deployment(used="9999-12-31T23:59:59Z")), (), LOOK),
    "disabled, and none": (DISABLED, needed(None), (), None),
    "disabled, and up": (DISABLED, needed(deployment()), (scale(0),), None),
    "disabled, and asleep": (DISABLED, needed(deployment(0)), (), None),
    "unreadable, and none": (UNREADABLE, needed(None), (), None),
    "unreadable, and asleep": (UNREADABLE, needed(deployment(0)), (scale(1),), LOOK),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_done(name: str) -> None:
    wanted, observed, actions, wait = CASES[name]
    plan = plan_archive(wanted, observed, NOW)
    assert plan.actions == actions
    assert plan.problem == ""
    assert plan.wake_at == (None if wait is None else NOW + wait)


@pytest.mark.parametrize(("observed", "replicas"), [(needed(deployment(0)), 1), (idle(deployment(1)), 0)])
def test_another_design_is_applied_to_one_that_sleeps_too(observed: ObservedArchive, replicas: int) -> None:
    ensured, patched = plan_archive(WantedArchive(NEWER, IDLE), observed, NOW).actions
    assert ensured == EnsureObjects(tuple(NEWER[:-1]))
    assert isinstance(patched, PatchDeployment)
    annotations = {names.DESIGN_ANNOTATION: NEWER[-1]["metadata"]["annotations"][names.DESIGN_ANNOTATION]}
    assert patched.patch["metadata"] == {"annotations": annotations, "resourceVersion": "7"}
    assert patched.patch["spec"]["replicas"] == replicas
    [container] = patched.patch["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "operator:2"


def test_what_was_applied_is_not_applied_again() -> None:
    old = {**deployment(), "metadata": {**deployment()["metadata"], "annotations": {}}}
    plan = plan_archive(WANTED, needed(old), NOW)
    assert len(plan.actions) == 2
    assert plan_archive(WANTED, needed(deployment()), NOW).actions == ()


def test_an_object_of_somebody_else_is_left_alone() -> None:
    foreign = deployment(0, **{"app.kubernetes.io_managed-by": "Helm"})
    for wanted in (WANTED, DISABLED):
        plan = plan_archive(wanted, needed(foreign), NOW)
        assert plan.actions == ()
        assert not plan.is_up
        assert plan.problem == (
            "Deployment archive is not Longshore's, so there is no archive: rename it, or give it the label "
            "app.kubernetes.io/managed-by=longshore"
        )


@pytest.mark.parametrize(
    ("asked", "wanted", "patch"),
    [
        ("10Gi", "20Gi", {"spec": {"resources": {"requests": {"storage": "20Gi"}}}}),
        ("10Gi", "10Gi", {}),
        ("10Gi", "10240Mi", {}),
        ("10Gi", "10G", {}),
        ("10Gi", "11G", {"spec": {"resources": {"requests": {"storage": "11G"}}}}),
        ("10Gi", "1Gi", {}),
    ],
)
def test_a_claim_only_grows(asked: str, wanted: str, patch: dict[str, Any]) -> None:
    [claim, *_] = build_archive(ArchiveDesign("i", "r", "", ClaimDesign(wanted, "fast")), NAMESPACE)
    found = copy.deepcopy(OBJECTS[0])
    found["spec"] |= {"volumeName": "pvc-1", "storageClassName": "standard"}
    found["spec"]["resources"]["requests"]["storage"] = asked
    assert plan_update(claim, found) == patch


def test_what_a_manifest_does_not_speak_of_stays() -> None:
    service = next(each for each in OBJECTS if each["kind"] == "Service")
    found = copy.deepcopy(service)
    found["spec"] |= {"clusterIP": "10.96.0.7", "type": "ClusterIP"}
    found["metadata"]["annotations"] = {"theirs": "stays"}
    assert plan_update(service, found) == {}
    found["spec"]["selector"]["tier"] = "front"
    assert plan_update(service, found) == {}
    found["metadata"]["labels"].pop(names.COMPONENT_LABEL)
    assert plan_update(service, found) == {"metadata": {"labels": {names.COMPONENT_LABEL: "archive"}}}


def test_what_a_template_no_longer_has_goes() -> None:
    design = ArchiveDesign("i", "r", "", ClaimDesign("1Gi"), gives_volumes=True, annotations={"note": "yes"})
    found = build_archive(design, NAMESPACE)[-1]
    template = plan_update(OBJECTS[-1], found)["spec"]["template"]
    assert template["spec"]["initContainers"] is None
    assert template["metadata"]["annotations"] == {"note": None}
