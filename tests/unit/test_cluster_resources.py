"""Paths as the API server's documentation has them."""

import pytest
from longshore.cluster.resources import EVENTS, NODES, PODS, RUNS, Resource

CASES = [
    (PODS, ("a", "p", ""), "/api/v1/namespaces/a/pods/p"),
    (PODS, ("a", "", ""), "/api/v1/namespaces/a/pods"),
    (PODS, (None, "", ""), "/api/v1/pods"),
    (NODES, (None, "n", ""), "/api/v1/nodes/n"),
    (NODES, ("ignored", "n", ""), "/api/v1/nodes/n"),
    (RUNS, ("a", "r", "status"), "/apis/longshore.dev/v1alpha1/namespaces/a/runs/r/status"),
    (RUNS, (None, "", ""), "/apis/longshore.dev/v1alpha1/runs"),
    (EVENTS, ("a", "", ""), "/apis/events.k8s.io/v1/namespaces/a/events"),
]


@pytest.mark.parametrize(("resource", "arguments", "path"), CASES)
def test_path(resource: Resource, arguments: tuple[str | None, str, str], path: str) -> None:
    assert resource.path(*arguments) == path
