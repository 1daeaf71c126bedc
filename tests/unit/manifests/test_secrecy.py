"""No container that Secrets reach has the end of its log as a message; any shape is taken."""

from typing import Any

import pytest
from longshore.manifests.secrecy import hide_logs

LOG = "FallbackToLogsOnError"
VOLUMES: list[dict[str, Any]] = [
    {"name": "plain", "emptyDir": {}},
    {"name": "whole", "secret": {"secretName": "forge"}},
    {"name": "part", "projected": {"sources": [{"configMap": {"name": "a"}}, {"secret": {"name": "forge"}}]}},
    {"name": "csi", "csi": {"driver": "x", "volumeAttributes": {"secretProviderClass": "forge"}}},
]
CONTAINERS: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, LOG),
    "a plain volume": ({"volumeMounts": [{"name": "plain", "mountPath": "/a"}]}, LOG),
    "a ConfigMap": ({"envFrom": [{"configMapRef": {"name": "secret"}}]}, LOG),
    "a word in a value": ({"image": "secret", "args": ["secret"]}, LOG),
    "a variable": ({"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}]}, "File"),
    "all keys": ({"envFrom": [{"secretRef": {"name": "forge"}}]}, "File"),
    "a volume": ({"volumeMounts": [{"name": "whole", "mountPath": "/a"}]}, "File"),
    "a part of a volume": ({"volumeMounts": [{"name": "part", "mountPath": "/a"}]}, "File"),
    "a driver's": ({"volumeMounts": [{"name": "csi", "mountPath": "/a"}]}, "File"),
}


@pytest.mark.parametrize(("container", "policy"), CONTAINERS.values(), ids=CONTAINERS)
@pytest.mark.parametrize("kind", ["containers", "initContainers"])
def test_policies(kind: str, container: dict[str, Any], policy: str) -> None:
    other = {"name": "other", "terminationMessagePolicy": LOG}
    pod = {"spec": {kind: [{**container, "terminationMessagePolicy": LOG}, other], "volumes": VOLUMES}}
    first, second = hide_logs(pod)["spec"][kind]
    assert first["terminationMessagePolicy"] == policy
    assert second == other


def test_a_container_that_says_nothing_of_it_stays() -> None:
    pod = {"spec": {"containers": [{"name": "a", "envFrom": [{"secretRef": {"name": "forge"}}]}]}}
    assert hide_logs(pod) == pod


@pytest.mark.parametrize(
    "pod", [{}, {"spec": None}, {"spec": {"containers": None, "volumes": 3}}, {"spec": {"containers": [1]}}]
)
def test_odd_shapes_are_left_to_the_api_server(pod: dict[str, Any]) -> None:
    assert hide_logs(pod) == pod
