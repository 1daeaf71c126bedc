"""Owns the services of a step as native sidecars: init containers that go on until the step's container has ended.

https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/ Must not know what they serve.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from longshore.api.containers import Service
from longshore.manifests.safety import secure_container

PROBE_PERIOD_SECONDS = 1
"""How often a service is asked whether it is ready, where it does not say; Kubernetes' own 10 are long."""


def build_services(services: Sequence[Service], patience: int) -> list[dict[str, Any]]:
    """The init containers, in their order; for `patience` seconds none is given up for not being ready."""
    return [_build_service(service, patience) for service in services]


def _build_service(service: Service, patience: int) -> dict[str, Any]:
    given = _probe_at_start(service.container, patience)
    named = {"name": service.name, "restartPolicy": "Always"}
    # The end of the log says why it ended.
    policy = {"terminationMessagePolicy": "FallbackToLogsOnError"}
    secured: dict[str, Any] = secure_container({**policy, **given, **named})
    return secured


def _probe_at_start(container: Mapping[str, Any], patience: int) -> dict[str, Any]:
    """The container, whose readinessProbe is its startupProbe where it has none: for that one the step waits.

    Nothing asks a pod of a Run later whether it is ready.
    """
    probe = container.get("readinessProbe")
    if not isinstance(probe, Mapping) or container.get("startupProbe") is not None:
        return dict(container)
    period = probe.get("periodSeconds", PROBE_PERIOD_SECONDS)
    failures = patience // period + 1 if isinstance(period, int) and period > 0 else patience
    startup = {**probe, "periodSeconds": period, "failureThreshold": failures, "successThreshold": 1}
    return {name: value for name, value in container.items() if name != "readinessProbe"} | {
        "startupProbe": startup
    }
