"""The long sentences of others, in a few words; what is not known stays."""

import pytest
from longshore.cli.reasons.condensations import (
    condense_container,
    condense_pull,
    condense_quota,
    condense_scheduling,
    find_quota,
)

QUOTA = (
    'pods "demo-a-1-0a" is forbidden: exceeded quota: compute, requested: pods=1,requests.cpu=2,'
    " used: pods=4,requests.cpu=7, limited: pods=4,requests.cpu=8"
)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            (
                "0/3 nodes are available: 1 node(s) had untolerated taint {gpu: true}, 2 Insufficient cpu."
                " preemption: 0/3 nodes are available: 1 Preemption is not helpful, 2 No victims."
            ),
            "0/3 nodes: 1 with taint {gpu: true}, 2 Insufficient cpu",
        ),
        (
            (
                "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. no new claims to"
                " deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."
            ),
            "0/1 nodes: 1 didn't match Pod's node affinity/selector",
        ),
        (
            '0/1 nodes are available: persistentvolumeclaim "data" not found.',
            '0/1 nodes: persistentvolumeclaim "data" not found',
        ),
        ("no nodes", "no nodes"),
    ],
)
def test_scheduling(message: str, expected: str) -> None:
    assert condense_scheduling(message) == expected


@pytest.mark.parametrize(
    ("message", "expected", "name"),
    [
        (QUOTA, "quota compute: pods 1 wanted, 4 of 4 used; requests.cpu 2 wanted, 7 of 8 used", "compute"),
        ("exceeded quota: pods", "exceeded quota: pods", None),
        ("", "", None),
    ],
)
def test_quota(message: str, expected: str, name: str | None) -> None:
    assert condense_quota(message) == expected
    assert find_quota(message) == name


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            (
                'container step: ImagePullBackOff: Back-off pulling image "nosuch:1": ErrImagePull: rpc error:'
                ' code = NotFound: failed to pull and unpack image "docker.io/library/nosuch:1": failed to resolve'
                " reference: docker.io/library/nosuch:1: not found"
            ),
            'image "nosuch:1": not found',
        ),
        (
            'container step: ImagePullBackOff: Back-off pulling image "a:1"',
            'image "a:1": can\'t be pulled',
        ),
        ("container step: ErrImagePull: ", "container step: ErrImagePull:"),
        ("container step: ErrImagePull: dial tcp: i/o timeout", "dial tcp: i/o timeout"),
    ],
)
def test_pull(message: str, expected: str) -> None:
    assert condense_pull(message) == expected


def test_container() -> None:
    message = 'container step: CreateContainerConfigError: secret "token" not found'
    assert condense_container(message) == 'secret "token" not found'
