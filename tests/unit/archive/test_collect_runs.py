"""What is on record of a Run, as the fate of its pods hangs on it."""

from typing import Any

import pytest
from longshore.archive.collect.runs import observe_run
from longshore.archive.places import AttemptKey

KEY = AttemptKey("uid-1", "test", 1)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({}, False),
        ({"phase": "Running"}, False),
        ({"phase": "Running", "steps": {"test": {"phase": "Pending", "attempt": 0}}}, False),
        ({"phase": "Running", "steps": {"test": {"phase": "Running", "attempt": 1, "pod": "pod"}}}, False),
        ({"phase": "Running", "steps": {"test": {"phase": "Pending", "attempt": 1}}}, False),
        ({"phase": "Running", "steps": {"test": {"phase": "Pending", "attempt": 2}}}, True),
        ({"phase": "Running", "steps": {"test": {"phase": "Failed", "attempt": 1, "pod": "pod"}}}, True),
        ({"phase": "Canceled"}, True),
        ({"phase": "Failed", "steps": {"test": {"phase": "Running", "attempt": 1}}}, True),
    ],
)
def test_whether_an_end_is_on_record(status: dict[str, Any], expected: object) -> None:
    assert observe_run({"status": status}).knows_end(KEY) is expected


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ({}, False),
        ({"test": {"phase": "Pending", "attempt": 1}}, False),
        ({"test": {"phase": "Pending", "attempt": 1, "pod": "shared"}}, False),
        ({"test": {"phase": "Pending", "attempt": 2, "pod": "own"}}, False),
        ({"test": {"phase": "Pending", "attempt": 1, "pod": "own"}}, True),
    ],
)
def test_whether_an_attempt_has_left_a_shared_pod(steps: dict[str, Any], expected: object) -> None:
    assert observe_run({"status": {"phase": "Running", "steps": steps}}).has_left(KEY, "shared") is expected


@pytest.mark.parametrize(
    ("spec", "expected"),
    [({}, False), ({"managedBy": "longshore.dev/operator"}, False), ({"managedBy": "kueue.x-k8s.io/mk"}, True)],
)
def test_whose_run_it_is(spec: dict[str, Any], expected: object) -> None:
    assert observe_run({"spec": spec}).is_foreign is expected
