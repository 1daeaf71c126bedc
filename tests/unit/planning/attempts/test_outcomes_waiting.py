"""What a pod says while its step has not ended: waits that may pass, waits that won't, and running."""

from collections.abc import Callable

import pytest
from longshore.planning.attempts.outcomes import Running, Waiting, observe_outcome
from support.planning.pods import FakePod
from support.planning.runs import NOW, after, build_pod

History = Callable[[FakePod], object]


def observe(history: History, seconds: float = 10) -> Waiting | Running:
    pod = build_pod(initContainers=[{"name": "checkout"}])
    history(pod)
    outcome = observe_outcome(pod.observe(), [], after(seconds))
    assert isinstance(outcome, Waiting | Running)
    return outcome


NODES = "0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available."
CONTAINERD = (
    'failed to pull and unpack image "docker.io/acme/app:1": failed to resolve reference "docker.io/acme/app:1": '
)
DNS = 'failed to do request: Head "https://registry.local/v2/": dial tcp: lookup registry.local: no such host'
TLS = 'failed to do request: Head "https://registry.local/v2/": tls: failed to verify certificate: x509'
RATE = "unexpected status from HEAD request to https://registry-1.docker.io/v2/: 429 Too Many Requests"
DENIED = "pull access denied, repository does not exist or may require authorization: server message: "

WAITING: dict[str, tuple[History, str, bool]] = {
    "just made": (lambda pod: pod, "Starting", False),
    "gated": (lambda pod: pod.gate(), "Gated", False),
    "queued by Kueue": (lambda pod: pod.queue(), "Gated", False),
    "no longer gated, which the scheduler has not seen": (lambda pod: pod.gate().ungate(), "Starting", False),
    "no room": (
        lambda pod: pod.set_condition("PodScheduled", "False", "Unschedulable", NODES),
        "Unschedulable",
        False,
    ),
    "creating": (lambda pod: pod.schedule(), "Starting", False),
    "checking out": (lambda pod: pod.schedule().wait("PodInitializing"), "Starting", False),
    "no such Secret": (
        lambda pod: pod.schedule().wait("CreateContainerConfigError", 'secret "forge" not found'),
        "ConfigMissing",
        False,
    ),
    "image runs as root": (
        lambda pod: pod.schedule().wait(
            "CreateContainerConfigError", "container has runAsNonRoot and image will run as root"
        ),
        "ConfigMissing",
        False,
    ),
    "can't be made": (
        lambda pod: pod.schedule().wait("CreateContainerError", "context deadline exceeded"),
        "ConfigMissing",
        False,
    ),
    "no name of an image": (
        lambda pod: pod.schedule().wait("InvalidImageName", 'Failed to apply default image tag "A:/"'),
        "ImagePullFailed",
        True,
    ),
    "never pulled": (
        lambda pod: pod.schedule().wait("ErrImageNeverPull", 'Container image "a" is not present'),
        "ImagePullFailed",
        True,
    ),
    "being deleted": (lambda pod: pod.schedule().delete(NOW), "Stopping", False),
    "being deleted, running": (lambda pod: pod.start(NOW).delete(NOW), "Stopping", False),
}


@pytest.mark.parametrize(("history", "reason", "hopeless"), WAITING.values(), ids=WAITING)
def test_waiting(history: History, reason: str, hopeless: bool) -> None:  # noqa: FBT001 - a table's column
    outcome = observe(history)
    assert isinstance(outcome, Waiting)
    assert (outcome.reason, outcome.is_hopeless) == (reason, hopeless)


PULLS = {
    "no such tag": (CONTAINERD + "docker.io/acme/app:1: not found", True),
    "no such repository": (CONTAINERD + DENIED + "insufficient_scope: authorization failed", True),
    "unauthorized": (CONTAINERD + "unexpected status from HEAD request: 401 Unauthorized", True),
    "forbidden": (CONTAINERD + "unexpected status from HEAD request: 403 Forbidden", True),
    "manifest unknown": (CONTAINERD + "manifest unknown: manifest unknown", True),
    "another platform": ("no match for platform in manifest: not found", True),
    "no such host": (CONTAINERD + DNS, False),
    "refused": (CONTAINERD + "dial tcp 10.0.0.1:443: connect: connection refused", False),
    "timeout": (CONTAINERD + "dial tcp 10.0.0.1:443: i/o timeout", False),
    "certificate": (CONTAINERD + TLS, False),
    "rate limit": (CONTAINERD + RATE, False),
    "server error": (CONTAINERD + "unexpected status from HEAD request: 503 Service Unavailable", False),
    "disk": ("failed to extract layer: write /var/lib/x: no space left on device", False),
    "slow": ("rpc error: code = DeadlineExceeded desc = context deadline exceeded", False),
    "backing off": ('Back-off pulling image "acme/app:1"', False),
    "nothing said": ("", False),
}


@pytest.mark.parametrize("reason", ["ErrImagePull", "ImagePullBackOff"])
@pytest.mark.parametrize(("said", "hopeless"), PULLS.values(), ids=PULLS)
def test_a_pull_that_fails_now_or_for_ever(reason: str, said: str, hopeless: bool) -> None:  # noqa: FBT001
    outcome = observe(lambda pod: pod.schedule().wait(reason, said))
    assert isinstance(outcome, Waiting)
    assert outcome.is_hopeless is hopeless
    assert outcome.reason == ("ImagePullFailed" if hopeless else "ImagePullBackOff")
    assert outcome.message.startswith("container step: ") or len(said) > 900


def test_the_image_of_the_checkout_counts_too() -> None:
    outcome = observe(
        lambda pod: pod.schedule().set_state(
            "initContainerStatuses", "checkout", {"waiting": {"reason": "InvalidImageName"}}
        )
    )
    assert isinstance(outcome, Waiting)
    assert outcome.is_hopeless
    assert outcome.message.startswith("container checkout: InvalidImageName")


def test_running() -> None:
    assert observe(lambda pod: pod.start(after(3))) == Running(after(3))


@pytest.mark.parametrize(
    ("seconds", "reason"), [(59, "Stopping"), (60, "NodeUnreachable"), (600, "NodeUnreachable")]
)
def test_a_node_is_unreachable_30_seconds_after_the_grace(seconds: int, reason: str) -> None:
    outcome = observe(lambda pod: pod.start(NOW).delete(NOW, grace=30), seconds=seconds)
    assert isinstance(outcome, Waiting)
    assert outcome.reason == reason
