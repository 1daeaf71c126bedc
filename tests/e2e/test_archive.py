"""The archive's life on a real cluster: made with the first Run, upgraded, asleep, woken, and never in the way."""

import time
from collections.abc import Callable, Iterator

import pytest
from support.clusters import Cluster, CommandError
from support.namespaces import PATIENCE, UNTIL_LET_GO, Namespace, let_go, write_run
from support.plugins import wait_for_line
from support.releases import OPERATOR_NAME, Release

pytestmark = pytest.mark.alone

MADE = {
    "deployment.apps/archive", "service/archive", "serviceaccount/archive", "persistentvolumeclaim/archive",
    "rolebinding.rbac.authorization.k8s.io/archive",
}  # fmt: skip


HAND_ON = """{defaults: {image: 'python:3.12-slim'}, steps: [
  {name: make, script: 'echo buoy > "$LONGSHORE_ARTIFACTS/word"', artifacts: [{name: word, path: word}]},
  {name: use, needs: [make],
   script: 'grep buoy "$LONGSHORE_INPUTS/make/word"; grep "$LONGSHORE_INPUTS/make " /proc/mounts'}
]}"""


@pytest.fixture
def release(cluster: Cluster) -> Iterator[Release]:
    """The release of the session, which is as it was after the test."""
    release = Release(cluster)
    yield release
    release.install()


def run(namespace: Namespace, name: str, script: str = "echo done") -> None:
    """A Run of one step."""
    namespace.apply(write_run(name, f"{{steps: [{{name: one, image: 'python:3.12-slim', script: '{script}'}}]}}"))


def list_made(namespace: Namespace) -> set[str]:
    """What Longshore made in a namespace, besides pods of Runs."""
    kinds = "deployments,services,serviceaccounts,persistentvolumeclaims,rolebindings"
    ours = "--selector=app.kubernetes.io/managed-by=longshore,app.kubernetes.io/component=archive"
    return set(namespace.kubectl("get", kinds, ours, "--output=name").split())


def start_archive(namespace: Namespace) -> None:
    """Have an archive by a first Run, up."""
    run(namespace, "first")
    assert namespace.finish("first")["phase"] == "Succeeded"
    namespace.wait("deployment/archive", "condition=Available")


def keep(namespace: Namespace, text: str) -> None:
    """Leave something on the archive's volume."""
    namespace.kubectl("exec", "deployment/archive", "--", "sh", "-c", f"echo {text} > /archive/kept")


def read_kept(namespace: Namespace) -> str:
    """What was left there."""
    return namespace.kubectl("exec", "deployment/archive", "--", "cat", "/archive/kept").strip()


def get_uid(namespace: Namespace, what: str) -> str:
    """Which object it is."""
    return str(namespace.get(what)["metadata"]["uid"])


