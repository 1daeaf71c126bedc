"""Full volumes of an archive on a real cluster: how steps end then, and that all goes on once there is room."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from longshore import names
from support.archives.sites import ArchiveSite
from support.clusters import Cluster
from support.namespaces import Namespace
from support.releases import OPERATOR_NAME, Release
from support.volumes import SmallVolume, create_volume

IMAGE = "python:3.12-slim"
LINES = 160_000
PRINT = f"python -c \"for i in range({LINES}): print('{'x' * 92}%07d' % i)\"; sleep 3"
"""About 20 MB as the archive keeps it."""


def leave(name: str, mebibytes: int, **more: Any) -> dict[str, Any]:
    """A step that leaves a file of so many MiB."""
    script = f'dd if=/dev/urandom of="$LONGSHORE_ARTIFACTS/file" bs=1M count={mebibytes}'
    artifacts = [{"name": "f", "path": "file"}]
    return {"name": name, "image": IMAGE, "script": script, "onError": "Continue", "artifacts": artifacts, **more}


def finish(namespace: Namespace, name: str, *steps: dict[str, Any]) -> dict[str, Any]:
    """The steps of a Run of these steps, once it has ended."""
    run = {"apiVersion": "longshore.dev/v1alpha1", "kind": "Run", "metadata": {"name": name}}
    namespace.apply(json.dumps({**run, "spec": {"workflowSpec": {"steps": list(steps)}}}))
    found: dict[str, Any] = namespace.finish(name)["steps"]
    return found


def show(step: dict[str, Any]) -> tuple[str, str, int]:
    """How a step ended."""
    return step["phase"], step["reason"], step["exitCode"]


def list_artifacts(site: ArchiveSite, run: str) -> list[str]:
    """The steps of a Run of which artifacts are listed."""
    return [item["step"] for item in site.ask(f"/runs/{run}/artifacts")["items"]]


def annotate(namespace: Namespace, **wishes: Any) -> None:
    """Say what the archive is to be like."""
    annotation = f"{names.ARCHIVE_ANNOTATION}={json.dumps(wishes)}"
    namespace.cluster.kubectl("annotate", "namespace", namespace.name, annotation)


@pytest.fixture
def small(new_archived_namespace: Callable[[str], Namespace]) -> Iterator[tuple[ArchiveSite, SmallVolume]]:
    """An archive whose own claim has 16 MiB."""
    namespace = new_archived_namespace("full")
    volume = create_volume(namespace, names.ARCHIVE, "16m")
    annotate(namespace, storageClassName=volume.name)
    yield ArchiveSite(namespace), volume
    volume.remove()


def test_a_full_archive_refuses_what_it_can_not_hold_and_goes_on_once_there_is_room(
    small: tuple[ArchiveSite, SmallVolume],
) -> None:
    site, volume = small
    namespace = site.namespace
    steps = finish(namespace, "files", leave("large", 20), leave("little", 1))
    assert show(steps["large"]) == ("Failed", "StorageFull", 0)
    assert show(steps["little"]) == ("Succeeded", "Completed", 0)
    assert list_artifacts(site, "files") == ["little"]

    loud = {"name": "loud", "image": IMAGE, "script": PRINT}
    assert show(finish(namespace, "logs", loud)["loud"]) == ("Succeeded", "Completed", 0)
    steps = finish(namespace, "late", leave("late", 5), leave("broken", 5, script="exit 3"))
    assert show(steps["late"]) == ("Failed", "StorageFull", 0)
    assert show(steps["broken"]) == ("Failed", "Error", 3)
    assert len(namespace.get_pods("logs")) == 1, "its log is with the kubelet alone"

    volume.resize("120m")
    gone = ("--for=delete", "--timeout=120s")
    namespace.kubectl("wait", "pods", "--selector=longshore.dev/run", *gone)
    assert site.count_lines("logs", "loud") == (LINES, LINES)
    assert not any(log["gaps"] for log in site.list_logs("logs"))
    assert show(finish(namespace, "again", leave("large", 20))["large"]) == ("Succeeded", "Completed", 0)
    assert list_artifacts(site, "again") == ["large"]
    assert list_artifacts(site, "late") == []
    [status] = site.get_pod()["status"]["containerStatuses"]
    assert status["restartCount"] == 0


def test_little_room_is_told_by_the_deployment(small: tuple[ArchiveSite, SmallVolume], cluster: Cluster) -> None:
    site, volume = small
    finish(site.namespace, "most", leave("most", 12))
    volume.resize("13m")
    # It measures at start and every ten minutes; the operator asks every five, and when it starts.
    site.kill()
    site.wait_ready()
    operator = Namespace(cluster, Release(cluster).namespace)
    operator.kubectl("rollout", "restart", f"deployment/{OPERATOR_NAME}")
    site.namespace.wait("deployment/archive", "condition=StorageLow")
    site.namespace.kubectl("wait", "events", "--field-selector=reason=StorageLow", "--for=create", "--timeout=30s")
    assert "StorageLow" in site.namespace.kubectl("describe", "deployment", "archive")
    site.namespace.wait("deployment/archive", "condition=Available")


@pytest.fixture(scope="module")
def mounted(cluster: Cluster) -> Iterator[Release]:
    """The release of the session, by which steps mount a claim; afterwards it is as it was."""
    release = Release(cluster)
    release.install("archive.artifacts.transport=Mount", "archive.volumePermissions.enabled=true")
    yield release
    release.install()


@pytest.fixture
def rooted(mounted: Release, new_archived_namespace: Callable[[str], Namespace]) -> Iterator[ArchiveSite]:
    """An archive whose claims are root's with mode 0755; the one that steps mount has 16 MiB."""
    assert mounted
    namespace = new_archived_namespace("rooted")
    # What gives the volumes away is root.
    label = "pod-security.kubernetes.io/enforce=baseline"
    namespace.cluster.kubectl("label", "namespace", namespace.name, label, "--overwrite")
    data = create_volume(namespace, names.ARCHIVE, "64m", "0755")
    shared = create_volume(namespace, names.ARTIFACTS_CLAIM, "16m", "0755")
    annotate(namespace, storageClassName=data.name, artifacts={"storageClassName": shared.name})
    yield ArchiveSite(namespace)
    for volume in (data, shared):
        volume.remove()


def test_steps_that_fill_the_claim_that_they_mount_end_so_and_the_next_has_its_room(rooted: ArchiveSite) -> None:
    namespace = rooted.namespace
    steps = finish(
        namespace,
        "chain",
        leave("make", 4),
        {"name": "use", "image": IMAGE, "needs": ["make"], "script": 'test -s "$LONGSHORE_INPUTS/make/file"'},
    )
    assert {name: show(step) for name, step in steps.items()} == {
        "make": ("Succeeded", "Completed", 0),
        "use": ("Succeeded", "Completed", 0),
    }
    large = finish(namespace, "filled", leave("large", 30))["large"]
    assert show(large) == ("Failed", "StorageFull", 1)
    assert "No space left on device" in large["message"]
    assert list_artifacts(rooted, "filled") == []
    assert show(finish(namespace, "next", leave("next", 8))["next"]) == ("Succeeded", "Completed", 0)
    assert list_artifacts(rooted, "next") == ["next"]
