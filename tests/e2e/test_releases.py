"""The chart's life: install, upgrade with Runs in flight, fewer namespaces, older CRDs, uninstall."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.clusters import Cluster, CommandError
from support.namespaces import PATIENCE, Namespace, write_run
from support.releases import OPERATOR_NAME, Release

pytestmark = pytest.mark.alone

OPERATOR = f"deployment/{OPERATOR_NAME}"
CRDS = tuple(f"{plural}.longshore.dev" for plural in ("workflows", "runs", "agents", "concurrencygroups"))
STEP = "{name: one, image: 'python:3.12-slim', script: 'echo done'}"


@pytest.fixture
def release(cluster: Cluster) -> Iterator[Release]:
    """The release of the session, which is as it was after the test."""
    release = Release(cluster)
    yield release
    release.install()


def operator(release: Release, *arguments: str) -> str:
    """What kubectl says in the operator's namespace."""
    return release.cluster.kubectl("--namespace", release.namespace, *arguments)


def find_newest_pod(release: Release) -> dict[str, Any]:
    """The operator's pod that was made last."""
    pods: list[dict[str, Any]] = Namespace(release.cluster, release.namespace).get("pods")["items"]
    return max(pods, key=lambda pod: str(pod["metadata"]["creationTimestamp"]))


def list_crds(cluster: Cluster) -> set[str]:
    """The names of our CRDs that are there."""
    found = cluster.kubectl("get", "crd", "--output=jsonpath={.items[*].metadata.name}").split()
    return {name for name in found if name.endswith(".longshore.dev")}


def test_an_upgrade_loses_no_run_and_runs_none_twice(release: Release, namespace: Namespace) -> None:
    release.install()  # so that the images are there, and the upgrade is short
    names = [f"flight-{number}" for number in range(5)]
    needs = ["", "s0", "s1", "s2", "s3"]
    steps = ", ".join(f"{{name: s{number}, needs: [{need}]}}" for number, need in enumerate(needs))
    graph = f"{{defaults: {{image: 'python:3.12-slim', script: sleep 3}}, steps: [{steps}]}}"
    namespace.apply("---\n".join(write_run(name, graph) for name in names))
    for name in names:
        namespace.wait(f"runs.longshore.dev/{name}", "jsonpath={.status.phase}=Running")
    release.install("podAnnotations.test/upgrade=now")
    begin = find_newest_pod(release)["metadata"]["creationTimestamp"]
    for name in names:
        status = namespace.finish(name)
        assert status["phase"] == "Succeeded"
        assert status["startTime"] < begin < status["completionTime"]
        assert [step["attempt"] for step in status["steps"].values()] == [1, 1, 1, 1, 1]
        assert len(namespace.get_pods(name)) == 5


def test_listed_namespaces_alone_are_looked_after(
    release: Release, new_namespace: Callable[[str], Namespace]
) -> None:
    inside, outside = new_namespace("inside"), new_namespace("outside")
    notes = release.install(f"namespaces={{{inside.name}}}")
    assert f"looks after the namespaces {inside.name}" in notes
    outside.apply(write_run("ignored", f"{{steps: [{STEP}]}}"))
    inside.apply(write_run("seen", f"{{steps: [{STEP}]}}"))
    assert inside.finish("seen")["phase"] == "Succeeded"
    assert outside.get_status("ignored") == {}
    user = f"--as=system:serviceaccount:{release.namespace}:{OPERATOR_NAME}"
    assert inside.kubectl("auth", "can-i", "create", "pods", user).strip() == "yes"
    with pytest.raises(CommandError, match="no"):
        outside.kubectl("auth", "can-i", "create", "pods", user)
    release.install()
    assert outside.finish("ignored")["phase"] == "Succeeded"


def test_older_crds_make_the_operator_say_what_to_do(release: Release) -> None:
    release.cluster.kubectl("annotate", "--overwrite", "crd", CRDS[1], "longshore.dev/schema-hash=older")
    operator(release, "rollout", "restart", OPERATOR)
    with pytest.raises(CommandError, match="timed out"):
        operator(release, "rollout", "status", OPERATOR, "--timeout=30s")
    log = operator(release, "logs", find_newest_pod(release)["metadata"]["name"])
    assert f"CRD {CRDS[1]} is of another version than this operator; run `helm upgrade" in log
    release.install()
    assert operator(release, "rollout", "status", OPERATOR, f"--timeout={PATIENCE}")


def test_an_uninstall_keeps_the_runs_and_leaves_nothing_stuck(release: Release, namespace: Namespace) -> None:
    namespace.apply(write_run("ended", f"{{steps: [{STEP}]}}"))
    namespace.finish("ended")
    namespace.apply(write_run("flight", "{steps: [{name: one, image: 'python:3.12-slim', script: sleep 20}]}"))
    namespace.wait_for_step("flight", "one", "Running")
    release.uninstall()
    assert list_crds(release.cluster) == set(CRDS)
    kinds, ours = "deployments,services,configmaps,roles", "--selector=app.kubernetes.io/part-of=longshore"
    left = operator(release, "get", kinds, ours, "--output=name")
    assert left == ""
    assert namespace.get_status("ended")["phase"] == "Succeeded"
    # A deletion needs no operator.
    namespace.kubectl("delete", "runs.longshore.dev", "ended", f"--timeout={PATIENCE}")
    release.install()
    assert namespace.finish("flight")["phase"] == "Succeeded"


def test_an_uninstall_takes_the_crds_where_it_shall(release: Release, namespace: Namespace) -> None:
    namespace.apply(write_run("gone", f"{{steps: [{STEP}]}}"))
    namespace.finish("gone")
    release.install("crds.keep=false")
    release.uninstall()
    release.cluster.kubectl("wait", "crd", *CRDS, "--for=delete", f"--timeout={PATIENCE}")
    assert list_crds(release.cluster) == set()
    namespace.kubectl("wait", "pods", "--all", "--for=delete", f"--timeout={PATIENCE}")