def test_the_first_run_makes_the_archive(archived_namespace: Namespace) -> None:
    assert list_made(archived_namespace) == set()
    start_archive(archived_namespace)
    assert list_made(archived_namespace) == MADE
    [pod] = archived_namespace.get("pods", "--selector=app.kubernetes.io/component=archive")["items"]
    assert pod["spec"]["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True


def test_a_namespace_that_wants_none_has_none_and_pods_stay(namespace: Namespace) -> None:
    run(namespace, "first")
    assert namespace.finish("first")["phase"] == "Succeeded"
    assert list_made(namespace) == set()
    assert len(namespace.get_pods("first")) == 1


def test_what_is_not_ours_is_left_alone_and_told(archived_namespace: Namespace) -> None:
    archived_namespace.kubectl("create", "service", "clusterip", "archive", "--tcp=80")
    before = archived_namespace.get("service/archive")
    run(archived_namespace, "first", "sleep 5")
    archived_namespace.wait_for_event("first", "NoArchive")
    assert "Service archive is not Longshore" in archived_namespace.kubectl(
        "describe", "runs.longshore.dev", "first"
    )
    assert archived_namespace.finish("first")["phase"] == "Succeeded"
    assert archived_namespace.get("service/archive") == before


def test_an_upgrade_with_runs_in_flight_keeps_what_there_is(
    release: Release, archived_namespace: Namespace
) -> None:
    start_archive(archived_namespace)
    keep(archived_namespace, "treasure")
    claim, before = get_uid(archived_namespace, "pvc/archive"), get_uid(archived_namespace, "deployment/archive")
    run(archived_namespace, "flight", "sleep 10")
    archived_namespace.wait_for_step("flight", "one", "Running")
    release.install("archive.artifacts.transport=Mount")
    archived_namespace.kubectl("wait", "pvc/artifacts", "--for=create", f"--timeout={PATIENCE}")
    assert archived_namespace.finish("flight")["phase"] == "Succeeded"
    archived_namespace.apply(write_run("mounted", HAND_ON))
    assert archived_namespace.finish("mounted")["phase"] == "Succeeded"
    archived_namespace.kubectl("rollout", "status", "deployment/archive", f"--timeout={PATIENCE}")
    assert read_kept(archived_namespace) == "treasure"
    assert get_uid(archived_namespace, "pvc/archive") == claim
    assert get_uid(archived_namespace, "deployment/archive") == before


def test_an_uninstall_leaves_what_there_is(release: Release, archived_namespace: Namespace) -> None:
    start_archive(archived_namespace)
    keep(archived_namespace, "treasure")
    claim = get_uid(archived_namespace, "pvc/archive")
    release.uninstall()
    assert get_uid(archived_namespace, "pvc/archive") == claim
    release.install()
    run(archived_namespace, "second")
    assert archived_namespace.finish("second")["phase"] == "Succeeded"
    archived_namespace.kubectl("rollout", "status", "deployment/archive", f"--timeout={PATIENCE}")
    assert read_kept(archived_namespace) == "treasure"


def test_an_idle_one_sleeps_and_a_run_wakes_it(release: Release, archived_namespace: Namespace) -> None:
    release.install("archive.idleSeconds=5")
    start_archive(archived_namespace)
    archived_namespace.kubectl("delete", "runs.longshore.dev", "first")
    archived_namespace.wait("deployment/archive", "jsonpath={.spec.replicas}=0")
    run(archived_namespace, "second", "sleep 10")
    archived_namespace.wait("deployment/archive", "jsonpath={.spec.replicas}=1")
    archived_namespace.wait("deployment/archive", "condition=Available")
    assert archived_namespace.finish("second")["phase"] == "Succeeded"


def test_a_pod_that_vanished_while_the_operator_was_away_is_asked_of_the_archive(
    release: Release, archived_namespace: Namespace
) -> None:
    start_archive(archived_namespace)
    run(archived_namespace, "flight", f"{UNTIL_LET_GO}; exit 3")
    archived_namespace.wait_for_step("flight", "one", "Running")
    operator = Namespace(release.cluster, release.namespace)
    operator.kubectl("scale", f"deployment/{OPERATOR_NAME}", "--replicas=0")
    operator.kubectl("wait", "pods", "--all", "--for=delete", f"--timeout={PATIENCE}")
    [pod] = archived_namespace.get_pods("flight")
    name = pod["metadata"]["name"]
    let_go(archived_namespace, name)
    archived_namespace.wait(f"pod/{name}", "jsonpath={.status.phase}=Failed")
    archived_namespace.kubectl("delete", "pod", name)
    operator.kubectl("scale", f"deployment/{OPERATOR_NAME}", "--replicas=1")
    status = archived_namespace.finish("flight")
    assert status["steps"]["one"]["reason"] == "Error"
    assert status["steps"]["one"]["exitCode"] == 3
    assert status["steps"]["one"]["attempt"] == 1


def test_a_namespace_that_goes_with_runs_under_way_is_gone_within_a_minute(
    cluster: Cluster, new_archived_namespace: Callable[[str], Namespace]
) -> None:
    namespace = new_archived_namespace("going")
    start_archive(namespace)
    # It ends at SIGTERM: what is measured is no grace of its own.
    run(namespace, "flight", 'trap "exit 0" TERM; echo up; sleep 300 & wait')
    wait_for_line(namespace, "flight", "one", "up")
    binding = f"clusterrolebinding/longshore-archive-reviewer-{namespace.name}"
    assert cluster.kubectl("get", binding)
    begin = time.monotonic()
    cluster.kubectl("delete", "namespace", namespace.name, "--timeout=90s")
    assert time.monotonic() - begin < 60
    cluster.kubectl("wait", binding, "--for=delete", f"--timeout={PATIENCE}")
    with pytest.raises(CommandError, match="not found"):
        cluster.kubectl("get", "namespace", namespace.name)
