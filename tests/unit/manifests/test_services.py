"""The services of a step in its pod: native sidecars, ready before the step's container starts."""

from typing import Any

import pytest
from longshore.api.containers import Service
from longshore.api.steps import Step
from longshore.manifests.attempts import Attempt
from longshore.manifests.checkouts import Checkout
from longshore.manifests.pods import Extras, build_pod
from longshore.manifests.services import build_services
from support.planning.runs import step

RESTRICTED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
CHECKOUT = Checkout("longshore/runner:1", "https://git.local/a.git", "", 1, submodules=False, secret="")


def build(patience: int = 60, **container: Any) -> dict[str, Any]:
    service = Service.model_validate({"name": "db", "container": {"image": "postgres:17", **container}})
    (built,) = build_services([service], patience)
    return built


def test_a_service_is_a_native_sidecar_and_restricted() -> None:
    assert build(args=["-c", "fsync=off"]) == {
        "name": "db",
        "image": "postgres:17",
        "args": ["-c", "fsync=off"],
        "restartPolicy": "Always",
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "securityContext": RESTRICTED,
    }


def test_what_a_service_sets_of_its_security_stays() -> None:
    context = {"runAsUser": 999, "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}}
    assert build(securityContext=context)["securityContext"] == {"allowPrivilegeEscalation": False, **context}
    assert build(securityContext=None)["securityContext"] == RESTRICTED


def test_the_log_of_a_service_with_secrets_is_no_message() -> None:
    env = [{"name": "P", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}]
    given = step(services=[{"name": "db", "container": {"image": "postgres:17", "env": env}}])
    pod = build_pod(Attempt("ci", "nightly", "uid", "", "build", 1), Step.model_validate(given), {})
    (service,), (container,) = pod["spec"]["initContainers"], pod["spec"]["containers"]
    assert service["terminationMessagePolicy"] == "File"
    assert container["terminationMessagePolicy"] == "FallbackToLogsOnError", "it has none"


TCP = {"tcpSocket": {"port": 5432}}
STARTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "as often as can be, for as long as the step waits": (
        TCP,
        {"periodSeconds": 1, "failureThreshold": 61, "successThreshold": 1},
    ),
    "as often as it says": (
        TCP | {"periodSeconds": 7, "failureThreshold": 2, "timeoutSeconds": 3},
        {"periodSeconds": 7, "failureThreshold": 9, "successThreshold": 1, "timeoutSeconds": 3},
    ),
    "once is enough at the start": (
        TCP | {"successThreshold": 3},
        {"periodSeconds": 1, "failureThreshold": 61, "successThreshold": 1},
    ),
    "what is wrong is left to the API server": (
        TCP | {"periodSeconds": "often"},
        {"periodSeconds": "often", "failureThreshold": 60, "successThreshold": 1},
    ),
}


@pytest.mark.parametrize(("probe", "expected"), STARTS.values(), ids=STARTS)
def test_a_readiness_probe_is_what_the_step_waits_for(probe: dict[str, Any], expected: dict[str, Any]) -> None:
    built = build(readinessProbe=probe)
    assert built["startupProbe"] == TCP | expected
    assert "readinessProbe" not in built


def test_a_startup_probe_stays_and_so_does_the_other() -> None:
    built = build(readinessProbe=TCP, startupProbe=TCP | {"failureThreshold": 3})
    assert (built["readinessProbe"], built["startupProbe"]) == (TCP, TCP | {"failureThreshold": 3})


@pytest.mark.parametrize("probe", [None, "often", []])
def test_a_probe_that_is_none_is_left_to_the_api_server(probe: Any) -> None:
    assert build(readinessProbe=probe)["readinessProbe"] == probe


def pod_spec(checkout: Checkout | None = None, **fields: Any) -> dict[str, Any]:
    attempt = Attempt("ci", "nightly", "3f9c1a52", "", "build", 1)
    services = [{"name": name, "container": {"image": "x", "readinessProbe": TCP}} for name in ("db", "cache")]
    pod = build_pod(attempt, Step.model_validate(step(services=services, **fields)), {}, Extras(checkout))
    spec: dict[str, Any] = pod["spec"]
    return spec


def test_services_come_after_the_checkout_in_their_order() -> None:
    assert [init["name"] for init in pod_spec(CHECKOUT)["initContainers"]] == ["checkout", "db", "cache"]
    assert len(pod_spec()["containers"]) == 1


def test_a_service_is_not_given_up_before_the_step_is() -> None:
    specs = [pod_spec(), pod_spec(pendingDeadlineSeconds=20)]
    thresholds = [spec["initContainers"][0]["startupProbe"]["failureThreshold"] for spec in specs]
    assert thresholds == [601, 21]


def test_a_template_reaches_services_by_their_name() -> None:
    template = {"spec": {"initContainers": [{"name": "db", "securityContext": None, "tty": True}]}}
    db, cache = pod_spec(template=template)["initContainers"]
    assert (db["tty"], db["restartPolicy"], db["securityContext"]) == (True, "Always", RESTRICTED)
    assert cache["name"] == "cache"
