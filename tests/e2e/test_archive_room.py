"""Full volumes of an archive on a real cluster: how steps end then, and that all goes on once there is room."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from longshore import names
from support.archives.sites import ArchiveSite
from support.clusters import Cluster
from support.namespaces import Namespace, annotate_archive
from support.releases import OPERATOR_NAME, Release
from support.volumes import SmallVolume, create_volume

IMAGE = "python:3.12-slim"
LINES = 60_000
PRINT = f"python -c \"for i in range({LINES}): print('{'x' * 92}%07d' % i)\"; sleep 3"
"""About 8 MB as the archive keeps it, and less than what has the kubelet begin a new file."""
ROOM = re.compile(r'^longshore_archive_storage_(\w+)_bytes{claim="archive"} (\S+)', re.MULTILINE)
RUN_PODS = "--selector=longshore.dev/run"


def leave(name: str, mebibytes: int, **more: Any) -> dict[str, Any]:
    """A step that leaves a file of so many MiB."""
    script = f'dd if=/dev/urandom of="$LONGSHORE_ARTIFACTS/file" bs=1M count={mebibytes}'
    artifacts = [{"name": "f", "path": "file"}]
    return {"name": name, "image": IMAGE, "script": script, "onError": "Continue", "artifacts": artifacts, **more}


def finish(namespace: Namespace, name: str, *steps: dict[str, Any]) -> dict[str, tuple[str, str, int]]:
    """How the steps of a Run of these ended: phase, reason and exit code, once all have."""
    run = {"apiVersion": "longshore.dev/v1alpha1", "kind": "Run", "metadata": {"name": name}}
    namespace.apply(json.dumps({**run, "spec": {"workflowSpec": {"steps": list(steps)}}}))
    ended = namespace.finish(name)["steps"]
    return {step: (status["phase"], status["reason"], status["exitCode"]) for step, status in ended.items()}


def list_artifacts(site: ArchiveSite, run: str) -> list[str]:
    """The steps of a Run of which artifacts are listed."""
    return [item["step"] for item in site.ask(f"/runs/{run}/artifacts")["items"]]


@pytest.fixture
def small(new_archived_namespace: Callable[[str], Namespace]) -> Iterator[tuple[ArchiveSite, SmallVolume]]:
    """An archive whose own claim has 48 MiB."""
    namespace = new_archived_namespace("full")
    volume = create_volume(namespace, names.ARCHIVE, 48)
    annotate_archive(namespace, volume.wish())
    yield ArchiveSite(namespace), volume
    volume.remove()


@pytest.mark.alone  # it starts the operator anew
def test_a_full_archive_refuses_what_it_can_not_hold_and_goes_on_once_there_is_room(
    small: tuple[ArchiveSite, SmallVolume], cluster: Cluster
) -> None:
    site, volume = small
    namespace = site.namespace
    steps = finish(namespace, "files", leave("large", 60), leave("most", 30, needs=["large"]))
    assert steps == {"large": ("Failed", "StorageFull", 0), "most": ("Succeeded", "Completed", 0)}
    assert list_artifacts(site, "files") == ["most"]
    assert len(site.list_files("artifacts")) == 1, "nothing is half-written"
    assert site.list_files("uploads") == []

    volume.resize(33)
    look_for_room(site, cluster)

    loud = {"name": "loud", "image": IMAGE, "script": PRINT}
    assert finish(namespace, "logs", loud) == {"loud": ("Succeeded", "Completed", 0)}
    steps = finish(namespace, "late", leave("late", 5), leave("broken", 5, script="exit 3"))
    assert steps == {"late": ("Failed", "StorageFull", 0), "broken": ("Failed", "Error", 3)}
    assert len(namespace.get_pods("logs")) == 1, "its log is with the kubelet alone"
    lines, words = site.count_lines("logs", "loud")
    assert 0 < lines == words < LINES

    volume.resize(120)
    namespace.kubectl("wait", "pods", RUN_PODS, "--for=delete", "--timeout=120s")
    assert site.count_lines("logs", "loud") == (LINES, LINES)
    assert not any(log["gaps"] for log in site.list_logs("logs"))
    assert finish(namespace, "again", leave("large", 60)) == {"large": ("Succeeded", "Completed", 0)}
    assert list_artifacts(site, "again") == ["large"]
    assert list_artifacts(site, "late") == []
    [status] = site.get_pod()["status"]["containerStatuses"]
    assert status["restartCount"] == 0


def look_for_room(site: ArchiveSite, cluster: Cluster) -> None:
    """People are told that there is little: by Event, condition and metrics."""
    # It measures at start and every ten minutes; the operator asks when it starts, and every five.
    site.kill()
    site.wait_ready()
    operator = Namespace(cluster, Release(cluster).namespace)
    operator.kubectl("rollout", "restart", f"deployment/{OPERATOR_NAME}")
    site.namespace.wait("deployment/archive", "condition=StorageLow")
    site.namespace.wait("deployment/archive", "condition=Available")
    site.namespace.wait_for_event(site.get_pod()["metadata"]["name"], "StorageLow")
    told = dict(ROOM.findall(site.read_metrics()))
    assert float(told["used"]) >= 0.9 * float(told["total"]) > 0


@pytest.fixture
def rooted(new_archived_namespace: Callable[[str], Namespace]) -> Iterator[ArchiveSite]:
    """An archive whose claims are root's with mode 0755; the one that steps mount has 16 MiB."""
    namespace = new_archived_namespace("rooted")
    # What gives the volumes away is root.
    label = "pod-security.kubernetes.io/enforce=baseline"
    namespace.cluster.kubectl("label", "namespace", namespace.name, label, "--overwrite")
    data = create_volume(namespace, names.ARCHIVE, 64, "0755")
    shared = create_volume(namespace, names.ARTIFACTS_CLAIM, 16, "0755")
    annotate_archive(namespace, {**data.wish(), "volumePermissions": True, "artifacts": shared.wish()})
    yield ArchiveSite(namespace)
    for volume in (data, shared):
        volume.remove()


def test_steps_that_fill_the_claim_that_they_mount_end_so_and_the_next_has_its_room(rooted: ArchiveSite) -> None:
    namespace = rooted.namespace
    use = {"name": "use", "image": IMAGE, "needs": ["make"], "script": 'test -s "$LONGSHORE_INPUTS/make/file"'}
    steps = finish(namespace, "chain", leave("make", 4), use)
    assert steps == {"make": ("Succeeded", "Completed", 0), "use": ("Succeeded", "Completed", 0)}
    assert finish(namespace, "filled", leave("large", 30)) == {"large": ("Failed", "StorageFull", 1)}
    assert "No space left on device" in namespace.get_status("filled")["steps"]["large"]["message"]
    assert list_artifacts(rooted, "filled") == []
    assert finish(namespace, "next", leave("next", 8)) == {"next": ("Succeeded", "Completed", 0)}
    assert list_artifacts(rooted, "next") == ["next"]
