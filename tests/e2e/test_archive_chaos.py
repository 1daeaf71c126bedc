"""Logs on a real cluster, through kills of the archive and of a kubelet: no line is lost or doubled."""

from collections.abc import Callable

import pytest
from support.archives.sites import ArchiveSite
from support.clusters import TOOL
from support.namespaces import Namespace, let_go, write_run

pytestmark = pytest.mark.alone

IMAGE = 'defaults: {image: "python:3.12-slim"}'
KILLS = 20
PARTS = """import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
print('begin', flush=True)
signal.sigwait([signal.SIGUSR1])
for part in range({parts}):
 for n in range({lines}): print('x' * 92, part * {lines} + n)
 print(end='', flush=True)
 signal.sigwait([signal.SIGUSR1])"""
"""Prints one line, and so many more each time that it is told to go on."""
GO_ON = ("python", "-c", "import os, signal; os.kill(1, signal.SIGUSR1)")
LINES = 'import time\nfor i in range({count}): print("line", i, flush=True); time.sleep({pause})'


@pytest.fixture(scope="module")
def site(new_archived_namespace: Callable[[str], Namespace]) -> ArchiveSite:
    """A namespace with an archive that is up."""
    site = ArchiveSite(new_archived_namespace("archive-chaos"))
    site.namespace.apply(write_run("first", f"{{{IMAGE}, steps: [{{name: one, script: 'true'}}]}}"))
    site.namespace.finish("first")
    site.wait_ready()
    return site


def print_lines(name: str, count: int, pause: float, more: str = "") -> str:
    """A step that prints so many numbered lines."""
    program = LINES.format(count=count, pause=pause).replace("\n", "\\n").replace('"', '\\"')
    return f'{{name: {name}, command: [python, -c, "{program}"]{more}}}'


def start(site: ArchiveSite, name: str, *steps: str) -> None:
    """Start a Run of these steps, and wait until the first runs."""
    site.namespace.apply(write_run(name, f"{{{IMAGE}, steps: [{', '.join(steps)}]}}"))
    site.namespace.wait_for_step(name, "s0", "Running")


def expect(count: int) -> str:
    return "".join(f"line {number}\n" for number in range(count))


def test_an_archive_that_is_killed_again_and_again_has_every_line_once(site: ArchiveSite) -> None:
    count = 12_000
    start(site, "killed", *(print_lines(f"s{index}", count, 0.006) for index in range(4)))
    for _ in range(KILLS):
        site.kill()
        site.get_pod()
    assert site.namespace.get_status("killed")["phase"] == "Running"
    status = site.namespace.finish("killed")
    assert status["phase"] == "Succeeded", status
    site.wait_ready()
    for index in range(4):
        assert site.read_log("killed", f"s{index}") == expect(count)
    assert not any(log["gaps"] for log in site.list_logs("killed"))


def test_a_kubelet_that_starts_anew_takes_no_line(site: ArchiveSite) -> None:
    start(site, "kubelet", print_lines("s0", 2000, 0.01))
    [pod] = site.namespace.get_pods("kubelet")
    site.namespace.cluster.run(TOOL, "restart-kubelet", pod["spec"]["nodeName"])
    assert site.namespace.finish("kubelet")["phase"] == "Succeeded"
    assert site.read_log("kubelet", "s0") == expect(2000)


def test_a_log_far_larger_than_the_kubelet_keeps_is_whole(site: ArchiveSite) -> None:
    """It is printed no faster than the archive reads: what nobody reads in time the kubelet drops."""
    parts, lines = 20, 100_000
    program = PARTS.format(parts=parts, lines=lines).replace("\n", "\\n")
    start(site, "large", f'{{name: s0, command: [python, -c, "{program}"]}}')
    pod = site.namespace.get_pods("large")[0]["metadata"]["name"]
    for part in range(parts):
        site.wait_for_lines("large", 1 + part * lines)
        site.namespace.kubectl("exec", pod, "--", *GO_ON)
    site.wait_for_lines("large", 1 + parts * lines)
    let_go(site.namespace, pod, GO_ON)
    assert site.namespace.finish("large")["phase"] == "Succeeded"
    site.namespace.kubectl("wait", "pods", "--selector=longshore.dev/run=large", "--for=delete", "--timeout=120s")
    # Where the kubelet stayed with a rotated file, it is told that lines may be missing; none is.
    assert site.count_lines("large", "s0") == (1 + parts * lines, 1 + parts * lines)
