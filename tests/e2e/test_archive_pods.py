"""What happens to pods at their end where there is an archive: they go, and nothing of them is lost."""

from collections.abc import Callable
from typing import Any

import pytest
from support.archives.sites import ArchiveSite
from support.namespaces import Namespace, write_run
from support.plugins import wait_for_line

IMAGE = 'defaults: {image: "python:3.12-slim"}'
COUNT = "python -uc \"import sys, time\nfor i in range(int(sys.argv[1])): print('line', i); time.sleep(0.001)\""


@pytest.fixture(scope="module")
def site(new_archived_namespace: Callable[[str], Namespace]) -> ArchiveSite:
    """A namespace with an archive that is up."""
    site = ArchiveSite(new_archived_namespace("archive-pods"))
    finish(site, "first", "{name: one, script: echo up}")
    site.wait_ready()
    return site


def write(name: str, *steps: str, head: str = "") -> str:
    return write_run(name, f"{{{head}{IMAGE}, steps: [{', '.join(steps)}]}}")


def finish(site: ArchiveSite, name: str, *steps: str, head: str = "") -> dict[str, Any]:
    """The status of a Run of these steps, once it has ended."""
    site.namespace.apply(write(name, *steps, head=head))
    return site.namespace.finish(name)


def wait_gone(site: ArchiveSite, run: str) -> None:
    """Wait until a Run has no pods any more."""
    site.namespace.kubectl("wait", "pods", f"--selector=longshore.dev/run={run}", "--for=delete", "--timeout=60s")
    assert site.namespace.get_pods(run) == []


def test_pods_go_and_every_log_stays(site: ArchiveSite) -> None:
    flaky = "echo try $LONGSHORE_ATTEMPT; test $LONGSHORE_ATTEMPT = 2"
    service = "{name: db, container: {image: 'python:3.12-slim', command: [sh, -c, 'echo serving; sleep 600']}}"
    status = finish(
        site,
        "many",
        f"{{name: flaky, script: '{flaky}', retry: {{limit: 1, backoff: {{seconds: 0}}}}}}",
        f"{{name: served, services: [{service}], script: 'echo served'}}",
        "{name: loud, script: 'seq 100000; sleep 2'}",
        "{name: silent, script: 'true'}",
        "{name: fan, forEach: {items: \"['a', 'b']\"}, env: [{name: X, value: $(each.item)}], script: 'echo $X'}",
    )
    assert status["phase"] == "Succeeded", status
    wait_gone(site, "many")
    assert site.read_log("many", "flaky") == "try 1\n"
    assert site.read_log("many", "flaky", attempt=2) == "try 2\n"
    assert site.read_log("many", "served") == "served\n"
    assert site.read_log("many", "served", container="db") == "serving\n"
    # Not by its text: `kubectl exec` may cut off the end of what is long. And it sleeps, as a runtime may drop
    # what a container prints in its last moment: then the kubelet never had it.
    assert site.count_lines("many", "loud") == (100_000, 100_000)
    assert site.read_log("many", "silent") == ""
    assert [site.read_log("many", f"fan[{index}]") for index in (0, 1)] == ["a\n", "b\n"]


def test_steps_that_share_a_pod_keep_their_own_logs(site: ArchiveSite) -> None:
    steps = [
        f"{{name: s{index}, needs: [{f's{index - 1}' if index else ''}], script: echo s{index}}}"
        for index in range(3)
    ]
    status = finish(site, "fused", *steps, head="fuse: true, ")
    assert len({step["pod"] for step in status["steps"].values()}) == 1
    wait_gone(site, "fused")
    assert [site.read_log("fused", f"s{index}", container=f"s{index}") for index in range(3)] == [
        "s0\n",
        "s1\n",
        "s2\n",
    ]


def test_a_pod_that_never_started_goes_too(site: ArchiveSite) -> None:
    missing = "{name: missing, image: 'registry.invalid/nothing:1', pendingDeadlineSeconds: 3, script: 'true'}"
    assert finish(site, "missing", missing)["phase"] == "Failed"
    wait_gone(site, "missing")


def test_a_pod_is_killed_mid_line(site: ArchiveSite) -> None:
    site.namespace.apply(
        write("cut", "{name: cut, script: 'echo whole; printf half; touch $HOME/said; sleep 600'}")
    )
    site.namespace.wait_for_step("cut", "cut", "Running")
    [pod] = site.namespace.get_pods("cut")
    site.namespace.kubectl(
        "exec", pod["metadata"]["name"], "--", "sh", "-c", "until test -e $HOME/said; do :; done"
    )
    site.kill_container(pod)
    assert site.namespace.finish("cut")["steps"]["cut"]["exitCode"] == 137
    wait_gone(site, "cut")
    assert site.read_log("cut", "cut").rstrip("\n") == "whole\nhalf"


def test_a_step_that_ignores_sigterm_keeps_its_log_to_the_end(site: ArchiveSite) -> None:
    script = 'trap "echo no" TERM; for i in $(seq 100); do echo $i; sleep 0.2; done'
    deaf = f"{{name: deaf, activeDeadlineSeconds: 3, gracePeriodSeconds: 3, script: '{script}'}}"
    status = finish(site, "deaf", deaf)
    assert status["steps"]["deaf"]["reason"] == "DeadlineExceeded"
    wait_gone(site, "deaf")
    before, after = site.read_log("deaf", "deaf").split("no\n")
    numbers = [*before.splitlines(), *after.splitlines()]
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]
    # SIGTERM comes after 3 seconds, SIGKILL after 3 more: what was printed between is there, too.
    assert len(after.splitlines()) > 5


def test_pods_that_debug_keeps_go_when_they_end(site: ArchiveSite) -> None:
    site.namespace.apply(write("kept", "{name: kept, debug: OnFailure, script: 'echo broken; exit 1'}"))
    site.namespace.finish("kept")
    [pod] = site.namespace.get_pods("kept")
    assert pod["status"]["phase"] == "Running"
    name = pod["metadata"]["name"]
    site.namespace.kubectl("exec", name, "--container=debug", "--", "sh", "-c", "(sleep 1; kill 1) &")
    wait_gone(site, "kept")
    assert site.read_log("kept", "kept") == "broken\n"


def test_a_cancel_takes_no_line(site: ArchiveSite) -> None:
    site.namespace.apply(
        write("stop", "{name: stop, script: 'trap \"echo saved; exit 1\" TERM; echo on; sleep 600 & wait'}")
    )
    wait_for_line(site.namespace, "stop", "stop", "on")
    site.namespace.longshore("cancel", "stop")
    assert site.namespace.finish("stop")["phase"] == "Canceled"
    wait_gone(site, "stop")
    assert site.read_log("stop", "stop") == "on\nsaved\n"
